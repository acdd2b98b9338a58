// What comes from outside - from a browser, a server, a store, a user - may be anything: nothing but an OidcError comes of it, and none of it shows.
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { type Login, redirect_uri, startLogin } from '../test/login.js'
import { canaries, expectNoSecret } from '../test/refusal.js'
import * as core from './index.js'
import * as oauth from './oauth.js'
import * as extension from './plugin.js'

/** Every function of the doors that takes something from outside, with that as `one` and `other`. What the program itself writes is right. */
const doors: Readonly<Record<string, (one: never, other: never, login: Login) => unknown>> = {
  'discover, the issuer': (one, _, { issuer }) => core.discover(one, issuer.options()),
  'discover of OAuth, the issuer': (one, _, { issuer }) => oauth.discover(one, issuer.options()),
  'discoverServer, the issuer': (one, _, { issuer }) => extension.discoverServer(one, { fetch: issuer.fetch }),
  'createClient, the metadata': (one, _, { issuer }) => core.createClient(one, issuer.options()),
  'createClient, the options': (one, _, { issuer }) => core.createClient(issuer.metadata, one),
  'createClient of OAuth, metadata and options': (one, other) => oauth.createClient(one, other),
  'createAuthorizationRequest, redirect_uri and scope': (redirect_uri, scope, { client }) =>
    core.createAuthorizationRequest(client, { redirect_uri, scope }),
  'createAuthorizationRequest, any parameter': (x, data, { client }) =>
    core.createAuthorizationRequest(client, { redirect_uri, x }, { data }),
  'createAuthorizationRequest, resource and claims': (resource, claims, { client }) =>
    core.createAuthorizationRequest(client, { redirect_uri, resource, claims }),
  'authorizationCodeGrant, response and transaction': (one, other, { client }) => core.authorizationCodeGrant(client, one, other),
  'authorizationCodeGrant, the response': (one, _, { client, transaction }) => core.authorizationCodeGrant(client, one, transaction),
  'authorizationCodeGrant, the transaction': (one, _, { client, callback }) => core.authorizationCodeGrant(client, callback, one),
  'refreshTokenGrant, the tokens': (one, _, { client }) => core.refreshTokenGrant(client, one),
  'refreshTokenGrant, claims and refresh_token': (claims, refresh_token, { client }) =>
    core.refreshTokenGrant(client, { access_token: canaries.token, token_type: 'Bearer', refresh_token, claims }),
  'clientCredentialsGrant, any parameter': (scope, resource, { client }) => core.clientCredentialsGrant(client, { scope, resource }),
  'grant, type and parameter': (one, assertion, { client }) => core.grant(client, one, { assertion }),
  'fetchUserInfo, tokens and subject': (one, expectedSubject, { client }) => core.fetchUserInfo(client, one, { expectedSubject }),
  'fetchProtectedResource, tokens and address': (one, other, { client }) => core.fetchProtectedResource(client, one, other),
  'fetchProtectedResource, the address': (one, _, { client }) =>
    core.fetchProtectedResource(client, { access_token: canaries.token, token_type: 'Bearer' }, one),
  'revokeToken, the token': (one, _, { client }) => core.revokeToken(client, one),
  'validateIdToken, the token': (one, _, { client }) => core.validateIdToken(client, one, { nonce: null }),
  'idTokenClaims, the claims': (claims) => core.idTokenClaims({ access_token: 'x', token_type: 'Bearer', claims }),
  'expiresIn, expires_at': (one, _, { client }) => core.expiresIn(client, { expires_at: Number.parseFloat(shownSafely(one)) }),
  'readLoginInitiation, the request': (one, _, { issuer }) =>
    core.readLoginInitiation(one, { allowed: [issuer.issuer], origin: redirect_uri } as never),
  'findStepUpChallenge, the answer': (one) => core.findStepUpChallenge(one),
  'createStepUpRequest, the challenge': (acr_values, _, { client }) => core.createStepUpRequest(client, { acr_values }, { redirect_uri }),
  'clientSecretBasic, the secret': (one) => core.clientSecretBasic(one),
  'clientSecretPost, the secret': (one) => core.clientSecretPost(one),
  'clientSecretJwt, the secret': (one) => core.clientSecretJwt(one),
  'privateKeyJwt, the key': (one) => core.privateKeyJwt(one),
  'privateKeyJwt, the key, when it is used': async (one, _, { issuer }) =>
    core.clientCredentialsGrant(core.createClient(issuer.metadata, issuer.options({ authentication: core.privateKeyJwt(one) }))),
  'decryptWith, the key': (key) => core.decryptWith({ key, alg: 'RSA-OAEP-256' })('a.b.c.d.e'),
  'decryptWith, the JWE': (one) => core.decryptWith({ key: { kty: 'RSA' }, alg: 'RSA-OAEP-256' })(String(shownSafely(one))),
  'refusePrivateHosts, the address': (one) => core.refusePrivateHosts(new URL(shownSafely(one), 'https://as.example'), 'token'),
  'openAuthorizationResponse, the response': (one, _, { client }) => extension.openAuthorizationResponse(client, one),
  'checkAuthorizationResponse, response and transaction': (one, other, { client }) =>
    extension.checkAuthorizationResponse(client, one, other),
  'verifyJwt, the token': (one, _, { client }) => extension.verifyJwt(client, one, { what: 'token', code: 'X', algorithms: ['ES256'] }),
  'decryptJwt, the token': (one, _, { client }) => extension.decryptJwt(client, one, { what: 'token', code: 'X', algorithms: ['ES256'] }),
  'receive, the body': (one, _, { client }) => extension.receive(client, extension.tokenOperation, one),
  'receive, the body of UserInfo': (one, _, { client }) => extension.receive(client, extension.userInfoOperation, one),
  'readJson, the body': (one) => extension.readJson(new Response(shownSafely(one), { headers: { 'content-type': 'application/json' } })),
  'readForm, the body': (one) =>
    extension.readForm(new Response(shownSafely(one), { headers: { 'content-type': 'application/x-www-form-urlencoded' } })),
  'parseChallenges, the header': (one) => extension.parseChallenges(shownSafely(one)),
  'checkUrl, the address': (one) => extension.checkUrl(one, 'address', {}),
  'checkTokenHash, the hash': (one) => extension.checkTokenHash('at_hash', one, canaries.token, 'ES256'),
  'serverKeys, alg and kid': (alg, kid, { client }) => extension.serverKeys(client).find({ alg, kid }),
  'parseClaims, the claims': (one) =>
    core.parseClaims(
      { '~standard': { version: 1, vendor: 'x', validate: () => ({ issues: [{ message: 'no', path: ['sub'] }] }) } } as never,
      one,
    ),
}

