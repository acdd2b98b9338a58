import { clientSecretPost, createClient, privateKeyJwt, publicClient } from '@oidc/core'
import { createClient as createOAuthClient } from '@oidc/core/oauth'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ciba } from './ciba.js'
import {
  accepted,
  auth_req_id,
  createWorld,
  failed,
  foreignKey,
  issuer,
  metadata,
  parameters,
  reply,
  startTime,
  type WorldOptions,
} from './ciba.test-server.js'
import { initiateBackchannelAuthentication } from './initiate.js'
import type { BackchannelAuthenticationParameters } from './parameters.js'
import { hash } from './pending.js'

const begin = (more: Readonly<Record<string, unknown>> = {}, options: WorldOptions = {}) => {
  const world = createWorld(options)
  const promise = initiateBackchannelAuthentication(world.client, { ...parameters, ...more } as BackchannelAuthenticationParameters)
  return { ...world, promise }
}

/** The call fails with the code, and nothing was sent. */
async function expectLocal(code: string, more: Readonly<Record<string, unknown>>, options: WorldOptions = {}): Promise<void> {
  const { promise, seen, entries } = begin(more, options)
  await expect(promise).rejects.toMatchObject({ code })
  expect([seen, [...entries]]).toEqual([[], []])
}

describe('the backchannel authentication request (CIBA Core 1.0, section 7.1)', () => {
  it('F-H8: sends its parameters as a form, with client authentication, and gives what the polling needs', async () => {
    const { promise, seen } = begin({
      scope: 'openid accounts',
      acr_values: 'gold silver',
      binding_message: 'W4SCT ü',
      user_code: 'only for tests',
      requested_expiry: 90,
      resource: ['https://a.example/', 'https://b.example/'],
      authorization_details: [{ type: 'payment' }],
      extension: true,
    })
    expect(await promise).toEqual({
      auth_req_id,
      expires_in: 120,
      expires_at: startTime + 120,
      interval: 5,
      scope: 'openid accounts',
      acr_values: 'gold silver',
    })
    expect(seen).toHaveLength(1)
    expect(seen[0]?.url).toBe(`${issuer}/bc-authorize`)
    expect(seen[0]?.headers.get('authorization')).toMatch(/^Basic /)
    expect([...(seen[0]?.body ?? [])]).toEqual([
      ['scope', 'openid accounts'],
      ['login_hint', 'hint-canary'],
      ['acr_values', 'gold silver'],
      ['binding_message', 'W4SCT ü'],
      ['user_code', 'only for tests'],
      ['requested_expiry', '90'],
      ['resource', 'https://a.example/'],
      ['resource', 'https://b.example/'],
      ['authorization_details', '[{"type":"payment"}]'],
      ['extension', 'true'],
    ])
  })

  it.each(['login_hint', 'id_token_hint', 'login_hint_token'])('S-L04: exactly one hint is sent: %s', async (name) => {
    const { promise, seen } = begin({ login_hint: undefined, [name]: 'one' })
    await promise
    expect(seen[0]?.body.get(name)).toBe('one')
  })

  it.each([
    ['none', { login_hint: undefined }],
    ['two', { id_token_hint: 'another' }],
    ['three', { id_token_hint: 'another', login_hint_token: 'third' }],
  ])('S-L04: %s of the hints is an error before anything is sent', (_, more) => expectLocal('CIBA_HINT', more))

  it.each([
    ['missing', undefined, 'CIBA_SCOPE'],
    ['without openid', 'accounts', 'CIBA_SCOPE'],
    ['with another that ends alike', 'xopenid openid2', 'CIBA_SCOPE'],
    ['empty', '', 'PARAMETER_INVALID'],
    ['a number', 5, 'PARAMETER_INVALID'],
  ])('a scope that is %s is refused, for it MUST hold openid', (_, scope, code) => expectLocal(code, { scope }))

  it.each([
    ['101 characters long', 'x'.repeat(101)],
    ['10 KB long', 'x'.repeat(10240)],
    ['with a line break', 'pay\n100'],
    ['with an escape', 'pay\u001b[2J'],
    ['with NUL', 'a\0b'],
    ['with a bidirectional override', 'a\u202eb'],
    ['with a zero-width space', 'a\u200bb'],
    ['with a line separator', 'a\u2028b'],
    ['with half a character', 'a\ud800'],
  ])('S-L05: a binding_message %s is an error before anything is sent', (_, binding_message) =>
    expectLocal('CIBA_BINDING_MESSAGE', { binding_message }),
  )

  it('S-L05: 100 characters of any script are taken, counted as the user counts them', async () => {
    const { promise, seen } = begin({ binding_message: '𝒳'.repeat(100) })
    await promise
    expect(seen[0]?.body.get('binding_message')).toHaveLength(200)
  })

  it.each([
    ['requested_expiry', 0],
    ['requested_expiry', -1],
    ['requested_expiry', 1.5],
    ['requested_expiry', '60'],
    ['binding_message', ''],
    ['binding_message', ' '],
    ['user_code', 12],
    ['login_hint', ''],
    ['login_hint', ['a']],
    ['acr_values', ['a', 'b']],
    ['extension', ['a', 'b']],
    ['extension', null],
    ['extension', Number.NaN],
  ])('%s of %j is refused before anything is sent', (name, value) => expectLocal('PARAMETER_INVALID', { [name]: value }))

  it.each(['client_notification_token', 'request', 'request_uri', 'client_id', 'nonce', 'sub', 'jti', 'client_secret'])(
    'the caller gives no %s',
    (name) => expectLocal('PARAMETER_RESERVED', { [name]: 'x' }),
  )

  it('a parameter named __proto__ is sent like any other', async () => {
    const { promise, seen } = begin({ ['__proto__']: 'x' })
    await promise
    expect(seen[0]?.body.get('__proto__')).toBe('x')
  })

  it('a user_code is refused where the server says that it takes none', async () => {
    await expectLocal('CIBA_UNSUPPORTED', { user_code: 'x' }, { server: { backchannel_user_code_parameter_supported: false } })
    await begin({ user_code: 'x' }, { server: { backchannel_user_code_parameter_supported: true } }).promise
  })

  it('parameters that are no object are refused', async () => {
    const { client } = createWorld()
    await expect(initiateBackchannelAuthentication(client, null as never)).rejects.toMatchObject({ code: 'PARAMETER_INVALID' })
    await expect(initiateBackchannelAuthentication(client, [] as never)).rejects.toMatchObject({ code: 'PARAMETER_INVALID' })
  })

  it('S-L20: a mode that client or server metadata do not have is refused before anything is sent', async () => {
    const push = { backchannel_token_delivery_mode: 'push' } as const
    await expectLocal('CIBA_MODE', {}, { client: push })
    await expectLocal('CIBA_MODE', {}, { server: { backchannel_token_delivery_modes_supported: ['ping'] } })
    await begin(
      {},
      { client: { backchannel_token_delivery_mode: 'poll' }, server: { backchannel_token_delivery_modes_supported: ['poll'] } },
    ).promise
  })

  it('a client that cannot verify ID tokens begins nothing', async () => {
    const { client } = createWorld()
    const bare = createOAuthClient(client.server, {
      client_id: 'app',
      authentication: publicClient(),
      use: [ciba({ mode: 'poll' })],
    })
    await expect(initiateBackchannelAuthentication(bare, parameters)).rejects.toMatchObject({ code: 'SCOPE_OPENID_UNSUPPORTED' })
  })

  it('without its plugin it names the line to add', async () => {
    const bare = createClient(metadata, { client_id: 'app', authentication: publicClient() })
    await expect(initiateBackchannelAuthentication(bare, parameters)).rejects.toMatchObject({
      code: 'PLUGIN_MISSING',
      message: expect.stringContaining("use: [ciba({ mode: 'poll' })]"),
    })
  })

  it('without the endpoint the client is not made', () => {
    expect(() => createWorld({ server: { backchannel_authentication_endpoint: undefined } })).toThrow(
      expect.objectContaining({ code: 'SERVER_METADATA_MISSING' }),
    )
  })

  it('is ended by the signal, and by the timeout, in seconds', async () => {
    const { client, answer } = createWorld()
    await expect(initiateBackchannelAuthentication(client, parameters, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    answer('/bc-authorize', () => new Promise(() => undefined))
    await expect(initiateBackchannelAuthentication(client, parameters, { timeout: 0.001 })).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  it.each([
    ['client_secret_post', clientSecretPost('only for tests'), { client_secret: 'only for tests', client_id: 'app' }],
    ['private_key_jwt', privateKeyJwt(foreignKey), { client_assertion: expect.any(String), client_id: 'app' }],
  ])('authenticates by %s', async (_, authentication, added) => {
    const { promise, seen } = begin({}, { client: { authentication } })
    await promise
    expect(Object.fromEntries(seen[0]?.body ?? [])).toMatchObject(added)
  })
})

describe('the answer (section 7.3)', () => {
  const taken = (body: Readonly<Record<string, unknown>>) => {
    const world = createWorld()
    world.answer('/bc-authorize', accepted(body))
    return initiateBackchannelAuthentication(world.client, parameters)
  }

  it.each([
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['a number', 5],
    ['an array', ['x']],
    ['with a space', 'a b'],
    ['longer than 2048 characters', 'x'.repeat(2049)],
  ])('S-L01: an auth_req_id that is %s is refused', async (_, value) => {
    await expect(taken({ auth_req_id: value })).rejects.toMatchObject({
      code: 'CIBA_RESPONSE_INVALID',
      operation: 'backchannel_authentication',
      message: expect.stringContaining('auth_req_id'),
    })
  })

  it('S-L01: one of 2048 characters is taken', async () => {
    expect((await taken({ auth_req_id: 'x'.repeat(2048) })).auth_req_id).toHaveLength(2048)
  })

  it.each([undefined, null, 0, -5, 'soon', '', '-1', {}, true])('S-L03: an expires_in of %j is refused', async (expires_in) => {
    await expect(taken({ expires_in })).rejects.toMatchObject({
      code: 'CIBA_RESPONSE_INVALID',
      message: expect.stringContaining('expires_in'),
    })
  })

  it.each([
    [60, 60],
    ['60', 60],
    [60.9, 60],
    [1e12, 604800],
  ])('S-L03: an expires_in of %j is taken as %d seconds', async (given, expires_in) => {
    expect(await taken({ expires_in: given })).toMatchObject({ expires_in, expires_at: startTime + expires_in })
  })

  it.each(['soon', -1, {}, [], true])('F-H8: an interval of %j is refused', async (interval) => {
    await expect(taken({ interval })).rejects.toMatchObject({ code: 'CIBA_RESPONSE_INVALID', message: expect.stringContaining('interval') })
  })

  it.each([
    [undefined, undefined],
    [null, undefined],
    [0, 0],
    ['7', 7],
    [0.5, 0.5],
  ])('F-H8: an interval of %j is taken as %j', async (given, interval) => {
    expect((await taken({ interval: given })).interval).toBe(interval)
  })

  it.each([[[]], ['x'], [null], [5]])('a body of %j is refused', async (body) => {
    const { client, answer } = createWorld()
    answer('/bc-authorize', reply(body))
    await expect(initiateBackchannelAuthentication(client, parameters)).rejects.toMatchObject({ code: 'CIBA_RESPONSE_INVALID' })
  })

  it('no answer, however odd, gives anything but an authentication or a typed error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record({ auth_req_id: fc.jsonValue(), expires_in: fc.jsonValue(), interval: fc.jsonValue() }), async (body) => {
        const { client, answer } = createWorld()
        answer('/bc-authorize', reply(body))
        const outcome = await initiateBackchannelAuthentication(client, parameters).catch((error: unknown) => error)
        expect(outcome).toSatisfy(
          (it: { code?: string; expires_in?: number }) => it.code === 'CIBA_RESPONSE_INVALID' || (it.expires_in ?? 0) >= 1,
        )
      }),
      { numRuns: 200 },
    )
  })

  it.each([
    'unknown_user_id',
    'expired_login_hint_token',
    'missing_user_code',
    'invalid_user_code',
    'invalid_binding_message',
    'unauthorized_client',
  ])('the error %s of the server keeps its name (section 13)', async (error) => {
    const { client, answer, seen } = createWorld()
    answer('/bc-authorize', failed(error))
    await expect(initiateBackchannelAuthentication(client, parameters)).rejects.toMatchObject({ code: 'OAUTH_ERROR', error })
    expect(seen).toHaveLength(1)
  })
})

