import { describe, expect, it } from 'vitest'
import { findAlgorithm, isMac, isSameAlgorithm } from './algorithms.js'

describe('findAlgorithm', () => {
  it.each([
    ['RS256', { kty: 'RSA', hash: 'SHA-256' }],
    ['RS384', { kty: 'RSA', hash: 'SHA-384' }],
    ['RS512', { kty: 'RSA', hash: 'SHA-512' }],
    ['PS256', { kty: 'RSA', hash: 'SHA-256' }],
    ['PS384', { kty: 'RSA', hash: 'SHA-384' }],
    ['PS512', { kty: 'RSA', hash: 'SHA-512' }],
    ['ES256', { kty: 'EC', crv: 'P-256', hash: 'SHA-256' }],
    ['ES384', { kty: 'EC', crv: 'P-384', hash: 'SHA-384' }],
    ['ES512', { kty: 'EC', crv: 'P-521', hash: 'SHA-512' }],
    ['EdDSA', { kty: 'OKP', crv: 'Ed25519', hash: 'SHA-512' }],
    ['Ed25519', { kty: 'OKP', crv: 'Ed25519', hash: 'SHA-512' }],
    ['ML-DSA-44', { kty: 'AKP', hash: 'SHA-512' }],
    ['ML-DSA-65', { kty: 'AKP', hash: 'SHA-512' }],
    ['ML-DSA-87', { kty: 'AKP', hash: 'SHA-512' }],
  ])('F-K2: %s is an asymmetric signature algorithm (RFC 7518, 3.1; RFC 9864)', (alg, wanted) => {
    expect(findAlgorithm(alg)).toEqual(wanted)
  })

  it.each([
    'none',
    'None',
    'NONE',
    'nOnE',
    'none ',
    '',
    'HS256',
    'HS384',
    'HS512',
    'rs256',
    'RS256 ',
    ' RS256',
    'RS256\n',
    'RS128',
    'RS1',
    'ES256K',
    'Ed448',
    'ML-DSA-99',
    'constructor',
    '__proto__',
    'toString',
    undefined,
    null,
    256,
    true,
    ['RS256'],
    { toString: () => 'RS256' },
  ])('S-E03, S-B17: %o is none, for names are case-exact and only asymmetric algorithms are ever accepted (RFC 8725, 3.1)', (alg) => {
    expect(findAlgorithm(alg)).toBeUndefined()
  })
})

describe('isMac', () => {
  it('S-E05: is true of the three HMACs of RFC 7518, 3.1, and of no other name', () => {
    expect(['HS256', 'HS384', 'HS512'].every(isMac)).toBe(true)
    expect(['', 'HS', 'HS1', 'HS257', 'hs256', 'HS2560', 'xHS256', ' HS256', 'HS256 ', 'RS256', 'none'].some(isMac)).toBe(false)
  })
})

describe('isSameAlgorithm', () => {
  it('takes Ed25519 and EdDSA for one, for servers know the algorithm by either name (RFC 9864, 2.2)', () => {
    expect(isSameAlgorithm('Ed25519', 'EdDSA')).toBe(true)
    expect(isSameAlgorithm('EdDSA', 'Ed25519')).toBe(true)
    expect(isSameAlgorithm('RS256', 'RS256')).toBe(true)
  })

  it.each([
    ['RS256', 'PS256'],
    ['RS256', 'rs256'],
    ['ES256', 'ES384'],
    ['EdDSA', 'ES256'],
    ['none', 'None'],
  ])('keeps %s and %s apart', (a, b) => {
    expect(isSameAlgorithm(a, b)).toBe(false)
  })
})
