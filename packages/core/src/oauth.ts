// For plain OAuth 2: its clients carry no verifier of ID tokens, so a bundle does not hold one. All other functions are those of `@oidc/core`.

export type { Client } from './client/client.js'
export type { ClientOptions } from './client/options.js'
export { createClient, discover } from './flows/make-oauth-client.js'
