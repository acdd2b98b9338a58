import type { JsonObject } from '@oidc/core'
import { encodeBase64Url, sha256 } from '@oidc/core/plugin'
import { authenticateClient } from '../client-authentication.js'
import { checkProof } from '../dpop-proof.js'
import { issueTokens } from '../grants.js'
import { refuse } from '../oauth-error.js'
import type { Grant, Received, State } from '../state.js'
import { methodOf, type TestClient } from '../test-client.js'
import { redeemSignIn } from './pending-sign-in.js'

/** What a grant type makes of a request: the body of the answer. */
type GrantType = (state: State, request: TokenRequest) => Promise<JsonObject>

interface TokenRequest {
  readonly client: TestClient
  readonly form: URLSearchParams
  /** What the new tokens are bound to. */
  readonly binding: Pick<Grant, 'jkt' | 'certificate'>
}

/** {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2 RFC 6749, section 3.2} */
export async function answerToken(state: State, received: Received): Promise<JsonObject> {
  const { form } = received
  const client = await authenticateClient(state, received)
  for (const kind of ['code', 'code_verifier', 'refresh_token', 'device_code', 'auth_req_id']) state.secrets.add(kind, form.get(kind))
  const jkt = await checkProof(state, received)
  const bound = client.tls_client_certificate_bound_access_tokens === true ? received.certificate : undefined
  const binding = { ...(jkt !== undefined && { jkt }), ...(bound !== undefined && { certificate: bound }) }
  const grantType = grantTypes[form.get('grant_type') ?? '']
  return grantType ? grantType(state, { client, form, binding }) : refuse('unsupported_grant_type', 'This grant type is not offered.')
}

const grantTypes: Readonly<Record<string, GrantType>> = {
  authorization_code: redeemCode,
  refresh_token: refresh,
  client_credentials: async (state, { client, form, binding }) => {
    const scope = form.get('scope') ?? undefined
    const grant: Grant = {
      client_id: client.client_id,
      ...(scope !== undefined && { scope }),
      resource: form.getAll('resource'),
      ...binding,
      revoked: false,
    }
    return issueTokens(state, { grant, client })
  },
  'urn:ietf:params:oauth:grant-type:device_code': (state, { client, form, binding }) =>
    redeemSignIn(state, { id: form.get('device_code') ?? '', client, binding }),
  'urn:openid:params:grant-type:ciba': (state, { client, form, binding }) =>
    redeemSignIn(state, { id: form.get('auth_req_id') ?? '', client, binding }),
}

/** {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3 RFC 6749, section 4.1.3} */
async function redeemCode(state: State, { client, form, binding }: TokenRequest): Promise<JsonObject> {
  const code = state.codes.get(form.get('code') ?? '')
  if (!code || code.grant.client_id !== client.client_id) return refuse('invalid_grant', 'The code is not known.')
  if (code.used) {
    // Whoever redeems a code twice has it from somebody else.
    code.grant.revoked = true
    refuse('invalid_grant', 'The code was used before.')
  }
  code.used = true
  if (form.get('redirect_uri') !== code.redirect_uri) refuse('invalid_grant', 'redirect_uri is another one.')
  if (code.code_challenge !== undefined && code.code_challenge !== encodeBase64Url(await sha256(form.get('code_verifier') ?? '')))
    refuse('invalid_grant', 'code_verifier does not fit.')
  if (code.dpop_jkt !== undefined && code.dpop_jkt !== binding.jkt) refuse('invalid_grant', 'The code is bound to another key.')
  const grant = Object.assign(code.grant, binding)
  return issueTokens(state, { grant, client })
}

/** {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749, section 6} */
async function refresh(state: State, { client, form, binding }: TokenRequest): Promise<JsonObject> {
  const sent = form.get('refresh_token') ?? ''
  const token = state.refreshTokens.get(sent)
  if (!token || token.grant.client_id !== client.client_id || token.grant.revoked || token.exp <= state.clock.now())
    return refuse('invalid_grant', 'The refresh token is not known, or good no longer.')
  if (token.used) {
    token.grant.revoked = true
    refuse('invalid_grant', 'The refresh token was used before; everything that came of it is revoked.')
  }
  if (token.grant.jkt !== undefined && token.grant.jkt !== binding.jkt)
    refuse('invalid_grant', 'The refresh token is bound to another key.')
  // Of a public client nothing else says who it is: RFC 8705, section 4.
  if (methodOf(client) === 'none' && token.grant.certificate !== binding.certificate)
    refuse('invalid_grant', 'The refresh token is bound to another certificate.')
  const scope = form.get('scope') ?? token.grant.scope
  if (scope?.split(' ').some((one) => !token.grant.scope?.split(' ').includes(one)))
    refuse('invalid_scope', 'More was asked for than was granted.')
  if (state.features.rotateRefreshTokens) token.used = true
  const tokens = await issueTokens(state, { grant: token.grant, client, scope, kind: 'refreshed_id_token' })
  if (state.features.rotateRefreshTokens) return tokens
  const { refresh_token: _, ...others } = tokens
  return others
}
