import {
  authorizationCodeGrant,
  type Client,
  clientCredentialsGrant,
  createAuthorizationRequest,
  fetchProtectedResource,
  fetchUserInfo,
  refreshTokenGrant,
  revokeToken,
} from '@oidc/core'
import type { TestIssuer } from '../test-issuer.js'

/** What a client does in a test of a plugin. */
export type Flow = (client: Client, issuer: TestIssuer, sub: string) => Promise<void>

export const redirect_uri = 'https://app.example/cb'

/** A login with everything that core can do with its tokens. Throws where a server's answer, or the user who came back, is not the right one. */
export async function runLogin(client: Client, issuer: TestIssuer, sub: string): Promise<void> {
  const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid offline_access' })
  const tokens = await authorizationCodeGrant(client, await issuer.signIn(url, { sub }), transaction)
  const info = await fetchUserInfo(client, tokens)
  const fresh = await refreshTokenGrant(client, tokens)
  const answer = await fetchProtectedResource(client, fresh, issuer.resource, { method: 'POST', body: 'tea' })
  const said = (await answer.json()) as { readonly sub?: string; readonly body?: string }
  expectSame('sub of the ID token', tokens.claims?.sub, sub)
  expectSame('sub of UserInfo', info.sub, sub)
  expectSame('sub of the access token', said.sub, sub)
  expectSame('the body at the API', said.body, 'tea')
  await clientCredentialsGrant(client, { scope: 'things' })
  if (fresh.refresh_token !== undefined) await revokeToken(client, fresh.refresh_token)
}

function expectSame(what: string, seen: unknown, wanted: unknown): void {
  if (seen !== wanted) throw new Error(`${what} is ${String(seen)}, and ${String(wanted)} was wanted.`)
}
