import { extend, type Plugin } from '@oidc/core'
import { describe, expect, it } from 'vitest'
import { type ClientCredentials, createTokenSource, memoryStore, type TokenStore } from './index.js'
import { createServer, json, refused, startTime } from './session.test-server.js'

const grant: ClientCredentials = { grant_type: 'client_credentials', scope: 'orders:read', resource: 'https://api.example' }
const grants = (server: ReturnType<typeof createServer>) => server.to('/token').map(({ form }) => Object.fromEntries(form))

/** Presents what the dpop plugin of that key would. */
const bound = (dpop_jkt: string): Plugin => ({ name: 'dpop', authorization: { parameters: () => ({ dpop_jkt }) } })

describe('tokens of the client itself (RFC 6749, 4.4)', () => {
  it('F-S8: one request serves all calls until shortly before the end', async () => {
    const server = createServer()
    const source = createTokenSource(server.client(), grant)
    await Promise.all(Array.from({ length: 100 }, () => source.token()))
    server.clock.advance(3600 - 91)
    expect(await source.token()).toBe('canary-access-1')
    expect(grants(server)).toEqual([{ grant_type: 'client_credentials', scope: 'orders:read', resource: 'https://api.example' }])
    server.clock.advance(31)
    expect(await source.token()).toBe('canary-access-2')
    expect(await source.tokens()).toMatchObject({ access_token: 'canary-access-2', expires_at: startTime + 3540 + 3600 })
  })

  it('F-S8: sources of the same client and parameters share a token, however those are written', async () => {
    const server = createServer()
    const client = server.client()
    const sources = [
      { grant_type: 'client_credentials', scope: 'a b', resource: ['https://x.example', 'https://y.example'] },
      { resource: ['https://y.example', 'https://x.example'], scope: 'b  a a', grant_type: 'client_credentials', audience: undefined },
    ].map((parameters) => createTokenSource(client, parameters as ClientCredentials))
    for (const source of sources) expect(await source.token()).toBe('canary-access-1')
    expect(server.seen).toHaveLength(1)
  })

  it.each<[string, ClientCredentials]>([
    ['scope', { ...grant, scope: 'orders:write' }],
    ['resource', { ...grant, resource: 'https://other.example' }],
    ['several resources', { ...grant, resource: ['https://api.example', 'https://other.example'] }],
    ['any further parameter', { ...grant, audience: 'x' }],
    ['a parameter less', { grant_type: 'client_credentials', scope: 'orders:read' }],
  ])('F-S8: another token for another %s, also in one store and under one key', async (_, other) => {
    const server = createServer()
    const store = memoryStore()
    const client = server.client()
    const tokens = [grant, other].map((parameters) => createTokenSource(client, parameters, { store, key: 'service' }).token())
    expect(new Set(await Promise.all(tokens)).size).toBe(2)
  })

  it('F-S8: and for another issuer, client or DPoP key', async () => {
    const server = createServer()
    const store = memoryStore()
    const client = server.client()
    const clients = [
      client,
      server.client({ client_id: 'other' }),
      server.client({}, { issuer: 'https://other.example' }),
      extend(client, bound('key-1')),
      extend(client, bound('key-2')),
    ]
    const tokens = await Promise.all(clients.map((one) => createTokenSource(one, grant, { store, key: 'service' }).token()))
    expect(new Set(tokens).size).toBe(5)
    expect(await createTokenSource(extend(client, bound('key-2')), grant, { store, key: 'service' }).token()).toBe(tokens[4])
  })

  it('F-S8: processes with one store share a token', async () => {
    const server = createServer()
    const store = memoryStore()
    for (let i = 0; i < 3; i++) await createTokenSource(server.client(), grant, { store: { ...store } }).token()
    expect(server.seen).toHaveLength(1)
  })

  it('F-S8: a failure is not kept, and a token that is still good bridges it', async () => {
    const server = createServer()
    const source = createTokenSource(server.client(), grant)
    server.answer('/token', refused('invalid_client', 401))
    await expect(source.token()).rejects.toMatchObject({ code: 'OAUTH_ERROR', error: 'invalid_client' })
    expect(await source.token()).toBe('canary-access-1')
    server.clock.advance(3590)
    server.answer('/token', json({}, 503))
    expect(await source.token()).toBe('canary-access-1')
    server.clock.advance(10)
    expect(await source.token()).toBe('canary-access-2')
  })

  it('F-S8: a request whose answer was lost is sent once more, for a further token does no harm', async () => {
    const server = createServer()
    const lost = () => Promise.reject(new TypeError('fetch failed'))
    server.answer('/token', lost)
    expect(await createTokenSource(server.client(), grant).token()).toBe('canary-access-1')
    server.answer('/token', lost, lost)
    await expect(createTokenSource(server.client(), grant).token()).rejects.toMatchObject({ code: 'NETWORK_ERROR' })
    expect(server.seen).toHaveLength(4)
  })

  it('F-S8: a store or a lock that is down is done without', async () => {
    const down = () => Promise.reject(new Error('down'))
    const store: TokenStore = { get: down, set: down, take: down, delete: down, lock: { hold: down } }
    const server = createServer()
    const source = createTokenSource(server.client(), grant, { store })
    expect(await source.token()).toBe('canary-access-1')
    expect(await source.token()).toBe('canary-access-1')
    expect(server.seen).toHaveLength(1)
  })

  it('logout forgets the token and revokes it; the next call gets another', async () => {
    const server = createServer()
    const source = createTokenSource(server.client(), grant)
    await source.token()
    expect(await source.logout()).toMatchObject({ access_token: 'canary-access-1' })
    expect(Object.fromEntries(server.to('/revoke')[0]?.form ?? [])).toEqual({ token: 'canary-access-1', token_type_hint: 'access_token' })
    expect(await source.tokens()).toBeUndefined()
    expect(await source.token()).toBe('canary-access-2')
  })
})
