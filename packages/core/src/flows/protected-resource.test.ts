import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIssuer } from '../../test/issuer.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { type ClientEvent, type ClientOptions, createClient, fetchProtectedResource, type Plugin, type ResourceInit } from '../index.js'

const tokens = { access_token: canaries.token, token_type: 'Bearer' }

async function createCaller(options: Partial<ClientOptions> = {}) {
  const server = await createIssuer()
  const events: ClientEvent[] = []
  const client = createClient(server.metadata, server.options({ onEvent: (event) => void events.push(event), ...options }))
  return {
    server,
    client,
    events,
    call: (init?: ResourceInit, url: string | URL = server.resource) => fetchProtectedResource(client, tokens, url, init),
    sent: () => server.requests.at(-1),
  }
}

describe('fetchProtectedResource (RFC 6750, 2.1)', () => {
  it('F-J9: calls the API with the token in the Authorization header, and gives its Response', async () => {
    const { call, server, sent, events } = await createCaller()
    const response = await call({ headers: { 'x-own': '1', accept: 'text/plain' } }, new URL(`${server.resource}?id=${canaries.email}`))
    expect(await response.json()).toEqual({ things: [] })
    expect(sent()).toMatchObject({
      method: 'GET',
      url: `https://api.example/things?id=${canaries.email}`,
      redirect: 'manual',
    })
    expect(sent()?.headers).toMatchObject({ authorization: `Bearer ${canaries.token}`, 'x-own': '1', accept: 'text/plain' })
    expect(JSON.stringify(events)).not.toContain('canary')
  })

  it.each<[string, () => ResourceInit['body'], string]>([
    ['a string', () => 'text', 'text'],
    ['URLSearchParams', () => new URLSearchParams({ a: '1 2' }), 'a=1+2'],
    ['an ArrayBuffer', () => new TextEncoder().encode('text').buffer as ArrayBuffer, 'text'],
    ['a typed array', () => new TextEncoder().encode('text'), 'text'],
    ['a Blob', () => new Blob(['text']), 'text'],
    ['a stream', () => new Blob(['text']).stream(), 'text'],
  ])('F-J9: sends %s as the body', async (_, body, text) => {
    const { call, sent } = await createCaller()
    await call({ method: 'post', body: body() })
    expect(sent()).toMatchObject({ method: 'POST', body: text })
  })

  it('F-J12: the headers that are not the caller’s are refused in any case and shape, and their values never shown', async () => {
    const { call, server } = await createCaller()
    const name = fc.constantFrom('authorization', 'dpop', 'host', 'cookie')
    const cased = fc
      .tuple(name, fc.infiniteStream(fc.boolean()))
      .map(([text, upper]) => [...text].map((letter) => (upper.next().value ? letter.toUpperCase() : letter)).join(''))
    const shape = fc.constantFrom(
      (key: string) => ({ [key]: canaries.secret }),
      (key: string) => [[key, canaries.secret]] as [string, string][],
      (key: string) => new Headers({ [key]: canaries.secret }),
    )
    await fc.assert(
      fc.asyncProperty(cased, shape, async (key, make) => {
        await expectRefusal(call({ headers: make(key) }), 'HEADER_RESERVED', { says: [`The header ${key.toLowerCase()} `] })
      }),
      { numRuns: 50 },
    )
    expect(server.requests).toEqual([])
  })

  it.each([{ 'bad name': 'x' }, { 'x-own': `${canaries.secret}\r\nx: y` }, { 'x-own': 'ä\u{1F600}' }, [['one']]])(
    'headers that cannot be sent (%o) are refused, and never shown',
    async (headers) => {
      const { call, server } = await createCaller()
      await expectRefusal(call({ headers: headers as HeadersInit }), 'OPTION_INVALID', { says: ['headers'] })
      expect(server.requests).toEqual([])
    },
  )

  it.each<[string, ErrorCode]>([
    ['http://api.example/things', 'URL_INSECURE'],
    ['/things', 'URL_INVALID'],
    ['https://user:pw@api.example/', 'URL_INVALID'],
    ['https://api.example/#x', 'URL_INVALID'],
    ['', 'URL_INVALID'],
  ])('%s gets no token', async (url, code) => {
    const { call, server } = await createCaller()
    await expectRefusal(call({}, url), code)
    expect(server.requests).toEqual([])
  })

  it("http on this very machine gets one with allowInsecure: 'loopback'", async () => {
    const { call, sent } = await createCaller({ allowInsecure: 'loopback' })
    await call({}, 'http://localhost:3000/api')
    expect(sent()?.headers.authorization).toBe(`Bearer ${canaries.token}`)
  })

  it('a token of a type that nobody understands is never sent', async () => {
    const { client, server } = await createCaller()
    for (const token_type of ['DPoP', 'mac', '', '__proto__'])
      await expectRefusal(fetchProtectedResource(client, { ...tokens, token_type }, server.resource), 'TOKEN_TYPE_UNSUPPORTED')
    expect(server.requests).toEqual([])
  })

  it.each([200, 204, 301, 302, 307, 308, 400, 401, 403, 404, 429, 500, 503])(
    'F-J10, S-F10: a status of %d is given as it is, and no redirect followed',
    async (status) => {
      const { call, server } = await createCaller()
      const headers = { 'www-authenticate': 'Bearer error="invalid_token"', 'retry-after': '9', location: 'https://evil.example/' }
      server.answer('resource', new Response(null, { status, headers }))
      const response = await call()
      expect(response.status).toBe(status)
      expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
      expect(server.requests).toHaveLength(1)
    },
  )

  describe('a plugin that wants it again', () => {
    const waiting = (seconds: number | undefined, seen: string[] = []): Plugin => ({
      name: 'again',
      exchange: {
        retry(error) {
          seen.push(`${error.code} ${error.http?.status} ${error.error}`)
          return seconds
        },
      },
    })

    it.each([401, 429, 503])('F-J10: is asked on %d, three times at most, and the last Response is the result', async (status) => {
      const seen: string[] = []
      const { call, server } = await createCaller({ use: [waiting(2, seen)] })
      server.answer('resource', new Response('body', { status, headers: { 'www-authenticate': 'Bearer error="use_nonce"' } }))
      const response = await call()
      expect(await response.text()).toBe('body')
      expect(server.requests).toHaveLength(3)
      expect(server.clock.slept).toEqual([2, 2])
      expect(seen).toEqual(Array(2).fill(`OAUTH_ERROR ${status} use_nonce`))
    })

    it.each([200, 302, 400, 403, 404, 500, 502])('is not asked on %d', async (status) => {
      const seen: string[] = []
      const { call, server } = await createCaller({ use: [waiting(0, seen)] })
      server.answer('resource', new Response(null, { status }))
      await call()
      expect([seen, server.requests.length]).toEqual([[], 1])
    })

    it('a request that may have had its effect is not sent again', async () => {
      for (const [method, count] of [
        ['POST', 1],
        ['PUT', 1],
        ['PATCH', 1],
        ['DELETE', 1],
        ['get', 3],
        ['HEAD', 3],
        ['OPTIONS', 3],
      ] as const) {
        const { call, server } = await createCaller({ use: [waiting(0)] })
        server.answer('resource', () => Promise.reject(new TypeError('fetch failed')))
        await expectRefusal(call({ method }), 'NETWORK_ERROR')
        expect([method, server.requests.length]).toEqual([method, count])
      }
    })

    it('one that was refused is sent again whatever its method, but a stream never', async () => {
      const { call, server } = await createCaller({ use: [waiting(0)] })
      server.answer('resource', new Response(null, { status: 429 }), new Response('done'))
      expect((await call({ method: 'POST', body: 'text' })).status).toBe(200)
      expect(server.requests.map(({ body }) => body)).toEqual(['text', 'text'])
      const other = await createCaller({ use: [waiting(0)] })
      other.server.answer('resource', new Response(null, { status: 429 }))
      expect((await other.call({ method: 'POST', body: new Blob(['text']).stream() })).status).toBe(429)
      expect(other.server.requests).toHaveLength(1)
    })
  })

  it('F-J10: without one, nothing is sent again', async () => {
    for (const status of [401, 429, 503]) {
      const { call, server } = await createCaller()
      server.answer('resource', new Response(null, { status }))
      await call()
      expect(server.requests).toHaveLength(1)
    }
  })

  it('takes a signal and a timeout', async () => {
    const { call, server } = await createCaller()
    await expectRefusal(call({ signal: AbortSignal.abort() }), 'ABORTED')
    server.answer('resource', () => new Promise(() => {}))
    await expectRefusal(call({ timeout: 0.001 }), 'TIMEOUT', { says: ['https://api.example/things'] })
  })

  it.each([undefined, null, 'at', {}, { access_token: 'at' }, { token_type: 'Bearer' }, { access_token: 'at', token_type: 7 }])(
    'tokens that are %j are told before any request',
    async (tokens) => {
      const issuer = await createIssuer()
      const client = createClient(issuer.metadata, issuer.options())
      await expectRefusal(() => fetchProtectedResource(client, tokens as never, issuer.resource), 'OPTION_INVALID', {
        says: ['The tokens'],
      })
      expect(issuer.requests).toEqual([])
    },
  )
})

