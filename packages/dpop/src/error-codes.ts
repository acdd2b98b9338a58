/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  DPOP_KEY_INVALID: {
    means: 'A DPoP key pair cannot make proofs: a key is missing, swapped, too short, or for an algorithm that is not supported.',
    causes: [
      'Only the private key was stored.',
      'The two keys changed places, or are of two pairs.',
      'The pair was made for another use, such as encryption.',
    ],
    remedy: 'Make the pair with generateDPoPKeyPair() and keep both halves together.',
  },
  DPOP_OPTION_INVALID: {
    means: 'An option of dpop() or createDPoPNonces() is of the wrong kind.',
    causes: ['A promise was given for keyPair: await is missing.', 'nonces is not what createDPoPNonces() gave.'],
    remedy: 'Give what the message asks for; nothing was sent.',
  },
  DPOP_ALGORITHM: {
    means: "The server does not accept proofs of the DPoP key's algorithm.",
    causes: ["The algorithm is not in dpop_signing_alg_values_supported of the server's metadata."],
    remedy: 'Make a key pair for one of the algorithms that the message lists.',
  },
  DPOP_TOKEN_TYPE: {
    means: 'The server answered a request with a DPoP proof with a token that is not bound to the key.',
    causes: ['The server does not do DPoP, or not for this client.', 'Somebody strips the binding, so that a stolen token can be used.'],
    remedy: 'Have DPoP enabled for the client at the server, or take dpop() out of use there.',
  },
  DPOP_BINDING: {
    means: 'An access token is bound to another DPoP key.',
    causes: ['The tokens of one user are used with the key of another.', 'A new key pair was made after the login.'],
    remedy: 'Keep the key pair with the tokens, and use extend(client, dpop({ keyPair })) for each user.',
  },
  DPOP_CLOCK_SKEW: {
    means: 'The server refused a DPoP proof, and its clock and this one differ.',
    causes: ['The clock of this machine is wrong.', "The server's clock is wrong."],
    remedy: 'Synchronize the clock (NTP): a proof is good for a few seconds only.',
  },
} as const

/** A code of @oidc/dpop. */
export type DPoPErrorCode = keyof typeof errorCodes
