import type { JsonObject } from '@oidc/core'
import { checkProof } from '../dpop-proof.js'
import { answerJson, breakAnswer } from '../fault-switch.js'
import { issueJwt } from '../jwt.js'
import { refuse } from '../oauth-error.js'
import type { IssuedToken, Received, State } from '../state.js'

/** Checks the access token of a request. {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750, section 3} */
async function checkToken(state: State, received: Received): Promise<IssuedToken> {
  const [scheme = '', access_token = ''] = (received.request.headers.get('authorization') ?? '').split(' ')
  const token = state.accessTokens.get(access_token)
  const challenge = (error: string): Record<string, string> => ({
    'www-authenticate': `${token?.grant.jkt ? 'DPoP' : 'Bearer'} error="${error}"`,
  })
  if (!token || token.grant.revoked || token.used || token.exp <= state.clock.now())
    return refuse('invalid_token', 'The access token is not known, or good no longer.', 401, challenge('invalid_token'))
  if (scheme.toLowerCase() !== (token.grant.jkt === undefined ? 'bearer' : 'dpop'))
    refuse('invalid_token', 'The access token is presented with another scheme than its own.', 401, challenge('invalid_token'))
  const jkt = token.grant.jkt === undefined ? undefined : await checkProof(state, received, access_token)
  if (token.grant.jkt !== jkt)
    refuse('invalid_dpop_proof', 'The access token is bound to another key.', 401, challenge('invalid_dpop_proof'))
  if (token.grant.certificate !== undefined && token.grant.certificate !== received.certificate)
    refuse('invalid_token', 'The access token is bound to another certificate.', 401, challenge('invalid_token'))
  return token
}

/** {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfo OpenID Connect Core 1.0, section 5.3} */
export async function answerUserInfo(state: State, received: Received): Promise<Response> {
  const { grant } = await checkToken(state, received)
  const client = state.clients.get(grant.client_id)
  if (!grant.subject || !client || !grant.scope?.split(' ').includes('openid'))
    return refuse('insufficient_scope', 'The access token is for no user.', 403, {
      'www-authenticate': 'Bearer error="insufficient_scope"',
    })
  const claims: JsonObject = { ...grant.subject.claims, sub: grant.subject.sub }
  if (client.userinfo_signed_response_alg === undefined && !state.features.signedUserInfo)
    return answerJson({ faults: state.faults, now: state.clock.now() }, ['userinfo'], claims)
  const jwt = await issueJwt(state, { kind: 'userinfo', client, claims: { ...claims, iss: state.issuer, aud: client.client_id } })
  return breakAnswer(state.faults, 'userinfo', new Response(jwt, { headers: { 'content-type': 'application/jwt' } }))
}

/** An API of somebody's that takes the tokens of this issuer: says who asked, and what. */
export async function answerResource(state: State, received: Received): Promise<JsonObject> {
  const { grant } = await checkToken(state, received)
  return {
    client_id: grant.client_id,
    ...(grant.subject && { sub: grant.subject.sub }),
    ...(grant.scope !== undefined && { scope: grant.scope }),
    method: received.request.method,
    body: received.body,
  }
}
