import { completeSignIn } from './endpoints/pending-sign-in.js'
import { describeSubject, type SignIn } from './sign-in.js'
import type { PendingSignIn, State } from './state.js'

/**
 * The user answers on the other device. Gives what the issuer sends to the client then: a ping, the tokens themselves, or nothing for a client that polls.
 * {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#ping_callback CIBA Core, sections 10.2 and 10.3}
 */
export async function answerBackchannelSignIn(state: State, auth_req_id: string, signIn: SignIn): Promise<Request | undefined> {
  const pending = state.pending.get(auth_req_id)
  if (!pending) throw new Error('There is no such authentication request, or its tokens are issued already.')
  decide(state, pending, signIn)
  if (pending.mode === 'ping') return notify(state, pending, { auth_req_id })
  return pending.mode === 'push' ? push(state, auth_req_id, pending, signIn) : undefined
}

/** The user answers on the page of the device flow. */
export function answerDeviceSignIn(state: State, user_code: string, signIn: SignIn): void {
  const found = [...state.pending.values()].find((pending) => pending.user_code === user_code)
  if (!found) throw new Error('There is no device with this user_code, or its tokens are issued already.')
  decide(state, found, signIn)
}

function decide(state: State, pending: PendingSignIn, signIn: SignIn): void {
  pending.outcome = signIn.error === undefined ? describeSubject(state, signIn) : 'denied'
}

async function push(state: State, auth_req_id: string, pending: PendingSignIn, { error }: SignIn): Promise<Request> {
  state.pending.delete(auth_req_id)
  if (error !== undefined) return notify(state, pending, { auth_req_id, error })
  const client = state.clients.get(pending.client_id)
  if (!client) throw new Error(`${pending.client_id} is registered no longer.`)
  const tokens = await completeSignIn(state, pending, { id: auth_req_id, client, binding: {}, isPushed: true })
  return notify(state, pending, { auth_req_id, ...tokens })
}

function notify({ clients }: State, pending: PendingSignIn, body: object): Request {
  const endpoint = clients.get(pending.client_id)?.backchannel_client_notification_endpoint
  if (!endpoint) throw new Error(`${pending.client_id} has registered no backchannel_client_notification_endpoint. Add one to the client.`)
  return new Request(endpoint, {
    method: 'POST',
    headers: { authorization: `Bearer ${pending.notification_token ?? ''}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}
