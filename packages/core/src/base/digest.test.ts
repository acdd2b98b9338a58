import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { encodeBase64Url } from './base64url.js'
import { type DigestName, digest, sha256 } from './digest.js'

const names: readonly DigestName[] = ['SHA-256', 'SHA-384', 'SHA-512']
const expected = (name: DigestName, data: string | Uint8Array) => createHash(name.replace('-', '').toLowerCase()).update(data).digest('hex')
const hex = async (bytes: Uint8Array | Promise<Uint8Array>) => Buffer.from(await bytes).toString('hex')

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const platforms: readonly (readonly [string, () => void])[] = [
  ['with node:crypto', () => {}],
  ['where node:crypto has no hash', () => vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ createHash })],
  ['where the platform has no such built-in module', () => vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)],
  ['where process has no getBuiltinModule', () => vi.stubGlobal('process', { ...process, getBuiltinModule: undefined })],
  ['without process', () => vi.stubGlobal('process', undefined)],
]

describe.each(platforms)('digest %s', (_, prepare) => {
  it.each(names)('hashes strings as UTF-8 and bytes as they are with %s', async (name) => {
    for (const data of ['', 'abc', 'é\u{1F600}', Uint8Array.of(0, 255, 1), Uint8Array.of(9, 97, 98, 99, 9).subarray(1, 4)]) {
      const wanted = expected(name, data)
      prepare()
      const bytes = await digest(name, data)
      vi.unstubAllGlobals()
      expect(bytes).toBeInstanceOf(Uint8Array)
      expect(await hex(bytes)).toBe(wanted)
    }
  })
})

describe('digest', () => {
  it('is synchronous where node:crypto is', () => {
    expect(digest('SHA-256', 'abc')).toBeInstanceOf(Uint8Array)
  })

  it('hashes what it was given, not what the caller made of it while it waited', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
    const data = Uint8Array.of(1, 2, 3)
    const pending = digest('SHA-256', data)
    data.fill(0)
    expect(await hex(pending)).toBe(expected('SHA-256', Uint8Array.of(1, 2, 3)))
  })

  it('gives the same bytes with node:crypto and with WebCrypto', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), async (name, data) => {
        const fromNode = await hex(digest(name, data))
        const lookUp = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
        const pending = digest(name, data)
        lookUp.mockRestore()
        expect(pending).toBeInstanceOf(Promise)
        expect(await hex(pending)).toBe(fromNode)
      }),
      { numRuns: 30 },
    )
  })
})

describe('sha256', () => {
  it('makes the code_challenge of the example (RFC 7636 Appendix B)', async () => {
    const challenge = await sha256('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')
    expect(encodeBase64Url(challenge)).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })
})
