import { isOidcError, type OidcError, oidcError } from '../base/errors.js'
import { isJsonObject } from '../base/json.js'
import { encodeForm } from '../base/parameters.js'
import { checkUrl, withoutQuery } from '../base/url.js'
import { mergeAdditions } from '../client/additions.js'
import { emit, type Internals, internalsOf, now } from '../client/internals.js'
import type { Exchange, Headers, HttpRequest, PresentedToken, RequestBody } from '../client/operation.js'
import type { ClientCredentials } from '../client/plugin.js'
import { blame, runSlot } from '../client/slots.js'
import { acceptHeader } from './accept.js'
import { readAnswer } from './body.js'
import { withDeadline } from './deadline.js'
import { describeFailure, type Failed } from './failure.js'
import { checkRedirect, send } from './send.js'

/** What the caller of a request put into it beside parameters. */
export interface Content {
  readonly json?: Readonly<Record<string, unknown>> | undefined
  readonly headers?: Headers | undefined
  readonly body?: RequestBody | undefined
  /** Seconds. */
  readonly timeout?: number | undefined
}

/** An answer, or the error of fetch or of an unsuccessful answer, which alone may lead to another attempt. */
export type Outcome =
  | { readonly response: Response; readonly body: Uint8Array; readonly error?: OidcError | undefined }
  | { readonly response?: undefined; readonly error: OidcError }

const challenged = [401, 429, 503]
const empty = /* @__PURE__ */ new Uint8Array()

/**
 * Sends one attempt: client authentication, headers, seal, fetch, unseal, received.
 *
 * @throws what a slot throws; such an error never leads to another attempt.
 */
export async function sendAttempt(exchange: Exchange, content: Content): Promise<Outcome> {
  const { client, operation, attempt, method, call } = exchange
  const internals = internalsOf(client)
  const { unseal, received } = internals.slots.exchange
  const request = await buildRequest(exchange, content, internals)
  const place = { operation: operation.name, url: withoutQuery(request.url) }
  emit(client, { type: 'request', ...place, method, attempt })
  try {
    return await withDeadline(place, { timeout: content.timeout ?? internals.timeout, signal: call.signal }, async (signal) => {
      let response = await send(internals.fetch, request, place, signal, internals.options.egress)
      emit(client, { type: 'response', ...place, method, attempt, status: response.status })
      if (unseal) {
        const sealed = response
        response = await runSlot(unseal, 'exchange.unseal', async () => {
          const opened = await unseal.run(sealed, exchange)
          if (typeof opened?.headers?.get !== 'function') throw unusable(unseal.plugin, 'unseal', 'a Response')
          return opened
        })
      }
      if (received) {
        // Of the headers only what reads them: what one plugin changed, the next one and core would believe.
        const { status, headers } = response
        const seen = Object.freeze({
          status,
          headers: Object.freeze({ get: (name: string) => headers.get(name), has: (name: string) => headers.has(name) }),
        })
        for (const filler of received) await runSlot(filler, 'exchange.received', () => filler.run(seen, exchange))
      }
      return readOutcome(response, exchange, internals)
    })
  } catch (error) {
    if (isOidcError(error) && error.plugin === undefined) return { error }
    throw error
  }
}

async function readOutcome(given: Response, exchange: Exchange, { limits, options }: Internals): Promise<Outcome> {
  const { operation, client } = exchange
  if (operation.accept === 'response')
    return {
      response: given,
      body: empty,
      ...(challenged.includes(given.status) && { error: describeFailure(given, empty, failed(exchange)) }),
    }
  const place = { operation: operation.name, url: withoutQuery(exchange.url) }
  checkRedirect(given, place)
  const bytes = await readAnswer(given, limits.body, place)
  const amended = options.amend?.(operation.name, given, bytes)
  if (amended) emit(client, { type: 'quirk', name: 'amend', operation: operation.name })
  const { response, body } = amended ?? { response: given, body: bytes }
  const isExpected = operation.status.includes(response.status)
  return isExpected ? { response, body } : { response, body, error: describeFailure(response, body, failed(exchange)) }
}

/** What an error says of the exchange. */
export function failed({ client, operation, url }: Exchange): Failed {
  return { operation: operation.name, url, wanted: operation.status.join(' or ') || 'success', now: now(client) }
}

