import jsQR from 'jsqr'
import { describe, expect, it } from 'vitest'
import type { DeviceAuthorization } from './device-authorization.js'
import { encodeQr, renderInstructions, renderQrSvg, renderQrText } from './qr.js'

const uri = 'https://as.example/device?user_code=WDJB-MJHT'

/** Reads an image, a module of which is `scale` pixels, with a decoder that is not ours. */
function decode(width: number, height: number, isDark: (x: number, y: number) => boolean, scale = 3): string | undefined {
  const pixels = new Uint8ClampedArray(width * height * scale * scale * 4)
  for (let y = 0; y < height * scale; y++)
    for (let x = 0; x < width * scale; x++) {
      const shade = isDark(Math.floor(x / scale), Math.floor(y / scale)) ? 0 : 255
      pixels.set([shade, shade, shade, 255], (y * width * scale + x) * 4)
    }
  return read(pixels, width * scale, height * scale)?.data
}

// Under NodeNext, the types of this CommonJS package hide its function.
const read = ((jsQR as unknown as { default?: unknown }).default ?? jsQR) as typeof jsQR.default

function decodeText(drawn: string, inked: boolean): string | undefined {
  const lines = drawn
    .trimEnd()
    .split('\n')
    .map((line) => [...line])
  const isInked = (x: number, y: number) => {
    const character = lines[y >> 1]?.[x] ?? ' '
    return character === '█' || character === (y % 2 ? '▄' : '▀')
  }
  return decode(lines[0]?.length ?? 0, lines[0]?.length ?? 0, (x, y) => isInked(x, y) === inked)
}

/** As many characters as a version of level L holds, in byte mode (ISO/IEC 18004, table 7). */
const capacities = [
  17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858, 929, 1003, 1091, 1171, 1273, 1367, 1465,
  1528, 1628, 1732, 1840, 1952, 2068, 2188, 2303, 2431, 2563, 2699, 2809, 2953,
]

describe('QR codes', () => {
  it.each(capacities.map((length, i) => [i + 1, length]).filter(([version]) => version !== 23))(
    'version %d holds %d bytes, and another decoder reads them',
    (version, length) => {
      const text = `https://as.example/${'aB3-'.repeat(800)}`.slice(0, length).padEnd(length, 'x')
      const { size, isDark } = encodeQr(text)
      expect(size).toBe(17 + 4 * version)
      const margin = 4
      const isInside = (i: number) => i >= 0 && i < size
      expect(
        decode(
          size + 2 * margin,
          size + 2 * margin,
          (x, y) => isInside(x - margin) && isInside(y - margin) && isDark(x - margin, y - margin),
        ),
      ).toBe(text)
      expect(encodeQr(`${text.slice(0, length - 1)}`).size).toBeLessThanOrEqual(size)
      if (version < 40) expect(encodeQr(`${text}x`).size).toBe(size + 4)
    },
  )

  it('version 23 has its alignment patterns where the standard has them, and the decoder not (ISO/IEC 18004, annex E)', () => {
    const { size, isDark } = encodeQr('x'.repeat(1091))
    expect(size).toBe(109)
    for (const x of [6, 30, 54, 78, 102])
      for (const y of [30, 54, 78]) {
        const ring = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => isDark(x + dx, y + dy)))
        // A lone dark module in a light ring; on the timing pattern as well.
        expect(ring).toEqual([false, false, false, false, true, false, false, false, false])
      }
  })

  it('of a text beyond the largest version is refused, and the text is not quoted', () => {
    expect(() => encodeQr('x'.repeat(2954))).toThrow(
      expect.objectContaining({ code: 'DEVICE_QR_TOO_LONG', message: expect.stringContaining('2954 bytes') }),
    )
  })

  it('of no text at all is one too, and what is not ASCII is UTF-8', () => {
    const { size, isDark } = encodeQr('grüße')
    expect(decode(size + 8, size + 8, (x, y) => x >= 4 && y >= 4 && x < size + 4 && y < size + 4 && isDark(x - 4, y - 4))).toBe('grüße')
    expect(encodeQr('').size).toBe(21)
  })

  it.each([
    ['dark', false],
    ['light', true],
  ])('in half blocks can be scanned from a %s terminal', (_, isLight) => {
    const drawn = renderQrText(uri, { isLight })
    expect(decodeText(drawn, isLight)).toBe(uri)
    expect(drawn).toMatch(/^[█▀▄ \n]+$/)
  })

  it('as SVG can be scanned, and holds no text', () => {
    const svg = renderQrSvg(uri)
    const [, side = ''] = /viewBox="0 0 (\d+) \1"/.exec(svg) ?? []
    const dark = new Set([...svg.matchAll(/M(\d+ \d+)h1v1h-1z/g)].map(([, at]) => at))
    expect(decode(Number(side), Number(side), (x, y) => dark.has(`${x} ${y}`))).toBe(uri)
    expect(svg).not.toContain('WDJB')
  })
})

describe('the instructions (RFC 8628, section 3.3)', () => {
  const authorization: DeviceAuthorization = {
    device_code: 'canary-device-code',
    user_code: 'WDJB-MJHT',
    verification_uri: 'https://as.example/device',
    verification_uri_complete: uri,
    expires_in: 600,
    expires_at: 1_700_000_600,
    interval: 5,
  }

  it('S-K17: name the address, the code and the time, and not the device code', () => {
    const text = renderInstructions(authorization)
    expect(text).toContain('    https://as.example/device\n')
    expect(text).toContain('    WDJB-MJHT\n')
    expect(text).toContain('within 10 minutes.')
    expect(text).not.toContain('canary')
  })

  it.each([
    [59, 'within 59 seconds.'],
    [60, 'within 1 minute.'],
    [179, 'within 2 minutes.'],
  ])('%d seconds are told as they are', (expires_in, told) => {
    expect(renderInstructions({ ...authorization, expires_in })).toContain(told)
  })
})
