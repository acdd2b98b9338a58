import type { JsonObject } from '@oidc/core'
import { encodeBase64Url } from '@oidc/core/plugin'
import { issueJwt, signingAlgorithm } from './jwt.js'
import type { Grant, IssuedToken, State, Subject } from './state.js'
import type { TestClient } from './test-client.js'

const refreshLifetime = 86_400

export interface TokenRequest {
  readonly grant: Grant
  readonly client: TestClient
  /** In place of the scope of the grant. */
  readonly scope?: string | undefined
  /** The authentication request whose tokens are pushed: their ID token names it, and hashes the refresh token. */
  readonly auth_req_id?: string | undefined
  /** `id_token` by default. */
  readonly kind?: IdTokenKind | undefined
}

type IdTokenKind = 'id_token' | 'refreshed_id_token' | 'front_id_token'

/** Makes the tokens of a grant: the body of a token response. {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749, section 5.1} */
export async function issueTokens(
  state: State,
  { grant, client, scope = grant.scope, auth_req_id, kind }: TokenRequest,
): Promise<JsonObject> {
  const scopes = (scope ?? '').split(' ')
  const access_token = issueAccessToken(state, grant)
  const refresh_token =
    grant.subject && (scopes.includes('offline_access') || !scopes.includes('openid')) ? issueRefreshToken(state, grant) : undefined
  const claims = auth_req_id === undefined ? undefined : await bindPushed(state, { client, auth_req_id, refresh_token })
  const id_token =
    grant.subject && scopes.includes('openid') ? await issueIdToken(state, { grant, client, access_token, claims, kind }) : undefined
  return {
    access_token,
    token_type: grant.jkt === undefined ? 'Bearer' : 'DPoP',
    expires_in: state.features.accessTokenLifetime,
    ...(scope !== undefined && { scope }),
    ...(refresh_token !== undefined && { refresh_token }),
    ...(id_token !== undefined && { id_token }),
  }
}

interface Pushed {
  readonly client: TestClient
  readonly auth_req_id: string
  readonly refresh_token: string | undefined
}

/** {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#successful_token_push CIBA Core, section 10.3.1} */
async function bindPushed(state: State, { client, auth_req_id, refresh_token }: Pushed): Promise<JsonObject> {
  const prefix = 'urn:openid:params:jwt:claim:'
  return {
    [`${prefix}auth_req_id`]: auth_req_id,
    ...(refresh_token !== undefined && { [`${prefix}rt_hash`]: await hashHalf(state, client, refresh_token) }),
  }
}

export function issueAccessToken(state: State, grant: Grant): string {
  const access_token = state.mint('access_token')
  state.accessTokens.set(access_token, issued(state, grant, state.features.accessTokenLifetime))
  return access_token
}

function issueRefreshToken(state: State, grant: Grant): string {
  const refresh_token = state.mint('refresh_token')
  state.refreshTokens.set(refresh_token, issued(state, grant, refreshLifetime))
  return refresh_token
}

function issued({ clock }: State, grant: Grant, lifetime: number): IssuedToken {
  return { grant, iat: clock.now(), exp: clock.now() + lifetime, used: false }
}

/** What the hashes of an ID token are of. {@link https://openid.net/specs/openid-connect-core-1_0.html#HybridIDToken OpenID Connect Core 1.0, section 3.3.2.11} */
export interface IdTokenRequest {
  readonly grant: Grant
  readonly client: TestClient
  readonly access_token?: string | undefined
  readonly code?: string | undefined
  /** The `state` that was sent. */
  readonly sent?: string | undefined
  readonly claims?: JsonObject | undefined
  /** `id_token` by default. */
  readonly kind?: IdTokenKind | undefined
}

export async function issueIdToken(
  state: State,
  { grant, client, access_token, code, sent, claims, kind = 'id_token' }: IdTokenRequest,
): Promise<string> {
  const { sub, auth_time, acr, sid, claims: ofUser } = grant.subject as Subject
  const now = state.clock.now()
  return issueJwt(state, {
    kind,
    client,
    claims: {
      ...ofUser,
      iss: state.issuer,
      sub,
      aud: client.client_id,
      iat: now,
      exp: now + 300,
      auth_time,
      sid,
      ...(acr !== undefined && { acr }),
      ...(grant.nonce !== undefined && { nonce: grant.nonce }),
      ...(access_token !== undefined && { at_hash: await hashHalf(state, client, access_token) }),
      ...(code !== undefined && { c_hash: await hashHalf(state, client, code) }),
      ...(sent !== undefined && { s_hash: await hashHalf(state, client, sent) }),
      ...claims,
    },
  })
}

/** The left half of the hash that belongs to the algorithm of the signature. */
async function hashHalf(state: State, client: TestClient, text: string): Promise<string> {
  const bits = /(?:256|384|512)$/.exec(signingAlgorithm(state, 'id_token', client))?.[0] ?? '512'
  const digest = new Uint8Array(await crypto.subtle.digest(`SHA-${bits}`, new TextEncoder().encode(text)))
  return encodeBase64Url(digest.subarray(0, digest.length / 2))
}
