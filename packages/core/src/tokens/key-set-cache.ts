import { isJsonObject } from '../base/json.js'
import type { Client } from '../client/client.js'
import { internalsOf } from '../client/internals.js'
import { flushShared, restoreShared } from '../exchange/shared.js'
import { type PublicJwk, parseKeySet } from '../jose/choose-key.js'
import { findKeySet, maxStale } from './key-set.js'

/** A server's public keys for another process: plain JSON without secrets. */
export interface KeySetSnapshot {
  readonly issuer: string
  readonly jwks_uri: string
  readonly keys: readonly PublicJwk[]
  /** Epoch seconds at which they came from the server. */
  readonly at: number
}

/**
 * Gives the keys that this process has of the client's server, to be kept where the next one finds them: a runtime at the edge lives for one
 * request.
 *
 * @throws `SERVER_METADATA_MISSING`
 */
export function exportKeys(client: Client): KeySetSnapshot | undefined {
  const { entry, url } = findKeySet(client)
  return entry.value && { issuer: client.server.issuer, jwks_uri: url, keys: entry.value, at: entry.at }
}

/**
 * Puts kept keys into the cache. They serve as if they had been loaded at their time: five minutes, and up to an hour while the server is
 * down. What cannot be right is left out: another shape, another server, a time in the future, or one longer ago than an hour.
 *
 * @param snapshot What `exportKeys` gave, as it came out of the store.
 * @returns Whether they were taken. What the process has itself and is as new stays.
 * @throws `SERVER_METADATA_MISSING`
 */
export function importKeys(client: Client, snapshot: unknown): boolean {
  const { entry, url } = findKeySet(client)
  const { clock, limits } = internalsOf(client)
  if (!isJsonObject(snapshot) || snapshot.issuer !== client.server.issuer || snapshot.jwks_uri !== url) return false
  const age = typeof snapshot.at === 'number' ? clock.now() - snapshot.at : -1
  const keys = parseKeySet(snapshot, limits.keys)
  return age >= 0 && age < maxStale && keys !== undefined && keys.length > 0 && restoreShared(entry, keys, Number(snapshot.at))
}

/**
 * Forgets the keys of the client's server in this process: the next signature is verified with keys that are loaded after this. For a server
 * that has lost a private key.
 *
 * @throws `SERVER_METADATA_MISSING`
 */
export function flushKeys(client: Client): void {
  flushShared(findKeySet(client).entry)
}
