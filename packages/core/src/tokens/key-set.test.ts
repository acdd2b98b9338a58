import fc from 'fast-check'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { signText } from '../../test/forge.js'
import { createIssuer, type Issuer, type IssuerSettings, jsonResponse } from '../../test/issuer.js'
import { deferred } from '../../test/probe.js'
import { expectNoSecret, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { type ClientEvent, type ClientOptions, createClient, validateIdToken } from '../index.js'
import { serverKeys } from '../plugin.js'

interface Settings extends IssuerSettings {
  readonly options?: Partial<ClientOptions>
}

async function createKeys({ options, ...settings }: Settings = {}) {
  const server = await createIssuer(settings)
  const events: ClientEvent[] = []
  const make = (more: Partial<ClientOptions> = {}) =>
    createClient(server.metadata, server.options({ onEvent: (event) => void events.push(event), ...options, ...more }))
  const client = make()
  return {
    server,
    client,
    events,
    make,
    find: (kid: unknown = 'key-1', signal?: AbortSignal) => serverKeys(client, signal).find({ alg: 'ES256', kid }),
    verify: async (kid?: string) =>
      validateIdToken(client, await server.idToken({}, kid === undefined ? {} : { kid }), { nonce: undefined }),
    requests: () => server.requestsTo('jwks').length,
    publish: (...keys: readonly unknown[]) => server.answer('jwks', jsonResponse({ keys })),
    outcomes: (outcome: string) => events.filter((event) => event.type === 'cache' && event.outcome === outcome),
  }
}

/** Another signing key of the same server. */
async function createKey(kid: string): Promise<{ key: CryptoKey; jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  return { key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid } }
}

function tokenOf(server: Issuer, key: CryptoKey, header: object): Promise<string> {
  const now = server.clock.now()
  return signText(key, { alg: 'ES256', ...header }, { iss: server.issuer, sub: 'user-1', aud: 'client-1', iat: now, exp: now + 300 })
}

describe('the key set is shared', () => {
  it('S-B03: 20 concurrent cold verifications make exactly one request', async () => {
    const { verify, requests } = await createKeys()
    await Promise.all(Array.from({ length: 20 }, () => verify()))
    expect(requests()).toBe(1)
  })

  it('by all clients of the process with the same fetch, and not beyond', async () => {
    const { make, server, requests } = await createKeys()
    for (const client of [make(), make({ client_id: 'client-2' })]) await serverKeys(client).find({ alg: 'ES256' })
    expect(requests()).toBe(1)
    await serverKeys(make({ fetch: (...request) => server.fetch(...request) })).find({ alg: 'ES256' })
    expect(requests()).toBe(2)
  })

  it('for five minutes, then it is fetched again, once', async () => {
    const { find, server, requests } = await createKeys()
    await find()
    server.clock.advance(239)
    await find()
    expect(requests()).toBe(1)
    server.clock.advance(61)
    await Promise.all([find(), find()])
    expect(requests()).toBe(2)
  })

  it('S-B04: in the last of its five minutes it is fetched anew, once, and nobody waits for that', async () => {
    const { find, server, requests } = await createKeys()
    await find()
    const { promise, resolve } = deferred<Response>()
    const { jwk } = await createKey('key-2')
    server.answer('jwks', () => promise)
    server.clock.advance(240)
    // The answer is still to come when all of these are served.
    for (let i = 0; i < 10; i++) expect(await find()).toHaveLength(1)
    resolve(jsonResponse({ keys: [server.publicJwk, jwk] }))
    await vi.waitFor(async () => expect(await find('key-2')).toHaveLength(1))
    server.clock.advance(239)
    await find()
    expect(requests()).toBe(2)
  })

  it('S-B04: a refresh that fails in the background is told, and the server left alone for two seconds', async () => {
    const { find, server, outcomes, requests } = await createKeys()
    await find()
    server.answer('jwks', new Response('', { status: 500 }))
    server.clock.advance(240)
    await find()
    await vi.waitFor(() => expect(outcomes('stale')).toHaveLength(1))
    server.clock.advance(1)
    await find()
    expect(requests()).toBe(2)
    server.clock.advance(1)
    await find()
    await vi.waitFor(() => expect(outcomes('stale')).toHaveLength(2))
    expect(requests()).toBe(3)
  })

  it('gives the very same keys after a look that found nothing new, and tells of no rotation', async () => {
    const { find, server, events } = await createKeys()
    const [first] = await find()
    server.clock.advance(300)
    const [second] = await find()
    expect(second).toBe(first)
    expect(events.filter(({ type }) => type === 'key_rotation')).toEqual([])
  })

  it('an abort lets go of the waiter, not of the request that others wait for', async () => {
    const { find, requests } = await createKeys()
    const controller = new AbortController()
    const waiting = find('key-1', controller.signal)
    const other = find()
    controller.abort(new Error('enough'))
    await expectRefusal(waiting, 'ABORTED', { says: ['jwks'] })
    expect(await other).toHaveLength(1)
    expect(requests()).toBe(1)
    const again = new AbortController()
    const looking = find('gone', again.signal)
    again.abort(new Error('enough'))
    await expectRefusal(looking, 'ABORTED', { says: ['the wait for jwks'] })
  })

  it('a clock that was set back does not keep a set forever', async () => {
    const { find, server, requests } = await createKeys()
    await find()
    server.clock.advance(-86_400)
    await find()
    await find()
    expect(requests()).toBe(2)
  })
})