async function buildRequest(exchange: Exchange, content: Content, internals: Internals): Promise<HttpRequest> {
  const { operation, url, method, token } = exchange
  const { authentication, slots } = internals
  const credentials = operation.credential === 'client' ? await authenticate(internals, exchange) : undefined
  const parameters = credentials?.parameters
    ? mergeAdditions(
        exchange.parameters,
        [{ plugin: `client authentication by ${authentication.method}`, additions: credentials.parameters }],
        'parameter',
      )
    : exchange.parameters
  const { body, type } = encodeBody(operation.body, parameters, content)
  let headers: Record<string, string> = {
    ...identify(),
    ...content.headers,
    accept: content.headers?.accept ?? acceptHeader(operation, slots),
  }
  if (type !== undefined) headers['content-type'] = type
  if (token) headers.authorization = presentToken(token, internals)
  if (credentials?.headers) Object.assign(headers, credentials.headers)
  if (slots.exchange.headers) headers = await addHeaders(headers, exchange, slots.exchange.headers)
  const request = { url, method, headers: Object.freeze(headers), body }
  const { seal } = slots.exchange
  if (!seal) return request
  return runSlot(seal, 'exchange.seal', async () => {
    const sealed = await seal.run(Object.freeze(request), exchange)
    if (!isJsonObject(sealed) || !isJsonObject(sealed.headers)) throw unusable(seal.plugin, 'seal', 'a request')
    // Whatever it signs must not go where no other request may go.
    if (sealed.url !== url) checkUrl(sealed.url, `address that the plugin ${seal.plugin} gives`, internals.policy)
    return sealed
  })
}

/** Browsers say who they are themselves, and some would ask the server for leave (CORS) before they say anything else. */
function identify(): Headers {
  const { navigator } = globalThis as { readonly navigator?: { readonly userAgent?: string } }
  return navigator?.userAgent?.startsWith('Mozilla/') ? {} : { 'user-agent': 'oidc-core' }
}

/** A method of the application's own may throw anything. */
async function authenticate({ authentication }: Internals, exchange: Exchange): Promise<ClientCredentials> {
  try {
    return await authentication.authenticate(exchange)
  } catch (error) {
    throw isOidcError(error) ? error : blame(error, `client authentication by ${authentication.method}`, 'authenticate')
  }
}

function unusable(plugin: string, slot: string, wanted: string): OidcError {
  return oidcError(
    'PLUGIN_INVALID',
    `The plugin ${plugin} gave something unusable in its slot ${slot}, where ${wanted} is wanted. Report it to the plugin's authors.`,
  )
}

async function addHeaders(
  headers: Record<string, string>,
  exchange: Exchange,
  fillers: NonNullable<Internals['slots']['exchange']['headers']>,
) {
  const added = await Promise.all(
    fillers.map(async (filler) => ({
      plugin: filler.plugin,
      additions: await runSlot(filler, 'exchange.headers', () => filler.run(exchange)),
    })),
  )
  return mergeAdditions(headers, added, 'header')
}

function encodeBody(
  kind: 'form' | 'json' | 'none',
  parameters: Exchange['parameters'],
  content: Content,
): { body?: RequestBody | undefined; type?: string } {
  if (kind === 'form') return { body: encodeForm(parameters), type: 'application/x-www-form-urlencoded' }
  if (kind === 'json') return { body: JSON.stringify({ ...content.json, ...parameters }), type: 'application/json' }
  return { body: content.body }
}

/** @throws `TOKEN_TYPE_UNSUPPORTED`: a token whose type nobody here understands must not be used, RFC 6749, section 7.1 */
function presentToken({ access_token, token_type }: PresentedToken, { slots }: Internals): string {
  const type = token_type.toLowerCase()
  const scheme = type === 'bearer' ? 'Bearer' : slots.exchange.tokenTypes?.get(type)?.run
  if (scheme === undefined)
    throw oidcError(
      'TOKEN_TYPE_UNSUPPORTED',
      `The access token is of type ${JSON.stringify(token_type.slice(0, 32))}, which this client cannot present. ${type === 'dpop' ? 'Install @oidc/dpop and add dpop({ keyPair }) to use.' : 'Install the plugin for that type.'}`,
    )
  return `${scheme} ${access_token}`
}