describe('the notification token (section 7.1)', () => {
  it.each(['ping', 'push'] as const)(
    'S-L08: each request of mode %s has one of its own, of 256 bits, that fits the Bearer syntax',
    async (mode) => {
      const { client, seen } = createWorld({ ciba: { mode } })
      await initiateBackchannelAuthentication(client, parameters)
      await initiateBackchannelAuthentication(client, parameters)
      const tokens = seen.map(({ body }) => body.get('client_notification_token') ?? '')
      for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/)
      expect(new Set(tokens).size).toBe(2)
    },
  )

  it('a request of mode poll has none, and nothing is kept', async () => {
    const { client, seen, entries } = createWorld()
    await initiateBackchannelAuthentication(client, parameters)
    expect(seen[0]?.body.has('client_notification_token')).toBe(false)
    expect(entries.size).toBe(0)
  })

  it('S-L08: its hash is kept before the request is sent, and nowhere the token or the auth_req_id', async () => {
    const world = createWorld({ ciba: { mode: 'ping' } })
    const { client, answer, entries } = world
    let early: unknown
    answer('/bc-authorize', async () => {
      early = [...entries]
      return accepted()()
    })
    await initiateBackchannelAuthentication(client, { ...parameters, acr_values: 'gold' })
    const token_hash = await hash(world.notificationToken())
    const known = { issuer, client_id: 'app', token_hash, scope: 'openid', acr_values: 'gold' }
    expect(early).toEqual([[token_hash, { ...known, expires_at: startTime + 600 }]])
    const bound = { ...known, auth_req_id_hash: await hash(auth_req_id), expires_at: startTime + 120, interval: 5 }
    expect([...entries]).toEqual([[token_hash, bound]])
    expect(JSON.stringify([...entries])).not.toContain(world.notificationToken())
    expect(JSON.stringify([...entries])).not.toContain(auth_req_id)
  })

  it('what was kept is forgotten when the request fails, even where the store fails as well', async () => {
    const { client, answer, entries } = createWorld({ ciba: { mode: 'push' } })
    answer('/bc-authorize', failed('unknown_user_id'))
    await expect(initiateBackchannelAuthentication(client, parameters)).rejects.toMatchObject({ error: 'unknown_user_id' })
    expect(entries.size).toBe(0)
    const broken = createWorld({
      ciba: {
        mode: 'ping',
        store: { set: () => undefined, get: () => undefined, take: () => undefined, delete: () => Promise.reject(new Error('down')) },
      },
    })
    broken.answer('/bc-authorize', failed('unknown_user_id'))
    await expect(initiateBackchannelAuthentication(broken.client, parameters)).rejects.toMatchObject({ error: 'unknown_user_id' })
  })

  it('nothing is sent where the store is down', async () => {
    const store = { set: () => Promise.reject(new Error('down')), get: () => undefined, take: () => undefined, delete: () => undefined }
    const { client, seen } = createWorld({ ciba: { mode: 'ping', store } })
    await expect(initiateBackchannelAuthentication(client, parameters)).rejects.toThrow('down')
    expect(seen).toEqual([])
  })
})

