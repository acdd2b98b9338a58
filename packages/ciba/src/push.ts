import type { Client, Tokens } from '@oidc/core'
import { isOidcError, type OidcError, receive, tokenOperation } from '@oidc/core/plugin'
import { checkPushBinding, checkSubject, expectTokens } from './binding.js'
import { type CIBASettings, requireCIBA } from './ciba.js'
import { cibaError, describe } from './ciba-error.js'
import { answer, type Notification, readNotification, refuse, unauthorized, unknownToken, wrongRequest } from './notification.js'

/** Tokens that the server brought. */
export interface AcceptedPush {
  readonly response: Response
  readonly auth_req_id: string
  readonly tokens: Tokens
  readonly error?: undefined
}

/** A push without tokens. `auth_req_id` is there where the server says that there will be none: `error.error` has its reason. */
export interface RefusedPush {
  readonly response: Response
  readonly auth_req_id?: string
  readonly tokens?: undefined
  readonly error: OidcError
}

export interface PushOptions {
  readonly signal?: AbortSignal | undefined
  /** The `sub` of the user who was asked, or a function that finds it. */
  readonly expectedSubject?: string | ((auth_req_id: string) => string | undefined | Promise<string | undefined>) | undefined
}

/** Bytes. */
const limit = 262144

/**
 * Takes the tokens that the server brings, once. Send `response`; where there are `tokens`, they are verified in every part.
 * {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#push_callback OpenID CIBA Core 1.0, section 10.3}
 *
 * @returns What is wrong with a call is no exception, for it comes from outside: `response` refuses it, and `error` says why, by the codes
 * `CIBA_NOTIFICATION_TOKEN` (401), `CIBA_NOTIFICATION_INVALID` (400, 405, 415), `BODY_TOO_LARGE` (413), `BODY_INVALID`, `CIBA_AUTH_REQ_ID`,
 * `CIBA_PUSH_BINDING`, `CIBA_SUBJECT`, `TOKEN_…`, `ID_TOKEN_…` (400), the errors of a request for the key set (503 where a later try may
 * succeed), and `CIBA_REFUSED` (204) where the user declined.
 * @throws `PLUGIN_MISSING`, `CIBA_MODE`, and whatever the store or `expectedSubject` throws
 */
export async function acceptPush(
  client: Client,
  request: Pick<Request, 'method' | 'headers' | 'body'>,
  options: PushOptions = {},
): Promise<AcceptedPush | RefusedPush> {
  const settings = requireCIBA(client, 'push')
  const notification = await readNotification(client, settings, request, limit)
  if ('error' in notification) return notification
  const { auth_req_id, isBound, body } = notification
  if (!isBound) return { response: answer(400), error: wrongRequest() }
  if (body.error !== undefined) return refuseTokens(settings, notification)
  let tokens: Tokens
  try {
    tokens = await readTokens(client, notification, options)
  } catch (error) {
    if (!isOidcError(error)) throw error
    return { response: answer(error.retryable ? 503 : 400), error }
  }
  return (await takeOnce(settings, notification)) ?? { response: answer(204), auth_req_id, tokens }
}

async function readTokens(client: Client, { body, auth_req_id, pending }: Notification, options: PushOptions): Promise<Tokens> {
  const { signal, expectedSubject } = options
  const { auth_req_id: _, ...answered } = body
  const tokens = await receive(client, tokenOperation, answered, { signal, expected: expectTokens(client, pending) })
  await checkPushBinding(client, tokens, auth_req_id)
  checkSubject(tokens, typeof expectedSubject === 'function' ? await expectedSubject(auth_req_id) : expectedSubject)
  return tokens
}

/** Only what was found good takes the entry away: a forged push must not keep the real one out. */
async function takeOnce({ store }: CIBASettings, { pending }: Notification): Promise<RefusedPush | undefined> {
  return (await store.take(pending.token_hash)) ? undefined : { response: unauthorized(''), error: unknownToken('') }
}

/** {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#push_error_payload OpenID CIBA Core 1.0, section 12} */
async function refuseTokens(settings: CIBASettings, notification: Notification): Promise<RefusedPush> {
  const { body, auth_req_id } = notification
  const { error, error_description } = body
  if (typeof error !== 'string' || !/^[\x20-\x7e]{1,200}$/.test(error))
    return refuse(answer(400), `has an error that is ${describe(error)}`)
  if (body.access_token !== undefined || body.id_token !== undefined) return refuse(answer(400), 'holds an error and tokens')
  const refused = cibaError(
    'CIBA_REFUSED',
    `The server gives no tokens for the backchannel authentication request: ${JSON.stringify(error)}. Tell the user, and begin again if that is wanted.`,
    {
      operation: tokenOperation.name,
      error,
      error_description: typeof error_description === 'string' ? error_description.slice(0, 1000) : undefined,
    },
  )
  return (await takeOnce(settings, notification)) ?? { response: answer(204), auth_req_id, error: refused }
}
