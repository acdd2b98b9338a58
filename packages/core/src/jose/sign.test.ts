import { generateKeyPairSync } from 'node:crypto'
import { compactVerify, exportJWK, generateKeyPair, type JWK } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { canaries, expectRefusal } from '../../test/refusal.js'
import type { JsonObject } from '../base/json.js'
import { signJwt } from './sign.js'
import { prepareKey, type SigningKey } from './signing-key.js'

const claims = { sub: canaries.sub }
const pair = (alg: string) => generateKeyPair(alg, { extractable: true })
const headerOf = (jwt: string): unknown => JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString())
const asJwk = async (key: CryptoKey) => (await exportJWK(key)) as JsonObject
const refuse = (attempt: Promise<unknown> | (() => unknown), ...says: readonly string[]) => expectRefusal(attempt, 'KEY_INVALID', { says })
/** What only a caller without types can give. */
const untyped = (value: unknown) => value as SigningKey

describe('signJwt', () => {
  it.each(['RS256', 'RS512', 'PS256', 'PS384', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
    'F-A5: the algorithm %s is told by the CryptoKey',
    async (alg) => {
      const { privateKey, publicKey } = await pair(alg)
      const jwt = await signJwt(privateKey, claims)
      const { payload, protectedHeader } = await compactVerify(jwt, publicKey)
      expect(protectedHeader).toEqual({ alg: alg === 'EdDSA' ? 'Ed25519' : alg })
      expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(claims)
    },
  )

  it('puts kid, alg and further members into the header', async () => {
    const { privateKey, publicKey } = await pair('Ed25519')
    const jwt = await signJwt({ key: privateKey, kid: 'k', alg: 'EdDSA' }, claims, { typ: 'x+jwt' })
    expect(headerOf(jwt)).toEqual({ alg: 'EdDSA', kid: 'k', typ: 'x+jwt' })
    await compactVerify(jwt, publicKey)
  })

  it('F-A5: signs with a JWK, whose alg and kid it takes', async () => {
    const { privateKey, publicKey } = await pair('PS256')
    const jwk = { ...(await asJwk(privateKey)), alg: 'PS256', kid: 'k' }
    expect(headerOf(await signJwt(jwk, claims))).toEqual({ alg: 'PS256', kid: 'k' })
    await compactVerify(await signJwt({ key: jwk, kid: 'other' }, claims), publicKey)
    expect(headerOf(await signJwt({ key: jwk, kid: 'other' }, claims))).toEqual({ alg: 'PS256', kid: 'other' })
  })

  it.each([
    ['ES256', 'ES256'],
    ['ES384', 'ES384'],
    ['ES512', 'ES512'],
    ['EdDSA', 'Ed25519'],
  ])('the algorithm of a JWK of the kind of %s is told by its curve', async (kind, alg) => {
    const { privateKey } = await pair(kind)
    expect(headerOf(await signJwt(await asJwk(privateKey), claims))).toEqual({ alg })
  })

  it("F-A5: signs with Node's KeyObject", async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    await compactVerify(await signJwt({ key: untyped(privateKey) as CryptoKey }, claims), publicKey)
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    await compactVerify(await signJwt({ key: untyped(rsa.privateKey) as CryptoKey, alg: 'RS256' }, claims), rsa.publicKey)
  })

  it('signs with a signer elsewhere, such as a KMS', async () => {
    const { privateKey, publicKey } = await pair('ES256')
    const sign = vi.fn(
      async (data: Uint8Array) => new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, data.slice())),
    )
    const jwt = await signJwt({ alg: 'ES256', kid: 'kms', sign }, claims, { typ: 'x+jwt' })
    expect(sign).toHaveBeenCalledOnce()
    expect(headerOf(jwt)).toEqual({ alg: 'ES256', kid: 'kms', typ: 'x+jwt' })
    await compactVerify(jwt, publicKey)
  })

  it('an error of the signer becomes one of ours, without what was signed', async () => {
    const sign = async (data: Uint8Array) => {
      throw Object.assign(new RangeError(new TextDecoder().decode(data)), { token: canaries.token, claims })
    }
    await refuse(signJwt({ alg: 'ES256', sign }, claims), 'The signer for ES256 could not sign: RangeError was thrown')
  })

  it('a key that looks whole and is not becomes an error of ours', async () => {
    const { privateKey } = await pair('ES256')
    const jwk = await asJwk(privateKey)
    await refuse(signJwt({ ...jwk, d: canaries.secret }, claims), 'The key for ES256 could not sign')
    const useless = await crypto.subtle.importKey('jwk', jwk as JWK, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])
    Object.defineProperty(useless, 'usages', { value: [] })
    await refuse(signJwt(useless, claims), 'could not sign')
  })
})

