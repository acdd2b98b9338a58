import { isJsonObject } from '../base/json.js'
import { flushShared, restoreShared } from '../exchange/shared.js'
import { parseServerMetadata } from '../metadata/parse-server-metadata.js'
import type { ServerMetadata } from '../metadata/server-metadata.js'
import { checkDiscoveredIssuer, type DiscoveryOptions, findDocument, maxStale } from './discovery.js'

/** Server metadata for another process: plain JSON without secrets. */
export interface DiscoverySnapshot {
  readonly metadata: ServerMetadata
  /** Epoch seconds at which it came from the server. */
  readonly at: number
}

/**
 * Gives what this process has discovered of a server, to be kept where the next one finds it: a runtime at the edge lives for one request.
 *
 * @param issuer As it was given to `discover`; so are the options.
 * @throws `URL_INVALID`, `URL_INSECURE`, `SERVER_METADATA_INVALID`
 */
export function exportDiscovery(issuer: string | URL, options: DiscoveryOptions = {}): DiscoverySnapshot | undefined {
  const { value, at } = findDocument(issuer, options).entry
  return value && { metadata: value, at }
}

/**
 * Puts kept metadata into the cache, so that `discover` with the same issuer and options makes no request until it is an hour old. What
 * cannot be right is left out: another shape, another issuer, a time in the future, or one longer ago than two hours.
 *
 * @param snapshot What `exportDiscovery` gave, as it came out of the store.
 * @returns Whether it was taken. What the process has itself and is as new stays.
 * @throws `URL_INVALID`, `URL_INSECURE`, `SERVER_METADATA_INVALID` for the issuer or the options
 */
export function importDiscovery(issuer: string | URL, options: DiscoveryOptions, snapshot: unknown): boolean {
  const { entry, accepted, policy, clock } = findDocument(issuer, options)
  if (!isJsonObject(snapshot) || typeof snapshot.at !== 'number') return false
  const age = clock.now() - snapshot.at
  if (!(age >= 0 && age < maxStale)) return false
  try {
    const metadata = parseServerMetadata(snapshot.metadata, policy)
    checkDiscoveredIssuer(metadata.issuer, accepted)
    return restoreShared(entry, metadata, snapshot.at)
  } catch {
    return false
  }
}

/**
 * Forgets what was discovered of a server: the next `discover` asks it again, and the last good metadata no longer stands in. For a server that
 * has moved; clients that are made already keep theirs.
 *
 * @throws `URL_INVALID`, `URL_INSECURE`, `SERVER_METADATA_INVALID`
 */
export function flushDiscovery(issuer: string | URL, options: DiscoveryOptions = {}): void {
  flushShared(findDocument(issuer, options).entry)
}