describe('a key that is not in the set', () => {
  it('S-B01, F-K8: makes it look again, then is refused with its own code', async () => {
    const { verify, requests } = await createKeys()
    await verify()
    await expectRefusal(verify('gone'), 'ID_TOKEN_KEY', { says: ['"gone"', 'https://as.example/jwks'] })
    expect(requests()).toBe(2)
  })

  it('S-B02: 1,000 random kids at once make at most 3 requests', async () => {
    const { find, requests } = await createKeys()
    const found = await Promise.all(Array.from({ length: 1000 }, (_, i) => find(`random-${i}`)))
    expect(found.flat()).toEqual([])
    expect(requests()).toBeLessThanOrEqual(3)
  })

  it('S-B02: 1,000 random kids, one after the other, make 3 requests beside the first', async () => {
    const { find, requests } = await createKeys()
    for (let i = 0; i < 1000; i++) await find(`random-${i}`)
    expect(requests()).toBe(4)
  })

  it('S-B02: a random kid every second for 20 minutes makes 3 requests at once and 1 a minute: no more than 23 beside the first', async () => {
    const { find, server, requests } = await createKeys()
    await find()
    for (let second = 0; second < 1200; second++) {
      await find(`random-${second}`)
      server.clock.advance(1)
    }
    expect(requests() - 1).toBe(22)
    await find('random')
    expect(requests() - 1).toBe(23)
  })

  it('S-B02: whatever comes at whatever time, 3 requests and 1 a minute are the bound, and the known key always serves', async () => {
    const step = fc.record({ wait: fc.nat({ max: 200 }), kid: fc.constantFrom('key-1', 'a', 'b', 7, null) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { find, server, requests } = await createKeys()
        let elapsed = 0
        for (const { wait, kid } of steps) {
          server.clock.advance(wait)
          elapsed += wait
          expect(await find(kid)).toHaveLength(kid === 'key-1' ? 1 : 0)
          // One to begin with, one each five minutes as ever, and what the bucket gives.
          expect(requests()).toBeLessThanOrEqual(1 + Math.floor(elapsed / 300) + 3 + Math.floor(elapsed / 60))
        }
      }),
      { numRuns: 50 },
    )
  })

  it('S-B02: a full bucket begins to refill at the first look, and what is left of a minute counts for the next one', async () => {
    const { find, server, requests } = await createKeys()
    await find()
    const looked: number[] = []
    let time = 0
    for (const wait of [59, 0, 0, 0, 1, 58, 31, 29, 1]) {
      server.clock.advance(wait)
      time += wait
      const before = requests()
      await find(`random-${time}`)
      if (requests() > before) looked.push(time)
    }
    // Three at 59, the fourth there and those at 60 and 118 not; one at 149 for the minute that ended at 119, and one at 179.
    expect(looked).toEqual([59, 59, 59, 149, 179])
  })

  it('the bucket of one server is not emptied by tokens of another', async () => {
    const { find, server, make, requests } = await createKeys()
    for (let i = 0; i < 9; i++) await find(`random-${i}`)
    const before = requests()
    await find('once more')
    expect(requests()).toBe(before)
    const other = createClient({ ...server.metadata, issuer: 'https://other.example' }, server.options())
    await serverKeys(other).find({ alg: 'ES256', kid: 'random' })
    expect(requests()).toBe(before + 2)
    await serverKeys(make()).find({ alg: 'ES256', kid: 'random' })
    expect(requests()).toBe(before + 2)
  })

  it('a clock that was set back does not keep the bucket empty until it has caught up', async () => {
    const { find, server, requests } = await createKeys()
    for (let i = 0; i < 9; i++) await find(`random-${i}`)
    server.clock.advance(-86_400)
    await find('random')
    server.clock.advance(60)
    const before = requests()
    for (let i = 0; i < 9; i++) await find(`random-${i}`)
    expect(requests()).toBe(before + 1)
  })
})

