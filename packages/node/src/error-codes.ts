/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  NODE_FETCH_OPTION_INVALID: {
    means: 'An option of `nodeFetch`, or of a request through it, is unknown, of the wrong kind, or contradicts another.',
    causes: [
      'A name is misspelled.',
      '`cert` was given without `key`.',
      '`egress` was given beside `proxy`, which resolves the names itself.',
      'A request was to follow redirects.',
    ],
    remedy: 'Correct the option that the message names.',
  },
  NODE_EGRESS_REFUSED: {
    means: 'A connection would have gone to an address that the option `egress` refuses; nothing was sent.',
    causes: [
      'The name of an issuer that came from a user leads into this machine, a private network, or the metadata of a cloud.',
      'A name in development leads to loopback.',
    ],
    remedy: 'Check where the name comes from; where the address is meant, allow it in a function for `egress`.',
  },
  NODE_PROXY_REFUSED: {
    means: 'The proxy did not open a connection to the server.',
    causes: ['The proxy wants user and password (407).', 'The proxy does not allow the server (403).'],
    remedy: 'Write user and password into the address of the proxy, or have it allow the server.',
  },
} as const

/** A code of @oidc/node. */
export type NodeErrorCode = keyof typeof errorCodes
