import { createSign, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { compactVerify, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { expectRefusal } from '../../test/refusal.js'
import { toJoseSignature } from './ecdsa-signature.js'
import { signJwt } from './sign.js'

const kinds = [
  ['ES256', 'P-256', 'SHA256', 32],
  ['ES384', 'P-384', 'SHA384', 48],
  ['ES512', 'P-521', 'SHA512', 66],
] as const

/** An integer as DER has it: the least bytes, and a zero before what would be negative. */
const integer = (bytes: Uint8Array): number[] => {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const value = [...bytes.subarray(start)]
  if ((value[0] ?? 0) >= 0x80) value.unshift(0)
  return [0x02, value.length, ...value]
}
const sequence = (content: number[]) => Uint8Array.from([0x30, ...(content.length >= 0x80 ? [0x81] : []), content.length, ...content])

describe('signatures of key services', () => {
  it.each(kinds)(
    'F-A5: a signer for %s may give DER, as a KMS does, and servers verify it (RFC 7518, 3.4)',
    async (alg, namedCurve, hash) => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
      const key = await importJWK({ ...publicKey.export({ format: 'jwk' }), alg })
      // Many, for one signature in 128 has a shorter number.
      for (const dsaEncoding of ['der', 'ieee-p1363'] as const)
        for (let i = 0; i < 40; i++) {
          const sign = async (data: Uint8Array) => createSign(hash).update(data).sign({ key: privateKey, dsaEncoding })
          const jws = await signJwt({ alg, kid: 'kms', sign }, { i })
          expect((await compactVerify(jws, key)).protectedHeader).toEqual({ alg, kid: 'kms' })
        }
    },
  )

  it.each(kinds)('%s: any two numbers in DER come out as r || s', (alg, _curve, _hash, size) => {
    const number = fc.uint8Array({ minLength: size, maxLength: size }).filter((bytes) => bytes.some((byte) => byte !== 0))
    fc.assert(
      fc.property(number, number, fc.nat(size - 1), (r, s, zeros) => {
        const short = Uint8Array.from(r)
        short.fill(0, 0, zeros)
        fc.pre(short.some((byte) => byte !== 0))
        const der = sequence([...integer(short), ...integer(s)])
        fc.pre(der.length !== 2 * size)
        expect(Buffer.from(toJoseSignature(der, alg)).equals(Buffer.concat([short, s]))).toBe(true)
      }),
    )
  })

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['one byte too few', new Uint8Array(63).fill(1)],
    ['another curve', new Uint8Array(96).fill(1)],
    ['a number longer than the curve', sequence([...integer(new Uint8Array(33).fill(0x7f)), ...integer(new Uint8Array(32).fill(1))])],
    ['zero', sequence([2, 1, 0, ...integer(new Uint8Array(32).fill(1))])],
    ['a negative number', sequence([2, 1, 0x80, ...integer(new Uint8Array(32).fill(1))])],
    ['a number padded with zeros', sequence([2, 2, 0, 1, ...integer(new Uint8Array(32).fill(1))])],
    ['something after it', Uint8Array.from([...sequence([2, 1, 1, 2, 1, 1]), 0])],
    ['three numbers', sequence([2, 1, 1, 2, 1, 1, 2, 1, 1])],
    ['another tag', sequence([3, 1, 1, 2, 1, 1])],
    ['a length that lies', Uint8Array.from([0x30, 7, 2, 1, 1, 2, 1, 1])],
    ['a length in the long form without need', Uint8Array.from([0x30, 0x81, 6, 2, 1, 1, 2, 1, 1])],
  ])('DER with %s is refused: two texts must not mean one signature', async (_, bytes) => {
    await expectRefusal(() => toJoseSignature(bytes, 'ES256'), 'KEY_INVALID', { says: ['The signer for ES256 gave'] })
  })

  it.each([undefined, null, 'c2lnbmF0dXJl', 7, {}])('%j is no signature', async (value) => {
    await expectRefusal(() => toJoseSignature(value, 'ES256'), 'KEY_INVALID', { says: ['no bytes'] })
  })

  it('signatures of other algorithms pass as they are', () => {
    const bytes = Uint8Array.from([0x30, 6, 2, 1, 1, 2, 1, 1])
    for (const alg of ['PS256', 'RS256', 'EdDSA']) expect(toJoseSignature(bytes, alg)).toBe(bytes)
  })
})
