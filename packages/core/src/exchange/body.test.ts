import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { readAnswer, readBody, readForm, readJson } from './body.js'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytesOf = (value: string) => new TextEncoder().encode(value)

/** A body in these pieces, and what became of it. */
function streamed(pieces: Iterable<Uint8Array>, headers: Readonly<Record<string, string>> = {}) {
  const pulled: number[] = []
  const cancel = vi.fn()
  const rest = pieces[Symbol.iterator]()
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { done, value } = rest.next()
        if (done) return controller.close()
        pulled.push(value.length)
        controller.enqueue(value)
      },
      cancel,
    },
    { highWaterMark: 0 },
  )
  return { source: new Response(body, { headers }), pulled, cancel }
}

function* endless(size: number): Generator<Uint8Array> {
  const piece = new Uint8Array(size).fill(32)
  for (;;) yield piece
}

/** Cuts a value into pieces, some of them empty. */
const cut = (bytes: Uint8Array, cuts: readonly number[]) => {
  const at = [0, ...cuts.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}
const cuts = () => fc.array(fc.nat(), { maxLength: 12 })

describe('readBody', () => {
  it('gives the bytes of a body, and none where there is none', async () => {
    expect(text(await readBody(new Response('{"a":1}'), 100, 'It'))).toBe('{"a":1}')
    expect(await readBody(new Response(null), 100, 'It')).toEqual(new Uint8Array())
    expect(await readBody(new Response(''), 100, 'It')).toEqual(new Uint8Array())
  })

  it('any chunking of a body gives the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), cuts(), async (bytes, places) => {
        const { source, cancel } = streamed(cut(bytes, places))
        expect([...(await readBody(source, 300, 'It'))]).toEqual([...bytes])
        expect(cancel).not.toHaveBeenCalled()
      }),
    )
  })

  it('takes exactly what is within the limit, however it is cut, and never asks for more than one piece beyond', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), cuts(), fc.integer({ min: 1, max: 120 }), async (bytes, places, limit) => {
        const pieces = cut(bytes, places)
        const { source, cancel, pulled } = streamed(pieces)
        if (bytes.length <= limit) {
          expect((await readBody(source, limit, 'It')).length).toBe(bytes.length)
        } else {
          const error = await expectRefusal(readBody(source, limit, 'It'), 'BODY_TOO_LARGE', { says: [`It is larger than ${limit} bytes`] })
          expect(error.message).toContain('limits.body')
          expect(cancel).toHaveBeenCalledOnce()
          const taken = pulled.slice(0, -1).reduce((sum, length) => sum + length, 0)
          expect(taken).toBeLessThanOrEqual(limit)
        }
      }),
    )
  })

  it('S-D38: an endless body is aborted at the limit, in flat memory, and its reader is cancelled', async () => {
    const { source, pulled, cancel } = streamed(endless(65_536))
    await expectRefusal(readBody(source, 1_048_576, 'It'), 'BODY_TOO_LARGE')
    expect(pulled).toHaveLength(17)
    expect(cancel).toHaveBeenCalledOnce()
  })

  it('S-D37: a body of 64 MB that says so is refused before any of it is read', async () => {
    const { source, pulled, cancel } = streamed(endless(65_536), { 'content-length': '67108864' })
    await expectRefusal(readBody(source, 1_048_576, 'It'), 'BODY_TOO_LARGE')
    expect(pulled).toEqual([])
    expect(cancel).toHaveBeenCalledOnce()
  })

  it('a body that says it is as long as the limit is read', async () => {
    expect(text(await readBody(streamed([bytesOf('12345')], { 'content-length': '5' }).source, 5, 'It'))).toBe('12345')
  })

  it('S-D37: a body of 64 MB that says it is small is refused as it comes', async () => {
    const { source, cancel } = streamed(endless(65_536), { 'content-length': '10' })
    await expectRefusal(readBody(source, 1_048_576, 'It'), 'BODY_TOO_LARGE')
    expect(cancel).toHaveBeenCalledOnce()
  })

  it.each(['abc', '-5', '', '1e999x', 'NaN'])('a Content-Length of %j says nothing, and the limit holds', async (length) => {
    expect(text(await readBody(streamed([bytesOf('ok')], { 'content-length': length }).source, 100, 'It'))).toBe('ok')
    await expectRefusal(readBody(streamed(endless(64), { 'content-length': length }).source, 100, 'It'), 'BODY_TOO_LARGE')
  })

  it.each(['gzip, gzip', 'gzip,gzip,gzip', 'br, gzip'])('S-D40: a body under %s is refused unread (RFC 9110, 8.4)', async (encoding) => {
    const { source, pulled, cancel } = streamed([bytesOf('{}')], { 'content-encoding': encoding })
    await expectRefusal(readBody(source, 100, 'It'), 'RESPONSE_MALFORMED', { says: ['compressed several times over'] })
    expect(pulled).toEqual([])
    expect(cancel).toHaveBeenCalledOnce()
  })

  it.each(['gzip', 'br', 'deflate', 'zstd'])(
    'S-D39: where both lengths are visible, a body under %s may grow twentyfold and no more',
    async (encoding) => {
      const headers = { 'content-encoding': encoding, 'content-length': '100' }
      expect(await readBody(streamed([new Uint8Array(2000)], headers).source, 5000, 'It')).toHaveLength(2000)
      const { source, cancel } = streamed([new Uint8Array(1000), new Uint8Array(1001)], headers)
      await expectRefusal(readBody(source, 5000, 'It'), 'BODY_TOO_LARGE', { says: ['more than 20 times larger'] })
      expect(cancel).toHaveBeenCalledOnce()
    },
  )

  it.each([
    ['no Content-Encoding', { 'content-length': '1' }],
    ['the coding that is none', { 'content-encoding': 'Identity', 'content-length': '1' }],
    ['no Content-Length', { 'content-encoding': 'gzip' }],
  ])('S-D39: with %s the limit alone decides', async (_, headers) => {
    expect(await readBody(streamed([new Uint8Array(2000)], headers).source, 2000, 'It')).toHaveLength(2000)
    await expectRefusal(readBody(streamed([new Uint8Array(2001)], headers).source, 2000, 'It'), 'BODY_TOO_LARGE')
  })

  it('lets the error of a body that breaks off through', async () => {
    const broken = new TypeError('terminated')
    const body = new ReadableStream({ pull: (controller) => controller.error(broken) })
    await expect(readBody(new Response(body), 100, 'It')).rejects.toBe(broken)
  })

  it('S-D48: a reader that fails to be cancelled hides no error and is not unhandled', async () => {
    const body = new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(200)), cancel: () => Promise.reject(new Error('no')) })
    await expectRefusal(readBody(new Response(body), 100, 'It'), 'BODY_TOO_LARGE')
  })
})

