import type { JsonObject } from '@oidc/core'
import { authenticateClient } from '../client-authentication.js'
import { verifyClientJwt } from '../jwt.js'
import { refuse } from '../oauth-error.js'
import type { Received, State } from '../state.js'
import type { TestClient } from '../test-client.js'

const interval = 5

/** {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request CIBA Core, section 7.1} */
export async function answerBackchannel(state: State, received: Received): Promise<JsonObject> {
  const client = await authenticateClient(state, received)
  const form = await readRequest(state, client, received.form)
  if (!form.get('scope')?.split(' ').includes('openid')) refuse('invalid_scope', 'scope has no openid.')
  const hints = ['login_hint', 'id_token_hint', 'login_hint_token'].filter((name) => form.has(name))
  if (hints.length !== 1) refuse('invalid_request', 'Give exactly one hint.')
  const mode = client.backchannel_token_delivery_mode ?? 'poll'
  const notification_token = state.secrets.add('client_notification_token', form.get('client_notification_token') ?? undefined)
  if (mode !== 'poll' && !notification_token) refuse('invalid_request', 'client_notification_token is missing.')
  const expires_in = Number(form.get('requested_expiry') ?? 120)
  const auth_req_id = state.mint('auth_req_id')
  state.pending.set(auth_req_id, {
    client_id: client.client_id,
    scope: form.get('scope') ?? '',
    exp: state.clock.now() + expires_in,
    mode,
    ...(notification_token !== undefined && { notification_token }),
    outcome: 'pending',
    asked: state.clock.now(),
    interval,
  })
  return { auth_req_id, expires_in, ...(mode !== 'push' && { interval }) }
}

/** Section 7.1.1: a signed request holds all parameters. */
async function readRequest(state: State, client: TestClient, form: URLSearchParams): Promise<URLSearchParams> {
  const request = form.get('request')
  if (request === null) return form
  const verified = await verifyClientJwt(client, request)
  if (!verified) return refuse('invalid_request', 'request is not signed with a key of the client.')
  const { iss, aud, exp } = verified.claims
  if (iss !== client.client_id || aud !== state.issuer || typeof exp !== 'number' || exp <= state.clock.now())
    return refuse('invalid_request', 'iss, aud or exp of the request is wrong.')
  return new URLSearchParams(Object.entries(verified.claims).map(([name, value]) => [name, String(value)]))
}
