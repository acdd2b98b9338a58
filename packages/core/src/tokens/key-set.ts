import { oidcError } from '../base/errors.js'
import { isString } from '../base/json.js'
import { withoutQuery } from '../base/url.js'
import type { Client } from '../client/client.js'
import { emit, internalsOf } from '../client/internals.js'
import { findTenant } from '../client/issuer.js'
import type { ServerKeys, SignedBy } from '../client/verifier.js'
import { fetchDocument } from '../exchange/fetch-document.js'
import { findEndpoint } from '../exchange/request.js'
import { createShared, createSharedCache, loadShared, readShared, type Shared, staleEvent, waitFor } from '../exchange/shared.js'
import { chooseKeys, isPrivate, type PublicJwk, parseKeySet } from '../jose/choose-key.js'

/** A key set as the process shares it. */
export interface KeySet extends Shared<readonly PublicJwk[]> {
  /** Requests for an unknown `kid` that are left. */
  tokens: number
  /** Epoch seconds at which the last one was given back. */
  refilled: number
}

const burst = 3
const refillAfter = 60
/** Seconds. */
const maxAge = 300
/** Seconds. */
export const maxStale = 3600

const keySets = /* @__PURE__ */ createSharedCache<KeySet>(() => ({ ...createShared(), tokens: burst, refilled: 0 }))

/** What the process shares of the client's key set, and where it is. @throws `SERVER_METADATA_MISSING` */
export function findKeySet(client: Client): { readonly entry: KeySet; readonly url: string } {
  const { fetch, options } = internalsOf(client)
  const url = findEndpoint(client, 'jwks_uri')
  return { url, entry: keySets(fetch, `${client.server.issuer} ${url}`, options.egress) }
}

/**
 * The key set of the client's server, shared by the process. A token with an unknown `kid` makes it look again, at most three times at once
 * and then once a minute, so that a key rotation fails nobody and random `kid`s burden no server. While the server is down, keys of the last
 * hour still serve.
 *
 * @throws `SERVER_METADATA_MISSING`; `find` throws `KEY_SET_INVALID` and the errors of a request
 */
export function serverKeys(client: Client, signal?: AbortSignal): ServerKeys {
  const { clock } = internalsOf(client)
  const { entry, url } = findKeySet(client)
  const now = () => clock.now()
  const mayAsk = () => takeToken(entry, now())
  return {
    async find(signed) {
      const begun = entry.begun
      const current = readShared(entry, {
        now,
        maxAge,
        maxStale,
        load: () => loadKeys(client, entry, url),
        onStale: (error) => emit(client, staleEvent('jwks', url, error)),
      })
      let keys = current instanceof Promise ? await waitFor(current, signal, 'jwks') : current
      // A request that had begun before may have been answered before a rotation: after that one, there is one more.
      for (let isLast = false; !isLast && !choose(keys, signed).length; ) {
        isLast = entry.pending === undefined || entry.begun !== begun
        if (entry.pending === undefined && !mayAsk()) break
        keys = await waitFor(
          loadShared(entry, now, () => loadKeys(client, entry, url, mayAsk)),
          signal,
          'jwks',
        )
      }
      const found = choose(keys, signed)
      // The key may be published without its name. There are few such keys, and they are tried only where no name fits.
      if (found.length || !isString(signed.kid)) return found
      return choose(
        keys.filter(({ kid }) => kid === undefined),
        { ...signed, kid: undefined },
      )
    },
  }
}

function choose(keys: readonly PublicJwk[], { alg, kid, iss }: SignedBy): readonly PublicJwk[] {
  return chooseKeys(
    keys.filter((key) => signsFor(key, iss)),
    alg,
    kid,
  )
}

/** Entra ID names in each key the issuer it signs for, or a template of issuers. A key of one tenant must not sign for another. */
function signsFor({ issuer }: PublicJwk, iss: unknown): boolean {
  if (!isString(issuer) || !issuer.startsWith('https:') || iss === undefined) return true
  return issuer.includes('{tenantid}') ? findTenant(issuer, iss) !== undefined : issuer === iss
}

async function loadKeys(client: Client, entry: KeySet, url: string, mayRetry?: () => boolean): Promise<readonly PublicJwk[]> {
  const internals = internalsOf(client)
  const { onEvent, egress, quirks } = internals.options
  const types = ['application/jwk-set+json', ...(quirks?.acceptContentTypes?.jwks ?? [])]
  const document = await fetchDocument({ ...internals, onEvent, egress }, url, 'jwks', types, mayRetry)
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
}

/** A token bucket: three at once, one more for each minute. */
function takeToken(entry: KeySet, now: number): boolean {
  // A clock that was set back must not keep the bucket empty until it has caught up.
  entry.refilled = Math.min(entry.refilled, now)
  const earned = Math.floor((now - entry.refilled) / refillAfter)
  entry.tokens = Math.min(burst, entry.tokens + earned)
  entry.refilled += earned * refillAfter
  if (entry.tokens === 0) return false
  if (entry.tokens === burst) entry.refilled = now
  entry.tokens--
  return true
}
