import { type OidcError, oidcError } from '../base/errors.js'
import { decodeUtf8, isJsonObject, parseJson } from '../base/json.js'
import { mediaType } from '../base/media-type.js'
import { withoutQuery } from '../base/url.js'
import { internalsOf, now } from '../client/internals.js'
import type { Decode, Exchange, Operation } from '../client/operation.js'
import { blame, conflict, type Slots } from '../client/slots.js'
import { describeFailure } from './failure.js'

/** Decodes `application/json` strictly: no duplicate names, bounded depth, UTF-8 only. */
export const json: Decode = (body, { client }) => parseJson(decodeUtf8(body), internalsOf(client).limits.depth)

/**
 * What plugins ask for comes first, so that a server that can sign does. They add media types, and replace none of core's.
 *
 * @throws `PLUGIN_CONFLICT`
 */
export function acceptHeader({ accept, name }: Operation<unknown>, slots: Slots): string {
  const own = accept === 'response' ? [] : Object.keys(accept)
  // What reads no body, such as revocation, takes whatever comes.
  if (!own.length) own.push('*/*')
  const added = slots.operations?.get(name)?.accept
  for (const type of own) {
    const plugin = added?.get(type)?.plugin
    if (plugin !== undefined) throw conflict(`${type} in the slot accept of ${name}`, '@oidc/core', plugin, 'Take the plugin away.')
  }
  return added ? [...added.keys(), ...own.map((type) => `${type};q=0.1`)].join(', ') : own.join(', ')
}

/**
 * Decodes a successful answer by its media type, and refuses an OAuth error that came with a status of success.
 *
 * @throws `RESPONSE_CONTENT_TYPE`, `RESPONSE_MALFORMED`, `OAUTH_ERROR`
 */
export async function decodeAnswer(response: Response, body: Uint8Array, exchange: Exchange): Promise<unknown> {
  const { client, operation, url } = exchange
  const own = operation.accept as Readonly<Record<string, Decode>>
  const types = Object.keys(own)
  if (!types.length) return undefined
  const type = mediaType(response.headers.get('content-type'))
  const added = internalsOf(client).slots.operations?.get(operation.name)?.accept
  const filler = type === undefined ? undefined : added?.get(type)
  const decode = filler?.run ?? (type !== undefined && Object.hasOwn(own, type) ? own[type] : undefined)
  const fail = (code: 'RESPONSE_CONTENT_TYPE' | 'RESPONSE_MALFORMED', message: string): OidcError =>
    oidcError(code, `${withoutQuery(url)} answered the ${operation.name} request ${message}`, {
      operation: operation.name,
      http: { status: response.status, url: withoutQuery(url) },
    })
  if (!decode)
    throw fail(
      'RESPONSE_CONTENT_TYPE',
      `with ${type ?? 'no or an unreadable content type'}, and ${[...(added?.keys() ?? []), ...types].join(' or ')} is wanted. Check that this is the right address and that no proxy or login page answers for it.`,
    )
  let decoded: unknown
  try {
    decoded = await decode(body, exchange)
  } catch (error) {
    // The message of a plugin's SyntaxError may be the platform's own, which quotes the body.
    const problem = filler ? `the plugin ${filler.plugin} cannot decode it` : (error as Error).message
    const told =
      error instanceof SyntaxError
        ? fail('RESPONSE_MALFORMED', `with a body that cannot be used: ${problem}. Report it to the people who run the server.`)
        : error
    throw filler ? blame(told, filler.plugin, 'operations.accept') : told
  }
  if (isJsonObject(decoded) && decoded.error !== undefined && decoded.error !== null && type === 'application/json')
    throw describeFailure(response, body, { operation: operation.name, url, wanted: 'an answer without error', now: now(client) })
  return decoded
}
