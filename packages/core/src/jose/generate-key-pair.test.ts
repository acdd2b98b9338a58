import { exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { expectRefusal } from '../../test/refusal.js'
import { generateKeyPair } from '../index.js'
import type { PublicJwk } from './choose-key.js'
import { signJwt } from './sign.js'
import { verifySignature } from './verify.js'

describe('generateKeyPair', () => {
  it.each(['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'PS384', 'PS512', 'EdDSA', 'Ed25519'])(
    'F-K11, F-K2: for %s: it signs, and the private key cannot be exported',
    async (alg) => {
      const { privateKey, publicKey } = await generateKeyPair(alg)
      expect([privateKey.extractable, publicKey.extractable]).toEqual([false, true])
      const jws = await signJwt({ key: privateKey, alg }, {})
      expect(await verifySignature(jws, (await exportJWK(publicKey)) as PublicJwk, alg)).toBe(true)
    },
  )

  it.each([
    ['RSA-OAEP-256', undefined, 'RSA-OAEP'],
    ['ECDH-ES', undefined, 'ECDH'],
    ['ECDH-ES+A256KW', 'P-521', 'ECDH'],
    ['ECDH-ES', 'X25519', 'X25519'],
  ] as const)('F-K11, F-K5: for %s (%s) it makes keys to decrypt with', async (alg, crv, name) => {
    const { privateKey } = await generateKeyPair(alg, crv === undefined ? {} : { crv })
    expect(privateKey.algorithm).toMatchObject({ name, ...(crv?.startsWith('P') && { namedCurve: crv }) })
  })

  it('F-K11: takes more bits, and lets the private key be exported on request', async () => {
    const { privateKey } = await generateKeyPair('PS256', { modulusLength: 3072, extractable: true })
    expect([privateKey.extractable, (privateKey.algorithm as RsaKeyAlgorithm).modulusLength]).toEqual([true, 3072])
  })

  it.each(['HS256', 'A128KW', 'dir', 'none', 'es256', '__proto__', 'RSA1_5', '', undefined, 7])('F-K3: %s is refused', async (alg) => {
    await expectRefusal(generateKeyPair(alg as string), 'KEY_INVALID', { says: ['asymmetric'] })
  })

  it.each([1024, 2047, 2048.5, Number.NaN, '4096'])('F-K3: %j bits are refused (RFC 7518, 3.3)', async (modulusLength) => {
    await expectRefusal(generateKeyPair('PS256', { modulusLength: modulusLength as number }), 'KEY_INVALID', { says: ['2048 or more'] })
  })

  it('what the platform lacks is told', async () => {
    await expectRefusal(generateKeyPair('ECDH-ES', { crv: 'P-192' as 'P-256' }), 'KEY_INVALID', { says: ['This platform does not make'] })
  })
})
