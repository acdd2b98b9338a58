/** Every code that this package throws: what it means, what usually causes it, and what to do. At run time nothing reads it, so a bundle does not hold it. */
export const errorCodes = {
  PLUGIN_CONTRACT: {
    means: 'A plugin breaks rules of the contract; the message lists each of them.',
    causes: [
      'A hook changes what it was given instead of returning what it adds.',
      'A hook makes core accept what it would refuse without the plugin.',
      'Hooks depend on the order in which plugins are registered.',
    ],
    remedy: 'Mend the plugin; docs/WRITE_A_PLUGIN.md has the rules.',
  },
} as const

/** A code of @oidc/testing. */
export type TestingErrorCode = keyof typeof errorCodes
