import { oidcError } from '../base/errors.js'
import { withoutQuery } from '../base/url.js'
import type { Client } from '../client/client.js'
import { emit, internalsOf } from '../client/internals.js'
import { fetchDocument } from '../exchange/fetch-document.js'
import { findEndpoint } from '../exchange/request.js'
import { createSharedCache, loadShared, type Shared, waitFor } from '../exchange/shared.js'
import { chooseKeys, isPrivate, type PublicJwk, parseKeySet } from '../jose/choose-key.js'

interface KeySet extends Shared<readonly PublicJwk[]> {
  /** Requests for an unknown `kid` that are left. */
  tokens: number
  /** Epoch seconds at which the last one was given back. */
  refilled: number
}

/** The keys of a server. */
export interface ServerKeys {
  /** Those that may have made a signature with this header; none if the server publishes none, also after looking again. */
  find(header: { readonly alg: string; readonly kid?: unknown }): Promise<readonly PublicJwk[]>
}

const burst = 3
const refillAfter = 60
const maxAge = 300
const maxStale = 3600

const keySets = /* @__PURE__ */ createSharedCache<KeySet>(() => ({ at: 0, tokens: burst, refilled: 0 }))

/**
 * The key set of the client's server, shared by the process. A token with an unknown `kid` makes it look again, at most three times at once
 * and then once a minute, so that a key rotation fails nobody and random `kid`s burden no server. While the server is down, keys of the last
 * hour still serve.
 *
 * @throws `SERVER_METADATA_MISSING`; `find` throws `KEY_SET_INVALID` and the errors of a request
 */
export function serverKeys(client: Client, signal?: AbortSignal): ServerKeys {
  const { fetch, clock, options } = internalsOf(client)
  const url = findEndpoint(client, 'jwks_uri')
  const entry = keySets(fetch, `${client.server.issuer} ${url}`, options.egress)
  return {
    async find({ alg, kid }) {
      const keys = await currentKeys(client, entry, url, signal)
      const found = chooseKeys(keys, alg, kid)
      if (found.length || !takeToken(entry, clock.now())) return found
      return chooseKeys(await waitFor(loadKeys(client, entry, url), signal, 'jwks'), alg, kid)
    },
  }
}

async function currentKeys(client: Client, entry: KeySet, url: string, signal: AbortSignal | undefined): Promise<readonly PublicJwk[]> {
  const age = internalsOf(client).clock.now() - entry.at
  const { value } = entry
  // A clock that was set back must not keep a set forever.
  if (value && age >= 0 && age < maxAge) return value
  const loading = waitFor(loadKeys(client, entry, url), signal, 'jwks')
  if (!value || age >= maxStale) return loading
  return loading.catch((error: unknown) => {
    if (signal?.aborted) throw error
    emit(client, { type: 'cache', operation: 'jwks', url: withoutQuery(url), outcome: 'stale' })
    return value
  })
}

function loadKeys(client: Client, entry: KeySet, url: string): Promise<readonly PublicJwk[]> {
  const internals = internalsOf(client)
  const { onEvent, egress, quirks } = internals.options
  const readTime = () => internals.clock.now()
  return loadShared(entry, readTime, async () => {
    const document = await fetchDocument({ ...internals, onEvent, egress }, url, 'jwks', [
      'application/jwk-set+json',
      ...(quirks?.acceptContentTypes?.jwks ?? []),
    ])
    const keys = parseKeySet(document, internals.limits.keys)
    // A set that has lost all its keys is an outage, and the last good one still serves.
    if (!keys || (!keys.length && entry.value?.length))
      throw oidcError(
        'KEY_SET_INVALID',
        `${withoutQuery(url)} answered with no key set: an object with an array named keys is wanted${keys ? ', and not an empty one where there were keys before' : ''}. Report it to the people who run the server.`,
        { operation: 'jwks' },
      )
    if ((document as { keys: unknown[] }).keys.some(isPrivate)) emit(client, { type: 'jwks:private_key', url: withoutQuery(url) })
    if (!entry.value) return keys
    // The same objects again: what is imported stays imported, and a mere look is no rotation.
    if (JSON.stringify(keys) === JSON.stringify(entry.value)) return entry.value
    emit(client, { type: 'key_rotation', url: withoutQuery(url), keys: keys.length })
    return keys
  })
}

/** A token bucket: three at once, one more for each minute. */
function takeToken(entry: KeySet, now: number): boolean {
  // A clock that was set back must not keep the bucket empty until it has caught up.
  entry.refilled = Math.min(entry.refilled, now)
  const earned = Math.floor((now - entry.refilled) / refillAfter)
  entry.tokens = Math.min(burst, entry.tokens + earned)
  entry.refilled += earned * refillAfter
  if (entry.pending !== undefined) return true
  if (entry.tokens === 0) return false
  if (entry.tokens === burst) entry.refilled = now
  entry.tokens--
  return true
}
