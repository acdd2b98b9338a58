import { authorizationCodeGrant, type Client, clientSecretBasic, createAuthorizationRequest, discover, type Tokens } from '@oidc/core'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { createTokenSource, memoryStore } from '@oidc/session'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProvider, startProvider } from './provider.ts'

const redirect_uri = 'https://app.example/cb'
const api = 'https://api.example'
let running: RunningProvider

beforeAll(async () => {
  running = await startProvider({
    clients: [
      {
        client_id: 'app',
        client_secret: 'only-for-tests',
        redirect_uris: [redirect_uri],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      },
    ],
    scopes: ['openid', 'offline_access', 'orders:read'],
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    features: {
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 3), requireNonce: () => true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: async () => true,
        defaultResource: async () => [],
        getResourceServerInfo: async () => ({ scope: 'orders:read', accessTokenTTL: 300 }),
      },
    },
  })
})

afterAll(() => running.close())

/** A client whose clock can be put forward, and which counts its token requests. */
async function connect(options: { readonly use?: ReturnType<typeof dpop>[] } = {}) {
  let ahead = 0
  const requests: (string | null)[] = []
  const client = await discover(running.issuer, {
    client_id: 'app',
    authentication: clientSecretBasic('only-for-tests'),
    allowInsecure: 'loopback',
    // The provider's clock stays: what it signs then is of the past.
    clock: { now: () => Math.floor(Date.now() / 1000) + ahead, sleep: async () => undefined },
    fetch: async (input, init) => {
      if (String(input).endsWith('/token')) requests.push(new URLSearchParams(String(init?.body)).get('grant_type'))
      return fetch(input, init)
    },
    ...options,
  })
  return {
    client,
    requests,
    advance(seconds: number) {
      ahead += seconds
    },
  }
}

async function signIn(client: Client): Promise<Tokens> {
  const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid offline_access', prompt: 'consent' })
  return authorizationCodeGrant(client, await running.login(url), transaction)
}

/** The access token as good as expired: a clock put forward by an hour would refuse the provider's ID tokens. */
const age = (tokens: Tokens): Tokens => ({ ...tokens, expires_at: Math.floor(Date.now() / 1000) + 5 })

describe('token sources at oidc-provider, which rotates refresh tokens and revokes the grant when one comes twice', () => {
  it('F-S7, S-M10: two processes with twenty callers each refresh once, and go on', async () => {
    const { client, requests } = await connect()
    const tokens = age(await signIn(client))
    const store = memoryStore()
    const sources = [0, 1].map(() => createTokenSource(client, tokens, { store: { ...store }, key: 's' }))
    const given = await Promise.all(sources.flatMap((source) => Array.from({ length: 20 }, () => source.token())))
    expect(new Set(given).size).toBe(1)
    expect(given[0]).not.toBe(tokens.access_token)
    expect(requests).toEqual(['authorization_code', 'refresh_token'])
    const held = await sources[0]?.tokens()
    expect(held?.claims?.sub).toBe('alice')
    expect(held?.refresh_token).not.toBe(tokens.refresh_token)
    const me = await sources[1]?.fetch(`${running.issuer}/me`)
    expect(await me?.json()).toMatchObject({ sub: 'alice' })
  })

  it('F-U12: an access token that the provider has forgotten is replaced on 401', async () => {
    const { client, requests } = await connect()
    const tokens = await signIn(client)
    const source = createTokenSource(client, { ...tokens, access_token: 'unknown-there' })
    expect((await source.fetch(`${running.issuer}/me`)).status).toBe(200)
    expect(requests).toEqual(['authorization_code', 'refresh_token'])
  })

  it('S-M15: a refresh token that was spent elsewhere ends the session in a typed way', async () => {
    const { client, requests } = await connect()
    const tokens = age(await signIn(client))
    expect(await createTokenSource(client, tokens, { store: memoryStore() }).token()).toEqual(expect.any(String))
    const source = createTokenSource(client, { ...tokens, expires_at: 1 }, { store: memoryStore() })
    for (let i = 0; i < 2; i++) await expect(source.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    expect(requests).toEqual(['authorization_code', 'refresh_token', 'refresh_token'])
  })

  it('logout revokes: the refresh token is of no use any more', async () => {
    const { client } = await connect()
    const tokens = await signIn(client)
    const source = createTokenSource(client, tokens)
    expect((await source.logout())?.id_token).toBe(tokens.id_token)
    await expect(source.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    const elsewhere = createTokenSource(client, { ...tokens, expires_at: 1 }, { store: memoryStore() })
    await expect(elsewhere.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED', error: 'invalid_grant' })
  })

  it('F-S7, F-U12: DPoP-bound tokens are renewed and presented with proofs, nonces and all', async () => {
    const { client } = await connect({ use: [dpop({ keyPair: await generateDPoPKeyPair('ES256') })] })
    const source = createTokenSource(client, age(await signIn(client)))
    expect((await source.fetch(`${running.issuer}/me`)).status).toBe(200)
    expect(await source.tokens()).toMatchObject({ token_type: 'DPoP' })
  })

  it('F-S8: client credentials, one token for each resource, renewed early', async () => {
    const { client, requests, advance } = await connect()
    const grant = { grant_type: 'client_credentials', scope: 'orders:read' } as const
    const [first, second] = [api, 'https://other.example'].map((resource) => createTokenSource(client, { ...grant, resource }))
    const tokens = await Promise.all([first, first, second].map((source) => source?.token()))
    expect(new Set(tokens).size).toBe(2)
    expect(requests).toEqual(['client_credentials', 'client_credentials'])
    advance(280)
    expect(await first?.token()).not.toBe(tokens[0])
    expect(requests).toHaveLength(3)
  })
})
