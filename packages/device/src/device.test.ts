import { inspect } from 'node:util'
import { type ClientEvent, privateKeyJwt } from '@oidc/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { device, initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from './device.js'
import {
  type Answer,
  canary,
  createServer,
  idToken,
  issued,
  issuer,
  metadata,
  refusalOf,
  refused,
  started,
  startTime,
} from './device.test-server.js'
import type { DeviceAuthorization } from './device-authorization.js'

const initiate = (answer: Answer, parameters?: Record<string, string>) =>
  initiateDeviceAuthorization(createServer(answer).client(), parameters)

/** Begins, then polls: the first answer is that of the device authorization endpoint. */
async function run(answers: readonly Answer[], parameters: Record<string, string> = {}, body: Record<string, unknown> = {}) {
  const server = createServer(started(body), ...answers)
  const client = server.client()
  const authorization = await initiateDeviceAuthorization(client, parameters)
  const result = pollDeviceAuthorizationGrant(client, authorization)
  result.catch(() => undefined)
  return { server, client, authorization, result }
}

describe('the device authorization request (RFC 8628, section 3.1)', () => {
  it('F-H4: is a POST of the parameters and client_id to the endpoint', async () => {
    const server = createServer(started())
    await initiateDeviceAuthorization(server.client(), { scope: 'openid accounts', audience: 'x' })
    const [request] = server.seen
    expect([request?.url, request?.method]).toEqual([`${issuer}/device_authorization`, 'POST'])
    expect(request?.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
    expect(Object.fromEntries(request?.body ?? [])).toEqual({ client_id: 'tv', scope: 'openid accounts', audience: 'x' })
  })

  it('F-H4: a client that authenticates does so here as well', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    const server = createServer(started())
    await initiateDeviceAuthorization(server.client({ authentication: privateKeyJwt(privateKey) }))
    expect(server.seen[0]?.body.get('client_assertion')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    expect(server.seen[0]?.body.getAll('client_id')).toEqual(['tv'])
  })

  it('without an endpoint of the server, the client is not made, and the error says what to do', () => {
    const { device_authorization_endpoint: _, ...server } = metadata
    expect(() => createServer().client({}, server)).toThrow(
      expect.objectContaining({
        code: 'SERVER_METADATA_MISSING',
        message: expect.stringMatching(/The plugin device needs device_authorization_endpoint.*Take the plugin away, or ask/),
      }),
    )
  })

  it('without the plugin, both functions name the line to write, and nothing is sent', async () => {
    const server = createServer(started())
    const client = server.client({ use: [] })
    for (const call of [initiateDeviceAuthorization(client), pollDeviceAuthorizationGrant(client, {} as DeviceAuthorization)]) {
      const refusal = await refusalOf(call)
      expect(refusal).toMatchObject({ code: 'PLUGIN_MISSING', message: expect.stringContaining('{ use: [device()] }') })
    }
    expect(server.seen).toEqual([])
  })

  it.each([
    [{ client_id: 'other' }, 'PARAMETER_RESERVED'],
    [{ scope: 5 as never }, 'PARAMETER_INVALID'],
    [{ max_age: 'soon' }, 'PARAMETER_INVALID'],
    [{ max_age: '-1' }, 'PARAMETER_INVALID'],
    [{ max_age: '60s' }, 'PARAMETER_INVALID'],
    [{ max_age: 's60' }, 'PARAMETER_INVALID'],
    [{ max_age: '1'.repeat(16) }, 'PARAMETER_INVALID'],
  ])('%j is refused before anything is sent', async (parameters, code) => {
    const server = createServer(started())
    expect((await refusalOf(initiateDeviceAuthorization(server.client(), parameters))).code).toBe(code)
    expect(server.seen).toEqual([])
  })

  it('a client of @oidc/core/oauth may do all but ask for openid', async () => {
    const server = createServer(started(), issued())
    const client = server.oauthClient()
    expect((await refusalOf(initiateDeviceAuthorization(client, { scope: 'openid' }))).code).toBe('SCOPE_OPENID_UNSUPPORTED')
    expect(server.seen).toEqual([])
    const authorization = await initiateDeviceAuthorization(client, { scope: 'accounts' })
    expect(await pollDeviceAuthorizationGrant(client, authorization)).toMatchObject({ access_token: 'at' })
    expect((await refusalOf(pollDeviceAuthorizationGrant(client, { ...authorization, scope: 'openid' }))).code).toBe(
      'SCOPE_OPENID_UNSUPPORTED',
    )
  })

  it("S-K13: is ended by the caller's signal", async () => {
    const refusal = await refusalOf(initiateDeviceAuthorization(createServer(started()).client(), {}, { signal: AbortSignal.abort() }))
    expect(refusal.code).toBe('ABORTED')
  })

  it('takes a timeout of its own, in seconds', async () => {
    const client = createServer().client({ fetch: () => new Promise(() => {}) })
    expect((await refusalOf(initiateDeviceAuthorization(client, {}, { timeout: 0.001 }))).code).toBe('TIMEOUT')
  })

  it('an error of the server is an OAUTH_ERROR', async () => {
    expect(await refusalOf(initiate(refused('unauthorized_client')))).toMatchObject({ code: 'OAUTH_ERROR', error: 'unauthorized_client' })
  })
})

describe('the answer (RFC 8628, section 3.2)', () => {
  it('F-H4: gives its members, when the code expires, and what was asked for, as plain JSON', async () => {
    const authorization = await initiate(started({ message: 'x' }), { scope: 'openid', max_age: '60', acr_values: 'gold' })
    expect(authorization).toEqual({
      device_code: canary,
      user_code: 'WDJB-MJHT',
      verification_uri: 'https://as.example/device',
      verification_uri_complete: 'https://as.example/device?user_code=WDJB-MJHT',
      expires_in: 600,
      expires_at: startTime + 600,
      interval: 5,
      scope: 'openid',
      max_age: 60,
      acr_values: 'gold',
    })
    expect(JSON.parse(JSON.stringify(authorization))).toEqual(authorization)
  })

  it('F-H4: what was not asked for has no member, and several values of one are joined as the wire has them', async () => {
    const authorization = await initiate(started())
    expect(Object.keys(authorization)).toEqual([
      'device_code',
      'user_code',
      'verification_uri',
      'verification_uri_complete',
      'expires_in',
      'expires_at',
      'interval',
    ])
    const client = createServer(started()).client()
    const several = await initiateDeviceAuthorization(client, { scope: ['openid', 'accounts'], acr_values: ['gold', 'silver'] })
    expect(several).toMatchObject({ scope: 'openid accounts', acr_values: 'gold silver' })
  })

  it.each([[undefined], [null]])('F-H4: a verification_uri_complete of %s is no event', async (verification_uri_complete) => {
    const told: unknown[] = []
    const client = createServer(started({ verification_uri_complete })).client({
      onEvent: (event) => event.type.startsWith('device:') && told.push(event),
    })
    expect(await initiateDeviceAuthorization(client)).not.toHaveProperty('verification_uri_complete')
    expect(told).toEqual([])
  })

  it.each([
    ['[]', 'is not a JSON object'],
    ['null', 'is not a JSON object'],
    ['5', 'is not a JSON object'],
  ])('the answer %s is told', async (body, problem) => {
    expect(await refusalOf(initiate({ body }))).toMatchObject({
      code: 'DEVICE_RESPONSE_INVALID',
      operation: 'device_authorization',
      message: `The answer to the device authorization request ${problem}. Report it to the people who run the server; nothing was begun.`,
    })
  })

  it.each([' 600', '600 ', '6e2', '0x10', true, [600]])('an expires_in of %j is refused', async (expires_in) => {
    expect((await refusalOf(initiate(started({ expires_in })))).code).toBe('DEVICE_RESPONSE_INVALID')
  })

  it('a verification_uri that is refused is named, and a fragment is refused only within the address', async () => {
    const refusal = await refusalOf(initiate(started({ verification_uri: 'http://as.example/device' })))
    expect(refusal.message).toContain('The verification_uri of the device authorization answer')
    const two = 'https://as.example/device#a#b'
    expect((await refusalOf(initiate(started({ verification_uri: two })))).code).toMatch(/^URL_/)
    const one = 'https://as.example/device#/enter'
    expect((await initiate(started({ verification_uri: one }))).verification_uri).toBe(one)
  })

  it('F-H4: the same request is sent again after a broken answer, for it spends nothing', async () => {
    const patient = { name: 'patient', exchange: { retry: () => 0 } }
    const server = createServer({ status: 503, body: {} }, started())
    expect((await initiateDeviceAuthorization(server.client({ use: [device(), patient] }))).device_code).toBe(canary)
    expect(server.seen).toHaveLength(2)
  })

  it('F-H4: verification_uri_complete may be absent, and verification_uri be spelled as in the drafts', async () => {
    const authorization = await initiate(
      started({ verification_uri: undefined, verification_uri_complete: undefined, verification_url: 'https://www.google.example/device' }),
    )
    expect(authorization.verification_uri).toBe('https://www.google.example/device')
    expect(authorization).not.toHaveProperty('verification_uri_complete')
  })

  it.each([
    ['device_code', undefined],
    ['device_code', ''],
    ['device_code', null],
    ['device_code', 5],
    ['device_code', 'a\nb'],
    ['user_code', undefined],
    ['user_code', ''],
    ['user_code', 5],
    ['verification_uri', undefined],
    ['verification_uri', ''],
    ['verification_uri', ['https://as.example/device']],
    ['expires_in', undefined],
    ['expires_in', null],
    ['expires_in', 0],
    ['expires_in', -5],
    ['expires_in', '-5'],
    ['expires_in', '1e3'],
    ['expires_in', 'soon'],
    ['expires_in', true],
  ])('F-H4: is refused with %s of %j', async (name, value) => {
    const refusal = await refusalOf(initiate(started({ [name]: value })))
    expect(refusal).toMatchObject({ code: 'DEVICE_RESPONSE_INVALID', operation: 'device_authorization' })
    expect(refusal.message).toContain(name)
  })

  it.each(['[]', '"x"', 'null', '5'])('the JSON %s is refused', async (body) => {
    expect((await refusalOf(initiate({ body }))).code).toBe('DEVICE_RESPONSE_INVALID')
  })

  it('HTML is refused', async () => {
    const refusal = await refusalOf(initiate({ body: '<html>', headers: { 'content-type': 'text/html' } }))
    expect(refusal.code).toBe('RESPONSE_CONTENT_TYPE')
  })

  it.each([
    [1e12, 2592000],
    ['600', 600],
    [0.5, 0.5],
    [1e300, 2592000],
  ])('S-K05: expires_in of %j is %d seconds', async (expires_in, seconds) => {
    expect(await initiate(started({ expires_in }))).toMatchObject({ expires_in: seconds, expires_at: startTime + seconds })
  })

  it.each([
    [undefined, 5],
    [null, 5],
    [0, 5],
    [-1, 5],
    ['7', 5],
    [{}, 5],
    [0.01, 1],
    [7, 7],
    [1e9, 1e9],
  ])('S-K01, S-K02, S-K03: interval of %j is %d seconds', async (interval, seconds) => {
    expect((await initiate(started({ interval }))).interval).toBe(seconds)
  })

  it.each(['WDJB-MJHT', '123 456', 'a', 'x'.repeat(64), '<b>&"'])('S-K15: takes the user_code %s as it is', async (user_code) => {
    expect((await initiate(started({ user_code }))).user_code).toBe(user_code)
  })

  it.each([
    ['an escape sequence', 'AB\u001b[2JCD'],
    ['a C1 control', 'AB\u009bCD'],
    ['a line break', 'AB\nCD'],
    ['a carriage return', 'AB\rCD'],
    ['a backspace', 'AB\bCD'],
    ['DEL', 'AB\u007fCD'],
    ['a text direction', 'AB\u202eCD'],
    ['an isolate', 'AB\u2066CD'],
    ['a zero-width space', 'AB\u200bCD'],
    ['a letter that only looks Latin', 'АBCD'],
    ['a space at its end', 'ABCD '],
    ['a space alone', ' '],
    ['65 characters', 'x'.repeat(65)],
    ['10 KB', 'x'.repeat(10240)],
  ])('S-K15: refuses a user_code with %s, and does not quote it', async (_, user_code) => {
    const refusal = await refusalOf(initiate(started({ user_code })))
    expect(refusal.code).toBe('DEVICE_RESPONSE_INVALID')
    expect(refusal.message).not.toContain(user_code.trim() || JSON.stringify(user_code))
  })

  it.each([
    ['javascript:alert(1)', 'URL_INVALID'],
    ['data:text/html,x', 'URL_INVALID'],
    ['as.example/device', 'URL_INVALID'],
    ['//as.example/device', 'URL_INVALID'],
    ['https://user:pass@as.example/device', 'URL_INVALID'],
    ['https://as.example\\@evil.example/', 'URL_INVALID'],
    ['http://as.example/device', 'URL_INSECURE'],
    ['http://127.0.0.1/device', 'URL_INSECURE'],
    ['https://as.example/de vice', 'DEVICE_RESPONSE_INVALID'],
    ['https://as.example/\u001b[2J', 'DEVICE_RESPONSE_INVALID'],
    ['https://as.example/\u202eevil', 'DEVICE_RESPONSE_INVALID'],
    ['https://аs.example/device', 'DEVICE_RESPONSE_INVALID'],
    [`https://as.example/${'x'.repeat(2048)}`, 'DEVICE_RESPONSE_INVALID'],
  ])('S-K15: refuses the verification_uri %j', async (verification_uri, code) => {
    expect((await refusalOf(initiate(started({ verification_uri })))).code).toBe(code)
  })

  it('a verification_uri of this machine is taken over http where the client allows that, and one with a fragment is taken', async () => {
    const verification_uri = 'http://localhost:3000/device'
    const client = createServer(started({ verification_uri })).client({ allowInsecure: 'loopback' })
    expect((await initiateDeviceAuthorization(client)).verification_uri).toBe(verification_uri)
    expect((await initiate(started({ verification_uri: 'https://as.example/#/device' }))).verification_uri).toBe(
      'https://as.example/#/device',
    )
  })

  it.each([
    'https://evil.example/device?user_code=WDJB-MJHT',
    'https://as.example.evil.example/device',
    'https://as.example:444/device',
    'https://as.example@evil.example/device',
    'http://as.example/device',
    'javascript:alert(1)',
    'https://as.example/\u202e',
    '/device?user_code=WDJB-MJHT',
    `https://as.example/${'x'.repeat(2048)}`,
    '',
    5,
  ])('S-K16: drops the verification_uri_complete %j, and says so in an event without the code', async (verification_uri_complete) => {
    const events: ClientEvent[] = []
    const client = createServer(started({ verification_uri_complete })).client({ onEvent: (event) => events.push(event) })
    const authorization = await initiateDeviceAuthorization(client)
    expect(authorization).not.toHaveProperty('verification_uri_complete')
    expect(authorization.user_code).toBe('WDJB-MJHT')
    const told = events.filter(({ type }) => type.startsWith('device:'))
    expect(told).toEqual([{ type: 'device:verification_uri_complete_dropped', verification_uri: 'https://as.example' }])
  })

  it('S-K16: keeps one of the same origin without a word', async () => {
    const events: ClientEvent[] = []
    const client = createServer(started()).client({ onEvent: (event) => events.push(event) })
    expect(await initiateDeviceAuthorization(client)).toHaveProperty('verification_uri_complete')
    expect(events.map(({ type }) => type)).toEqual(['request', 'response'])
  })
})

describe('polling (RFC 8628, sections 3.4 and 3.5)', () => {
  it('F-H5: sends the grant type, the device code and client_id, and gives the tokens', async () => {
    const { server, result } = await run([refused('authorization_pending'), issued({ scope: 'accounts' })])
    expect(await result).toMatchObject({ access_token: 'at', expires_at: startTime + 3610, scope: 'accounts' })
    expect(server.seen.map(({ at }) => at)).toEqual([0, 5, 10])
    expect(Object.fromEntries(server.seen[2]?.body ?? [])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: canary,
      client_id: 'tv',
    })
  })

  it('F-H5: takes further parameters, and refuses its own', async () => {
    const server = createServer(started(), issued())
    const client = server.client()
    const authorization = await initiateDeviceAuthorization(client)
    const refusal = await refusalOf(pollDeviceAuthorizationGrant(client, authorization, { parameters: { device_code: 'x' } }))
    expect(refusal.code).toBe('PARAMETER_RESERVED')
    await pollDeviceAuthorizationGrant(client, authorization, { parameters: { resource: ['https://a.example/', 'https://b.example/'] } })
    expect(server.seen[1]?.body.getAll('resource')).toEqual(['https://a.example/', 'https://b.example/'])
  })

  it('F-H5: what was stored as JSON goes on where it was', async () => {
    const server = createServer(started(), issued())
    const client = server.client()
    const stored = JSON.stringify(await initiateDeviceAuthorization(client))
    server.advance(590)
    expect(await pollDeviceAuthorizationGrant(client, JSON.parse(stored))).toMatchObject({ access_token: 'at' })
  })

  it.each([
    undefined,
    null,
    'x',
    {},
    { device_code: '' },
    { device_code: 5, expires_at: 1 },
    { device_code: 'x' },
    { device_code: 'x', expires_at: 'soon' },
  ])('F-H5: %j is no device authorization', async (value) => {
    const server = createServer(issued())
    const refusal = await refusalOf(pollDeviceAuthorizationGrant(server.client(), value as never))
    expect(refusal.code).toBe('DEVICE_AUTHORIZATION_INVALID')
    expect(server.seen).toEqual([])
  })

  it('F-H6: slow_down adds five seconds for good, authorization_pending goes on, and onPoll is told of every wait', async () => {
    const server = createServer(started(), refused('slow_down'), refused('authorization_pending'), refused('slow_down'), issued())
    const client = server.client()
    const waits: number[] = []
    await pollDeviceAuthorizationGrant(client, await initiateDeviceAuthorization(client), { onPoll: ({ nextIn }) => waits.push(nextIn) })
    expect(waits).toEqual([5, 10, 10, 15])
    expect(server.slept).toEqual(waits)
  })

  it.each([
    ['absent', undefined, 5],
    ['of 0', 0, 5],
    ['of -1', -1, 5],
    ['a string', '1', 5],
    ['of 0.01', 0.01, 1],
  ])('S-K01, S-K02, S-K03: an interval that is %s never makes a tight loop', async (_, interval, wait) => {
    const { server, result } = await run([refused('authorization_pending'), issued()], {}, { interval })
    await result
    expect(server.slept).toEqual([wait, wait])
  })

  it('S-K04: an interval of years ends with the code', async () => {
    const { server, result } = await run([issued()], {}, { interval: 1e9 })
    expect((await refusalOf(result)).code).toBe('POLL_EXPIRED')
    expect([server.slept, server.seen.length]).toEqual([[600], 1])
  })

  it.each<[string, Answer]>([
    ['S-K08: a connection that fails', new TypeError('fetch failed')],
    ['S-K08: a connection that times out', new DOMException('x', 'TimeoutError')],
    ['S-K09: status 500', { status: 500, body: {} }],
    ['S-K09: HTML with status 502', { status: 502, body: '<html>', headers: { 'content-type': 'text/html' } }],
    ['S-K09: HTML with status 200', { body: '<html>', headers: { 'content-type': 'text/html' } }],
  ])('%s is asked half as often each time, until all is well', async (_, broken) => {
    const { server, result } = await run([refused('authorization_pending'), broken, broken, refused('authorization_pending'), issued()])
    await result
    expect(server.slept).toEqual([5, 5, 10, 20, 5])
  })

  it('S-K08: it goes on until the code expires and no longer', async () => {
    const { server, result } = await run([new TypeError('fetch failed')])
    expect((await refusalOf(result)).code).toBe('POLL_EXPIRED')
    expect(server.slept).toEqual([5, 10, 20, 40, 80, 160, 285])
  })

  it.each([
    ['60', [5, 60, 5]],
    [new Date((startTime + 5 + 90) * 1000).toUTCString(), [5, 90, 5]],
    ['86400', [5, 595]],
  ])('S-K10, F-H7: Retry-After: %s is honoured up to the end of the code', async (value, slept) => {
    const { server, result } = await run([
      { status: 503, body: {}, headers: { 'retry-after': value } },
      refused('authorization_pending'),
      issued(),
    ])
    await result.catch(() => undefined)
    expect(server.slept).toEqual(slept)
  })

  it('F-H7: Retry-After is honoured on a pending answer as well', async () => {
    const { server, result } = await run([refused('authorization_pending', { headers: { 'retry-after': '30' } }), issued()])
    await result
    expect(server.slept).toEqual([5, 30])
  })

  it.each(['access_denied', 'expired_token', 'invalid_grant', 'invalid_client', 'vendor_error'])(
    'S-K12: %s ends it at once',
    async (error) => {
      const { server, result } = await run([refused('authorization_pending'), refused(error), issued()])
      expect(await refusalOf(result)).toMatchObject({ code: 'OAUTH_ERROR', error, operation: 'token' })
      expect(server.seen).toHaveLength(3)
    },
  )

  it('S-K13: the signal ends the wait at once, and nothing more is asked', async () => {
    const server = createServer(started(), refused('authorization_pending'))
    const controller = new AbortController()
    const client = server.client()
    const authorization = await initiateDeviceAuthorization(client)
    let waits = 0
    const refusal = await refusalOf(
      pollDeviceAuthorizationGrant(client, authorization, {
        signal: controller.signal,
        onPoll: () => {
          if (++waits === 2) controller.abort()
        },
      }),
    )
    expect([refusal.code, server.seen.length]).toEqual(['ABORTED', 2])
    expect((await refusalOf(pollDeviceAuthorizationGrant(client, authorization, { signal: AbortSignal.abort() }))).code).toBe('ABORTED')
    expect(server.seen).toHaveLength(2)
  })

  it('S-K13: the real clock leaves no timer behind', async () => {
    const countTimers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const controller = new AbortController()
    const client = createServer(started()).client({ clock: undefined })
    const authorization = await initiateDeviceAuthorization(client)
    const before = countTimers()
    const result = pollDeviceAuthorizationGrant(client, authorization, {
      signal: controller.signal,
      onPoll: () => queueMicrotask(() => controller.abort()),
    })
    expect((await refusalOf(result)).code).toBe('ABORTED')
    expect(countTimers()).toBe(before)
  })

  it('S-K18: after a sleep of the machine past the end, nothing is asked', async () => {
    const server = createServer(started(), issued())
    const client = server.client({ clock: { now: server.clock.now, sleep: async () => server.advance(10_000) } })
    const authorization = await initiateDeviceAuthorization(client)
    expect((await refusalOf(pollDeviceAuthorizationGrant(client, authorization))).code).toBe('POLL_EXPIRED')
    expect((await refusalOf(pollDeviceAuthorizationGrant(client, authorization))).message).toContain('expired already')
    expect(server.seen).toHaveLength(1)
  })

  it('S-K17: the device code stands in no error and in no event, whatever happens', async () => {
    const events: ClientEvent[] = []
    const echoes: Answer[] = [
      { status: 400, body: { error: 'invalid_grant' } },
      { status: 500, body: canary, headers: { 'content-type': 'text/plain' } },
      { body: { access_token: 5, device_code: canary } },
      new TypeError(`fetch failed: device_code=${canary}`),
      { body: `{"${canary}"` },
    ]
    for (const echo of echoes) {
      const server = createServer(started({ expires_in: 20 }), echo)
      const client = server.client({ onEvent: (event) => events.push(event) })
      const refusal = await refusalOf(pollDeviceAuthorizationGrant(client, await initiateDeviceAuthorization(client)))
      expect(inspect(refusal, { depth: 20, showHidden: true })).not.toContain(canary)
      expect(JSON.stringify(refusal)).not.toContain(canary)
    }
    for (const body of [{ user_code: undefined }, { expires_in: 0 }, { verification_uri: 'javascript:1' }])
      expect(inspect(await refusalOf(initiate(started(body))), { depth: 20, showHidden: true })).not.toContain(canary)
    expect(JSON.stringify(events)).not.toContain(canary)
    expect(JSON.stringify(events)).not.toContain('WDJB')
  })

  it('whatever the server sends, the wait is never shorter than a second and never beyond the end', async () => {
    const anything = fc.oneof(fc.double(), fc.integer(), fc.string(), fc.constant(null), fc.constant(undefined))
    await fc.assert(
      fc.asyncProperty(anything, fc.integer({ min: 2, max: 3000 }), async (interval, expires_in) => {
        const { server, result } = await run([refused('authorization_pending')], {}, { interval, expires_in })
        expect((await refusalOf(result)).code).toBe('POLL_EXPIRED')
        expect(server.clock.now() - startTime).toBeCloseTo(expires_in, 6)
        for (const wait of server.slept.slice(0, -1)) expect(wait).toBeGreaterThanOrEqual(1)
      }),
      { numRuns: 100 },
    )
  })
})

