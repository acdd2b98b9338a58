/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  REGISTRATION_OPTION_INVALID: {
    means: 'An option of a function of registration is unknown or of the wrong kind.',
    causes: ['An environment variable that is not set became initialAccessToken.', 'The name of a quirk is misspelled.'],
    remedy: 'Correct what the message names; nothing was sent.',
  },
  REGISTRATION_METADATA_INVALID: {
    means: 'The client metadata that are to be registered are unusable.',
    causes: [
      'A member is misspelled, or of the wrong kind.',
      'A private key stands in jwks.',
      'jwks and jwks_uri are both there.',
      'What only the server says, such as client_id, is among them.',
    ],
    remedy: 'Correct what the message names; nothing was sent.',
  },
  REGISTRATION_STATUS: {
    means: 'A registration was answered with status 200, and 201 is wanted.',
    causes: ['The server does not follow RFC 7591, section 3.2.1.', 'registration_endpoint leads to another endpoint.'],
    remedy:
      'Give quirks: { status200: true } once you are sure that it is the registration endpoint. A client was probably registered: remove it at the server.',
  },
  REGISTRATION_INVALID: {
    means: 'A member of the registration answer is missing or of the wrong kind.',
    causes: [
      'A number came as a string of digits.',
      'client_id is missing.',
      'A registration access token came without an address to use it at.',
    ],
    remedy: 'Report the message to the people who run the server: it names the member, and the quirk where there is one.',
  },
  REGISTRATION_SECRET_EXPIRY: {
    means: 'The registration answer has a secret, and does not say how long it is good.',
    causes: ['The server does not follow RFC 7591, section 3.2.1.'],
    remedy: 'Give quirks: { missingSecretExpiry: true }, and be prepared for invalid_client.',
  },
  REGISTRATION_ADDRESS: {
    means: 'The address for managing the registration is at another server than the registration endpoint.',
    causes: ['The server has a host of its own for that.', 'Somebody wants the registration access token to be sent to them.'],
    remedy: "Give quirks: { clientUriOrigins } once you are sure that it is the server's own.",
  },
  REGISTRATION_CLIENT: {
    means: 'The answer is of another client than the one whose registration was read or changed.',
    causes: ['The registration access token of one client was stored with the address of another.', 'The server mixes them up.'],
    remedy: 'Discard the answer, and look at what is stored.',
  },
  REGISTRATION_UNMANAGED: {
    means: 'A registration that has no access token and address of its own cannot be read, changed or deleted.',
    causes: ['The server gives none (RFC 7592 is optional).', 'Only client_id and client_secret were stored.'],
    remedy: 'Store all that registerClient() gave. If the server gave no token, change the client where its operator says.',
  },
} as const

/** A code of @oidc/registration. */
export type RegistrationErrorCode = keyof typeof errorCodes
