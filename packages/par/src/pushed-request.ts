import { type Exchange, json, now, type Operation } from '@oidc/core/plugin'
import { parError } from './par-error.js'

/** What stands for an authorization request that the server keeps. */
export interface PushedRequest {
  readonly request_uri: string
  /** Seconds. */
  readonly expires_in: number
  /** Epoch seconds, by the client's clock. */
  readonly expires_at: number
}

/** The pushed authorization request. {@link https://www.rfc-editor.org/rfc/rfc9126#section-2.1 RFC 9126, section 2.1} */
export const parOperation: Operation<PushedRequest> = {
  name: 'pushed_authorization_request',
  endpoint: 'pushed_authorization_request_endpoint',
  method: 'POST',
  credential: 'client',
  body: 'form',
  status: [201],
  replay: 'if_refused',
  accept: { 'application/json': json },
  parse: parsePushedRequest,
}

function parsePushedRequest(body: unknown, { client }: Exchange): PushedRequest {
  const invalid = (problem: string) =>
    parError(
      'PAR_RESPONSE_INVALID',
      `The answer of ${client.server.issuer} to the pushed authorization request ${problem}. Report it to the people who run the server; no login was begun.`,
      { operation: parOperation.name },
    )
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('is not a JSON object')
  const { request_uri, expires_in } = body as Readonly<Record<string, unknown>>
  // It goes into a URL that every browser and proxy on the way must carry.
  if (typeof request_uri !== 'string' || !/^[\x21-\x7e]{1,2048}$/.test(request_uri))
    throw invalid(`has a request_uri that is ${describe(request_uri)}, and 1 to 2048 printable ASCII characters are wanted`)
  // Some servers send digits in a string.
  const seconds = typeof expires_in === 'string' && /^\d{1,15}$/.test(expires_in) ? Number(expires_in) : expires_in
  if (typeof seconds !== 'number' || !Number.isSafeInteger(seconds) || seconds < 1)
    throw invalid(
      `has an expires_in that is ${typeof seconds === 'number' ? String(seconds) : describe(seconds)}, and a positive whole number of seconds is wanted`,
    )
  return { request_uri, expires_in: seconds, expires_at: now(client) + seconds }
}

/** Never the value: whoever has a request_uri can begin the login. */
function describe(value: unknown): string {
  if (typeof value === 'string') return `a string of ${value.length} characters`
  return value === undefined ? 'missing' : value === null ? 'null' : Array.isArray(value) ? 'an array' : `of type ${typeof value}`
}