describe('prepareKey', () => {
  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])(
    'F-A12: a public key where a private one is needed is told when it is given (%s)',
    async (alg) => {
      const { publicKey } = await pair(alg)
      await refuse(() => prepareKey(publicKey), 'The key is a public one')
      await refuse(() => prepareKey({ key: publicKey, alg }), 'The key is a public one')
      await refuse(async () => prepareKey({ ...(await asJwk(publicKey)), alg }), 'The key is a public one')
    },
  )

  it.each([
    undefined,
    null,
    42,
    {},
    [],
    { kty: 1, d: canaries.secret },
    { kty: 'oct', k: canaries.secret },
    { kty: 'oct', d: canaries.secret, alg: 'HS256' },
  ])('F-A12: %o is no private key', async (value) => {
    await refuse(() => prepareKey(untyped(value)), 'Give a private CryptoKey, KeyObject, JWK or a signer')
  })

  it.each(['', canaries.secret, { key: canaries.secret }])('F-A12: %o is no private key, for a text is PEM', async (value) => {
    await refuse(() => prepareKey(untyped(value)), 'The key is a text, and no PEM of one private key')
  })

  it('F-K3: a key of size 2048 bits or larger MUST be used (RFC 7518, 3.3)', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    await refuse(() => prepareKey({ key: untyped(weak) as CryptoKey, alg: 'RS256' }), 'fewer than 2048 bits')
    const { privateKey } = await crypto.subtle.generateKey(
      { name: 'RSA-PSS', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
      true,
      ['sign', 'verify'],
    )
    await refuse(() => prepareKey(privateKey), 'The key has 1024 bits')
    await refuse(() => prepareKey({ kty: 'RSA', d: 'x', e: 'AQAB', alg: 'RS256' }), 'fewer than 2048 bits')
  })

  it.each(['HS256', 'none', 'RS1', 'ES256K', 'x'.repeat(500)])('F-K3: %s signs nothing', async (alg) => {
    const error = await refuse(() => prepareKey({ alg, sign: async (data) => data }), 'The algorithm of the key is')
    expect(error.message.length).toBeLessThan(400)
  })

  it('a key whose algorithm cannot be told wants one beside it', async () => {
    const { privateKey } = await pair('RS256')
    await refuse(async () => prepareKey(await asJwk(privateKey)), 'The algorithm of the key is not known', '{ key, alg }')
    await refuse(() => prepareKey({ kty: 'EC', crv: 'secp256k1', d: 'x' }), 'The algorithm of the key is not known')
    const { privateKey: agreement } = await pair('ECDH-ES')
    await refuse(() => prepareKey(agreement), 'The algorithm of the key is "ECDH"')
  })

  it('RFC 8725, 3.1: a key is not used for another algorithm than its own', async () => {
    const rsa = await pair('RS256')
    const ec = await pair('ES256')
    await refuse(() => prepareKey({ key: rsa.privateKey, alg: 'PS256' }), 'The key is for RS256, and not for "PS256"')
    await refuse(() => prepareKey({ key: rsa.privateKey, alg: 'ES256' }), 'The key is for RS256, and not for "ES256"')
    await refuse(async () => prepareKey({ key: await asJwk(ec.privateKey), alg: 'ES384' }), 'The key is not one for ES384')
    await refuse(async () => prepareKey({ key: await asJwk(ec.privateKey), alg: 'RS256' }), 'The key is not one for RS256')
    expect(prepareKey({ key: (await pair('Ed25519')).privateKey, alg: 'EdDSA' }).alg).toBe('EdDSA')
  })
})
