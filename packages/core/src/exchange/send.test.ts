import { createServer } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { persistent, startProbe } from '../../test/probe.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { isOidcError } from '../base/errors.js'
import { checkRedirect, discard, send } from './send.js'

const place = { operation: 'token', url: 'https://as.example/token' }
const request = {
  url: 'https://as.example/token?key=1',
  method: 'POST',
  headers: { authorization: `Basic ${canaries.secret}` },
  body: canaries.code,
}
const { signal } = new AbortController()
const failWith = (thrown: unknown) =>
  send(
    () => {
      throw thrown
    },
    request,
    place,
    signal,
  )

describe('send', () => {
  it('F-B8: gives fetch the request as it is, and follows no redirect', async () => {
    const fetch = vi.fn(async () => new Response('ok'))
    await send(fetch, request, place, signal)
    const { url, ...init } = request
    expect(fetch.mock.calls).toEqual([[url, { ...init, redirect: 'manual', signal }]])
    await send(fetch, { url, method: 'GET', headers: {} }, place, signal)
    expect(fetch.mock.lastCall).toEqual([url, { method: 'GET', headers: {}, redirect: 'manual', signal }])
  })

  it('sends a stream half duplex, as fetch wants it', async () => {
    const fetch = vi.fn(async () => new Response('ok'))
    const body = new ReadableStream<Uint8Array>()
    await send(fetch, { ...request, body }, place, signal)
    expect(fetch.mock.lastCall).toMatchObject([request.url, { body, duplex: 'half' }])
  })

  it.each([
    [
      Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) }),
      'ECONNREFUSED',
    ],
    [Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }), 'CERT_HAS_EXPIRED'],
    [
      Object.assign(new TypeError('fetch failed'), {
        cause: new AggregateError([Object.assign(new Error('::1'), { code: 'ENETUNREACH' }), new Error('127.0.0.1')]),
      }),
      'ENETUNREACH',
    ],
    [new TypeError('Failed to fetch'), 'TypeError'],
    [new DOMException('no', 'NetworkError'), 'NetworkError'],
    [Object.assign(new Error('x'), { code: canaries.secret }), 'Error'],
    [Object.assign(new Error('x'), { name: canaries.secret }), 'an unknown error'],
    [canaries.token, 'an unknown error'],
    [undefined, 'an unknown error'],
    [null, 'an unknown error'],
  ])('F-M20: what fetch throws becomes a NETWORK_ERROR with its reason and without a cause (%#)', async (thrown, reason) => {
    const error = await expectRefusal(failWith(thrown), 'NETWORK_ERROR', {
      says: [`https://as.example/token could not be reached: ${reason}.`],
    })
    expect(error).toMatchObject({ operation: 'token', http: { url: place.url }, retryable: true })
    expect(error.cause).toBeUndefined()
  })

  it('an error that is its own cause is looked at no deeper than four levels', async () => {
    const circle: Error & { cause?: unknown } = new Error('x')
    circle.cause = circle
    await expectRefusal(failWith(circle), 'NETWORK_ERROR', { says: ['reached: Error.'] })
    let deep: unknown = Object.assign(new Error('x'), { code: 'EDEEP' })
    for (let i = 0; i < 3; i++) deep = new Error('x', { cause: deep })
    await expectRefusal(failWith(deep), 'NETWORK_ERROR', { says: ['reached: EDEEP.'] })
    await expectRefusal(failWith(new Error('x', { cause: deep })), 'NETWORK_ERROR', { says: ['reached: Error.'] })
  })

  it('of what fetch throws, whatever it is, no text but a code or a name gets into the error', async () => {
    const error = fc.record(
      { message: fc.string(), name: fc.string(), code: fc.oneof(fc.string(), fc.integer()), cause: fc.anything() },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.anything(),
          error.map((members) => Object.assign(new Error('x'), members)),
        ),
        async (thrown) => {
          const caught: unknown = await failWith(thrown).catch((e: unknown) => e)
          if (!isOidcError(caught)) throw new Error('something else was thrown', { cause: caught })
          expect(caught.message).toMatch(/ could not be reached: (?:[A-Z][A-Z0-9_]{2,63}|\w{1,64}|an unknown error)\. Check /)
          expect(caught.cause).toBeUndefined()
        },
      ),
    )
  })

  it.each([[undefined], [null], ['ok'], [{}], [{ status: 200 }]])(
    'a fetch that gives %j and no Response is the fault of the option',
    async (given) => {
      await expectRefusal(
        send(async () => given as never, request, place, signal),
        'OPTION_INVALID',
        { says: ['The option fetch gave something'] },
      )
    },
  )

  it('a port at which nobody listens is told as ECONNREFUSED, by the real fetch', async () => {
    const server = createServer()
    const { port } = await new Promise<{ port: number }>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve(server.address() as never)),
    )
    await new Promise((resolve) => server.close(resolve))
    const url = `http://127.0.0.1:${port}/token`
    const error = await expectRefusal(send(fetch, { ...request, url }, { ...place, url }, signal), 'NETWORK_ERROR', {
      says: [url, 'ECONNREFUSED'],
    })
    expect(error.cause).toBeUndefined()
  })

  it('S-D48: an answer that comes after the end is let go of', async () => {
    const cancel = vi.fn()
    const late = async () => new Response(new ReadableStream({ cancel }))
    const reason = new Error('over')
    await expect(send(late, request, place, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(cancel).toHaveBeenCalledOnce()
  })
})

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])(
    'S-D24, S-D25: %i is refused, its body let go of, and nothing is sent again (RFC 9700, 4.12)',
    async (status) => {
      const { answer, refuse, sent, issuer } = await startProbe()
      const cancel = vi.fn()
      answer(() => new Response(new ReadableStream({ cancel }), { status, headers: { location: 'https://evil.example/token' } }))
      const error = await refuse('REDIRECT_REFUSED', { parameters: { code: canaries.code, code_verifier: canaries.verifier } })
      expect(error).toMatchObject({ operation: 'probe', http: { status, url: 'https://as.example/token' }, retryable: false })
      expect(error.message).toContain(`https://as.example/token answered ${status}, and redirects are not followed.`)
      expect(error.message).not.toContain('evil.example')
      expect(cancel).toHaveBeenCalledOnce()
      expect([sent(), issuer.requests.length]).toEqual([1, 1])
      expect(issuer.requests[0]?.redirect).toBe('manual')
    },
  )

  it('S-D25: a plugin that asks for another attempt cannot have a code that was redirected posted again', async () => {
    const { answer, refuse, sent } = await startProbe([persistent()])
    answer(new Response(null, { status: 307, headers: { location: 'https://evil.example/token' } }))
    await refuse('REDIRECT_REFUSED', {}, { replay: 'if_refused' })
    expect(sent()).toBe(1)
  })

  it('is refused where a browser hides its status', async () => {
    const opaque = Object.defineProperties(new Response(null), { type: { value: 'opaqueredirect' }, status: { value: 0 } })
    const error = await expectRefusal(
      send(async () => opaque, request, place, signal),
      'REDIRECT_REFUSED',
      { says: ['answered with a redirect'] },
    )
    expect(error.http).toEqual({ status: undefined, url: place.url })
  })

  it.each([200, 300, 304, 305, 400])('is not what %i is', (status) => {
    const body = status === 304 ? null : 'x'
    const response = new Response(body, { status })
    expect(() => checkRedirect(response, place)).not.toThrow()
    expect(response.bodyUsed).toBe(false)
  })
})

describe('discard', () => {
  it('S-D48: lets go of a body, also of one that resists or is not there', async () => {
    const cancel = vi.fn(() => Promise.reject(new Error('no')))
    discard(new Response(new ReadableStream({ cancel })))
    discard(new Response(null))
    const locked = new Response('x')
    locked.body?.getReader()
    discard(locked)
    await Promise.resolve()
    expect(cancel).toHaveBeenCalledOnce()
  })
})
