import { isOidcError, type OidcError, oidcError } from '../base/errors.js'
import { decodeUtf8, parseJson } from '../base/json.js'
import { mediaType } from '../base/media-type.js'
import { systemRandom } from '../base/random.js'
import { withoutQuery } from '../base/url.js'
import { type Internals, notify } from '../client/internals.js'
import type { ClientOptions } from '../client/options.js'
import { readAnswer } from './body.js'
import { withDeadline } from './deadline.js'
import { describeFailure } from './failure.js'
import { checkRedirect, send } from './send.js'

/** What fetching a document takes, with or without a client. */
export type Reader = Pick<Internals, 'fetch' | 'timeout' | 'limits' | 'clock'> &
  Pick<ClientOptions, 'onEvent'> &
  Partial<Pick<ClientOptions, 'egress' | 'random'>>

/** Attempts at one document. */
const maxAttempts = 3
/** Seconds. */
const longestWait = 48

/**
 * Fetches a JSON document that the whole process shares, such as metadata or a key set. No slot sees it. Where the server is overloaded or not
 * reached, it is asked at most twice again: after what its `Retry-After` says, capped, else after a moment, and some more by chance, so that not
 * all come back at once. One that hangs is not asked again, for users wait.
 *
 * @param types Media types that are taken for JSON beside `application/json`.
 * @param mayRetry Asked before each further attempt.
 * @throws `EGRESS_REFUSED`, `NETWORK_ERROR`, `TIMEOUT`, `REDIRECT_REFUSED`, `HTTP_STATUS`, `OAUTH_ERROR`, `RESPONSE_CONTENT_TYPE`, `RESPONSE_MALFORMED`,
 * `BODY_TOO_LARGE`
 */
export async function fetchDocument(
  reader: Reader,
  url: string,
  operation: string,
  types: readonly string[] = [],
  mayRetry: () => boolean = () => true,
): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchOnce(reader, url, operation, types, attempt)
    } catch (error) {
      if (!isOidcError(error) || attempt >= maxAttempts || !isPassing(error) || !mayRetry()) throw error
      const least = Math.min(Math.max(error.http?.retryAfter ?? 0, attempt / 4), longestWait)
      const chance = ((reader.random ?? systemRandom)(4)[3] ?? 0) / 256
      const wait = least + chance * Math.max(attempt / 4, least / 4)
      notify(reader.onEvent, { type: 'retry', operation, url: withoutQuery(url), attempt, wait, code: error.code })
      await reader.clock.sleep(wait)
    }
  }
}

/** What a restart, an overload or a connection gone stale looks like. */
function isPassing({ code, http }: OidcError): boolean {
  return code === 'NETWORK_ERROR' || [429, 502, 503, 504].includes(http?.status ?? 0)
}

async function fetchOnce(
  { fetch, egress, timeout, limits, clock, onEvent }: Reader,
  url: string,
  operation: string,
  types: readonly string[],
  attempt: number,
): Promise<unknown> {
  const place = { operation, url: withoutQuery(url) }
  const event = { ...place, method: 'GET', attempt }
  notify(onEvent, { type: 'request', ...event })
  return withDeadline(place, { timeout }, async (signal) => {
    const accept = ['application/json', ...types]
    const response = await send(
      fetch,
      { url, method: 'GET', headers: { accept: accept.filter(Boolean).join(', ') } },
      place,
      signal,
      egress,
    )
    notify(onEvent, { type: 'response', ...event, status: response.status })
    checkRedirect(response, place)
    const body = await readAnswer(response, limits.body, place)
    if (response.status !== 200) throw describeFailure(response, body, { operation, url, wanted: '200', now: clock.now() })
    const http = { status: 200, url: place.url }
    const type = mediaType(response.headers.get('content-type'))
    if (!accept.includes(type ?? ''))
      throw oidcError(
        'RESPONSE_CONTENT_TYPE',
        `${place.url} answered with ${type ?? 'no or an unreadable content type'}, and ${accept.join(' or ')} is wanted. Check that this is the right address; if the server always does so, give quirks: { acceptContentTypes: { ${operation}: ['${type ?? ''}'] } }.`,
        {
          operation,
          http,
        },
      )
    try {
      return parseJson(decodeUtf8(body), limits.depth)
    } catch (error) {
      throw oidcError(
        'RESPONSE_MALFORMED',
        `${place.url} answered with a body that cannot be used: ${(error as Error).message}. Report it to the people who run the server.`,
        { operation, http },
      )
    }
  })
}
