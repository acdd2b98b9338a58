import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { decodeBase64Url, encodeBase64, encodeBase64Url } from './base64url.js'

/** Runs with another `Buffer`; assertions need the real one, so they stay outside. */
function withBuffer<T>(buffer: unknown, run: () => T): T {
  vi.stubGlobal('Buffer', buffer)
  try {
    return run()
  } finally {
    vi.unstubAllGlobals()
  }
}
const platforms = [
  ['with the Buffer of Node', globalThis.Buffer],
  ['without Buffer', undefined],
  ['with a Buffer that knows no base64url', { isEncoding: () => false, from: () => [] }],
] as const
const anyText = () => fc.string({ unit: fc.constantFrom(...'AQZaz09-_+/= \n\té\u{1F600}') })

afterEach(() => vi.unstubAllGlobals())

describe.each(platforms)('base64url %s', (_, buffer) => {
  const encode = (data: Uint8Array | string) => withBuffer(buffer, () => encodeBase64Url(data))
  const decode = (text: string) => withBuffer(buffer, () => decodeBase64Url(text))
  const isRefused = (text: string) =>
    withBuffer(buffer, () => {
      try {
        decodeBase64Url(text)
        return false
      } catch (error) {
        return error instanceof SyntaxError && error.message === 'it is not base64url'
      }
    })

  it.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
  ])('encodes %j as %j (RFC 4648 10, without padding)', (text, encoded) => {
    expect(encode(text)).toBe(encoded)
    expect(new TextDecoder().decode(decode(encoded))).toBe(text)
  })

  it('uses - and _ for the values 62 and 63 (RFC 4648 5)', () => {
    expect(encode(Uint8Array.of(3, 236, 255, 224, 193))).toBe('A-z_4ME')
    expect([...decode('A-z_4ME')]).toEqual([3, 236, 255, 224, 193])
  })

  it('encodes a string as UTF-8', () => {
    expect(encode('é\u{1F600}')).toBe('w6nwn5iA')
    expect(encode('\ud800')).toBe('77-9')
  })

  it('gives back all bytes, in a buffer of their own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const decoded = decode(encode(bytes))
        expect([...decoded]).toEqual([...bytes])
        expect(decoded.constructor).toBe(Uint8Array)
        expect(decoded.buffer.byteLength).toBe(bytes.length)
      }),
    )
  })

  it('encodes a view, not the buffer beneath it', () => {
    expect(encode(Uint8Array.of(0, 102, 111, 111, 0).subarray(1, 4))).toBe('Zm9v')
  })

  it('never takes two texts for the same bytes', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(isRefused(text) || encode(decode(text)) === text).toBe(true)
      }),
    )
  })

  it.each(['Zg==', 'Zm9v=', '=', 'Zm 9v', ' Zm9v', 'Zm9v\n', 'A+zf', 'A/zf', 'Zm9vé', 'Zm9v.', 'Zm9v\0', '\u{1F600}'])(
    'refuses %j: another alphabet, padding or white space (RFC 7515 2)',
    (text) => {
      expect(isRefused(text)).toBe(true)
    },
  )

  it.each(['A', 'Zm9vY'])('refuses %j: no number of bytes has this length', (text) => {
    expect(isRefused(text)).toBe(true)
  })

  it.each(['Zh', 'Zm9', 'Zm9vYh', '_x'])('refuses %j: bits at the end that mean nothing (RFC 4648 3.5)', (text) => {
    expect(isRefused(text)).toBe(true)
  })

  it('takes a megabyte', () => {
    const bytes = new Uint8Array(1_000_000).fill(251)
    const decoded = decode(encode(bytes))
    expect(decoded.length).toBe(bytes.length)
    expect(decoded.every((byte) => byte === 251)).toBe(true)
  })
})

describe('encodeBase64', () => {
  it('uses the standard alphabet with padding, over UTF-8 (RFC 7617 2.1)', () => {
    expect(encodeBase64('Aladdin:open sesame')).toBe('QWxhZGRpbjpvcGVuIHNlc2FtZQ==')
    expect(encodeBase64('test:123£')).toBe('dGVzdDoxMjPCow==')
    expect(encodeBase64('>>>???')).toBe('Pj4+Pz8/')
  })

  it('agrees with Node', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(encodeBase64(text)).toBe(Buffer.from(text).toString('base64'))
      }),
    )
  })
})
