import type { JsonObject } from '@oidc/core'
import { authenticateClient } from '../client-authentication.js'
import type { Received, State } from '../state.js'

const lifetime = 600
const interval = 5
/** No vowels, so that no words come about. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'

/** {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628, section 3.1} */
export async function answerDevice(state: State, received: Received): Promise<JsonObject> {
  const client = await authenticateClient(state, received)
  const scope = received.form.get('scope') ?? undefined
  const device_code = state.mint('device_code')
  const user_code = spell(state.pending.size)
  state.pending.set(device_code, {
    client_id: client.client_id,
    ...(scope !== undefined && { scope }),
    user_code,
    exp: state.clock.now() + lifetime,
    outcome: 'pending',
    asked: state.clock.now(),
    interval,
  })
  const verification_uri = `${state.issuer}/device`
  return {
    device_code,
    user_code,
    verification_uri,
    verification_uri_complete: `${verification_uri}?user_code=${user_code}`,
    expires_in: lifetime,
    interval,
  }
}

/** Another code for each number. */
function spell(number: number): string {
  let code = ''
  for (let rest = number, index = 0; index < 8; index++) {
    code += letters[rest % letters.length]
    rest = Math.floor(rest / letters.length)
  }
  return `${code.slice(0, 4)}-${code.slice(4)}`
}
