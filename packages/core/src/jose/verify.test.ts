import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { signText, unsigned } from '../../test/forge.js'
import { type PublicJwk, parseKeySet } from './choose-key.js'
import { signJwt } from './sign.js'
import { verifyMac, verifySignature } from './verify.js'

const pair = async (alg: string) => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, jwk: (await exportJWK(publicKey)) as PublicJwk }
}

describe('verifySignature', () => {
  it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
    'F-K2: a signature by %s is verified, and one by another key is not',
    async (alg) => {
      const { privateKey, jwk } = await pair(alg)
      const jws = await signJwt({ key: privateKey, alg }, { sub: 'user-1' })
      expect(await verifySignature(jws, jwk, alg)).toBe(true)
      expect(await verifySignature(jws, (await pair(alg)).jwk, alg)).toBe(false)
      const [header, , signature] = jws.split('.')
      expect(await verifySignature(`${header}.${Buffer.from('{"sub":"user-2"}').toString('base64url')}.${signature}`, jwk, alg)).toBe(false)
    },
  )

  it.each([
    ['EdDSA', 'Ed25519'],
    ['Ed25519', 'EdDSA'],
  ])('RFC 9864, 2.2: a key that says %s verifies a signature that says %s, more than once', async (keyAlg, alg) => {
    const { privateKey, jwk } = await pair('Ed25519')
    const jws = await signJwt({ key: privateKey, alg }, { sub: 'user-1' })
    const [key] = parseKeySet({ keys: [{ ...jwk, alg: keyAlg }] }, 100) ?? []
    for (let i = 0; i < 2; i++) expect(key && (await verifySignature(jws, key, alg))).toBe(true)
  })

  it('a key whose key_ops name more than verify verifies all the same, and one for another algorithm does not', async () => {
    const { privateKey, jwk } = await pair('ES256')
    const jws = await signJwt({ key: privateKey, alg: 'ES256' }, { sub: 'user-1' })
    expect(await verifySignature(jws, { ...jwk, key_ops: ['sign', 'verify'] }, 'ES256')).toBe(true)
    expect(await verifySignature(jws, { ...jwk, alg: 'ES384', key_ops: ['sign', 'verify'] }, 'ES256')).toBe(false)
    expect(await verifySignature(jws, { ...jwk, alg: 'ES384' }, 'ES256')).toBe(false)
    // What the caller looked at is what counts, not what the header says by itself.
    for (const other of ['ES384', 'RS256', 'none', '']) expect(await verifySignature(jws, jwk, other)).toBe(false)
  })

  it.each([
    ['ES256', undefined],
    ['ES256', 'ES256'],
    ['RS256', 'RS256'],
    ['EdDSA', 'Ed25519'],
  ])('S-B11: a key whose key_ops are sign and verify, which may stand together, verifies %s (RFC 7517, 4.3)', async (alg, keyAlg) => {
    const { privateKey, jwk } = await pair(alg)
    const jws = await signJwt({ key: privateKey, alg }, { sub: 'user-1' })
    const [key] = parseKeySet({ keys: [{ ...jwk, alg: keyAlg, key_ops: ['sign', 'verify'] }] }, 100) ?? []
    for (let i = 0; i < 2; i++) expect(key && (await verifySignature(jws, key, alg))).toBe(true)
    expect(key && (await verifySignature(await signJwt({ key: (await pair(alg)).privateKey, alg }, {}), key, alg))).toBe(false)
  })

  it('S-B12: the algorithm of the header must be the one that was chosen (RFC 8725, 3.1)', async () => {
    const { privateKey, jwk } = await pair('RS256')
    const jws = await signJwt(privateKey, { sub: 'user-1' })
    expect(await verifySignature(jws, jwk, 'PS256')).toBe(false)
    expect(await verifySignature(jws, { ...jwk, alg: 'PS256' }, 'RS256')).toBe(false)
    expect(await verifySignature(jws, { ...jwk, alg: 'PS256', key_ops: ['verify'] }, 'RS256')).toBe(false)
  })

  it('S-B13: a 1024-bit RSA key verifies nothing (RFC 7518, 3.3)', async () => {
    const { privateKey, publicKey } = await crypto.subtle.generateKey(
      { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
      true,
      ['sign', 'verify'],
    )
    const input = unsigned({ alg: 'RS256' }, { sub: 'user-1' }).slice(0, -1)
    const signature = Buffer.from(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, Buffer.from(input))).toString('base64url')
    expect(await verifySignature(`${input}.${signature}`, (await exportJWK(publicKey)) as PublicJwk, 'RS256')).toBe(false)
  })

  it('S-B15: a point that is not on the curve verifies nothing (RFC 8725, 3.4)', async () => {
    const { privateKey, jwk } = await pair('ES256')
    const jws = await signText(privateKey, { alg: 'ES256' }, { sub: 'user-1' })
    expect(await verifySignature(jws, jwk, 'ES256')).toBe(true)
    const flip = (value: unknown) => {
      const bytes = Buffer.from(String(value), 'base64url')
      bytes[5] = (bytes[5] ?? 0) ^ 1
      return bytes.toString('base64url')
    }
    for (const y of [flip(jwk.y), jwk.x, 'AQ', '', undefined, 7])
      expect(await verifySignature(jws, { ...jwk, y } as PublicJwk, 'ES256')).toBe(false)
  })

  it('S-E19: an ECDSA signature in DER, or of zeros, is none (RFC 7518, 3.4)', async () => {
    const { privateKey, jwk } = await pair('ES256')
    const jws = await signText(privateKey, { alg: 'ES256' }, { sub: 'user-1' })
    const input = jws.slice(0, jws.lastIndexOf('.'))
    const raw = Buffer.from(jws.slice(input.length + 1), 'base64url')
    const integer = (bytes: Uint8Array) => Buffer.from([2, 33, 0, ...bytes])
    const der = Buffer.concat([Buffer.from([0x30, 70]), integer(raw.subarray(0, 32)), integer(raw.subarray(32))])
    for (const signature of [der, Buffer.alloc(64), Buffer.alloc(0), raw.subarray(1), Buffer.concat([raw, Buffer.alloc(1)])])
      expect(await verifySignature(`${input}.${signature.toString('base64url')}`, jwk, 'ES256')).toBe(false)
  })

  it('S-B19: x5c beside a key is not a chain of trust: the key alone decides (RFC 7517, 4.7)', async () => {
    const { privateKey, jwk } = await pair('ES256')
    const jws = await signText(privateKey, { alg: 'ES256' }, { sub: 'user-1' })
    expect(await verifySignature(jws, { ...jwk, x5c: ['bm90IGEgY2VydGlmaWNhdGU='] }, 'ES256')).toBe(true)
    expect(await verifySignature(jws, { ...(await pair('ES256')).jwk, x5c: ['bm90IGEgY2VydGlmaWNhdGU='] }, 'ES256')).toBe(false)
  })
})

describe('verifyMac', () => {
  it('S-B27: an HMAC of another size than the one that was looked at is none, though the secret made it', async () => {
    const secret = 'canary'.repeat(12)
    const jws = await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
    expect(await verifyMac(jws, secret, 'HS256')).toBe(true)
    for (const other of ['HS384', 'HS512', 'none']) expect(await verifyMac(jws, secret, other)).toBe(false)
    expect(await verifyMac(jws, `${secret}!`, 'HS256')).toBe(false)
  })
})
