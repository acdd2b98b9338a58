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
    expect((await refuse(() => jsonResponse({}, 503, { 'retry-after': date }), 'HTTP_STATUS')).http?.retryAfter).toBe(90)
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