describe('a rotation', () => {
  it('S-B23: a key of this second serves at once, and 100 concurrent callbacks make one request and no failure', async () => {
    const { verify, server, client, publish, requests, events } = await createKeys()
    await verify()
    const { key, jwk } = await createKey('key-2')
    publish(server.publicJwk, jwk)
    const token = await tokenOf(server, key, { kid: 'key-2' })
    const all = Array.from({ length: 100 }, (_, i) => (i % 2 ? verify() : validateIdToken(client, token, { nonce: undefined })))
    expect((await Promise.allSettled(all)).filter(({ status }) => status === 'rejected')).toEqual([])
    expect(requests()).toBe(2)
    expect(events).toContainEqual({ type: 'key_rotation', url: 'https://as.example/jwks', keys: 2 })
  })

  it('S-B23: several rotations within a minute fail nobody', async () => {
    const { server, client, publish, requests } = await createKeys()
    for (const kid of ['a', 'b', 'c']) {
      const { key, jwk } = await createKey(kid)
      publish(jwk)
      expect(await validateIdToken(client, await tokenOf(server, key, { kid }), { nonce: undefined })).toMatchObject({ sub: 'user-1' })
    }
    expect(requests()).toBe(3)
  })

  it('S-B23: a request that was under way before the rotation does not fail those who came after it', async () => {
    const { verify, server, client, requests } = await createKeys()
    await verify()
    const { key, jwk } = await createKey('key-2')
    const { promise, resolve } = deferred<Response>()
    server.answer(
      'jwks',
      () => promise,
      () => jsonResponse({ keys: [server.publicJwk, jwk] }),
    )
    const early = verify('gone')
    await vi.waitFor(() => expect(requests()).toBe(2))
    const token = await tokenOf(server, key, { kid: 'key-2' })
    const late = Array.from({ length: 100 }, () => validateIdToken(client, token, { nonce: undefined }))
    // It answers with what stood there when it was asked.
    resolve(jsonResponse({ keys: [server.publicJwk] }))
    await expectRefusal(early, 'ID_TOKEN_KEY')
    expect((await Promise.allSettled(late)).filter(({ status }) => status === 'rejected')).toEqual([])
    expect(requests()).toBe(3)
  })

  it('S-B23: nor does a refresh ahead of time that was under way', async () => {
    const { find, server, publish, requests } = await createKeys()
    await find()
    const { promise, resolve } = deferred<Response>()
    server.answer('jwks', () => promise)
    server.clock.advance(240)
    await find()
    await vi.waitFor(() => expect(requests()).toBe(2))
    const late = find('key-2')
    publish(server.publicJwk, (await createKey('key-2')).jwk)
    resolve(jsonResponse({ keys: [server.publicJwk] }))
    expect(await late).toHaveLength(1)
    expect(requests()).toBe(3)
  })

  it('a key that was taken away no longer serves after five minutes', async () => {
    const { verify, server, publish } = await createKeys()
    await verify()
    publish((await createKey('key-2')).jwk)
    server.clock.advance(300)
    await expectRefusal(verify(), 'ID_TOKEN_KEY')
  })
})

