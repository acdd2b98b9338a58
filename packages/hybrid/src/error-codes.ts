/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  HYBRID_OPTION_INVALID: {
    means: 'An option of hybrid() is missing or of the wrong kind.',
    causes: [
      'response_type is misspelled, or is code alone.',
      'A response type with token was chosen without the option whose name says that it is unsafe.',
    ],
    remedy: 'Give one of the response types that the message lists; for code alone no plugin is needed.',
  },
  HYBRID_RESPONSE_INVALID: {
    means: 'The authorization response lacks what its response type promises in the front channel.',
    causes: ['The server treats the request as one for another response type.', 'Somebody took a part of the response away.'],
    remedy: 'Start a new login. If it happens again, compare response_types of the client at the server with response_type.',
  },
  HYBRID_HASH_MISSING: {
    means: 'The ID token of the front channel has no hash of something that came beside it, so the parts could be of different logins.',
    causes: [
      'The server leaves c_hash or at_hash out, which OpenID Connect Core demands in the front channel.',
      'The option detachedSignature is set, and the server is none of the FAPI 1 profile, which demands s_hash.',
    ],
    remedy: 'Report it to the people who run the server; take detachedSignature away where the server does not follow FAPI 1.',
  },
  HYBRID_ID_TOKEN_TOO_OLD: {
    means: 'The ID token of the front channel was issued too long ago.',
    causes: ['An old response was replayed.', 'The clock of this machine is ahead.'],
    remedy: 'Start a new login, and set the clock of this machine right.',
  },
} as const

/** A code of @oidc/hybrid. */
export type HybridErrorCode = keyof typeof errorCodes
