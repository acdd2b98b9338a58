/** Every code that this package throws, with what it means. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  PAR_RESPONSE_INVALID: 'A member of the answer to a pushed authorization request is missing or of the wrong kind.',
} as const

/** A code of @oidc/par. */
export type PARErrorCode = keyof typeof errorCodes