describe('a server in trouble', () => {
  const down = () => Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }))

  it('S-B04: while it is down, keys of the last hour still serve, and onEvent hears of it; later ones do not', async () => {
    const { verify, server, outcomes, requests } = await createKeys()
    await verify()
    server.answer('jwks', down)
    server.clock.advance(301)
    await verify()
    server.clock.advance(3298)
    await verify()
    // Each of the two times it is asked three times.
    expect(requests()).toBe(7)
    expect(outcomes('stale')).toHaveLength(2)
    const stale = { type: 'cache', operation: 'jwks', url: 'https://as.example/jwks', outcome: 'stale', code: 'NETWORK_ERROR' }
    expect(outcomes('stale')[0]).toEqual(stale)
    server.clock.advance(1)
    await expectRefusal(verify(), 'NETWORK_ERROR', { says: ['ECONNREFUSED'] })
  })

  it('S-B04: the stale set does not serve a waiter who has gone', async () => {
    const { find, server } = await createKeys()
    await find()
    server.clock.advance(301)
    await expectRefusal(find('key-1', AbortSignal.abort()), 'ABORTED')
  })

  it('S-B05: an empty set after a good one is an outage: an unknown key is refused, and the last good set still serves', async () => {
    const { verify, find, server, publish, outcomes } = await createKeys()
    await verify()
    publish()
    await expectRefusal(find('gone'), 'KEY_SET_INVALID', { says: ['not an empty one where there were keys before'] })
    await verify()
    server.clock.advance(301)
    await verify()
    expect(outcomes('stale')).toHaveLength(1)
    server.answer('jwks', (_, own) => own())
    await verify()
    expect(outcomes('stale')).toHaveLength(1)
  })

  it('a failure is not kept', async () => {
    const { verify, server } = await createKeys()
    server.answer('jwks', down, down, down, (_, own) => own())
    await expectRefusal(verify(), 'NETWORK_ERROR')
    await verify()
  })

  it('S-D50: a flap is not seen: after a reset it is asked again, a moment later by the clock of the client', async () => {
    const { verify, server, requests } = await createKeys()
    server.answer('jwks', down, new Response('', { status: 503 }), (_, own) => own())
    await verify()
    expect(requests()).toBe(3)
    expect(server.clock.slept).toHaveLength(2)
  })

  it('S-B02, S-D50: while it is down, random kids make no more requests than the bucket has, repetitions among them', async () => {
    const { find, server, requests } = await createKeys()
    await find()
    server.answer('jwks', down)
    for (let i = 0; i < 20; i++) await find(`random-${i}`).catch(() => undefined)
    expect(requests() - 1).toBe(3)
  })

  it('S-B04: a set that has had its hour does not come back when the clock is set back', async () => {
    const { verify, server } = await createKeys()
    await verify()
    server.answer('jwks', down)
    server.clock.advance(-86_400)
    await verify()
    server.clock.advance(3600)
    await expectRefusal(verify(), 'NETWORK_ERROR')
  })

  it('S-B25: a request that hangs ends after the timeout, lets its waiters go, and the next call asks again', async () => {
    const { make, server, requests } = await createKeys()
    server.answer(
      'jwks',
      () => new Promise<never>(() => {}),
      (_, own) => own(),
    )
    const impatient = make({ timeout: 0.001 })
    const waiting = [1, 2, 3].map(() => serverKeys(impatient).find({ alg: 'ES256' }))
    for (const waiter of waiting) await expectRefusal(waiter, 'TIMEOUT', { says: ['https://as.example/jwks', '0.001 seconds'] })
    expect(requests()).toBe(1)
    expect(await serverKeys(make()).find({ alg: 'ES256' })).toHaveLength(1)
    expect(requests()).toBe(2)
  })

  it.each([{}, [], null, 'keys', { keys: {} }, { keys: 'x' }, { jwks: [] }])('%o is no key set', async (document) => {
    const { verify, server } = await createKeys()
    server.answer('jwks', jsonResponse(document))
    const error = await expectRefusal(verify(), 'KEY_SET_INVALID', {
      says: ['https://as.example/jwks', 'an array named keys is wanted. Report it'],
    })
    expect(error.operation).toBe('jwks')
  })

  it('S-B22: a redirect is refused, and no second request made', async () => {
    const { verify, server, events } = await createKeys()
    server.answer('jwks', new Response(null, { status: 302, headers: { location: 'https://evil.example/jwks' } }))
    await expectRefusal(verify(), 'REDIRECT_REFUSED')
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]?.redirect).toBe('manual')
    expect(events).toContainEqual({ type: 'request', operation: 'jwks', url: 'https://as.example/jwks', method: 'GET', attempt: 1 })
  })

  it('S-B20: a set of 10 MB is refused', async () => {
    const { verify, publish } = await createKeys()
    publish({ kty: 'EC', pad: 'x'.repeat(10 << 20) })
    await expectRefusal(verify(), 'BODY_TOO_LARGE', { says: ['1048576 bytes'] })
  })

  it('S-B20: of 100,000 keys, the first 100 are looked at', async () => {
    const many = (server: Issuer, before: number) =>
      jsonResponse({ keys: [...Array(before).fill({ kty: 'EC' }), server.publicJwk, ...Array(100_000 - before).fill({ kty: 'EC' })] })
    const { verify, server } = await createKeys({ options: { limits: { body: 4 << 20 } } })
    server.answer('jwks', many(server, 100))
    await expectRefusal(verify(), 'ID_TOKEN_KEY')
    server.answer('jwks', many(server, 99))
    await verify()
  })

  it.each([['application/jwk-set+json'], ['application/json'], ['application/jwk-set+json; charset=utf-8']])(
    'the media type %s is a key set',
    async (type) => {
      const { verify, server } = await createKeys()
      server.answer('jwks', jsonResponse({ keys: [server.publicJwk] }, 200, { 'content-type': type }))
      await verify()
    },
  )

  it('text/html is none', async () => {
    const { verify, server } = await createKeys()
    server.answer('jwks', jsonResponse({ keys: [server.publicJwk] }, 200, { 'content-type': 'text/html' }))
    await expectRefusal(verify(), 'RESPONSE_CONTENT_TYPE', { says: ['text/html', 'application/jwk-set+json'] })
  })

  it('a server without jwks_uri cannot be verified', async () => {
    const { verify } = await createKeys({ metadata: { jwks_uri: undefined } })
    await expectRefusal(verify(), 'SERVER_METADATA_MISSING', { says: ['jwks_uri'] })
  })
})

