import { describe, expect, it } from 'vitest'
import { chooseKeys, isPrivate, parseKeySet } from './choose-key.js'

const n = 'x'.repeat(342)
const rsa = { kty: 'RSA', n, e: 'AQAB', kid: 'rsa' }
const x = 'x'.repeat(43)
const ec = { kty: 'EC', crv: 'P-256', x, y: x, kid: 'ec' }
const okp = { kty: 'OKP', crv: 'Ed25519', x, kid: 'okp' }
const akp = { kty: 'AKP', alg: 'ML-DSA-44', pub: 'x', kid: 'akp' }

const parse = (...keys: readonly unknown[]) => parseKeySet({ keys }, 100)
const choose = (alg: string, kid: unknown, ...keys: readonly unknown[]) => chooseKeys(parse(...keys) ?? [], alg, kid)

describe('parseKeySet', () => {
  it('keeps every key that can verify, frozen', () => {
    const keys = parse(rsa, ec, okp, akp)
    expect(keys).toEqual([rsa, ec, okp, akp])
    expect(Object.isFrozen(keys) && keys?.every(Object.isFrozen)).toBe(true)
  })

  it.each([undefined, null, 'keys', [], [rsa], {}, { keys: {} }, { keys: 'x' }, { keys: null }, { jwks: [rsa] }])(
    'RFC 7517, 5: a JWK Set MUST have a "keys" member, an array; %o is none',
    (value) => {
      expect(parseKeySet(value, 100)).toBeUndefined()
    },
  )

  it.each([null, 'key', 1, [], [rsa], {}, { kty: 1 }, { kty: '' }, { kid: 'no kty' }, { ...rsa, n: undefined }, { ...rsa, n: 7 }])(
    'S-B06, S-B07: %o is ignored and does not spoil the good key beside it (RFC 7517, 5)',
    (bad) => {
      expect(parse(bad, ec)).toEqual([ec])
    },
  )

  it('S-B07: a key of an unknown kty is never chosen, and the good one is (RFC 7517, 5)', () => {
    expect(choose('ES256', undefined, { kty: 'quantum', kid: 'q' }, ec)).toEqual([ec])
  })

  it.each([
    { ...ec, use: 'enc' },
    { ...ec, use: '' },
    { ...ec, use: ['sig'] },
    { ...ec, key_ops: ['encrypt'] },
    { ...ec, key_ops: [] },
    { ...ec, key_ops: 'verify' },
    { ...ec, use: 'sig', key_ops: ['sign'] },
  ])('S-B11: %o is not for verifying and never used to (RFC 7517, 4.2, 4.3)', (key) => {
    expect(parse(key)).toEqual([])
  })

  it.each([
    { ...ec, use: 'sig' },
    { ...ec, key_ops: ['verify'] },
    { ...ec, use: 'sig', key_ops: ['verify', 'sign'] },
  ])('S-B11: %o may be used to verify (RFC 7517, 4.2, 4.3)', (key) => {
    expect(parse(key)).toEqual([key])
  })

  it.each(['AQ', 'AAE', 'AAAB', 'Ag', 'AQAA', 'BA', 'AA', '', 'AQAB=', 'AQ B', undefined, null, 65537, ['AQAB']])(
    'S-B13, S-B07: RFC 8017, 3.1: the RSA public exponent is odd and at least 3; a key with %j verifies nothing',
    (e) => {
      expect(parse({ ...rsa, e }, ec)).toEqual([ec])
    },
  )

  it.each(['Aw', 'EQ', 'AQAB', 'AAM', 'AQAAAAE'])('RFC 8017, 3.1: a key with the exponent %s may verify', (e) => {
    expect(parse({ ...rsa, e })).toEqual([{ ...rsa, e }])
  })

  it('S-B13: a key of size 2048 bits or larger MUST be used (RFC 7518, 3.3)', () => {
    expect(parse({ ...rsa, n: 'x'.repeat(171) }, { ...rsa, n: 'x'.repeat(341) })).toEqual([])
    expect(parse({ ...rsa, n: 'x'.repeat(683) })).toHaveLength(1)
  })

  it.each([
    { ...ec, x: `AAAA${x}` },
    { ...ec, y: `AAAA${x}` },
    { ...ec, y: x.slice(1) },
    { ...ec, y: undefined },
    { ...ec, x: 7 },
    { ...ec, crv: 'P-384' },
    { ...okp, x: x.slice(1) },
    { ...okp, x: undefined },
  ])('S-B15: %o is refused: a coordinate has the length of its curve (RFC 7518, 6.2.1.2)', (key) => {
    expect(parse(key, ec)).toEqual([ec])
  })

  it.each([
    ['P-384', 64],
    ['P-521', 88],
  ])('S-B15: a key of %s has coordinates of %d characters', (crv, length) => {
    const y = 'x'.repeat(length)
    expect(parse({ ...ec, crv, x: y, y })).toHaveLength(1)
    expect(parse({ ...ec, crv, x: y, y: x })).toEqual([])
  })

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv', 'k'])(
    'S-B16: a key with the private member %s is refused (RFC 7517, 9.2)',
    (member) => {
      const leaked = { ...rsa, [member]: 'canary' }
      expect(parse(leaked, ec)).toEqual([ec])
      expect(isPrivate(leaked)).toBe(true)
      expect(isPrivate(rsa)).toBe(false)
    },
  )

  it('S-B17: a symmetric key is never taken from a key set (RFC 8725, 3.1)', () => {
    expect(parse({ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }, { kty: 'oct', alg: 'HS256' })).toEqual([])
  })

  it('S-B20: at most so many keys are looked at', () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => ({ ...ec, kid: `k${i}` }))
    expect(parseKeySet({ keys }, 100)).toHaveLength(100)
  })
})

