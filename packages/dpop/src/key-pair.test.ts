import { exportJWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { dpop } from './dpop.js'
import { type DPoPAlgorithm, type DPoPKeyPair, generateDPoPKeyPair } from './key-pair.js'

const algorithms: DPoPAlgorithm[] = ['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'EdDSA', 'Ed25519']
const invalid = (problem: string) => expect.objectContaining({ code: 'DPOP_KEY_INVALID', message: expect.stringContaining(problem) })
const install = (keyPair: unknown) => () => dpop({ keyPair: keyPair as DPoPKeyPair })

describe('generateDPoPKeyPair (RFC 9449, section 4)', () => {
  it('F-K-D1: makes a key for ES256 unless another algorithm is asked for', async () => {
    const { privateKey, publicKey } = await generateDPoPKeyPair()
    expect(privateKey.algorithm).toEqual({ name: 'ECDSA', namedCurve: 'P-256' })
    expect({ usages: privateKey.usages, type: privateKey.type }).toEqual({ usages: ['sign'], type: 'private' })
    expect({ usages: publicKey.usages, type: publicKey.type }).toEqual({ usages: ['verify'], type: 'public' })
  })

  it.each(algorithms)('F-K-D1: makes a key for %s that dpop() takes', async (alg) => {
    expect(install(await generateDPoPKeyPair(alg))).not.toThrow()
  })

  it.each(algorithms)('S-J17: the private key for %s cannot be exported', async (alg) => {
    const { privateKey } = await generateDPoPKeyPair(alg)
    expect(privateKey.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('jwk', privateKey)).rejects.toThrow()
  })

  it('S-J17: the private key can be exported where that was asked for', async () => {
    const { privateKey } = await generateDPoPKeyPair('ES256', { extractable: true })
    expect(await exportJWK(privateKey)).toHaveProperty('d')
  })

  it('F-K-D1: an RSA key has 2048 bits, or as many more as are asked for', async () => {
    const [usual, longer] = await Promise.all([generateDPoPKeyPair('PS256'), generateDPoPKeyPair('RS256', { modulusLength: 2056 })])
    expect(usual.publicKey.algorithm).toMatchObject({ name: 'RSA-PSS', modulusLength: 2048 })
    expect(longer.publicKey.algorithm).toMatchObject({ name: 'RSASSA-PKCS1-v1_5', modulusLength: 2056 })
  })

  it.each([1024, 2047, 0, -1, Number.NaN])('S-J20: an RSA key of %d bits is not made', async (modulusLength) => {
    await expect(generateDPoPKeyPair('PS256', { modulusLength })).rejects.toThrow(invalid(`${modulusLength} bits`))
  })

  it.each(['HS256', 'none', 'RS1', 'es256', 'toString', '', null])('S-J20: no key is made for the algorithm %j', async (alg) => {
    await expect(generateDPoPKeyPair(alg as DPoPAlgorithm)).rejects.toThrow(invalid('is asked for'))
  })
})

describe('a key pair that cannot make proofs is refused at once, by dpop() itself', () => {
  let pair: DPoPKeyPair
  beforeAll(async () => {
    pair = await generateDPoPKeyPair()
  })

  it.each([undefined, null, {}, 'key', 5])('S-J20: %j in place of a key pair', (keyPair) => {
    expect(install(keyPair)).toThrow(invalid('The private key is missing'))
  })

  it('S-J20: a key pair that nobody awaited', async () => {
    const promise = generateDPoPKeyPair()
    expect(install(promise)).toThrow(invalid('await it'))
    await promise
  })

  it('S-J20: a pair without one of its keys', () => {
    expect(install({ publicKey: pair.publicKey })).toThrow(invalid('The private key is missing'))
    expect(install({ privateKey: pair.privateKey })).toThrow(invalid('The public key is missing'))
  })

  it('S-J20: the two keys the wrong way round', () => {
    expect(install({ privateKey: pair.publicKey, publicKey: pair.privateKey })).toThrow(invalid('The private key is a public one'))
    expect(install({ privateKey: pair.privateKey, publicKey: pair.privateKey })).toThrow(invalid('The public key is a private one'))
  })

  it('S-J20: keys that are JWKs and no CryptoKeys', async () => {
    expect(install({ privateKey: { kty: 'EC' }, publicKey: await exportJWK(pair.publicKey) })).toThrow(invalid('no CryptoKey'))
  })

  it('S-J20: an RSA key below 2048 bits', async () => {
    const algorithm = { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]) }
    expect(install(await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']))).toThrow(invalid('1024 bits'))
  })

  it('S-J20: a symmetric key, as HS256 has', async () => {
    const secret = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
    expect(install({ privateKey: secret, publicKey: secret })).toThrow(invalid('secret'))
  })

  it.each([
    ['RSASSA-PKCS1-v1_5 with SHA-1', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1', modulusLength: 2048 }, ['sign', 'verify']],
    ['RSA-OAEP', { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 2048 }, ['encrypt', 'decrypt']],
    ['ECDH', { name: 'ECDH', namedCurve: 'P-256' }, ['deriveBits']],
  ] as const)('S-J20: a key for %s', async (_, algorithm, usages) => {
    const kind = { ...algorithm, publicExponent: new Uint8Array([1, 0, 1]) }
    expect(install(await crypto.subtle.generateKey(kind, false, [...usages]))).toThrow(invalid(`The private key is for ${algorithm.name}`))
  })

  it('S-J20: a public key of another kind or length than the private one', async () => {
    const [other, short, long] = await Promise.all([
      generateDPoPKeyPair('ES384'),
      generateDPoPKeyPair('PS256'),
      generateDPoPKeyPair('PS256', { modulusLength: 2056 }),
    ])
    expect(install({ ...pair, publicKey: other.publicKey })).toThrow(invalid('do not belong together'))
    expect(install({ ...short, publicKey: long.publicKey })).toThrow(invalid('do not belong together'))
  })

  it('S-J20: a public key that cannot be exported, so that no proof could hold it', async () => {
    const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey)
    const publicKey = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
    expect(install({ ...pair, publicKey })).toThrow(invalid('cannot be exported'))
  })
})
