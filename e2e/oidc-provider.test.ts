import {
  authorizationCodeGrant,
  type Client,
  type ClientAuthentication,
  type ClientOptions,
  clientCredentialsGrant,
  clientSecretBasic,
  clientSecretPost,
  createAuthorizationRequest,
  discover,
  fetchProtectedResource,
  fetchUserInfo,
  idTokenClaims,
  privateKeyJwt,
  publicClient,
  refreshTokenGrant,
  revokeToken,
} from '@oidc/core'
import type { PluginAuthentication } from '@oidc/core/plugin'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { par } from '@oidc/par'
import { exportJWK, generateKeyPair } from 'jose'
import type { ClientMetadata } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProvider, startProvider } from './provider.ts'

const redirect_uri = 'https://app.example/cb'
const secret = 'a secret with : % + & and /'
let running: RunningProvider
let clientKey: CryptoKey

const registered = (client_id: string, method: string, more: Partial<ClientMetadata> = {}): ClientMetadata => ({
  client_id,
  redirect_uris: [redirect_uri],
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  token_endpoint_auth_method: method as 'none',
  ...(method.startsWith('client_secret') && { client_secret: secret }),
  ...more,
})

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  clientKey = privateKey
  const keys = { jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' } as never] } }
  running = await startProvider({
    clients: [
      registered('basic', 'client_secret_basic'),
      registered('post', 'client_secret_post', { id_token_signed_response_alg: 'PS256' }),
      registered('jwt', 'private_key_jwt', { ...keys, id_token_signed_response_alg: 'ES256' }),
      registered('public', 'none', { id_token_signed_response_alg: 'EdDSA', grant_types: ['authorization_code', 'refresh_token'] }),
      registered('bank', 'private_key_jwt', {
        ...keys,
        id_token_signed_response_alg: 'PS256',
        require_pushed_authorization_requests: true,
        dpop_bound_access_tokens: true,
      }),
    ],
    scopes: ['openid', 'offline_access', 'api'],
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    features: {
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
    },
  } as Parameters<typeof startProvider>[0])
})

afterAll(() => running.close())

/** Counts what is sent where. */
function watch(): { readonly fetch: typeof globalThis.fetch; readonly sent: string[] } {
  const sent: string[] = []
  return {
    sent,
    async fetch(input, init) {
      const response = await globalThis.fetch(input, init)
      sent.push(`${init?.method} ${new URL(String(input)).pathname} ${response.status}`)
      return response
    },
  }
}

function connect(
  client_id: string,
  authentication: ClientAuthentication | PluginAuthentication,
  options: Partial<ClientOptions> = {},
): Promise<Client> {
  return discover(running.issuer, { client_id, authentication, allowInsecure: 'loopback', ...options })
}

async function login(client: Client, scope = 'openid email') {
  const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope })
  const callback = await running.login(url)
  return { url, transaction, callback, tokens: await authorizationCodeGrant(client, callback, transaction) }
}