describe('readAnswer', () => {
  const place = { operation: 'token', url: 'https://as.example/token' }

  it('S-D43: a body that breaks off is a NETWORK_ERROR, which says where and nothing of what was thrown', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError(canaries.token)) })
    const error = await expectRefusal(readAnswer(new Response(body, { status: 201 }), 100, place), 'NETWORK_ERROR', {
      says: ['The answer of https://as.example/token broke off'],
    })
    expect(error).toMatchObject({ operation: 'token', http: { status: 201, url: place.url }, retryable: true })
    expect(error.cause).toBeUndefined()
  })

  it('says of whose answer it is that a body is too large', async () => {
    const error = await expectRefusal(readAnswer(new Response('12345'), 4, place), 'BODY_TOO_LARGE', { says: [place.url] })
    expect(error).toMatchObject({ operation: 'token', http: { status: 200, url: place.url }, retryable: false })
  })

  it('a body that was read before is a NETWORK_ERROR too', async () => {
    const response = new Response('{}')
    await response.text()
    await expectRefusal(readAnswer(response, 100, place), 'NETWORK_ERROR')
  })
})

describe('readJson', () => {
  const of = (body: BodyInit, type: string | undefined = 'application/json') =>
    new Request('https://app.example/', { method: 'POST', body, headers: type === undefined ? {} : { 'content-type': type } })

  it('reads the strict JSON of a Request or Response', async () => {
    expect(await readJson(of('\ufeff{"a":[1]}', 'Application/JSON; charset=UTF-8'))).toEqual({ a: [1] })
    expect(await readJson(Response.json(null))).toBeNull()
  })

  it('any chunking gives the same value, also where a cut parts a character', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), cuts(), async (value, places) => {
        const json = JSON.stringify(value)
        fc.pre(!json.includes('"__proto__":'))
        const { source } = streamed(cut(bytesOf(json), places), { 'content-type': 'application/json' })
        expect(await readJson(source)).toEqual(JSON.parse(json))
      }),
    )
  })

  it.each([
    ['no JSON', '{', 'it is not JSON'],
    ['a duplicate name', '{"a":1,"a":2}', 'appears twice'],
    ['deep nesting', '['.repeat(40), 'nested deeper'],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'it is not UTF-8'],
  ])('refuses %s (BODY_INVALID)', async (_, body, problem) => {
    const error = await expectRefusal(readJson(of(body)), 'BODY_INVALID', { says: [problem] })
    expect(error.message).toContain('Refuse the request with status 400.')
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json, text/html'])(
    'refuses %s with the status 415',
    async (type) => {
      await expectRefusal(readJson(of('{}', type)), 'BODY_INVALID', {
        says: ['application/json is wanted', 'Refuse the request with status 415.'],
      })
    },
  )

  it('S-D19: refuses a body without media type, and says so', async () => {
    const { source } = streamed([bytesOf('{}')])
    await expectRefusal(readJson(source), 'BODY_INVALID', { says: ['The body is of no media type, and application/json is wanted'] })
  })

  it('refuses what is too large, or was read before', async () => {
    await expectRefusal(readJson(of(`"${'x'.repeat(1_048_576)}"`)), 'BODY_TOO_LARGE')
    await expectRefusal(readJson(of('"12"'), 3), 'BODY_TOO_LARGE')
    const used = of('{}')
    await used.text()
    await expectRefusal(readJson(used), 'BODY_INVALID', { says: ['was read before'] })
  })

  it('shows nothing of the body', async () => {
    await expectRefusal(readJson(of(`{"token":"${canaries.token}"`)), 'BODY_INVALID')
    await expectRefusal(readJson(of(`{"${canaries.token}":1,"${canaries.token}":1}`)), 'BODY_INVALID')
  })
})

