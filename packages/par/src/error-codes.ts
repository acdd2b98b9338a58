/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  PAR_RESPONSE_INVALID: {
    means: 'A member of the answer to a pushed authorization request is missing or of the wrong kind.',
    causes: [
      'pushed_authorization_request_endpoint leads to another endpoint.',
      'request_uri is empty, or expires_in is not a positive number of seconds.',
    ],
    remedy: 'Report the message to the people who run the server: it names the member.',
  },
} as const

/** A code of @oidc/par. */
export type PARErrorCode = keyof typeof errorCodes
