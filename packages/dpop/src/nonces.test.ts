import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDPoPNonces, type DPoPNonce, parseNonce } from './nonces.js'

/** Written down character by character, and not as a range that could be wrong in the same way. RFC 6749, appendix A: NQCHAR. */
const nqchars = Array.from({ length: 256 }, (_, code) => code).filter(
  (code) => code > 0x20 && code < 0x7f && code !== 0x22 && code !== 0x5c,
)

describe('a nonce (RFC 9449, section 8.1)', () => {
  it('S-J05: is any of the characters of NQCHAR and no other', () => {
    for (let code = 0; code < 256; code++) {
      const text = `a${String.fromCharCode(code)}b`
      expect(parseNonce(text), `character ${code}`).toBe(nqchars.includes(code) ? text : undefined)
    }
  })

  it.each([
    ['of 1 character', 'n', true],
    ['of 256 characters', 'n'.repeat(256), true],
    ['empty', '', false],
    ['of 257 characters', 'n'.repeat(257), false],
    ['of 100 KB', 'n'.repeat(102_400), false],
    ['with a line break at its end', 'n\n', false],
    ['that was sent twice', 'a, b', false],
    ['outside of ASCII', 'nönce', false],
    ['that is no string', 5, false],
    ['that is missing', null, false],
  ])('S-J05: one %s: taken is %3$s', (_, nonce, isTaken) => {
    expect(parseNonce(nonce)).toBe(isTaken ? nonce : undefined)
  })
})

describe('createDPoPNonces', () => {
  it('F-K-D5: keeps the latest nonce of each origin (RFC 9449, section 8.2)', () => {
    const nonces = createDPoPNonces()
    nonces.set('https://a.example', '1')
    nonces.set('https://b.example', '2')
    nonces.set('https://a.example', '3')
    expect(nonces.get('https://a.example')).toBe('3')
    expect(nonces.get('https://b.example')).toBe('2')
    expect(nonces.get('https://c.example')).toBeUndefined()
  })

  it('S-J06: of 10 000 origins, 100 are kept, and one that is used stays', () => {
    const nonces = createDPoPNonces()
    nonces.set('https://mine.example', 'mine')
    for (let at = 0; at < 10_000; at++) {
      nonces.set(`https://${at}.example`, `n${at}`)
      nonces.get('https://mine.example')
    }
    expect(nonces.entries()).toHaveLength(100)
    expect(nonces.get('https://mine.example')).toBe('mine')
    expect(nonces.get('https://9999.example')).toBe('n9999')
    expect(nonces.get('https://9900.example')).toBeUndefined()
  })

  it('F-K-D9: its entries survive JSON and begin another store, with the same order of use', () => {
    const nonces = createDPoPNonces()
    for (let at = 0; at < 100; at++) nonces.set(`https://${at}.example`, `n${at}`)
    nonces.get('https://0.example')
    const other = createDPoPNonces(JSON.parse(JSON.stringify(nonces.entries())))
    expect(other.entries()).toEqual(nonces.entries())
    other.set('https://new.example', 'new')
    expect(other.get('https://0.example')).toBe('n0')
    expect(other.get('https://1.example')).toBeUndefined()
  })

  it('S-J05: what is no nonce is neither set nor imported', () => {
    const nonces = createDPoPNonces([
      ['https://a.example', 'with space'],
      ['https://b.example', 'good'],
      ['https://c.example'],
      null,
      [5, 'good'],
    ] as unknown as DPoPNonce[])
    nonces.set('https://b.example', 'n'.repeat(257))
    nonces.set('https://d.example', '"')
    expect(nonces.entries()).toEqual([['https://b.example', 'good']])
  })

  it.each([{}, 'x', 5, null])('S-J05: refuses to begin with %j', (entries) => {
    expect(() => createDPoPNonces(entries as unknown as DPoPNonce[])).toThrow(expect.objectContaining({ code: 'DPOP_OPTION_INVALID' }))
  })

  it('F-K-D5: behaves as a list of which the last 100 used are kept, whatever is done to it', () => {
    const step = fc.record({
      origin: fc.integer({ min: 0, max: 150 }).map(String),
      nonce: fc.option(fc.stringMatching(/^[!#-[\]-~]{1,8}$/)),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const nonces = createDPoPNonces()
        let model: [string, string][] = []
        for (const { origin, nonce } of steps) {
          const known = model.find(([other]) => other === origin)?.[1]
          if (nonce === null) expect(nonces.get(origin)).toBe(known)
          else nonces.set(origin, nonce)
          const value = nonce ?? known
          if (value !== undefined) model = [...model.filter(([other]) => other !== origin), [origin, value] as [string, string]].slice(-100)
        }
        expect(nonces.entries()).toEqual(model)
      }),
      { numRuns: 60 },
    )
  })
})
