import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type FixedClock, fixedClock, jsonResponse } from '../../test/issuer.js'
import { expectNoSecret, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { type ClientEvent, discover, publicClient } from '../index.js'
import { discover as discoverOAuth } from '../oauth.js'
import { type DiscoveryOptions, discoverServer } from '../plugin.js'

const issuer = 'https://as.example'
const openid = `${issuer}/.well-known/openid-configuration`
const oauth = `${issuer}/.well-known/oauth-authorization-server`
const document = { issuer, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` }

type Answer = Response | (() => Response | Promise<Response>)

/** A network that knows these addresses; of several answers of one address each is given once, and the last one stays. Any other is a 404. */
function createNetwork(routes: Readonly<Record<string, Answer | readonly Answer[]>>) {
  const requests: { readonly url: string; readonly init: RequestInit }[] = []
  const queues = new Map(Object.entries(routes).map(([url, answers]) => [url, [answers].flat() as Answer[]]))
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    requests.push({ url: String(input), init })
    const queue = queues.get(String(input)) ?? []
    const answer = (queue.length > 1 ? queue.shift() : queue[0]) ?? new Response('gone', { status: 404 })
    return answer instanceof Response ? answer.clone() : answer()
  }
  const events: ClientEvent[] = []
  const clock: FixedClock = fixedClock()
  const options = { fetch, clock, onEvent: (event: ClientEvent) => void events.push(event) }
  return {
    requests,
    urls: () => requests.map(({ url }) => url),
    clock,
    events,
    options,
    find: (from: string | URL = issuer, more: DiscoveryOptions = {}) => discoverServer(from, { ...options, ...more }),
  }
}

const raw = (body: string | Uint8Array<ArrayBuffer>, type = 'application/json') => new Response(body, { headers: { 'content-type': type } })

describe('where the metadata is looked for', () => {
  it.each([
    [
      'https://op.example',
      'https://op.example/.well-known/openid-configuration',
      'https://op.example/.well-known/oauth-authorization-server',
    ],
    [
      'https://op.example/',
      'https://op.example/.well-known/openid-configuration',
      'https://op.example/.well-known/oauth-authorization-server',
    ],
    [
      'https://op.example/t1',
      'https://op.example/t1/.well-known/openid-configuration',
      'https://op.example/.well-known/oauth-authorization-server/t1',
    ],
    [
      'https://op.example/t1/',
      'https://op.example/t1/.well-known/openid-configuration',
      'https://op.example/.well-known/oauth-authorization-server/t1',
    ],
    [
      'https://op.example:8443/a/b',
      'https://op.example:8443/a/b/.well-known/openid-configuration',
      'https://op.example:8443/.well-known/oauth-authorization-server/a/b',
    ],
  ])('S-A29, F-B2, F-B3: of %s at %s, then at %s', async (from, first, second) => {
    const network = createNetwork({ [second]: jsonResponse({ issuer: from }) })
    expect(await network.find(from)).toEqual({ issuer: from })
    expect(network.urls()).toEqual([first, second])
    const plain = createNetwork({ [first]: jsonResponse({ issuer: from }) })
    expect(await plain.find(from, { prefer: 'oauth-authorization-server' })).toEqual({ issuer: from })
    expect(plain.urls()).toEqual([second, first])
  })

  it('of any path: the terminating slash is removed, the rest kept as it is, and one of the two places inserts it, the other appends', async () => {
    const segment = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.~'), minLength: 1 }).filter((text) => !/^\.+$/.test(text))
    await fc.assert(
      fc.asyncProperty(fc.array(segment, { maxLength: 4 }), fc.boolean(), async (segments, slash) => {
        const path = segments.map((text) => `/${text}`).join('')
        const from = `https://op.example${path}${slash ? '/' : ''}`
        const network = createNetwork({})
        await expectRefusal(network.find(from), 'HTTP_STATUS')
        expect(network.urls()).toEqual([
          `https://op.example${path}/.well-known/openid-configuration`,
          `https://op.example/.well-known/oauth-authorization-server${path}`,
        ])
      }),
      { numRuns: 100 },
    )
  })

  it('discover of @oidc/core asks for the OpenID place first, the one of @oidc/core/oauth for the OAuth place', async () => {
    for (const [make, first] of [
      [discover, openid],
      [discoverOAuth, oauth],
    ] as const) {
      const network = createNetwork({ [first]: jsonResponse(document) })
      const client = await make(issuer, { client_id: 'client-1', authentication: publicClient(), ...network.options })
      expect(client.server).toEqual(document)
      expect(network.urls()).toEqual([first])
    }
  })

  it('asks for JSON with GET, follows no redirect and sends nothing of the client', async () => {
    const network = createNetwork({ [openid]: jsonResponse(document) })
    await network.find()
    expect(network.requests[0]?.init).toMatchObject({ method: 'GET', redirect: 'manual', headers: { accept: 'application/json' } })
    expect(network.requests[0]?.init.body).toBeUndefined()
  })

  it.each([400, 401, 403, 410, 500, 501])('a %d is no 404: the second place is not tried', async (status) => {
    const network = createNetwork({ [openid]: new Response('', { status }), [oauth]: jsonResponse(document) })
    await expectRefusal(network.find(), 'HTTP_STATUS', { says: [String(status), openid] })
    expect(network.urls()).toEqual([openid])
  })

  it('where neither place has it, the error is that of the first', async () => {
    const network = createNetwork({})
    const { http } = await expectRefusal(network.find(), 'HTTP_STATUS', { says: [openid, '404'] })
    expect(http).toMatchObject({ status: 404, url: openid })
    expect(network.urls()).toEqual([openid, oauth])
  })

  it('where the second place fails otherwise, the error is that of the second', async () => {
    const network = createNetwork({ [oauth]: new Response('', { status: 500 }) })
    await expectRefusal(network.find(), 'HTTP_STATUS', { says: [oauth, '500'] })
  })

  it('a 404 that says its error in JSON is a 404 too', async () => {
    const network = createNetwork({ [openid]: jsonResponse({ error: 'not_found' }, 404), [oauth]: jsonResponse(document) })
    expect(await network.find()).toEqual(document)
  })

  describe('metadataUrl', () => {
    const metadataUrl = `${issuer}/odd/place?tenant=hidden`

    it('is the only place that is asked', async () => {
      const network = createNetwork({ [metadataUrl]: jsonResponse(document), [openid]: jsonResponse({}) })
      expect(await network.find(issuer, { metadataUrl })).toEqual(document)
      expect(await network.find(issuer, { metadataUrl: new URL(metadataUrl) })).toEqual(document)
      expect(network.urls()).toEqual([metadataUrl])
      expectNoSecret(network.events, ['hidden'])
    })

    it('F-B4: the issuer is checked all the same', async () => {
      const network = createNetwork({ [metadataUrl]: jsonResponse({ issuer: 'https://evil.example' }) })
      await expectRefusal(network.find(issuer, { metadataUrl }), 'ISSUER_MISMATCH', { secrets: ['hidden'] })
    })

    it.each<[string, ErrorCode]>([
      ['http://as.example/odd', 'URL_INSECURE'],
      ['/odd', 'URL_INVALID'],
      ['javascript:x', 'URL_INVALID'],
    ])('%s is refused before any request', async (url, code) => {
      const network = createNetwork({})
      await expectRefusal(network.find(issuer, { metadataUrl: url }), code, { says: ['metadataUrl'] })
      expect(network.requests).toEqual([])
    })
  })

  it.each<[unknown, ErrorCode]>([
    ['http://as.example', 'URL_INSECURE'],
    ['http://localhost:3000', 'URL_INSECURE'],
    [new URL('http://as.example'), 'URL_INSECURE'],
    ['as.example', 'URL_INVALID'],
    ['https://user:pw@as.example', 'URL_INVALID'],
    ['https://as.example#x', 'URL_INVALID'],
    ['https://as.example?x', 'SERVER_METADATA_INVALID'],
    ['', 'URL_INVALID'],
    [undefined, 'URL_INVALID'],
    [null, 'URL_INVALID'],
    [7, 'URL_INVALID'],
    [{ href: issuer }, 'URL_INVALID'],
    [[issuer], 'URL_INVALID'],
  ])('S-A07, S-A08: %o is refused before any request', async (from, code) => {
    const network = createNetwork({})
    await expectRefusal(discoverServer(from as string, network.options), code, { says: ['issuer'] })
    expect(network.requests).toEqual([])
  })

  it("S-A08: http on this very machine is found with allowInsecure: 'loopback'", async () => {
    const local = 'http://127.0.0.1:3000'
    const network = createNetwork({
      [`${local}/.well-known/openid-configuration`]: jsonResponse({ issuer: local, token_endpoint: `${local}/token` }),
    })
    expect(await network.find(local, { allowInsecure: 'loopback' })).toMatchObject({ issuer: local })
    await expectRefusal(network.find(local), 'URL_INSECURE')
  })
})