describe('a proof made elsewhere (RFC 9449, 7.1)', () => {
  it('F-J11: a plugin of the application puts it beside a DPoP token, anew for each attempt; as a plain header it is refused', async () => {
    const issuer = await createIssuer()
    const proofs: Plugin = {
      name: 'hsm-proofs',
      exchange: {
        tokenTypes: ['DPoP'],
        headers: ({ token, attempt, url }) => (token?.token_type === 'DPoP' ? { dpop: `proof-${attempt}-of-${url}` } : undefined),
        retry: ({ http }) => (http?.status === 401 ? 0 : undefined),
      },
    }
    const client = createClient(issuer.metadata, issuer.options({ use: [proofs] }))
    const tokens = { access_token: 'at', token_type: 'DPoP' }
    issuer.answer(
      'resource',
      new Response(null, { status: 401, headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"' } }),
      Response.json({}),
    )
    expect((await fetchProtectedResource(client, tokens, issuer.resource)).status).toBe(200)
    expect(issuer.requestsTo('resource').map(({ headers }) => [headers.authorization, headers.dpop])).toEqual([
      ['DPoP at', `proof-1-of-${issuer.resource}`],
      ['DPoP at', `proof-2-of-${issuer.resource}`],
    ])
    const given = { headers: { DPoP: 'proof' } }
    await expect(fetchProtectedResource(client, tokens, issuer.resource, given)).rejects.toMatchObject({ code: 'HEADER_RESERVED' })
  })
})
