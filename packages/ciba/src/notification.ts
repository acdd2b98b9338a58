import { type Client, isOidcError, type OidcError, readJson } from '@oidc/core/plugin'
import type { CIBASettings } from './ciba.js'
import { cibaError, describe } from './ciba-error.js'
import { isAuthReqId } from './initiate.js'
import { findPending, hash, isOf } from './pending.js'
import type { PendingAuthentication } from './store.js'

/** A call of the server, whose token is known. */
export interface Notification {
  readonly pending: PendingAuthentication
  readonly auth_req_id: string
  readonly auth_req_id_hash: string
  /** Whether it speaks of the request that its token was made for. */
  readonly isBound: boolean
  readonly body: Readonly<Record<string, unknown>>
}

/** A call that is refused: how to answer it, and why. */
export interface Refused {
  readonly response: Response
  readonly error: OidcError
}

const plain = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** Never a redirect: section 10.2 forbids it, for the token would go along. */
export function answer(status: 204 | 400 | 401 | 405 | 413 | 415 | 503, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers: { ...plain, ...headers } })
}

/**
 * Reads a call of the server. The token is looked at first: from anybody else nothing is read.
 *
 * @param limit Bytes.
 */
export async function readNotification(
  client: Client,
  settings: CIBASettings,
  request: Pick<Request, 'method' | 'headers' | 'body'>,
  limit: number,
): Promise<Notification | Refused> {
  const { method, headers } = request
  if (method !== 'POST') return refuse(answer(405, { allow: 'POST' }), `has the method ${method.slice(0, 16)}, and POST is wanted`)
  const [, token] = /^bearer +([A-Za-z0-9._~+/-]{1,1024}=*)$/i.exec(headers.get('authorization') ?? '') ?? []
  const pending = token === undefined ? undefined : await findPending(client, settings, await hash(token))
  if (!pending) return { response: unauthorized(token), error: unknownToken(token) }
  if (!/^application\/json\s*(?:;|$)/i.test(headers.get('content-type') ?? ''))
    return refuse(answer(415), 'is of another media type than application/json')
  let body: unknown
  try {
    body = await readJson(request, limit)
  } catch (error) {
    if (!isOidcError(error)) throw error
    return { response: answer(error.code === 'BODY_TOO_LARGE' ? 413 : 400), error }
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse(answer(400), 'is no JSON object')
  const { auth_req_id } = body as Readonly<Record<string, unknown>>
  if (!isAuthReqId(auth_req_id)) return refuse(answer(400), `has an auth_req_id that is ${describe(auth_req_id)}`)
  const auth_req_id_hash = await hash(auth_req_id)
  return {
    pending,
    auth_req_id,
    auth_req_id_hash,
    isBound: isOf(pending, auth_req_id_hash),
    body: body as Readonly<Record<string, unknown>>,
  }
}

export function refuse(response: Response, problem: string): Refused {
  return {
    response,
    error: cibaError(
      'CIBA_NOTIFICATION_INVALID',
      `The request to the notification endpoint ${problem}. Send the response that came with this error; if the call came from the server, compare the mode that the client is registered with.`,
    ),
  }
}

export function wrongRequest(): OidcError {
  return cibaError(
    'CIBA_AUTH_REQ_ID',
    'The notification names another auth_req_id than the request that its token was made for. Send the response that came with this error, and ask for no tokens.',
  )
}

/** RFC 6750, section 3: what was not even tried is not called invalid. */
export function unauthorized(token: string | undefined): Response {
  return answer(401, { 'www-authenticate': token === undefined ? 'Bearer' : 'Bearer error="invalid_token"' })
}

export function unknownToken(token: string | undefined): OidcError {
  return cibaError(
    'CIBA_NOTIFICATION_TOKEN',
    `The notification has ${token === undefined ? 'no bearer token' : 'a bearer token that no pending request has'}. Send the response that came with this error; if the call came from the server, see that all processes share one store.`,
  )
}
