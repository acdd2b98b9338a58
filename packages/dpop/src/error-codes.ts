/** Every code that this package throws, with what it means. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  DPOP_KEY_INVALID: 'A DPoP key pair cannot make proofs: a key is missing, swapped, too short, or for an algorithm that is not supported.',
  DPOP_OPTION_INVALID: 'An option of dpop() or createDPoPNonces() is of the wrong kind.',
  DPOP_ALGORITHM: "The server does not accept proofs of the DPoP key's algorithm.",
  DPOP_TOKEN_TYPE: 'The server answered a request with a DPoP proof with a token that is not bound to the key.',
  DPOP_BINDING: 'An access token is bound to another DPoP key.',
  DPOP_CLOCK_SKEW: 'The server refused a DPoP proof, and its clock and this one differ.',
} as const

/** A code of @oidc/dpop. */
export type DPoPErrorCode = keyof typeof errorCodes
