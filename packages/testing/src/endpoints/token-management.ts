import type { JsonObject } from '@oidc/core'
import { authenticateClient } from '../client-authentication.js'
import { answerJson, breakAnswer } from '../fault-switch.js'
import { issueJwt } from '../jwt.js'
import type { Received, State } from '../state.js'

/** {@link https://www.rfc-editor.org/rfc/rfc7009#section-2 RFC 7009, section 2} */
export async function answerRevocation(state: State, received: Received): Promise<Response> {
  const client = await authenticateClient(state, received)
  const text = received.form.get('token') ?? ''
  const refresh = state.refreshTokens.get(text)
  const access = state.accessTokens.get(text)
  // A token of another client, or of nobody, is answered like one that was revoked.
  if (refresh?.grant.client_id === client.client_id) refresh.grant.revoked = true
  if (access?.grant.client_id === client.client_id) access.used = true
  return breakAnswer(state.faults, 'revocation', new Response(null, { status: 200 }))
}

/** {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 RFC 7662, section 2}, {@link https://www.rfc-editor.org/rfc/rfc9701#section-5 RFC 9701, section 5} */
export async function answerIntrospection(state: State, received: Received): Promise<Response> {
  const client = await authenticateClient(state, received)
  const body = describeToken(state, received.form.get('token') ?? '')
  const type = 'application/token-introspection+jwt'
  const wantsJwt = (received.request.headers.get('accept') ?? '').split(',').some((range) => range.trim() === type)
  if (!wantsJwt) return answerJson({ faults: state.faults, now: state.clock.now() }, ['introspection'], body)
  const claims = { iss: state.issuer, aud: client.client_id, iat: state.clock.now(), token_introspection: body }
  const jwt = await issueJwt(state, { kind: 'introspection', client, claims, header: { typ: 'token-introspection+jwt' } })
  return breakAnswer(state.faults, 'introspection', new Response(jwt, { headers: { 'content-type': type } }))
}

function describeToken({ accessTokens, refreshTokens, clock, issuer }: State, text: string): JsonObject {
  const access = accessTokens.get(text)
  const token = access ?? refreshTokens.get(text)
  if (!token || token.used || token.grant.revoked || token.exp <= clock.now()) return { active: false }
  const { grant, exp, iat } = token
  const cnf = {
    ...(grant.jkt !== undefined && { jkt: grant.jkt }),
    ...(grant.certificate !== undefined && { 'x5t#S256': grant.certificate }),
  }
  return {
    active: true,
    iss: issuer,
    client_id: grant.client_id,
    exp,
    iat,
    ...(access && { token_type: grant.jkt === undefined ? 'Bearer' : 'DPoP' }),
    ...(grant.scope !== undefined && { scope: grant.scope }),
    ...(grant.subject && { sub: grant.subject.sub }),
    ...(grant.resource?.length && { aud: [...grant.resource] }),
    ...(Object.keys(cnf).length > 0 && { cnf }),
  }
}