describe('the options of ciba()', () => {
  it.each([
    ['no options', undefined],
    ['no mode', {}],
    ['another mode', { mode: 'pull' }],
    ['a store without take', { mode: 'ping', store: { set: () => 0, get: () => 0, delete: () => 0 } }],
    ['a store of null', { mode: 'ping', store: null }],
    ['a key of null', { mode: 'poll', key: null }],
    ['a key that is a promise', { mode: 'poll', key: Promise.resolve(foreignKey) }],
    ['a key that is a number', { mode: 'poll', key: 5 }],
    ['a lifetime of 0', { mode: 'poll', lifetime: 0 }],
    ['a lifetime of 301', { mode: 'poll', lifetime: 301 }],
    ['an option that is not known', { mode: 'poll', modus: 'ping' }],
  ])('%s: refused, with the line to write', (_, options) => {
    expect(() => ciba(options as never)).toThrow(
      expect.objectContaining({ code: 'CIBA_OPTION_INVALID', message: expect.stringContaining('ciba({ mode })') }),
    )
  })

  it('a plugin of somebody else named ciba is not taken for this one', async () => {
    const { client } = createWorld({ client: { use: [{ name: 'ciba' }] } })
    await expect(initiateBackchannelAuthentication(client, parameters)).rejects.toMatchObject({ code: 'CIBA_OPTION_INVALID' })
  })
})
