import { describe, expect, it } from 'vitest'
import { segment } from '../../test/forge.js'
import { decodeJwt, isEncrypted, readHeader } from './decode.js'

const header = segment({ alg: 'ES256' })
const claims = segment({ sub: 'canary' })
const signature = 'c2lnbmF0dXJl'
const decode = (jwt: unknown, limit = 65536) => decodeJwt(jwt, limit, 32)

/** A SyntaxError with these words, and nothing of the token. */
const refuse = (jwt: unknown, words: string | RegExp, limit?: number) => {
  expect(() => decode(jwt, limit)).toThrow(SyntaxError)
  expect(() => decode(jwt, limit)).toThrow(words)
  expect(() => decode(jwt, limit)).not.toThrow(/canary|eyJ/)
}

describe('decodeJwt', () => {
  it('takes a compact JWS apart (RFC 7515, 7.1)', () => {
    expect(decode(`${header}.${claims}.${signature}`)).toEqual({ header: { alg: 'ES256' }, claims: { sub: 'canary' } })
    expect(decode(`${header}.${claims}.`)).toEqual({ header: { alg: 'ES256' }, claims: { sub: 'canary' } })
  })

  it.each([1, 2, 4, 5, 6, 9])('S-E15: a JWT of %i segments is refused (RFC 7515, 7.1)', (count) => {
    refuse(Array(count).fill(claims).join('.'), `it has ${Math.min(count, 7)} segments`)
  })

  it.each([undefined, null, 1, {}, [], true])('S-D15: %o is no JWT', (value) => {
    refuse(value, 'it is not a string')
  })

  it('S-E14: a header of 1 MB is refused by its length, before it is decoded', () => {
    refuse(`${'A'.repeat(1_000_000)}.${claims}.${signature}`, 'it is longer than 65536 characters')
    const exact = `${header}.${claims}.${signature}`
    expect(decode(exact, exact.length).claims).toEqual({ sub: 'canary' })
    refuse(exact, 'it is longer than', exact.length - 1)
  })

  it('S-E16: all trailing "=" characters are omitted (RFC 7515, 2)', () => {
    refuse(`${header}.${Buffer.from('{"a":1}').toString('base64url')}==.${signature}`, 'it is not base64url')
    refuse(`${header}.${claims}.QQ==`, 'it is not base64url')
  })

  it.each([' ', '\n', '\r\n', '\t', '\0', '\u00a0'])(
    'S-E17: base64url is without line breaks, white space (%o) or other characters (RFC 7515, 2)',
    (space) => {
      for (const spoiled of [
        `${header}${space}.${claims}.${signature}`,
        `${header}.${claims.slice(0, 4)}${space}${claims.slice(4)}.${signature}`,
        `${header}.${claims}.${signature}${space}`,
        `${space}${header}.${claims}.${signature}`,
      ])
        refuse(spoiled, 'it is not base64url')
    },
  )

  it.each(['+', '/', '%', '~', 'é'])('S-E17: %o is not in the alphabet of base64url (RFC 4648, 5)', (character) => {
    refuse(`${header}.${claims}.${signature}${character.repeat(4)}`, 'it is not base64url')
  })

  it('S-E18: pad bits that are not zero are refused, so that two texts never mean the same bytes (RFC 4648, 3.5)', () => {
    expect(decode(`${header}.${claims}.QQ`)).toBeDefined()
    for (const variant of ['QR', 'QS', 'Qf']) refuse(`${header}.${claims}.${variant}`, 'it is not base64url')
  })

  it('S-E12: the Header Parameter names within the JOSE Header MUST be unique (RFC 7515, 4)', () => {
    refuse(`${segment('{"alg":"none","alg":"ES256"}')}.${claims}.${signature}`, 'a member name appears twice')
    refuse(`${segment('{"alg":"none","\\u0061lg":"ES256"}')}.${claims}.${signature}`, 'a member name appears twice')
  })

  it('S-E52: the Claim Names within a JWT Claims Set MUST be unique (RFC 7519, 4)', () => {
    refuse(`${header}.${segment('{"sub":"admin","sub":"user1"}')}.${signature}`, 'a member name appears twice')
  })

  it.each(['[]', 'null', '1', '"canary"', 'true', '[{"sub":"canary"}]'])(
    'S-E56: a payload of %s is refused (RFC 7519, 7.2, 10)',
    (text) => {
      refuse(`${header}.${segment(text)}.${signature}`, 'a segment is not a JSON object')
      refuse(`${segment(text)}.${claims}.${signature}`, 'a segment is not a JSON object')
    },
  )

  it.each(['', '{', '{"sub":"canary"', '{"sub":"canary"}x', "{'sub':'canary'}", '{"sub":canary}'])('S-E56: %j is not JSON', (text) => {
    refuse(`${header}.${segment(text)}.${signature}`, 'it is not JSON')
  })

  it('S-E57: a payload a million levels deep is refused', () => {
    refuse(`${header}.${segment(`{"a":${'['.repeat(1_000_000)}`)}.${signature}`, 'it is nested deeper than 32 levels', 9_000_000)
  })

  it('RFC 7519, 7.2, 10: a payload that is not UTF-8 is refused', () => {
    refuse(`${header}.${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')}.${signature}`, 'it is not UTF-8')
  })

  it('S-E53: a claim named __proto__ is dropped and changes no prototype', () => {
    const { claims: parsed } = decode(`${header}.${segment('{"sub":"canary","__proto__":{"admin":true}}')}.${signature}`)
    expect(Object.keys(parsed)).toEqual(['sub'])
    expect(parsed.admin).toBeUndefined()
    expect(({} as Record<string, unknown>).admin).toBeUndefined()
  })
})

describe('readHeader', () => {
  it('gives the header of a JWE, whatever stands behind it (RFC 7516, 3)', () => {
    expect(readHeader(`${segment({ alg: 'dir', enc: 'A128GCM' })}.b.c.d.e`)).toEqual({ alg: 'dir', enc: 'A128GCM' })
    expect(readHeader(header)).toEqual({ alg: 'ES256' })
  })

  it.each(['', '.', 'x', 'a.b', segment('[]'), segment('{"alg":1,"alg":2}'), segment(`{"a":${'['.repeat(9)}${']'.repeat(9)}}`)])(
    'S-E12: of %j there is none',
    (jwe) => {
      expect(readHeader(jwe)).toBeUndefined()
    },
  )
})

describe('isEncrypted', () => {
  it('tells the five segments of a JWE from the three of a JWS (RFC 7516, 9)', () => {
    expect(isEncrypted('a.b.c.d.e')).toBe(true)
    for (const other of ['a.b.c', 'a.b.c.d', 'a.b.c.d.e.f', '', '....'.slice(1)]) expect(isEncrypted(other)).toBe(false)
  })
})