describe('the issuer', () => {
  it.each([
    ['another host', 'https://evil.example'],
    ['S-A03: another case', 'https://AS.example'],
    ['S-A03: the port spelled out', 'https://as.example:443'],
    ['a path', 'https://as.example/t1'],
    ['S-R09: a letter that looks the same', 'https://аs.example'],
  ])('F-B5: of %s is refused: it MUST be identical (RFC 8414, 3.3)', async (_, seen) => {
    const network = createNetwork({ [openid]: jsonResponse({ issuer: seen }) })
    await expectRefusal(network.find(), 'ISSUER_MISMATCH', {
      says: [`"${seen}"`, `"${issuer}" was asked for`, 'exactly as the server spells it, if that is the server you mean'],
    })
    await expectRefusal(network.find(), 'ISSUER_MISMATCH')
    expect(network.urls(), 'nothing is kept').toEqual([openid, openid])
  })

  it.each([
    [issuer, `${issuer}/`],
    [`${issuer}/`, issuer],
    [`${issuer}/t1`, `${issuer}/t1/`],
  ])('%s is not %s, and the message says that it is the slash', async (asked, seen) => {
    const place = asked.includes('t1') ? `${issuer}/t1/.well-known/openid-configuration` : openid
    const network = createNetwork({ [place]: jsonResponse({ issuer: seen }) })
    await expectRefusal(network.find(asked), 'ISSUER_MISMATCH', { says: [`"${seen}"`, `"${asked}"`, 'the slash at the end'] })
  })

  it('of a URL, the lone slash is not taken to be part of it unless the server says so', async () => {
    for (const seen of [issuer, `${issuer}/`]) {
      const network = createNetwork({ [openid]: jsonResponse({ issuer: seen }) })
      expect((await network.find(new URL(issuer))).issuer).toBe(seen)
    }
    const network = createNetwork({ [`${issuer}/t1/.well-known/openid-configuration`]: jsonResponse({ issuer: `${issuer}/t1/` }) })
    await expectRefusal(network.find(new URL(`${issuer}/t1`)), 'ISSUER_MISMATCH')
  })

  it('what a URL may find, a string does not take from the cache', async () => {
    const network = createNetwork({ [openid]: jsonResponse({ issuer: `${issuer}/` }) })
    await network.find(new URL(issuer))
    await expectRefusal(network.find(issuer), 'ISSUER_MISMATCH')
  })

  it('of any other text than what was asked for is refused', async () => {
    const other = fc.oneof(
      fc.webUrl(),
      fc.string(),
      fc.constantFrom(`${issuer}/`, ` ${issuer}`, `${issuer}?`, issuer.toUpperCase()),
      fc.jsonValue(),
    )
    await fc.assert(
      fc.asyncProperty(other, async (seen) => {
        fc.pre(seen !== issuer)
        const network = createNetwork({ [openid]: jsonResponse({ issuer: seen }) })
        const error = await network.find().catch((thrown: unknown) => thrown)
        expect(error).toHaveProperty(
          'code',
          expect.stringMatching(/^(?:ISSUER_MISMATCH|SERVER_METADATA_INVALID|URL_INVALID|URL_INSECURE)$/),
        )
      }),
    )
  })
})

