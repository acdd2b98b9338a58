/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  DEVICE_RESPONSE_INVALID: {
    means: 'A member of the answer to a device authorization request is missing, of the wrong kind, or unfit to be shown to a user.',
    causes: [
      'device_authorization_endpoint leads to another endpoint.',
      'user_code holds control characters or text directions, or is longer than anybody would type.',
      'expires_in is missing, or is not a positive number of seconds.',
    ],
    remedy: 'Report the message to the people who run the server: it names the member.',
  },
  DEVICE_AUTHORIZATION_INVALID: {
    means: 'What was given to be polled for is not what initiateDeviceAuthorization gave.',
    causes: ['await is missing before initiateDeviceAuthorization().', 'It was stored without its device_code or expires_at.'],
    remedy: 'Give the value that initiateDeviceAuthorization gave; it is plain JSON and may be stored whole.',
  },
  DEVICE_QR_TOO_LONG: {
    means: 'A text does not fit into a QR code.',
    causes: ['The text has more than 2953 bytes.'],
    remedy: 'Show verification_uri and user_code as text instead.',
  },
} as const

/** A code of @oidc/device. */
export type DeviceErrorCode = keyof typeof errorCodes