describe('chooseKeys', () => {
  it('S-B10: if there is one candidate, a kid is not needed (Core 10.1)', () => {
    expect(choose('ES256', undefined, rsa, ec, okp)).toEqual([ec])
  })

  it('F-K10: takes the key that the kid names', () => {
    const other = { ...ec, kid: 'other' }
    expect(choose('ES256', 'other', ec, other)).toEqual([other])
  })

  it.each(['EC', 'ec ', 'unknown', '', 1, null, {}, ['ec']])('S-B01: no key has the kid %o (RFC 7517, 4.5: case-sensitive)', (kid) => {
    expect(choose('ES256', kid, ec)).toEqual([])
  })

  it('S-B08: of keys that share a kid, a small bounded number is tried (RFC 7517, 4.5)', () => {
    expect(choose('ES256', 'ec', ec, { ...ec, x: 'y'.repeat(43) })).toHaveLength(2)
    expect(choose('ES256', undefined, ...Array.from({ length: 50 }, () => ec))).toHaveLength(4)
  })

  it.each([
    ['ES256', { ...ec, alg: 'ES384' }],
    ['ES256', { ...ec, crv: 'P-384' }],
    ['ES256', { ...ec, crv: undefined }],
    ['ES384', ec],
    ['RS256', { ...rsa, alg: 'PS256' }],
    ['RS256', ec],
    ['ES256', rsa],
    ['EdDSA', { ...okp, crv: 'X25519' }],
    ['EdDSA', { ...okp, crv: 'Ed448' }],
    ['RS256', { ...rsa, alg: 1 }],
    ['ML-DSA-65', akp],
    ['ML-DSA-44', { ...akp, alg: undefined }],
    ['HS256', rsa],
    ['none', rsa],
    ['constructor', rsa],
  ])('S-B12: for %s, %o is no candidate: kty, crv and alg must fit (RFC 8725, 3.1)', (alg, key) => {
    expect(choose(alg, undefined, key)).toEqual([])
  })

  it.each([
    ['EdDSA', { ...okp, alg: 'Ed25519' }],
    ['Ed25519', { ...okp, alg: 'EdDSA' }],
    ['ML-DSA-44', akp],
    ['PS512', rsa],
    ['RS256', { ...rsa, alg: 'RS256' }],
  ])('S-B12: for %s, %o is one', (alg, key) => {
    expect(choose(alg, undefined, key)).toHaveLength(1)
  })
})