/** What a value says as text; text from outside is always text. */
function shownSafely(value: unknown): string {
  return typeof value === 'string' ? value : fc.stringify(value)
}

/** Where an address stands, which an error shows as far as its path. */
const showsAddress = /issuer$|address|redirect_uri/

/** Values that are nearly right come oftener than chance would have it. */
const likely: readonly unknown[] = [
  undefined,
  null,
  '',
  canaries.token,
  'https://as.example',
  'http://localhost',
  new URL('https://as.example/cb?code=x&state=y'),
  new URLSearchParams('code=x&state=y'),
  { access_token: canaries.token, token_type: 'Bearer' },
  { access_token: canaries.token, token_type: 'Bearer', claims: { sub: canaries.sub } },
  { client_id: 'client-1', authentication: core.publicClient() },
  { place: 'query', parameters: { code: canaries.code, state: canaries.state } },
  { redirect_uri, scope: 'openid', resource: ['https://a.example', 7] },
  { parameters: { a: canaries.token }, signal: AbortSignal.abort(), timeout: 0 },
  { kty: 'oct', k: canaries.secret },
  Promise.resolve(canaries.token),
  10n,
  Number.NaN,
  () => canaries.token,
]
const any = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...likely) },
  {
    weight: 3,
    arbitrary: fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
  },
)

describe('whatever comes from outside', () => {
  it.each(Object.entries(doors))('in place of %s: nothing but an OidcError comes out, and no secret shows', async (name, open) => {
    const login = await startLogin()
    await fc.assert(
      fc.asyncProperty(any, any, async (one, other) => {
        try {
          await open(one as never, other as never, login)
        } catch (error) {
          if (!core.isOidcError(error)) throw error
          if (!showsAddress.test(name)) expectNoSecret(error)
        }
      }),
      { numRuns: 200 },
    )
  })
})
