import type { Client, RequestSettings, Tokens } from '@oidc/core'
import { encodeBase64Url, requirePlugin, sha256 } from '@oidc/core/plugin'
import type { Flight } from './flight.js'
import type { SessionRecord } from './session-record.js'

/** Whether tokens have to be renewed. Asked again whenever they may have become others. */
export type IsStale = (record: SessionRecord) => boolean

/** What a token source draws from: the tokens of a user, or those of the client itself. */
export interface TokenSupply {
  readonly flight: Flight
  /** What is held, good or not. */
  load(): Promise<SessionRecord | undefined>
  /** Whether the tokens can be renewed at all. */
  canRenew(record: SessionRecord | undefined): boolean
  renew(isStale: IsStale, timeout: number | undefined): Promise<SessionRecord>
  /** Forgets the tokens and revokes them. Gives what was held. */
  forget(settings: RequestSettings): Promise<Tokens | undefined>
}

/** Whom tokens of a client are bound to beside it: the thumbprint of its DPoP key, which goes along with every authorization request. */
export async function findThumbprint(client: Client): Promise<string | undefined> {
  let plugin: ReturnType<typeof requirePlugin>
  try {
    plugin = requirePlugin(client, 'dpop', { package: '@oidc/dpop', factory: 'dpop({ keyPair })' })
  } catch {
    return undefined
  }
  const additions = await plugin.authorization?.parameters?.(new URLSearchParams(), { client })
  return String(additions?.dpop_jkt)
}

/** One name for many values, which tells nobody what they are. */
export async function nameOf(...values: readonly unknown[]): Promise<string> {
  return encodeBase64Url(await sha256(JSON.stringify(values)))
}