describe('a login at oidc-provider', () => {
  it.each<[string, () => ClientAuthentication, string, string]>([
    ['F-A3: client_secret_basic, the secret form-encoded', () => clientSecretBasic(secret), 'basic', 'RS256'],
    ['F-A2: client_secret_post', () => clientSecretPost(secret), 'post', 'PS256'],
    ['F-A5: private_key_jwt', () => privateKeyJwt(clientKey), 'jwt', 'ES256'],
    ['F-A7: none', () => publicClient(), 'public', 'EdDSA'],
  ])('%s: code, ID token, UserInfo, refresh with rotation, revocation', async (_, authenticate, client_id, alg) => {
    const client = await connect(client_id, authenticate(), { id_token_signed_response_alg: alg })
    const { tokens, callback, transaction } = await login(client)
    expect(idTokenClaims(tokens)).toMatchObject({ iss: running.issuer, sub: 'alice', aud: client_id, nonce: transaction.nonce })
    expect(JSON.parse(atob((tokens.id_token ?? '').split('.')[0] ?? '').toString())).toMatchObject({ alg })
    expect(await fetchUserInfo(client, tokens)).toMatchObject({ sub: 'alice', email: 'alice@example.org', email_verified: true })

    const fresh = await refreshTokenGrant(client, tokens)
    expect(fresh.refresh_token).not.toBe(tokens.refresh_token)
    expect(fresh.claims?.sub).toBe('alice')
    expect(await fetchUserInfo(client, fresh)).toMatchObject({ sub: 'alice' })

    await revokeToken(client, fresh.refresh_token ?? '', { parameters: { token_type_hint: 'refresh_token' } })
    await expect(refreshTokenGrant(client, fresh)).rejects.toMatchObject({ code: 'OAUTH_ERROR', error: 'invalid_grant', retryable: false })
    await expect(authorizationCodeGrant(client, callback, transaction)).rejects.toMatchObject({
      code: 'OAUTH_ERROR',
      error: 'invalid_grant',
    })
  })

  it('a rotated refresh token that is used again ends the family, and the next one with it (RFC 9700, 4.14.2)', async () => {
    const client = await connect('basic', clientSecretBasic(secret))
    const { tokens } = await login(client)
    const fresh = await refreshTokenGrant(client, tokens)
    await expect(refreshTokenGrant(client, tokens)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(refreshTokenGrant(client, fresh)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('F-E2: response_mode form_post comes back as a posted form', async () => {
    const client = await connect('basic', clientSecretBasic(secret))
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid', response_mode: 'form_post' })
    const tokens = await authorizationCodeGrant(client, await running.loginByForm(url), transaction)
    expect(tokens.claims?.sub).toBe('alice')
  })

  it('F-F6: the user cancels, and the error says so with iss and state checked', async () => {
    const client = await connect('basic', clientSecretBasic(secret))
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const callback = await running.login(url, { cancelAt: 'login' })
    expect(callback.searchParams.get('iss')).toBe(running.issuer)
    await expect(authorizationCodeGrant(client, callback, transaction)).rejects.toMatchObject({
      code: 'AUTHORIZATION_ERROR',
      error: 'access_denied',
    })
  })

  it('F-G6: max_age=0 has the user sign in, and auth_time is checked', async () => {
    const client = await connect('basic', clientSecretBasic(secret))
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid', max_age: 0 })
    const { claims } = await authorizationCodeGrant(client, await running.login(url), transaction)
    expect(claims?.auth_time).toBeGreaterThan(transaction.created_at - 30)
  })

  it('a plain OAuth login, without openid, has no ID token and asks for none', async () => {
    const client = await connect('basic', clientSecretBasic(secret))
    const { transaction, tokens } = await login(client, 'api')
    expect(transaction.nonce).toBeUndefined()
    expect(tokens.claims).toBeUndefined()
  })

  it('F-H3: client credentials', async () => {
    const client = await connect('jwt', privateKeyJwt(clientKey))
    const tokens = await clientCredentialsGrant(client)
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_at: expect.any(Number) })
    expect(tokens.refresh_token).toBeUndefined()
  })

  it('a wrong secret is told as invalid_client, once, with what to check', async () => {
    const { fetch, sent } = watch()
    const client = await connect('basic', clientSecretBasic('wrong'), { fetch })
    await expect(clientCredentialsGrant(client)).rejects.toMatchObject({
      code: 'OAUTH_ERROR',
      error: 'invalid_client',
      http: { status: 401 },
      message: expect.stringContaining('Check client_id, the secret or key'),
    })
    expect(sent.filter((line) => line.includes('/token'))).toEqual(['POST /token 401'])
  })

  it('a redirect_uri that is not registered ends on a page of the provider, and no code comes', async () => {
    const client = await connect('basic', clientSecretBasic(secret))
    const { url } = await createAuthorizationRequest(client, { redirect_uri: 'https://app.example/other', scope: 'openid' })
    await expect(running.login(url)).rejects.toThrow('redirect_uri')
  })
})

describe('PAR and DPoP at a provider that demands both, and a nonce in every proof', () => {
  it('F-D7, S-I06, F-K-D6, F-K-D7: a whole login, with one nonce retry where a nonce is new', async () => {
    const { fetch, sent } = watch()
    const keyPair = await generateDPoPKeyPair()
    const client = await connect('bank', privateKeyJwt(clientKey), {
      fetch,
      use: [par(), dpop({ keyPair })],
      id_token_signed_response_alg: 'PS256',
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
    })
    const { url, tokens } = await login(client)
    expect([...url.searchParams.keys()]).toEqual(['client_id', 'request_uri'])
    expect(tokens.token_type).toBe('DPoP')
    expect(await fetchUserInfo(client, tokens)).toMatchObject({ sub: 'alice' })
    const fresh = await refreshTokenGrant(client, tokens)
    expect(fresh.refresh_token).not.toBe(tokens.refresh_token)
    const response = await fetchProtectedResource(client, fresh, `${running.issuer}/me?with=query`)
    expect(response.status).toBe(200)
    await revokeToken(client, fresh.refresh_token ?? '')
    expect(sent.filter((line) => !line.startsWith('GET /.well-known') && !line.includes('/jwks'))).toEqual([
      // The nonce is learned once, and every proof after that has it.
      'POST /request 400',
      'POST /request 201',
      'POST /token 200',
      'GET /me 200',
      'POST /token 200',
      'GET /me 200',
      'POST /token/revocation 200',
    ])
  })

  it('S-J19: the token is bound to the key: with another key it is refused, and not sent again', async () => {
    const use = async () => [par(), dpop({ keyPair: await generateDPoPKeyPair() })]
    const client = await connect('bank', privateKeyJwt(clientKey), { use: await use(), id_token_signed_response_alg: 'PS256' })
    const { tokens } = await login(client)
    const { fetch, sent } = watch()
    const thief = await connect('bank', privateKeyJwt(clientKey), { fetch, use: await use(), id_token_signed_response_alg: 'PS256' })
    await expect(fetchUserInfo(thief, tokens)).rejects.toMatchObject({ code: 'OAUTH_ERROR', http: { status: 401 } })
    // One challenge for a nonce, one refusal.
    expect(sent.filter((line) => line.includes('/me'))).toEqual(['GET /me 401', 'GET /me 401'])
  })

  it('S-I07: a client that is registered for pushed requests and has no par() is refused before any login', async () => {
    const keyPair = await generateDPoPKeyPair()
    await expect(
      connect('bank', privateKeyJwt(clientKey), { use: [dpop({ keyPair })], require_pushed_authorization_requests: true }),
    ).rejects.toMatchObject({ code: 'PLUGIN_MISSING', message: expect.stringContaining('@oidc/par') })
  })
})

describe('a server that is not what was meant', () => {
  it('the issuer with a slash too many is told with both spellings', async () => {
    await expect(
      connect('basic', clientSecretBasic(secret), {}).then(() =>
        discover(`${running.issuer}/`, {
          client_id: 'basic',
          authentication: clientSecretBasic(secret),
          allowInsecure: 'loopback',
        }),
      ),
    ).rejects.toMatchObject({ code: 'ISSUER_MISMATCH', message: expect.stringContaining(`"${running.issuer}/"`) })
  })

  it('http without the option is refused before any request, and the option is named', async () => {
    const { fetch, sent } = watch()
    const options = { client_id: 'basic', authentication: clientSecretBasic(secret), fetch }
    await expect(discover(running.issuer, options)).rejects.toMatchObject({
      code: 'URL_INSECURE',
      message: expect.stringContaining("allowInsecure: 'loopback'"),
    })
    expect(sent).toEqual([])
  })
})
