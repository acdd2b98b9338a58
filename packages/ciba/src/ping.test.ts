import { createClient, publicClient } from '@oidc/core'
import { describe, expect, it } from 'vitest'
import { ciba } from './ciba.js'
import { accepted, auth_req_id, createWorld, metadata, parameters, startTime, type World, type WorldOptions } from './ciba.test-server.js'
import { initiateBackchannelAuthentication } from './initiate.js'
import { hash } from './pending.js'
import { acceptPing } from './ping.js'
import { pollBackchannelAuthenticationGrant } from './poll-grant.js'
import { type CIBAStore, createCIBAStore } from './store.js'

async function begin(options: WorldOptions = {}): Promise<World> {
  const world = createWorld({ ...options, ciba: { mode: 'ping', ...options.ciba } })
  await initiateBackchannelAuthentication(world.client, { ...parameters, acr_values: 'gold' })
  return world
}

/** The answer without its body, which it has not. */
const show = ({ response, ...rest }: Awaited<ReturnType<typeof acceptPing>>) => ({
  status: response.status,
  body: response.body,
  ...('error' in rest && rest.error ? { code: rest.error.code } : rest),
})

describe('the ping (CIBA Core 1.0, section 10.2)', () => {
  it('F-T4: is answered with 204 and no body, and its tokens are asked for at once', async () => {
    const { client, call, slept, seenAt } = await begin()
    const ping = await acceptPing(client, call())
    expect(show(ping)).toEqual({
      status: 204,
      body: null,
      auth_req_id,
      expires_at: startTime + 120,
      interval: 5,
      scope: 'openid',
      acr_values: 'gold',
    })
    if (ping.auth_req_id === undefined) throw ping.error
    expect(await pollBackchannelAuthenticationGrant(client, ping)).toMatchObject({ claims: { sub: 'user-canary' } })
    expect(slept).toEqual([])
    expect(seenAt('/token')).toHaveLength(1)
  })

  it.each([
    ['missing', null, 'Bearer'],
    ['another', 'A'.repeat(43), 'Bearer error="invalid_token"'],
    ['empty', '', 'Bearer'],
    ['of another syntax', 'a b', 'Bearer'],
    ['longer than any', 'A'.repeat(1025), 'Bearer'],
  ])('S-L07: a bearer token that is %s is answered with 401, and nothing is read', async (_, token, challenge) => {
    const { client, call } = await begin()
    const request = call({ auth_req_id }, { token })
    const { response, auth_req_id: given, error } = await acceptPing(client, request)
    expect([response.status, response.headers.get('www-authenticate'), given, error?.code]).toEqual([
      401,
      challenge,
      undefined,
      'CIBA_NOTIFICATION_TOKEN',
    ])
    expect(request.bodyUsed).toBe(false)
    expect(error?.message).not.toContain(token || 'AAAA')
    expect(error?.message).toContain(challenge === 'Bearer' ? 'has no bearer token' : 'that no pending request has')
  })

  it('S-L07: another scheme, or the token elsewhere, is answered with 401', async () => {
    const { client, notificationToken } = await begin()
    const body = JSON.stringify({ auth_req_id })
    for (const [url, headers] of [
      ['https://app.example/ciba', { authorization: `Basic ${notificationToken()}` }],
      ['https://app.example/ciba', { authorization: notificationToken() }],
      ['https://app.example/ciba', { authorization: `x Bearer ${notificationToken()}` }],
      ['https://app.example/ciba', { authorization: `Bearer ${notificationToken()} x` }],
      ['https://app.example/ciba', { authorization: `Bearer ${notificationToken()}, Bearer x` }],
      [`https://app.example/ciba?access_token=${notificationToken()}`, {}],
    ] as const) {
      const request = new Request(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
      expect((await acceptPing(client, request)).response.status).toBe(401)
    }
  })

  it('the scheme is known in any case (RFC 9110, section 11.1)', async () => {
    const { client, notificationToken } = await begin()
    const headers = { authorization: `bEARER  ${notificationToken()}`, 'content-type': 'application/json; charset=utf-8' }
    const request = new Request('https://app.example/ciba', { method: 'POST', body: JSON.stringify({ auth_req_id }), headers })
    expect((await acceptPing(client, request)).auth_req_id).toBe(auth_req_id)
  })

  it('S-L07: a token whose request has expired, or that another client began, is unknown', async () => {
    const { client, call, advance, entries } = await begin()
    const [[key = '', entry] = []] = [...entries]
    const other = createClient(metadata, {
      client_id: 'other',
      authentication: publicClient(),
      clock: { now: () => startTime, sleep: async () => undefined },
      use: [ciba({ mode: 'ping', store: { set: () => 0, get: () => entry, take: () => entry, delete: () => key } })],
    })
    expect((await acceptPing(other, call())).response.status).toBe(401)
    advance(119)
    expect((await acceptPing(client, call({ auth_req_id: 'x' }))).response.status).toBe(204)
    advance(1)
    expect((await acceptPing(client, call())).response.status).toBe(401)
  })

  it('S-L08: a store that finds keys loosely does not decide', async () => {
    const { call, entries } = await begin()
    const [entry] = [...entries.values()]
    const loose = (found: unknown) =>
      createWorld({
        ciba: { mode: 'ping', store: { set: () => 0, get: () => found as never, take: () => found as never, delete: () => 0 } },
      }).client
    const mine = call()
    expect((await acceptPing(loose(entry), mine.clone())).response.status).toBe(204)
    expect((await acceptPing(loose({ ...entry, token_hash: entry?.token_hash.toUpperCase() }), mine.clone())).response.status).toBe(401)
    for (const broken of [
      null,
      'x',
      5,
      [],
      {},
      { ...entry, token_hash: 5 },
      { ...entry, expires_at: '9999999999' },
      { ...entry, expires_at: startTime },
      { ...entry, expires_at: Number.NaN },
      { ...entry, auth_req_id_hash: 5 },
      { ...entry, interval: '5' },
      { ...entry, scope: ['openid'] },
      { ...entry, acr_values: 5 },
      { ...entry, issuer: 'https://evil.example' },
    ])
      expect((await acceptPing(loose(broken), mine.clone())).response.status).toBe(401)
  })

  it('S-L09: an unknown auth_req_id is answered like a known one, and no tokens are asked for', async () => {
    const { client, call } = await begin()
    const unknown = await acceptPing(client, call({ auth_req_id: 'another' }))
    const known = await acceptPing(client, call())
    expect(show(unknown)).toEqual({ status: 204, body: null, code: 'CIBA_AUTH_REQ_ID' })
    expect(unknown.auth_req_id).toBeUndefined()
    expect([...unknown.response.headers]).toEqual([...known.response.headers])
    expect([unknown.response.status, unknown.response.statusText]).toEqual([known.response.status, known.response.statusText])
    expect(known.auth_req_id).toBe(auth_req_id)
  })

  it('S-L09: the auth_req_id of another request of this client does not fit the token', async () => {
    const world = createWorld({ ciba: { mode: 'ping' } })
    world.answer('/bc-authorize', accepted(), accepted({ auth_req_id: 'second' }))
    await initiateBackchannelAuthentication(world.client, parameters)
    const token = world.notificationToken()
    await initiateBackchannelAuthentication(world.client, parameters)
    expect((await acceptPing(world.client, world.call({ auth_req_id: 'second' }, { token }))).auth_req_id).toBeUndefined()
    expect((await acceptPing(world.client, world.call({ auth_req_id: 'second' }))).auth_req_id).toBe('second')
    expect((await acceptPing(world.client, world.call({ auth_req_id }, { token }))).auth_req_id).toBe(auth_req_id)
  })

  it('S-L11: a ping that comes again is answered alike, and asks for no tokens a second time', async () => {
    const { client, call } = await begin()
    expect((await acceptPing(client, call())).auth_req_id).toBe(auth_req_id)
    expect(show(await acceptPing(client, call()))).toEqual({ status: 204, body: null, code: 'CIBA_NOTIFICATION_REPEATED' })
  })

  it('S-L11: that it has come is remembered as long as the request lasts', async () => {
    const kept: number[] = []
    const store = createCIBAStore({ now: () => startTime })
    const set: CIBAStore['set'] = (key, entry, seconds) => {
      kept.push(seconds)
      return store.set(key, entry, seconds)
    }
    const { client, call, advance } = await begin({ ciba: { store: { ...store, set } } })
    advance(100)
    await acceptPing(client, call())
    expect(kept).toEqual([600, 120, 20])
  })

  it('S-L11: of pings at the same time one asks for tokens', async () => {
    const { client, call } = await begin()
    const pings = await Promise.all([call(), call(), call()].map((each) => acceptPing(client, each)))
    expect(pings.filter((ping) => ping.auth_req_id !== undefined)).toHaveLength(1)
  })

  it('S-L11: a ping that is faster than the answer to the request is taken, and the answer does not undo it', async () => {
    const world = createWorld({ ciba: { mode: 'ping' } })
    const { client, answer, call, entries } = world
    let early: Awaited<ReturnType<typeof acceptPing>> | undefined
    answer('/bc-authorize', async () => {
      early = await acceptPing(client, call())
      return accepted()()
    })
    const authentication = await initiateBackchannelAuthentication(client, parameters)
    const { response, ...known } = early ?? {}
    expect([response?.status, known]).toStrictEqual([204, { auth_req_id, expires_at: startTime + 600, scope: 'openid' }])
    expect(authentication.auth_req_id).toBe(auth_req_id)
    const [entry] = [...entries.values()]
    expect(entry).toMatchObject({ auth_req_id_hash: await hash(auth_req_id), notified: true, expires_at: startTime + 120 })
    expect((await acceptPing(client, call())).error?.code).toBe('CIBA_NOTIFICATION_REPEATED')
  })

  it('S-L11: an answer with another auth_req_id than the ping before it is refused', async () => {
    const { client, answer, call } = createWorld({ ciba: { mode: 'ping' } })
    answer('/bc-authorize', async () => {
      await acceptPing(client, call({ auth_req_id: 'another' }))
      return accepted()()
    })
    await expect(initiateBackchannelAuthentication(client, parameters)).rejects.toMatchObject({
      code: 'CIBA_RESPONSE_INVALID',
      message: expect.stringContaining('notification'),
    })
  })

  it.each([
    ['10 MB', new Uint8Array(10 * 1024 * 1024), 'application/json', 413, 'BODY_TOO_LARGE'],
    ['one byte too much', `{"auth_req_id":"${auth_req_id}","x":"${'x'.repeat(16384)}"}`, 'application/json', 413, 'BODY_TOO_LARGE'],
    ['a form', 'auth_req_id=x', 'application/x-www-form-urlencoded', 415, 'CIBA_NOTIFICATION_INVALID'],
    ['of a type that begins alike', '{}', 'application/jsonx', 415, 'CIBA_NOTIFICATION_INVALID'],
    ['of a type that ends alike', '{}', 'text/application/json', 415, 'CIBA_NOTIFICATION_INVALID'],
    ['of no type', '{}', null, 415, 'CIBA_NOTIFICATION_INVALID'],
    ['empty', '', 'application/json', 400, 'BODY_INVALID'],
    ['no JSON', '{', 'application/json', 400, 'BODY_INVALID'],
    ['one with a name twice', `{"auth_req_id":"a","auth_req_id":"b"}`, 'application/json', 400, 'BODY_INVALID'],
    ['too deep', `${'['.repeat(5000)}${']'.repeat(5000)}`, 'application/json', 400, 'BODY_INVALID'],
    ['an array', '[]', 'application/json', 400, 'CIBA_NOTIFICATION_INVALID'],
    ['a text', '"auth_req_id"', 'application/json', 400, 'CIBA_NOTIFICATION_INVALID'],
    ['a number', '5', 'application/json', 400, 'CIBA_NOTIFICATION_INVALID'],
    ['null', 'null', 'application/json', 400, 'CIBA_NOTIFICATION_INVALID'],
  ])('S-L12: a body that is %s is refused', async (_, body, type, status, code) => {
    const { client, call } = await begin()
    const request = call(body, { type })
    const refused = await acceptPing(client, request)
    expect([refused.response.status, refused.error?.code, refused.auth_req_id]).toEqual([status, code, undefined])
    if (status === 415) expect(request.bodyUsed).toBe(false)
  })

  it('S-L12: a body whose declared length is too large is not read at all', async () => {
    const { client, notificationToken } = await begin()
    let pulled = 0
    const body = new ReadableStream({ pull: () => void pulled++ }, { highWaterMark: 0 })
    const headers = new Headers({
      authorization: `Bearer ${notificationToken()}`,
      'content-type': 'application/json',
      'content-length': '10485760',
    })
    expect((await acceptPing(client, { method: 'POST', headers, body })).response.status).toBe(413)
    expect(pulled).toBe(0)
  })

  it.each([undefined, null, 5, '', ['x'], 'a b', 'x'.repeat(2049)])('S-L01: a ping with the auth_req_id %j is refused', async (value) => {
    const { client, call } = await begin()
    const { response, error } = await acceptPing(client, call({ auth_req_id: value }))
    expect([response.status, error?.code]).toEqual([400, 'CIBA_NOTIFICATION_INVALID'])
  })

  it.each(['GET', 'HEAD', 'PUT', 'DELETE'])('%s is answered with 405', async (method) => {
    const { client, call } = await begin()
    const { response } = await acceptPing(client, call({}, { method }))
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it.each(['poll', 'push'] as const)('S-L20: a client of mode %s takes no pings', async (mode) => {
    const { client, call } = createWorld({ ciba: { mode } })
    await expect(acceptPing(client, call())).rejects.toMatchObject({ code: 'CIBA_MODE' })
  })

  it('a store that is down is no fault of the server, and is thrown', async () => {
    const store = { set: () => undefined, get: () => Promise.reject(new Error('down')), take: () => undefined, delete: () => undefined }
    const { client, call } = createWorld({ ciba: { mode: 'ping', store } })
    await expect(acceptPing(client, call({ auth_req_id }, { token: 'x' }))).rejects.toThrow('down')
  })
})
