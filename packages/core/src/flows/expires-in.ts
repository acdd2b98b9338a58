import type { Client } from '../client/client.js'
import { now } from '../client/internals.js'
import type { Tokens } from './tokens.js'

/**
 * How many seconds the access token is still good for, by the client's clock: 0 once it has expired, undefined where the server did not say.
 * A function and no member of the tokens, which go through JSON.
 */
export function expiresIn(client: Client, { expires_at }: Pick<Tokens, 'expires_at'>): number | undefined {
  const seconds = Number(expires_at) - now(client)
  // From a store, it may be anything, and what is no number would never expire.
  return typeof expires_at === 'number' && Number.isFinite(seconds) ? Math.max(0, seconds) : undefined
}