describe('the choice of a key', () => {
  const off = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43), kid: 'key-1' }

  it.each<[string, string, unknown]>([
    ['S-B06', 'null', null],
    ['S-B06', 'a string', 'key'],
    ['S-B06', 'an array', []],
    ['S-B07', 'no kty', { kid: 'key-1' }],
    ['S-B07', 'an unknown kty', { kty: 'quantum', kid: 'key-1' }],
    ['S-B07', 'a malformed one', { kty: 'EC', crv: 'P-256', x: 7, kid: 'key-1' }],
    ['S-B15', 'a point off its curve', off],
    ['S-B15', 'coordinates of the wrong length', { ...off, x: 'AAAA' }],
  ])('%s: %s beside the good key does no harm', async (_, __, bad) => {
    const { verify, server, publish } = await createKeys()
    publish(bad, server.publicJwk)
    await verify()
  })

  it('S-B08: of two keys under one kid, both are tried, and of many a bounded number', async () => {
    const { verify, server, publish } = await createKeys()
    const others = await Promise.all(Array.from({ length: 4 }, async () => (await createKey('key-1')).jwk))
    publish(...others.slice(0, 1), server.publicJwk)
    await verify()
    server.clock.advance(300)
    publish(...others, server.publicJwk)
    await expectRefusal(verify(), 'ID_TOKEN_SIGNATURE')
  })

  it('S-B10: a token without kid is verified where one key fits, and also where that key has a kid', async () => {
    const { client, server, publish } = await createKeys()
    const { kid: _, ...anonymous } = server.publicJwk
    for (const jwk of [server.publicJwk, anonymous]) {
      publish({ kty: 'RSA', n: 'x'.repeat(342), e: 'AQAB' }, jwk)
      const token = await tokenOf(server, server.key, {})
      expect(await validateIdToken(client, token, { nonce: undefined })).toMatchObject({ sub: 'user-1' })
      server.clock.advance(300)
    }
  })

  it('a kid in the token that no key has: after looking again, keys without kid are tried (RFC 7517, 4.5: it is optional)', async () => {
    const { verify, server, publish, requests } = await createKeys()
    const { kid: _, ...anonymous } = server.publicJwk
    publish(anonymous, { ...(await createKey('key-2')).jwk })
    await verify()
    expect(requests()).toBe(2)
    for (let i = 0; i < 9; i++) await verify()
    expect(requests(), 'what is left of the bucket').toBe(4)
  })

  it('of keys without kid a bounded number is tried, and none where a key has the name', async () => {
    const { verify, server, publish, find } = await createKeys()
    const others = await Promise.all(Array.from({ length: 4 }, async () => ({ ...(await createKey('x')).jwk, kid: undefined })))
    const { kid: _, ...anonymous } = server.publicJwk
    publish(...others, anonymous)
    expect(await find('gone')).toHaveLength(4)
    await expectRefusal(verify(), 'ID_TOKEN_SIGNATURE')
    server.clock.advance(300)
    publish((await createKey('key-1')).jwk, anonymous)
    await expectRefusal(verify(), 'ID_TOKEN_SIGNATURE')
  })

  it('a kid that is no string names no key at all', async () => {
    const { find, server, publish } = await createKeys()
    const { kid: _, ...anonymous } = server.publicJwk
    publish(anonymous)
    for (const kid of [7, null, '', {}]) expect(await find(kid)).toEqual([])
  })

  it.each<[string, string, ErrorCode | undefined]>([
    ['its own issuer', 'https://as.example', undefined],
    ['another issuer', 'https://other.example', 'ID_TOKEN_KEY'],
    ['a template that fits', 'https://as.{tenantid}', undefined],
    ['a template that does not', 'https://as.example/{tenantid}', 'ID_TOKEN_KEY'],
    ['what is no issuer', 'CN=as', undefined],
  ])('S-B12: a key of many tenants that says %s (%s) signs for that one alone', async (_, issuer, code) => {
    const { verify, server, publish } = await createKeys()
    publish({ ...server.publicJwk, issuer })
    await (code ? expectRefusal(verify(), code) : verify())
  })

  it('S-B12: whoever asks for no issuer gets the keys of every tenant', async () => {
    const { find, server, publish } = await createKeys()
    publish({ ...server.publicJwk, issuer: 'https://other.example' }, { ...server.publicJwk, issuer: 'https://as.example/{tenantid}' })
    expect(await find('key-1')).toHaveLength(2)
  })

  it('S-B12: of many tenants, each key signs for the tenant that it names', async () => {
    const issuerTemplate = 'https://as.example/{tenantid}/v2.0'
    const settings = { metadata: { issuer: issuerTemplate }, options: { quirks: { issuerTemplate } } }
    const { client, server, publish } = await createKeys(settings)
    const tokenFor = (tid: string) => server.idToken({ iss: `https://as.example/${tid}/v2.0`, tid })
    publish({ ...server.publicJwk, issuer: 'https://as.example/consumers/v2.0' })
    expect(await validateIdToken(client, await tokenFor('consumers'), { nonce: undefined })).toMatchObject({ tid: 'consumers' })
    await expectRefusal(validateIdToken(client, await tokenFor('company'), { nonce: undefined }), 'ID_TOKEN_KEY')
    publish({ ...server.publicJwk, issuer: issuerTemplate })
    server.clock.advance(300)
    expect(await validateIdToken(client, await tokenFor('company'), { nonce: undefined })).toMatchObject({ tid: 'company' })
  })

  it.each<[string, object]>([
    ['S-B11', { use: 'enc' }],
    ['S-B11', { use: undefined, key_ops: ['sign'] }],
    ['S-B12', { alg: 'ES384' }],
    ['S-B12', { crv: 'P-384' }],
    ['S-B12', { kty: 'OKP' }],
    ['S-B16', { d: 'A'.repeat(43) }],
    ['S-B17', { kty: 'oct', k: 'A'.repeat(43) }],
  ])('%s: the right key with %o is never used', async (_, changes) => {
    const { verify, server, publish } = await createKeys()
    publish({ ...server.publicJwk, ...changes })
    await expectRefusal(verify(), 'ID_TOKEN_KEY')
  })

  it('S-B13: an RSA key of fewer than 2048 bits is never used', async () => {
    const { client, server, publish } = await createKeys({ metadata: { id_token_signing_alg_values_supported: ['RS256'] } })
    const short = (await crypto.subtle.generateKey(
      { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
      true,
      ['sign', 'verify'],
    )) as CryptoKeyPair
    publish({ ...(await crypto.subtle.exportKey('jwk', short.publicKey)), key_ops: undefined, kid: 'short' })
    const input = (await tokenOf(server, server.key, { alg: 'RS256', kid: 'short' })).replace(/\.[^.]*$/, '')
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', short.privateKey, new TextEncoder().encode(input))
    const token = `${input}.${Buffer.from(signature).toString('base64url')}`
    await expectRefusal(validateIdToken(client, token, { nonce: undefined }), 'ID_TOKEN_KEY', { says: ['alg RS256'] })
  })

  it('S-B16: a private key in the set is told to onEvent, without its address’s query, and the good key beside it serves', async () => {
    const { verify, server, publish, events } = await createKeys({ metadata: { jwks_uri: 'https://as.example/jwks?key=hidden' } })
    publish({ ...server.publicJwk, d: 'd'.repeat(43) }, server.publicJwk)
    await verify()
    expect(events).toContainEqual({ type: 'jwks:private_key', url: 'https://as.example/jwks' })
    expectNoSecret(events, ['d'.repeat(43), 'hidden'])
  })

  it('S-B16: of an honest set, none is told', async () => {
    const { verify, publish, server, events } = await createKeys()
    publish({ kty: 'EC', x: 'd' }, null, server.publicJwk)
    await verify()
    expect(events.map(({ type }) => type)).not.toContain('jwks:private_key')
  })

  it('S-B17: a token signed with a symmetric key of the set is refused', async () => {
    const { client, server, publish } = await createKeys({ metadata: { id_token_signing_alg_values_supported: ['HS256', 'ES256'] } })
    publish({ kty: 'oct', k: 'A'.repeat(43), kid: 'key-1' })
    const token = await tokenOf(server, server.key, { alg: 'HS256', kid: 'key-1' })
    await expectRefusal(validateIdToken(client, token, { nonce: undefined }), 'ID_TOKEN_ALGORITHM')
  })

  it('S-B19: an x5c that does not fit the key is ignored: no chain is trusted', async () => {
    const { verify, server, publish } = await createKeys()
    publish({ ...server.publicJwk, x5c: ['AAAA'], x5u: 'https://evil.example/chain' })
    await verify()
    expect(server.requestsTo('unknown')).toEqual([])
  })
})