describe('the cache', () => {
  it('F-U8: reads a clock as a method of its object, which may be of a class', async () => {
    class Watch {
      readonly time = 1_800_000_000
      now() {
        return this.time
      }
      async sleep() {}
    }
    const network = createNetwork({ [openid]: jsonResponse(document) })
    expect(await network.find(issuer, { clock: new Watch() })).toEqual(document)
  })

  it('keeps metadata for an hour and gives the very same object', async () => {
    const network = createNetwork({ [openid]: jsonResponse(document) })
    const first = await network.find()
    network.clock.advance(2879)
    expect(await network.find()).toBe(first)
    expect(network.urls()).toEqual([openid])
    expect(network.events.at(-1)).toEqual({ type: 'cache', operation: 'discovery', url: openid, outcome: 'hit' })
    network.clock.advance(721)
    expect(await network.find()).toEqual(first)
    expect(network.urls()).toEqual([openid, openid])
  })

  it('a clock that was set back does not keep it forever', async () => {
    const network = createNetwork({ [openid]: jsonResponse(document) })
    await network.find()
    network.clock.advance(-1)
    await network.find()
    expect(network.requests).toHaveLength(2)
  })

  it('50 clients that start at once make one request', async () => {
    const network = createNetwork({ [openid]: jsonResponse(document) })
    const all = await Promise.all(Array.from({ length: 50 }, () => network.find()))
    expect(network.requests).toHaveLength(1)
    expect(new Set(all).size).toBe(1)
  })

  it('is one for each fetch: two functions may see two networks', async () => {
    const one = createNetwork({ [openid]: jsonResponse(document) })
    const other = createNetwork({ [openid]: jsonResponse({ issuer, other: true }) })
    expect(await one.find()).toEqual(document)
    expect(await other.find()).toEqual({ issuer, other: true })
  })

  it('the fetch of the platform is looked up at each call, for tests and instrumentation replace it', async () => {
    const from = 'https://global.example'
    const network = createNetwork({ [`${from}/.well-known/openid-configuration`]: jsonResponse({ issuer: from }) })
    vi.stubGlobal('fetch', network.options.fetch)
    try {
      expect(await discoverServer(from)).toEqual({ issuer: from })
      expect(network.requests).toHaveLength(1)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('S-A34: shares a failure among those who wait, keeps it for two seconds, and then asks again', async () => {
    const network = createNetwork({ [openid]: [new Response('', { status: 500 }), jsonResponse(document)] })
    const waiting = Array.from({ length: 20 }, () => network.find())
    for (const waiter of waiting) await expectRefusal(waiter, 'HTTP_STATUS')
    network.clock.advance(1)
    await expectRefusal(network.find(), 'HTTP_STATUS')
    expect(network.requests).toHaveLength(1)
    network.clock.advance(1)
    expect(await network.find()).toEqual(document)
  })

  it('S-A34, F-U7: while the server stays down it is left alone for two, four, eight, then never more than ten seconds', async () => {
    const network = createNetwork({ [openid]: new Response('', { status: 500 }) })
    const asked: number[] = []
    const start = network.clock.now()
    for (let second = 0; second < 50; second++) {
      const before = network.requests.length
      await expectRefusal(network.find(), 'HTTP_STATUS')
      if (network.requests.length > before) asked.push(network.clock.now() - start)
      network.clock.advance(1)
    }
    expect(asked).toEqual([0, 2, 6, 14, 24, 34, 44])
  })

  it('S-A34: one success is enough, and the next failure is kept for two seconds again', async () => {
    const down = new Response('', { status: 500 })
    const network = createNetwork({ [openid]: [down, down, jsonResponse(document), down] })
    for (const wait of [2, 4]) {
      await expectRefusal(network.find(), 'HTTP_STATUS')
      network.clock.advance(wait)
    }
    expect(await network.find()).toEqual(document)
    network.clock.advance(7200)
    await expectRefusal(network.find(), 'HTTP_STATUS')
    network.clock.advance(2)
    await expectRefusal(network.find(), 'HTTP_STATUS')
    expect(network.requests).toHaveLength(5)
  })

  it('S-A34: a clock that was set back does not keep a failure forever', async () => {
    const network = createNetwork({ [openid]: [new Response('', { status: 500 }), jsonResponse(document)] })
    await expectRefusal(network.find(), 'HTTP_STATUS')
    network.clock.advance(-86_400)
    expect(await network.find()).toEqual(document)
  })

  it('F-U7: shortly before the hour is over it is loaded anew, once, and nobody waits for that', async () => {
    const newer = { ...document, revocation_endpoint: `${issuer}/revoke` }
    const network = createNetwork({ [openid]: [jsonResponse(document), jsonResponse(newer)] })
    const first = await network.find()
    network.clock.advance(2880)
    expect(await Promise.all([network.find(), network.find()])).toEqual([first, first])
    expect(network.requests).toHaveLength(2)
    await vi.waitFor(async () => expect(await network.find()).toEqual(newer))
    expect(network.requests).toHaveLength(2)
  })

  it('F-U7: while the server is down, the metadata of the last two hours still serves, onEvent hears of each failure once, and then no more', async () => {
    const network = createNetwork({ [openid]: [jsonResponse(document), new Response('', { status: 500 })] })
    const first = await network.find()
    network.clock.advance(3600)
    expect(await Promise.all([network.find(), network.find()])).toEqual([first, first])
    expect(await network.find()).toBe(first)
    const stale = { type: 'cache', operation: 'discovery', url: openid, outcome: 'stale', code: 'HTTP_STATUS' }
    const told = () => network.events.filter((event) => event.type === 'cache' && event.outcome === 'stale')
    expect(told()).toEqual([stale])
    expect(network.requests).toHaveLength(2)
    network.clock.advance(3599)
    expect(await network.find()).toBe(first)
    expect(told()).toEqual([stale, stale])
    network.clock.advance(4)
    await expectRefusal(network.find(), 'HTTP_STATUS')
  })

  it('F-U7: a failure in the background is nobody’s, and is told', async () => {
    const network = createNetwork({ [openid]: [jsonResponse(document), new Response('', { status: 500 })] })
    const first = await network.find()
    network.clock.advance(2880)
    expect(await network.find()).toBe(first)
    await vi.waitFor(() => expect(network.events).toContainEqual(expect.objectContaining({ outcome: 'stale', code: 'HTTP_STATUS' })))
  })

  it.each<[string, object, ErrorCode]>([
    ['its issuer', { issuer: 'https://evil.example' }, 'ISSUER_MISMATCH'],
    ['its issuer to that of another tenant', { issuer: `${issuer}/t2` }, 'ISSUER_MISMATCH'],
    ['the host of its keys', { jwks_uri: 'https://evil.example/jwks' }, 'SERVER_METADATA_INVALID'],
    ['the port of its keys', { jwks_uri: `${issuer}:8443/jwks` }, 'SERVER_METADATA_INVALID'],
    ['its keys to none', { jwks_uri: undefined }, 'SERVER_METADATA_INVALID'],
    ['its keys to an address without TLS', { jwks_uri: 'http://as.example/jwks' }, 'URL_INSECURE'],
    ['an endpoint to a script', { token_endpoint: 'javascript:alert(1)' }, 'URL_INVALID'],
  ])(
    'S-A27: a document that changes %s when it is loaded anew is not believed: the last good one serves as a whole, and onEvent hears of it',
    async (_, changes, code) => {
      const network = createNetwork({ [openid]: [jsonResponse(document), jsonResponse({ ...document, ...changes, other: true })] })
      const first = await network.find()
      network.clock.advance(3600)
      expect(await network.find()).toBe(first)
      expect(network.events).toContainEqual({ type: 'cache', operation: 'discovery', url: openid, outcome: 'stale', code })
      network.clock.advance(3599)
      expect(await network.find()).toBe(first)
    },
  )

  it('S-A27: a move of the keys within their host is taken at once, and one to another host when the last good document has had its time', async () => {
    const within = { ...document, jwks_uri: `${issuer}/keys` }
    const beyond = { ...document, jwks_uri: 'https://keys.example/' }
    const network = createNetwork({ [openid]: [jsonResponse(document), jsonResponse(within), jsonResponse(beyond)] })
    await network.find()
    network.clock.advance(3600)
    expect(await network.find()).toEqual(within)
    network.clock.advance(7199)
    expect(await network.find()).toEqual(within)
    network.clock.advance(1)
    expect(await network.find()).toEqual(beyond)
  })

  it('an abort lets go of the waiter, not of the request that others wait for', async () => {
    const network = createNetwork({ [openid]: jsonResponse(document) })
    const controller = new AbortController()
    const waiting = network.find(issuer, { signal: controller.signal })
    const other = network.find()
    controller.abort()
    await expectRefusal(waiting, 'ABORTED', { says: ['discovery'] })
    expect(await other).toEqual(document)
    expect(network.requests).toHaveLength(1)
    await expectRefusal(
      discover(issuer, { client_id: 'c', authentication: publicClient(), ...createNetwork({}).options }, { signal: AbortSignal.abort() }),
      'ABORTED',
    )
  })
})

describe('a server that answers badly', () => {
  it.each<[string, string, Answer, ErrorCode, readonly string[]]>([
    ['S-A14', 'a redirect', new Response(null, { status: 302, headers: { location: `${issuer}/elsewhere` } }), 'REDIRECT_REFUSED', ['302']],
    [
      'S-A14',
      'a redirect',
      new Response(null, { status: 307, headers: { location: 'https://evil.example' } }),
      'REDIRECT_REFUSED',
      ['307'],
    ],
    ['S-A16', 'an array', jsonResponse([document]), 'SERVER_METADATA_INVALID', ['not a JSON object']],
    ['S-A16', 'null', jsonResponse(null), 'SERVER_METADATA_INVALID', ['not a JSON object']],
    ['S-A16', 'a string', jsonResponse('text'), 'SERVER_METADATA_INVALID', ['not a JSON object']],
    ['S-A19', 'two issuers', raw(`{"issuer":"${issuer}","issuer":"${issuer}"}`), 'RESPONSE_MALFORMED', ['appears twice']],
    [
      'S-A19',
      'two key sets',
      raw(`{"issuer":"${issuer}","jwks_uri":"${issuer}/a","jwks_ur\\u0069":"${issuer}/b"}`),
      'RESPONSE_MALFORMED',
      ['twice'],
    ],
    ['S-A21', 'bytes that are no UTF-8', raw(new Uint8Array([0x7b, 0xff, 0x7d])), 'RESPONSE_MALFORMED', ['not UTF-8']],
    [
      'S-A21',
      'UTF-16',
      raw(new Uint8Array([...`{"issuer":"${issuer}"}`].flatMap((letter) => [letter.charCodeAt(0), 0]))),
      'RESPONSE_MALFORMED',
      [],
    ],
    ['S-A16', 'half a document', raw('{"issuer":'), 'RESPONSE_MALFORMED', ['not JSON']],
    ['S-A16', 'nothing', raw(''), 'RESPONSE_MALFORMED', []],
    ['S-A16', 'a page of HTML', raw('<html>', 'text/html'), 'RESPONSE_CONTENT_TYPE', ['text/html', 'application/json is wanted']],
    [
      'S-A16',
      'no content type',
      new Response(new TextEncoder().encode(JSON.stringify(document))),
      'RESPONSE_CONTENT_TYPE',
      ['no or an unreadable'],
    ],
    ['S-A16', 'a status of 201', jsonResponse(document, 201), 'HTTP_STATUS', ['201', '200 is wanted']],
  ])('%s: %s is refused, and nothing else is asked for', async (_, __, answer, code, says) => {
    const network = createNetwork({ [openid]: answer, [oauth]: jsonResponse(document) })
    await expectRefusal(network.find(), code, { says })
    expect(network.urls()).toEqual([openid])
  })

  it.each<[string, Answer, ErrorCode, string]>([
    ['a connection that breaks', () => Promise.reject(new TypeError('fetch failed')), 'NETWORK_ERROR', 'could not be reached'],
    ['a 503', new Response('', { status: 503 }), 'HTTP_STATUS', '503'],
  ])('S-A18: %s is asked for twice more, then refused, and the second place is not tried', async (_, answer, code, says) => {
    const network = createNetwork({ [openid]: answer, [oauth]: jsonResponse(document) })
    await expectRefusal(network.find(), code, { says: [says] })
    expect(network.urls()).toEqual([openid, openid, openid])
  })

  it('S-A22: one byte order mark is ignored', async () => {
    const network = createNetwork({ [openid]: raw(`\ufeff${JSON.stringify(document)}`) })
    expect(await network.find()).toEqual(document)
  })

  it('S-A20: a member named __proto__ gives no inherited default', async () => {
    const network = createNetwork({ [openid]: raw(`{"issuer":"${issuer}","__proto__":{"token_endpoint":"https://evil.example/token"}}`) })
    expect((await network.find()).token_endpoint).toBeUndefined()
  })

  it('S-A17: of a document of 100 MB no more than the limit is read', async () => {
    let pulled = 0
    const chunk = new Uint8Array(1 << 16)
    const body = () =>
      new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull(controller) {
          pulled += chunk.length
          if (pulled > 100 << 20) controller.close()
          else controller.enqueue(chunk)
        },
      })
    const network = createNetwork({ [openid]: () => new Response(body(), { headers: { 'content-type': 'application/json' } }) })
    await expectRefusal(network.find(), 'BODY_TOO_LARGE', { says: ['1048576 bytes', 'limits.body'] })
    expect(pulled).toBeLessThan((1 << 20) + 4 * chunk.length)
  })

  it('S-A17: the limit is an option', async () => {
    const network = createNetwork({ [openid]: jsonResponse({ ...document, pad: 'x'.repeat(1000) }) })
    await expectRefusal(network.find(issuer, { limits: { body: 1000 } }), 'BODY_TOO_LARGE', { says: ['1000 bytes'] })
  })

  it.each([
    ['never answers', () => new Promise<Response>(() => {})],
    ['never ends its body', () => new Response(new ReadableStream(), { headers: { 'content-type': 'application/json' } })],
  ])('S-A18: one that %s ends with a timeout', async (_, answer) => {
    const network = createNetwork({ [openid]: answer })
    const { retryable } = await expectRefusal(network.find(issuer, { timeout: 0.001 }), 'TIMEOUT', { says: [openid, '0.001 seconds'] })
    expect(retryable).toBe(true)
    expect(network.requests).toHaveLength(1)
  })

  it('S-A18: ten seconds are the default', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const network = createNetwork({ [openid]: () => new Promise<Response>(() => {}) })
      let isSettled = false
      const waiting = network.find().finally(() => {
        isSettled = true
      })
      const refusal = expectRefusal(waiting, 'TIMEOUT', { says: ['within 10 seconds'] })
      await vi.advanceTimersByTimeAsync(9999)
      expect(isSettled).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      await refusal
    } finally {
      vi.useRealTimers()
    }
  })

  it('a document that names an endpoint by http makes no client', async () => {
    const network = createNetwork({ [openid]: jsonResponse({ ...document, token_endpoint: 'http://as.example/token' }) })
    await expectRefusal(network.find(), 'URL_INSECURE', { says: ['token_endpoint'] })
  })
})

describe('an issuer with an encoded path', () => {
  const encoded = `${issuer}/a%2Fb`
  const place = `${encoded}/.well-known/openid-configuration`

  it('S-R10: %2F is never decoded into the path, and the issuer compared as it is spelled (RFC 3986, 6.2.2)', async () => {
    const { find, urls } = createNetwork({ [place]: jsonResponse({ ...document, issuer: encoded }) })
    expect((await find(encoded)).issuer).toBe(encoded)
    expect(urls()).toEqual([place])
  })

  it.each([`${issuer}/a%2fb`, `${issuer}/a/b`, `${issuer}/a%252Fb`])('S-R10: %s is another issuer', async (other) => {
    const { find } = createNetwork({ [place]: jsonResponse({ ...document, issuer: other }) })
    await expectRefusal(find(encoded), 'ISSUER_MISMATCH', { says: [other, encoded] })
  })
})
