import { type Client, now, type OidcError } from '@oidc/core/plugin'
import { requireCIBA } from './ciba.js'
import { cibaError } from './ciba-error.js'
import { answer, readNotification, wrongRequest } from './notification.js'
import type { Asked } from './store.js'

/** What a ping says; give it to `pollBackchannelAuthenticationGrant`. */
export interface AcceptedPing extends Asked {
  readonly response: Response
  readonly auth_req_id: string
  /** Epoch seconds, by the client's clock. */
  readonly expires_at: number
  /** Seconds. */
  readonly interval?: number
  readonly error?: undefined
}

/** A ping for which no tokens are asked. */
export interface RefusedPing {
  readonly response: Response
  readonly auth_req_id?: undefined
  readonly error: OidcError
}

/** Bytes: one id. */
const limit = 16384

/**
 * Answers the call by which the server says that the user has answered. Send `response`; where there is an `auth_req_id`, ask for the tokens.
 * A ping that is sent again is answered alike and gives no `auth_req_id`: asked for twice, tokens are revoked.
 * {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#ping_callback OpenID CIBA Core 1.0, section 10.2}
 *
 * @returns What is wrong with a call is no exception, for it comes from outside: `response` refuses it, and `error` says why, by the codes
 * `CIBA_NOTIFICATION_TOKEN` (401), `CIBA_NOTIFICATION_INVALID` (400, 405, 415), `BODY_TOO_LARGE` (413), `BODY_INVALID` (400),
 * `CIBA_AUTH_REQ_ID` and `CIBA_NOTIFICATION_REPEATED` (both 204, so that nobody learns which ids there are).
 * @throws `PLUGIN_MISSING`, `CIBA_MODE`, and whatever the store throws
 */
export async function acceptPing(
  client: Client,
  request: Pick<Request, 'method' | 'headers' | 'body'>,
): Promise<AcceptedPing | RefusedPing> {
  const settings = requireCIBA(client, 'ping')
  const notification = await readNotification(client, settings, request, limit)
  if ('error' in notification) return notification
  const { pending, auth_req_id, auth_req_id_hash, isBound } = notification
  if (!isBound) return { response: answer(204), error: wrongRequest() }
  const { token_hash, expires_at, interval, scope, acr_values, notified } = pending
  const { store } = settings
  // Of two that come at the same time, one takes it.
  if (notified || !(await store.take(token_hash)))
    return {
      response: answer(204),
      error: cibaError(
        'CIBA_NOTIFICATION_REPEATED',
        'The ping was sent again. Send the response that came with this error; the first one was taken.',
      ),
    }
  await store.set(token_hash, { ...pending, auth_req_id_hash, notified: true }, Math.max(1, Math.ceil(expires_at - now(client))))
  return {
    response: answer(204),
    auth_req_id,
    expires_at,
    ...(interval !== undefined && { interval }),
    ...(scope !== undefined && { scope }),
    ...(acr_values !== undefined && { acr_values }),
  }
}
