import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { caught } from '../../test/errors.js'
import { createIssuer } from '../../test/issuer.js'
import { probe } from '../../test/probe.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import {
  type ClientAuthentication,
  type ClientOptions,
  clientCredentialsGrant,
  clientSecretBasic,
  createClient,
  extend,
  type Plugin,
  type PluginAuthentication,
  publicClient,
} from '../index.js'
import { createSender, request } from '../plugin.js'
import { internalsOf } from './internals.js'

const server = { issuer: 'https://as.example', token_endpoint: 'https://as.example/token' }
const good: ClientOptions = { client_id: 'c', authentication: publicClient() }
const namesOf = (client: ReturnType<typeof createClient>) => internalsOf(client).plugins.map(({ name }) => name)

describe('createClient', () => {
  it('F-B10, F-B13: makes a frozen client without any request', () => {
    const client = createClient(server, { ...good, fetch: () => expect.unreachable() })
    expect(client).toMatchObject({ server, metadata: { client_id: 'c' } })
    for (const part of [client, client.server, client.metadata]) expect(Object.isFrozen(part)).toBe(true)
    expect(() => Object.assign(client, { server: {} })).toThrow(TypeError)
    expect(() => Object.assign(client.metadata, { client_id: 'other' })).toThrow(TypeError)
  })

  it('F-B12: the metadata are the registered ones among the options, without secrets, undefined ones and options of the program', () => {
    const { metadata } = createClient(server, {
      ...good,
      client_secret: canaries.secret,
      registration_access_token: canaries.token,
      id_token_signed_response_alg: 'ES256',
      ...({ client_name: undefined } as object),
      scope: 'openid',
      contacts: ['ops@app.example'],
      jwks: { keys: [] },
      timeout: 3,
      clockTolerance: 1,
      requireAcr: true,
      trustedAudiences: [],
    })
    expect(metadata).toEqual({
      client_id: 'c',
      id_token_signed_response_alg: 'ES256',
      scope: 'openid',
      contacts: ['ops@app.example'],
      jwks: { keys: [] },
    })
  })

  it('F-L2, F-L4: the defaults are 10 seconds a request, 30 seconds of tolerance, and the limits of the catalogue', () => {
    const { timeout, clockTolerance, limits } = internalsOf(createClient(server, good))
    expect({ timeout, clockTolerance, limits }).toEqual({
      timeout: 10,
      clockTolerance: 30,
      limits: { body: 1_048_576, depth: 32, keys: 100, jwt: 65_536, parameter: 2048 },
    })
    expect(internalsOf(createClient(server, { ...good, limits: { body: 5 } })).limits).toMatchObject({ body: 5, depth: 32 })
  })

  it('what the caller does with its options afterwards changes no client that was made with them', () => {
    const plugin: Plugin = { name: 'a' }
    const use = [plugin]
    const options = { ...good, use, requireAcr: true, strictScope: true, client_secret: 'one' }
    const client = createClient(server, options)
    Object.assign(options, { requireAcr: false, strictScope: false, client_secret: 'two', client_id: 'other' })
    use.push({ name: 'b' })
    expect(internalsOf(client).options).toMatchObject({ requireAcr: true, strictScope: true, client_secret: 'one' })
    expect(Object.isFrozen(internalsOf(client).options)).toBe(true)
    expect(client.metadata.client_id).toBe('c')
    expect(namesOf(client)).toEqual(['a'])
  })

  it('F-A1: an authentication of one’s own works, and may bring a plugin with it, and its absence beside it does no harm', async () => {
    const authentication: ClientAuthentication = { method: 'own', authenticate: async () => ({ headers: { 'x-own': '1' } }) }
    const plugin: Plugin = { name: 'own', exchange: { headers: () => ({ 'x-plugin': '2' }) } }
    for (const given of [{ plugin, authentication }, { authentication } as PluginAuthentication]) {
      const issuer = await createIssuer()
      await clientCredentialsGrant(createClient(issuer.metadata, issuer.options({ authentication: given })))
      expect(issuer.requestsTo('token')[0]?.headers).toMatchObject({ 'x-own': '1', ...(given.plugin && { 'x-plugin': '2' }) })
    }
    expect(
      namesOf(createClient(server, { ...good, authentication: { plugin, authentication }, use: [{ name: 'z' }, { name: 'a' }] })),
    ).toEqual(['a', 'own', 'z'])
    expect(() => createClient(server, { ...good, authentication: { plugin, authentication }, use: [plugin] })).toThrow(/own and own/)
  })

  it('F-A1: the plugin of an authentication that yields is replaced by one of that name in use', () => {
    const authentication: ClientAuthentication = { method: 'own', authenticate: () => ({}) }
    const plugin = { name: 'own' }
    const inUse = { name: 'own' }
    const client = createClient(server, { ...good, authentication: { plugin, authentication, yields: true }, use: [inUse] })
    expect(internalsOf(client).plugins).toEqual([inUse])
    expect(internalsOf(client).plugins[0]).toBe(inUse)
    const alone = createClient(server, { ...good, authentication: { plugin, authentication, yields: true } })
    expect(internalsOf(alone).plugins[0]).toBe(plugin)
  })

  it('F-A12: an authentication that lacks something tells it when the client is made', async () => {
    const authentication = clientSecretBasic()
    await expectRefusal(() => createClient(server, { ...good, authentication }), 'OPTION_INVALID', { says: ['client secret is missing'] })
    expect(() => createClient(server, { ...good, authentication, client_secret: canaries.secret })).not.toThrow()
  })

  it('F-L3: without the option fetch, the global one is looked up at every call', async () => {
    const issuer = await createIssuer()
    const { fetch: _, ...options } = issuer.options()
    const client = createClient(issuer.metadata, options)
    const original = globalThis.fetch
    globalThis.fetch = issuer.fetch
    try {
      expect(await clientCredentialsGrant(client)).toMatchObject({ token_type: 'Bearer' })
    } finally {
      globalThis.fetch = original
    }
  })
})

