import { type Clock, systemClock } from '../base/clock.js'
import { isOidcError, oidcError } from '../base/errors.js'
import { isString } from '../base/json.js'
import { checkUrl, type UrlPolicy, withoutQuery } from '../base/url.js'
import { globalFetch, type SenderOptions } from '../client/create.js'
import { notify } from '../client/internals.js'
import { type ClientOptions, defaultLimits, describe } from '../client/options.js'
import { fetchDocument } from '../exchange/fetch-document.js'
import { createShared, createSharedCache, readShared, type Shared, staleEvent, waitFor } from '../exchange/shared.js'
import { checkIssuer, parseServerMetadata } from '../metadata/parse-server-metadata.js'
import type { ServerMetadata } from '../metadata/server-metadata.js'

/** What discovery takes of a client's options. */
export interface DiscoveryOptions extends SenderOptions, Pick<ClientOptions, 'metadataUrl' | 'quirks'> {
  /** Which well-known place is tried first; the other one follows on a 404 alone. */
  readonly prefer?: 'openid-configuration' | 'oauth-authorization-server'
  readonly signal?: AbortSignal | undefined
}

/** Seconds. */
const maxAge = 3600
/** Seconds. */
export const maxStale = 7200

const documents = /* @__PURE__ */ createSharedCache<Shared<ServerMetadata>>(createShared)

/** One document: where it is looked for, by whom it may be, and what the process shares of it. */
export interface Document {
  readonly places: readonly string[]
  /** The issuers that it may name, the one that was asked for first. */
  readonly accepted: readonly string[]
  readonly policy: UrlPolicy
  readonly clock: Clock
  readonly entry: Shared<ServerMetadata>
}

/**
 * Gets a server's metadata, shared by the process for an hour. While it cannot be had anew, or is not what it was, the last good one serves
 * another hour; where there is none, a server in trouble is left alone for two to ten seconds.
 * {@link https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig OpenID Connect Discovery 1.0, section 4},
 * {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 RFC 8414, section 3}
 *
 * @param issuer Exactly as the server spells it; of a URL, a lone slash as its path is not taken to be part of it unless the server says so.
 * @throws `URL_INVALID`, `URL_INSECURE`, `SERVER_METADATA_INVALID`, `ISSUER_MISMATCH`, `HTTP_STATUS`, and the other errors of a request
 */
export async function discoverServer(issuer: string | URL, options: DiscoveryOptions = {}): Promise<ServerMetadata> {
  const { signal, egress, random, quirks, onEvent, fetch = globalFetch, timeout = 10 } = options
  const { places, accepted, policy, clock, entry } = findDocument(issuer, options)
  const [place = ''] = places
  const metadata = readShared(entry, {
    now: () => clock.now(),
    maxAge,
    maxStale,
    keepsFailures: true,
    async load(lastGood) {
      const reader = { fetch, egress, random, clock, onEvent, timeout, limits: { ...defaultLimits, ...options.limits } }
      const loaded = parseServerMetadata(await fetchFirst(reader, places, quirks?.acceptContentTypes?.discovery), policy)
      checkDiscoveredIssuer(loaded.issuer, accepted)
      if (lastGood) checkKeySetHost(loaded, lastGood)
      return loaded
    },
    onStale: (error) => notify(onEvent, staleEvent('discovery', place, error)),
  })
  if (metadata instanceof Promise) return waitFor(metadata, signal, 'discovery')
  notify(onEvent, { type: 'cache', operation: 'discovery', url: withoutQuery(place), outcome: 'hit' })
  return metadata
}

/** @throws `URL_INVALID`, `URL_INSECURE`, `SERVER_METADATA_INVALID` */
export function findDocument(issuer: string | URL, options: DiscoveryOptions): Document {
  const { allowInsecure, metadataUrl, egress, fetch = globalFetch, clock = systemClock } = options
  const policy = { allowInsecure }
  if (!isString(issuer) && !(issuer instanceof URL))
    throw oidcError('URL_INVALID', `The issuer is ${describe(issuer)}. Give it as a string, e.g. "https://login.example".`)
  const text = String(issuer)
  const parsed = checkIssuer(text, policy)
  const places = metadataUrl === undefined ? wellKnown(parsed, options.prefer) : [checkUrl(metadataUrl, 'option metadataUrl', policy).href]
  const accepted = issuer instanceof URL && parsed.pathname === '/' ? [text, text.replace(/\/$/, '')] : [text]
  const template = options.quirks?.issuerTemplate
  if (template !== undefined) accepted.push(template)
  // By all that is accepted: what a URL may find, a string must not take from the cache unchecked.
  return { places, accepted, policy, clock, entry: documents(fetch, [allowInsecure, ...accepted, ...places].join(' '), egress) }
}

function wellKnown({ origin, pathname }: URL, prefer: DiscoveryOptions['prefer']): readonly string[] {
  const path = pathname.replace(/\/$/, '')
  const places = [`${origin}${path}/.well-known/openid-configuration`, `${origin}/.well-known/oauth-authorization-server${path}`]
  return prefer === 'oauth-authorization-server' ? places.reverse() : places
}

/** The next place is tried on a 404 alone; where none has it, the first one's error tells the most. */
async function fetchFirst(
  reader: Parameters<typeof fetchDocument>[0],
  places: readonly string[],
  types?: readonly string[],
): Promise<unknown> {
  let first: unknown
  for (const place of places) {
    try {
      return await fetchDocument(reader, place, 'discovery', types)
    } catch (error) {
      first ??= error
      if (!isOidcError(error) || error.http?.status !== 404) throw error
    }
  }
  throw first
}

export function checkDiscoveredIssuer(seen: string, accepted: readonly string[]): void {
  if (accepted.includes(seen)) return
  const [wanted = ''] = accepted
  const isSlash = seen.replace(/\/$/, '') === wanted.replace(/\/$/, '')
  throw oidcError(
    'ISSUER_MISMATCH',
    `The metadata is of ${JSON.stringify(seen.slice(0, 200))}, and ${JSON.stringify(wanted)} was asked for. ${
      isSlash
        ? 'They differ by the slash at the end: configure the issuer exactly as the server spells it.'
        : `Configure the issuer exactly as the server spells it, if that is the server you mean${seen.includes('/{tenantid}/') ? ', or give quirks: { issuerTemplate } for its many tenants' : ''}.`
    }`,
  )
}

/** Whoever gets hold of the document for a moment would have the keys come from elsewhere: a move is believed once the last good one has had its time. */
function checkKeySetHost(loaded: ServerMetadata, lastGood: ServerMetadata): void {
  const [seen, known] = [loaded, lastGood].map(({ jwks_uri }) => (jwks_uri === undefined ? '' : new URL(jwks_uri).host))
  if (!known || seen === known) return
  throw oidcError(
    'SERVER_METADATA_INVALID',
    `The metadata of ${loaded.issuer} has its jwks_uri at another host than before: ${seen || 'none'} and not ${known}. If the server has moved its keys, call flushDiscovery() to take them from there at once.`,
  )
}
