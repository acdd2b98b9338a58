import type { JsonObject } from '@oidc/core'
import { authenticateClient } from '../client-authentication.js'
import { checkProof } from '../dpop-proof.js'
import { refuse } from '../oauth-error.js'
import type { Received, State } from '../state.js'
import { openRequest } from './request-object.js'

const lifetime = 60

/** {@link https://www.rfc-editor.org/rfc/rfc9126#section-2 RFC 9126, section 2} */
export async function answerPushed(state: State, received: Received): Promise<JsonObject> {
  const client = await authenticateClient(state, received)
  if (received.form.has('request_uri')) refuse('invalid_request', 'request_uri must not be pushed.')
  const jkt = await checkProof(state, received)
  const request = new URLSearchParams(await openRequest(state, client, received.form))
  for (const name of ['client_secret', 'client_assertion', 'client_assertion_type']) request.delete(name)
  const named = request.get('dpop_jkt')
  if (jkt !== undefined && named !== null && named !== jkt) refuse('invalid_dpop_proof', 'dpop_jkt is of another key than the proof.')
  if (jkt !== undefined) request.set('dpop_jkt', jkt)
  request.set('client_id', client.client_id)
  const request_uri = `urn:ietf:params:oauth:request_uri:${state.mint('request_uri')}`
  state.pushed.set(request_uri, { request, exp: state.clock.now() + lifetime })
  return { request_uri, expires_in: lifetime }
}