describe('extend', () => {
  it('gives a new frozen client that shares metadata, and leaves the first one alone', () => {
    const client = createClient(server, { ...good, use: [{ name: 'b' }] })
    const extended = extend(client, { name: 'c' }, { name: 'a' })
    expect(namesOf(extended)).toEqual(['a', 'b', 'c'])
    expect(namesOf(client)).toEqual(['b'])
    expect(extended.server).toBe(client.server)
    expect(extended.metadata).toBe(client.metadata)
    expect(Object.isFrozen(extended)).toBe(true)
    expect(internalsOf(extended).options).toBe(internalsOf(client).options)
  })

  it('replaces a plugin of an installed name, also in its slots: a DPoP key for each user costs little', async () => {
    const issuer = await createIssuer()
    const signing = (key: string): Plugin => ({ name: 'dpop', exchange: { headers: () => ({ dpop: key }), tokenTypes: ['DPoP'] } })
    const client = createClient(issuer.metadata, issuer.options({ use: [signing('one')] }))
    await clientCredentialsGrant(extend(client, signing('two')))
    await clientCredentialsGrant(client)
    expect(issuer.requestsTo('token').map(({ headers }) => headers.dpop)).toEqual(['two', 'one'])
  })

  it('tells the same faults as createClient', async () => {
    const client = createClient(server, { ...good, use: [{ name: 'a', exchange: { seal: (request) => request } }] })
    const codeOf = async (...plugins: readonly unknown[]) => (await caught(() => extend(client, ...(plugins as Plugin[])))).code
    expect(await codeOf({ name: 'b', exchange: { seal: () => undefined } })).toBe('PLUGIN_CONFLICT')
    expect(await codeOf({ name: 'b' }, { name: 'b' })).toBe('PLUGIN_CONFLICT')
    expect(await codeOf({ name: 'b', requires: { plugins: ['c'] } })).toBe('PLUGIN_MISSING')
    expect(await codeOf({ name: 'b', requires: { server: ['jwks_uri'] } })).toBe('SERVER_METADATA_MISSING')
    expect(await codeOf({ name: 'b', unknown: 1 })).toBe('PLUGIN_UNSUPPORTED')
    for (const nothing of [undefined, null, 'b', () => ({ name: 'b' })]) expect(await codeOf(nothing)).toBe('PLUGIN_INVALID')
    await expectRefusal(() => extend(Promise.resolve(client) as never, { name: 'b' }), 'CLIENT_INVALID')
  })

  it('a plugin that others need cannot be lost by being replaced, and what it fills no more is a demand again', async () => {
    const demanding = { ...server, require_pushed_authorization_requests: true }
    const par: Plugin = { name: 'par', authorization: { deliver: (search) => search } }
    const client = createClient(demanding, { ...good, use: [par, { name: 'needy', requires: { plugins: ['par'] } }] })
    expect(() => extend(client, { ...par })).not.toThrow()
    expect(await caught(() => extend(client, { name: 'par' }))).toMatchObject({ code: 'PLUGIN_MISSING' })
  })

  it('what was opened for one client counts for its extended self, unless that one opens otherwise', () => {
    const client = createClient(server, { ...good, use: [{ name: 'jarm', authorization: { open: (response) => response } }] })
    const openedBy = (...plugins: readonly Plugin[]) => internalsOf(extend(client, ...plugins)).opened
    expect(openedBy({ name: 'dpop' })).toBe(internalsOf(client).opened)
    expect(openedBy({ name: 'jarm', authorization: { open: (response) => response } })).not.toBe(internalsOf(client).opened)
  })

  it('step by step, in any order and grouping, makes the client that createClient makes at once', () => {
    const make = (name: string): Plugin => ({ name, around: (_, next) => next(), exchange: { headers: () => ({ [name]: name }) } })
    const plugins = ['a', 'b', 'c', 'd', 'e', 'f'].map(make)
    const atOnce = internalsOf(createClient(server, { ...good, use: plugins }))
    fc.assert(
      fc.property(
        fc.shuffledSubarray(plugins, { minLength: plugins.length }),
        fc.array(fc.nat({ max: 6 }), { maxLength: 4 }),
        (shuffled, cuts) => {
          let client = createClient(server, good)
          const at = [0, ...cuts.sort((a, b) => a - b), shuffled.length]
          for (const [i, start] of at.entries()) client = extend(client, ...shuffled.slice(start, at[i + 1]))
          expect(internalsOf(client).plugins).toEqual(atOnce.plugins)
          const { around, exchange } = internalsOf(client).slots
          expect(around?.map(({ plugin }) => plugin)).toEqual(atOnce.slots.around?.map(({ plugin }) => plugin))
          expect(exchange.headers?.map(({ plugin }) => plugin)).toEqual(atOnce.slots.exchange.headers?.map(({ plugin }) => plugin))
        },
      ),
    )
  })
})

describe('createSender', () => {
  it('makes a client without id, credentials and verifier, whose requests go through the same floors', async () => {
    const issuer = await createIssuer()
    issuer.answer('token', Response.json({ ok: true }))
    const { fetch, clock } = issuer
    const use: Plugin[] = [{ name: 'x', exchange: { headers: ({ client }) => ({ 'x-id': `<${client.metadata.client_id}>` }) } }]
    const sender = createSender(issuer.metadata, { fetch, clock, use })
    expect(await request(sender, probe())).toEqual({ ok: true })
    expect(issuer.requests[0]).toMatchObject({ body: '', headers: { 'x-id': '<>' } })
    expect(issuer.requests[0]?.headers.authorization).toBeUndefined()
    expect(internalsOf(sender).verifier).toBeUndefined()
  })

  it('checks the metadata and plugins as createClient does', async () => {
    await expectRefusal(() => createSender({ issuer: 'http://as.example' }), 'URL_INSECURE')
    await expectRefusal(() => createSender(server, { use: [{ name: '' }] }), 'PLUGIN_INVALID')
    await expectRefusal(() => createSender({ issuer: 7 } as never), 'SERVER_METADATA_INVALID')
  })
})