describe('the ID token (OpenID Connect Core 1.0, section 3.1.3.7)', () => {
  const openid = { scope: 'openid' }

  it('F-H5: is verified, and its claims are given', async () => {
    const { result } = await run([issued({ id_token: await idToken() })], openid)
    expect((await result).claims).toMatchObject({ sub: 'user-1', aud: 'tv' })
  })

  it.each([
    ['of another client', { aud: 'other' }, 'ID_TOKEN_AUDIENCE'],
    ['of another server', { iss: 'https://evil.example' }, 'ID_TOKEN_ISSUER'],
    ['that has expired', { exp: startTime - 100 }, 'ID_TOKEN_EXPIRED'],
  ])('F-H5: one %s is refused', async (_, claims, code) => {
    const { result } = await run([issued({ id_token: await idToken(claims) })], openid)
    expect((await refusalOf(result)).code).toBe(code)
  })

  it('F-H5: one with a broken signature is refused', async () => {
    const [header, claims] = (await idToken()).split('.')
    const { result } = await run([issued({ id_token: `${header}.${claims}.${'A'.repeat(86)}` })], openid)
    expect((await refusalOf(result)).code).toMatch(/SIGNATURE/)
  })

  it('F-H5: it must be there where openid was asked for, also after the value was stored', async () => {
    const { result, client, authorization } = await run([issued()], openid)
    expect((await refusalOf(result)).code).toBe('ID_TOKEN_MISSING')
    expect((await refusalOf(pollDeviceAuthorizationGrant(client, structuredClone(authorization)))).code).toBe('ID_TOKEN_MISSING')
  })

  it.each([
    ['without a nonce, and none was sent', undefined, undefined, true],
    ['with a nonce, and none was sent', undefined, 'n-1', false],
    ['with the nonce that was sent', 'n-1', 'n-1', true],
    ['with another nonce than the one that was sent', 'n-1', 'n-2', false],
    ['without the nonce that was sent', 'n-1', undefined, false],
  ])('S-E39: one %s: taken is %4$s', async (_, nonce, claimed, isTaken) => {
    const { result } = await run([issued({ id_token: await idToken({ nonce: claimed }) })], { ...openid, ...(nonce && { nonce }) })
    if (isTaken) expect((await result).claims?.nonce).toBe(claimed)
    else expect((await refusalOf(result)).code).toBe('ID_TOKEN_NONCE')
  })

  it('F-H5: max_age is checked against auth_time', async () => {
    const recent = await run([issued({ id_token: await idToken({ auth_time: startTime }) })], { ...openid, max_age: '60' })
    expect((await recent.result).claims?.auth_time).toBe(startTime)
    const old = await run([issued({ id_token: await idToken({ auth_time: startTime - 1000 }) })], { ...openid, max_age: '60' })
    expect((await refusalOf(old.result)).code).toMatch(/AUTH_TIME|MAX_AGE/)
  })

  it('F-H5: with requireAcr, acr must be one of the requested values; without, it may be any', async () => {
    const answers = [started(), issued({ id_token: await idToken({ acr: 'bronze' }) })]
    const parameters = { ...openid, acr_values: 'gold silver' }
    for (const requireAcr of [true, false]) {
      const client = createServer(...answers).client({ requireAcr })
      const result = pollDeviceAuthorizationGrant(client, await initiateDeviceAuthorization(client, parameters))
      if (requireAcr) expect((await refusalOf(result)).code).toMatch(/ACR/)
      else expect((await result).claims?.acr).toBe('bronze')
    }
  })

  it('with strictScope, more scope than was asked for is refused', async () => {
    const client = createServer(started(), issued({ scope: 'accounts admin' })).client({ strictScope: true })
    const authorization = await initiateDeviceAuthorization(client, { scope: 'accounts' })
    expect((await refusalOf(pollDeviceAuthorizationGrant(client, authorization))).code).toBe('SCOPE_WIDER')
  })
})
