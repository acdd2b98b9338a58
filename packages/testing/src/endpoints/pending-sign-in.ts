import type { JsonObject } from '@oidc/core'
import { issueTokens } from '../grants.js'
import { refuse } from '../oauth-error.js'
import type { Grant, PendingSignIn, State } from '../state.js'
import type { TestClient } from '../test-client.js'

export interface Redemption {
  readonly id: string
  readonly client: TestClient
  readonly binding: Pick<Grant, 'jkt' | 'certificate'>
  /** Whether the tokens are pushed. */
  readonly isPushed?: boolean
}

/**
 * The token request of a sign-in that goes on elsewhere. {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628, section 3.5},
 * {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#token_request CIBA Core, section 10.1}
 */
export async function redeemSignIn(state: State, redemption: Redemption): Promise<JsonObject> {
  const pending = state.pending.get(redemption.id)
  if (!pending || pending.client_id !== redemption.client.client_id) return refuse('invalid_grant', 'This request is not known.')
  for (const fault of state.faults.take(({ poll }) => poll))
    if (typeof fault === 'string') refuse(fault, 'The test said so.')
    else fault()
  if (pending.mode === 'push') refuse('unauthorized_client', 'The tokens of this client are pushed.')
  const now = state.clock.now()
  if (now >= pending.exp) refuse('expired_token', 'Nobody answered in time.')
  const isEarly = now - pending.asked < pending.interval
  pending.asked = now
  if (pending.outcome === 'denied') refuse('access_denied', 'The user said no.')
  if (pending.outcome === 'pending') {
    if (isEarly) {
      pending.interval += 5
      refuse('slow_down', 'Asked too soon.')
    }
    refuse('authorization_pending', 'The user has not answered yet.')
  }
  state.pending.delete(redemption.id)
  return completeSignIn(state, pending, redemption)
}

/** Tokens for a sign-in that was approved. */
export function completeSignIn(state: State, pending: PendingSignIn, { id, client, binding, isPushed }: Redemption): Promise<JsonObject> {
  if (typeof pending.outcome === 'string') throw new Error(`The sign-in is ${pending.outcome}. Approve it first.`)
  const grant: Grant = {
    client_id: client.client_id,
    subject: pending.outcome,
    ...(pending.scope !== undefined && { scope: pending.scope }),
    ...binding,
    revoked: false,
  }
  return issueTokens(state, { grant, client, auth_req_id: isPushed ? id : undefined })
}
