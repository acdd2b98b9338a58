import { afterEach, describe, expect, it, vi } from 'vitest'
import { fixedClock, jsonResponse, startOfTime } from '../../test/issuer.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { internalsOf } from '../client/internals.js'
import { type ClientEvent, createClient, publicClient } from '../index.js'
import { fetchDocument, type Reader } from './fetch-document.js'

const url = `https://as.example/jwks?key=${canaries.code}`
const shownUrl = 'https://as.example/jwks'

function reader(fetch: typeof globalThis.fetch, changes: Partial<Reader> = {}): Reader {
  const { timeout, limits } = internalsOf(
    createClient({ issuer: 'https://as.example' }, { client_id: 'c', authentication: publicClient() }),
  )
  return { fetch, timeout, limits, clock: fixedClock(), onEvent: undefined, ...changes }
}
const answering = (response: () => Response) => vi.fn<typeof globalThis.fetch>(async () => response())
const refuse = (response: () => Response, code: ErrorCode, changes: Partial<Reader> = {}) =>
  expectRefusal(fetchDocument(reader(answering(response), changes), url, 'jwks'), code)

describe('fetchDocument', () => {
  it('gets a JSON document with one plain GET', async () => {
    const fetch = answering(() => jsonResponse({ keys: [] }))
    expect(await fetchDocument(reader(fetch), url, 'jwks')).toEqual({ keys: [] })
    expect(fetch).toHaveBeenCalledOnce()
    expect(fetch.mock.lastCall).toEqual([
      url,
      { method: 'GET', headers: { accept: 'application/json' }, redirect: 'manual', signal: expect.any(AbortSignal) },
    ])
  })

  it('takes further media types where they are wanted, and asks for them', async () => {
    const fetch = answering(() => new Response('{}', { headers: { 'content-type': 'Application/JWK-Set+JSON; x=y' } }))
    expect(await fetchDocument(reader(fetch), url, 'jwks', ['application/jwk-set+json'])).toEqual({})
    expect(fetch.mock.lastCall?.[1]?.headers).toEqual({ accept: 'application/json, application/jwk-set+json' })
    await expectRefusal(fetchDocument(reader(fetch), url, 'discovery'), 'RESPONSE_CONTENT_TYPE', {
      says: ['application/jwk-set+json, and application/json is wanted'],
    })
  })

  it('F-U1: tells the observer of request and response, without the query', async () => {
    const events: ClientEvent[] = []
    await fetchDocument(
      reader(
        answering(() => jsonResponse({})),
        { onEvent: (event) => void events.push(event) },
      ),
      url,
      'jwks',
    )
    const common = { operation: 'jwks', url: shownUrl, method: 'GET', attempt: 1 }
    expect(events).toEqual([
      { type: 'request', ...common },
      { type: 'response', ...common, status: 200 },
    ])
  })

  it.each([301, 302, 303, 307, 308])('S-A14, S-B22: %i is refused, and nothing is requested after it', async (status) => {
    const fetch = answering(() => new Response(null, { status, headers: { location: 'https://evil.example/' } }))
    const error = await expectRefusal(fetchDocument(reader(fetch), url, 'jwks'), 'REDIRECT_REFUSED')
    expect(error).toMatchObject({ operation: 'jwks', http: { status, url: shownUrl } })
    expect(fetch).toHaveBeenCalledOnce()
  })

  it.each([201, 204, 206, 404, 500])('the status %i is not 200 (HTTP_STATUS)', async (status) => {
    const error = await refuse(() => new Response(status === 204 ? null : '{}', { status }), 'HTTP_STATUS')
    expect(error).toMatchObject({ operation: 'jwks', http: { status, url: shownUrl }, message: expect.stringContaining('200 is wanted') })
  })

  it('says when to come back, by the clock it was given', async () => {
    const date = new Date((startOfTime + 90) * 1000).toUTCString()
    const clock = { now: () => startOfTime, sleep: async () => undefined }
    const error = await refuse(() => jsonResponse({}, 503, { 'retry-after': date }), 'HTTP_STATUS', { clock })
    expect(error.http?.retryAfter).toBe(90)
    expect(await refuse(() => jsonResponse({ error: 'temporarily_unavailable' }, 503), 'OAUTH_ERROR')).toMatchObject({ retryable: true })
  })

  it.each([undefined, 'text/html', 'text/plain', 'application/jwt', 'application/json, text/html'])(
    'the media type %j is no JSON',
    async (type) => {
      const bytes = new TextEncoder().encode('{}')
      const error = await refuse(
        () => new Response(bytes, { headers: type === undefined ? {} : { 'content-type': type } }),
        'RESPONSE_CONTENT_TYPE',
      )
      expect(error).toMatchObject({ operation: 'jwks', http: { status: 200, url: shownUrl } })
    },
  )

  it.each([
    ['S-A19: a duplicate name', '{"issuer":"a","issuer":"b"}', 'a member name appears twice'],
    ['S-A21: no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'it is not UTF-8'],
    ['S-A21: UTF-16', Uint8Array.of(0xff, 0xfe, 0x7b, 0, 0x7d, 0), 'it is not UTF-8'],
    ['no JSON', `{"x":"${canaries.token}"`, 'it is not JSON'],
    ['deep nesting', `${'['.repeat(33)}${']'.repeat(33)}`, 'nested deeper than 32 levels'],
  ])('%s is malformed', async (_, body, problem) => {
    const error = await refuse(() => new Response(body, { headers: { 'content-type': 'application/json' } }), 'RESPONSE_MALFORMED')
    expect(error.message).toContain(problem)
    expect(error).toMatchObject({ operation: 'jwks', http: { status: 200, url: shownUrl } })
  })

  it('S-A22: one byte order mark is ignored', async () => {
    expect(
      await fetchDocument(
        reader(answering(() => new Response('\ufeff{}', { headers: { 'content-type': 'application/json' } }))),
        url,
        'jwks',
      ),
    ).toEqual({})
  })

  it('S-A17, S-B20: a document beyond the limit is not read on, and says whose it is', async () => {
    const cancel = vi.fn()
    const piece = new Uint8Array(65_536)
    const endless = () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(piece), cancel }))
    const error = await refuse(endless, 'BODY_TOO_LARGE')
    expect(error).toMatchObject({ operation: 'jwks', http: { status: 200, url: shownUrl } })
    expect(cancel).toHaveBeenCalledOnce()
  })

  it('a document that breaks off, or never begins, is a NETWORK_ERROR', async () => {
    const broken = () => new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError(canaries.token)) }))
    expect(await refuse(broken, 'NETWORK_ERROR')).toMatchObject({ operation: 'jwks', http: { url: shownUrl }, retryable: true })
    const down = (): never => {
      throw new TypeError(canaries.token)
    }
    expect(await refuse(down, 'NETWORK_ERROR')).toMatchObject({ operation: 'jwks', http: { url: shownUrl } })
  })

  describe('a server that asks to come back later', () => {
    const again = (first: () => Response, changes: Partial<Reader> = {}) => {
      const clock = fixedClock()
      const events: ClientEvent[] = []
      const answers = [first, first, () => jsonResponse({ keys: [] })]
      const fetch = vi.fn<typeof globalThis.fetch>(async () => (answers.shift() ?? first)())
      const reading = fetchDocument(reader(fetch, { clock, onEvent: (event) => void events.push(event), ...changes }), url, 'jwks')
      return { clock, fetch, reading, events }
    }
    const busy = (after?: string, status = 503) => jsonResponse({}, status, after === undefined ? {} : { 'retry-after': after })
    const bytes = (byte: number) => (length: number) => new Uint8Array(length).fill(byte)

    it.each([429, 502, 503, 504])('S-D50: %i is asked for again, twice at most', async (status) => {
      const { reading, fetch, clock } = again(() => busy(undefined, status))
      expect(await reading).toEqual({ keys: [] })
      expect(fetch).toHaveBeenCalledTimes(3)
      expect(clock.slept).toHaveLength(2)
      const down = answering(() => busy(undefined, status))
      await expectRefusal(fetchDocument(reader(down), url, 'jwks'), 'HTTP_STATUS')
      expect(down).toHaveBeenCalledTimes(3)
    })

    it('S-D50: a connection that was reset is asked for again', async () => {
      const { reading, fetch } = again(() => {
        throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) })
      })
      expect(await reading).toEqual({ keys: [] })
      expect(fetch).toHaveBeenCalledTimes(3)
    })

    it.each([400, 401, 403, 404, 500, 501])('a %i is not: it would say the same again', async (status) => {
      const fetch = answering(() => busy('1', status))
      await expectRefusal(fetchDocument(reader(fetch), url, 'jwks'), 'HTTP_STATUS')
      expect(fetch).toHaveBeenCalledOnce()
    })

    it.each<[string, number, number]>([
      ['5', 0, 5],
      ['5', 255, 6.25],
      ['0', 0, 0.25],
      [new Date((startOfTime + 20) * 1000).toUTCString(), 0, 20],
    ])(
      'S-D50: Retry-After %j and the chance %i/256 make it wait about %d seconds, never less than the server says',
      async (after, byte, seconds) => {
        const { reading, clock, events } = again(() => busy(after), { random: bytes(byte) })
        await reading
        const [first = 0] = clock.slept
        expect(first).toBeGreaterThanOrEqual(Number(after) || 0)
        expect(first).toBeCloseTo(seconds, 1)
        expect(events).toContainEqual({ type: 'retry', operation: 'jwks', url: shownUrl, attempt: 1, wait: first, code: 'HTTP_STATUS' })
      },
    )

    it.each(['-5', 'Fri, 31 Dec 9999 23:59:59 GMT', '9'.repeat(400), 'soon', '1e9', '', 'Wed, 21 Oct 2015 07:28:00 GMT', '5, 5'])(
      'S-D51: Retry-After %j makes nobody wait longer than a minute',
      async (after) => {
        const { reading, clock } = again(() => busy(after), { random: bytes(255) })
        await reading
        for (const wait of clock.slept) {
          expect(wait).toBeGreaterThan(0)
          expect(wait).toBeLessThanOrEqual(60)
        }
      },
    )

    it('S-D50: without Retry-After it waits a moment, the second time longer, and not all come back at once', async () => {
      for (const [byte, waits] of [
        [0, [0.25, 0.5]],
        [128, [0.375, 0.75]],
      ] as const) {
        const { reading, clock } = again(() => busy(), { random: bytes(byte) })
        await reading
        expect(clock.slept).toEqual(waits)
      }
    })

    it('is not asked again where the caller may not', async () => {
      const fetch = answering(() => busy())
      await expectRefusal(
        fetchDocument(reader(fetch), url, 'jwks', [], () => false),
        'HTTP_STATUS',
      )
      expect(fetch).toHaveBeenCalledOnce()
    })
  })

  describe('with a clock that can be turned', () => {
    afterEach(() => void vi.useRealTimers())

    it('S-A18, S-B25: a server that never answers, or drips, is given up after the timeout', async () => {
      vi.useFakeTimers()
      const dripping = () =>
        new Response(
          new ReadableStream({
            start: (controller) => void setInterval(() => controller.enqueue(Uint8Array.of(32)), 300),
          }),
        )
      for (const fetch of [() => new Promise<never>(() => undefined), answering(dripping)]) {
        const refused = expectRefusal(fetchDocument(reader(fetch), url, 'jwks'), 'TIMEOUT', { says: ['within 10 seconds'] })
        await vi.advanceTimersByTimeAsync(10_000)
        expect(await refused).toMatchObject({ operation: 'jwks', http: { url: shownUrl }, retryable: true })
      }
    })
  })
})
