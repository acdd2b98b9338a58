import { isOidcError, oidcError } from '../base/errors.js'
import { isJsonObject, type JsonObject } from '../base/json.js'
import { readOnce } from '../base/parameters.js'
import type { AuthorizationResponse, ResponsePlace } from '../client/authorization.js'
import type { Client } from '../client/client.js'
import { internalsOf } from '../client/internals.js'
import { describe } from '../client/options.js'
import { readForm } from '../exchange/body.js'

/** An authorization response as it came in. */
export type ResponseInput = URL | Request | URLSearchParams | AuthorizationResponse

const places: readonly ResponsePlace[] = ['query', 'fragment', 'form_post', 'unknown']
const telling = ['code', 'error', 'response', 'state', 'id_token', 'access_token']

/**
 * Takes the parameters of an authorization response apart, each once, wherever they stand.
 *
 * @throws `AUTHORIZATION_RESPONSE_INVALID`
 */
export async function readAuthorizationResponse(client: Client, input: unknown): Promise<AuthorizationResponse> {
  const { limits, opened } = internalsOf(client)
  try {
    if (input instanceof URLSearchParams) return respond('unknown', readOnce(input, limits.jwt))
    if (input instanceof URL) return readUrl(input, limits.jwt)
    if (isRequest(input)) return await readRequest(input, limits.jwt)
    if (isJsonObject(input)) return opened.has(input as never) ? (input as unknown as AuthorizationResponse) : readParts(input, limits.jwt)
  } catch (error) {
    if (isOidcError(error)) throw error
    // Anything else is what a hostile or half-read input made of itself.
    throw invalid(error instanceof SyntaxError ? error.message : 'it cannot be read')
  }
  throw invalid(`it is ${describe(input)}, and a URL, a Request or URLSearchParams is wanted`)
}

/** A response that the caller took apart itself, as an adapter for a framework does. */
function readParts({ place, parameters }: JsonObject, limit: number): AuthorizationResponse {
  const known = places.find((name) => name === place)
  if (!known || !isJsonObject(parameters)) throw new SyntaxError('it has no place and parameters')
  const entries = Object.entries(parameters).map(([name, value]): [string, string] => {
    if (typeof value !== 'string') throw new SyntaxError(`the parameter ${JSON.stringify(name.slice(0, 64))} is not a string`)
    return [name, value]
  })
  return respond(known, readOnce(new URLSearchParams(entries), limit))
}

/** A fragment stands for the response only if it looks like one: some servers leave `#_=_` behind. */
function readUrl(url: URL, limit: number): AuthorizationResponse {
  const fragment = new URLSearchParams(url.hash.slice(1))
  return telling.some((name) => fragment.has(name))
    ? respond('fragment', readOnce(fragment, limit))
    : respond('query', readOnce(url.searchParams, limit))
}

async function readRequest(request: Request, limit: number): Promise<AuthorizationResponse> {
  if (!URL.canParse(request.url)) throw new SyntaxError('the url of the request is not absolute: give new URL(request.url, origin)')
  if (request.method === 'GET') return readUrl(new URL(request.url), limit)
  if (request.method === 'POST') return respond('form_post', await readForm(request, limit * 2))
  throw new SyntaxError(`the method of the request is ${request.method}, and GET or POST is wanted`)
}

function respond(place: ResponsePlace, parameters: Readonly<Record<string, string>>): AuthorizationResponse {
  return Object.freeze({ place, parameters })
}

/** By its shape: another realm or polyfill makes Requests of its own. */
function isRequest(value: unknown): value is Request {
  return typeof value === 'object' && value !== null && 'method' in value && 'url' in value && 'headers' in value
}

function invalid(problem: string) {
  return oidcError('AUTHORIZATION_RESPONSE_INVALID', `The authorization response cannot be used: ${problem}. Start a new login.`)
}