describe('readForm', () => {
  const of = (body: string, type = 'application/x-www-form-urlencoded') =>
    new Request('https://app.example/', { method: 'POST', body, headers: { 'content-type': type } })

  it('reads every parameter once, without prototype', async () => {
    const form = await readForm(of('a=1&b=x+y%26&__proto__=c'))
    expect(Object.entries(form)).toEqual([
      ['a', '1'],
      ['b', 'x y&'],
      ['__proto__', 'c'],
    ])
    expect(Object.getPrototypeOf(form)).toBeNull()
  })

  it('gives back every form of distinct names', async () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), {
      selector: ([name]) => name,
      maxLength: 20,
    })
    await fc.assert(
      fc.asyncProperty(pairs, cuts(), async (entries, places) => {
        const body = bytesOf(new URLSearchParams(entries).toString())
        const { source } = streamed(cut(body, places), { 'content-type': 'application/x-www-form-urlencoded' })
        expect(Object.entries(await readForm(source)).sort()).toEqual([...entries].sort())
      }),
    )
  })

  it('refuses a repeated parameter, and names it without its value (RFC 6749, 3.1)', async () => {
    await expectRefusal(readForm(of(`logout_token=${canaries.token}&logout_token=b`)), 'BODY_INVALID', {
      says: ['"logout_token" appears twice'],
    })
  })

  it('refuses another media type and what is too large', async () => {
    await expectRefusal(readForm(of('a=1', 'application/json')), 'BODY_INVALID', { says: ['application/x-www-form-urlencoded is wanted'] })
    await expectRefusal(readForm(of(`a=${'x'.repeat(1_048_576)}`)), 'BODY_TOO_LARGE')
    await expectRefusal(readForm(of('a=12'), 3), 'BODY_TOO_LARGE')
  })
})
