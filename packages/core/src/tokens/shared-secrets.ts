import { checkSecret, findSecret } from '../authentication/secret.js'
import type { Client } from '../client/client.js'
import { optionError } from '../client/options.js'

/** A secret that client and server share, or during a rotation several: what the server made with any of them is taken. */
export type SharedSecret = string | readonly string[]

/** More of them are no rotation, and each one is tried. */
const most = 4

/** Gives the secrets that are tried, each of so many bytes at least. @throws `OPTION_INVALID` */
export type FindSecrets = (client: Client, least: number) => readonly string[]

/** @throws `OPTION_INVALID`, without a secret */
export function prepareSecrets(given: SharedSecret | undefined): FindSecrets {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (!list.length || list.length > most) throw optionError('secret', given, `1 to ${most} client secrets`)
  // In an array, a missing one is an environment variable that is not set.
  for (const secret of list) if (Array.isArray(given) && secret === undefined) throw optionError('secret', secret, 'the client secret')
  for (const secret of list) checkSecret(secret)
  return (client, least) => list.map((secret) => findSecret(client, secret as string | undefined, least))
}
