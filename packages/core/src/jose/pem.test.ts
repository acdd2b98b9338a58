import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { compactVerify, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { expectRefusal } from '../../test/refusal.js'
import { createClient, privateKeyJwt } from '../index.js'
import { decodePem } from './pem.js'
import { signJwt } from './sign.js'

const pairs = {
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed25519: generateKeyPairSync('ed25519'),
} as const
const pemOf = (key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8') => String(key.export({ format: 'pem', type: type as 'pkcs8' }))

describe('private keys in PEM (RFC 7468, 10)', () => {
  it.each([
    ['ES256', 'P-256', undefined],
    ['ES384', 'P-384', undefined],
    ['ES512', 'P-521', undefined],
    ['Ed25519', 'Ed25519', undefined],
    ['EdDSA', 'Ed25519', 'EdDSA'],
    ['RS256', 'RSA', 'RS256'],
    ['PS512', 'RSA', 'PS512'],
  ] as const)('F-A5: sign with %s, alone where the key tells what it is for', async (alg, kind, given) => {
    const { privateKey, publicKey } = pairs[kind]
    const pem = pemOf(privateKey)
    const jws = await signJwt(given === undefined ? pem : { key: pem, alg: given, kid: 'k' }, { sub: 'x' })
    const { protectedHeader } = await compactVerify(jws, await importJWK({ ...publicKey.export({ format: 'jwk' }), alg }))
    expect(protectedHeader).toEqual(given === undefined ? { alg } : { alg, kid: 'k' })
  })

  it('F-A5: privateKeyJwt takes one, and white space around it does no harm', async () => {
    const forms: URLSearchParams[] = []
    const client = createClient(
      { issuer: 'https://as.example', token_endpoint: 'https://as.example/token' },
      {
        client_id: 'c',
        authentication: privateKeyJwt(`\n${pemOf(pairs['P-256'].privateKey)}\r\n`),
        fetch: async (_, init) => {
          forms.push(new URLSearchParams(String(init?.body)))
          return Response.json({ access_token: 'at', token_type: 'Bearer' })
        },
      },
    )
    const { clientCredentialsGrant } = await import('../index.js')
    for (let i = 0; i < 2; i++) await clientCredentialsGrant(client)
    const key = await importJWK({ ...pairs['P-256'].publicKey.export({ format: 'jwk' }), alg: 'ES256' })
    for (const form of forms) await compactVerify(form.get('client_assertion') ?? '', key)
    expect(forms).toHaveLength(2)
  })

  it.each([
    ['SPKI', () => String(pairs.RSA.publicKey.export({ format: 'pem', type: 'spki' })), 'a public key (SPKI)'],
    ['PKCS#1 public', () => String(pairs.RSA.publicKey.export({ format: 'pem', type: 'pkcs1' })), 'a public key (PKCS#1)'],
    ['PKCS#1', () => pemOf(pairs.RSA.privateKey, 'pkcs1'), 'of PKCS#1. Convert it'],
    ['SEC1', () => pemOf(pairs['P-256'].privateKey, 'sec1'), 'of SEC1. Convert it'],
    [
      'encrypted',
      () => String(pairs.RSA.privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })),
      'encrypted with a password',
    ],
    ['a certificate', () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'a certificate'],
    ['of an unknown kind', () => pemOf(generateKeyPairSync('ed448').privateKey), 'unknown kind'],
    ['with literal \\n', () => pemOf(pairs.RSA.privateKey).replaceAll('\n', '\\n'), 'replace them'],
    ['two of them', () => pemOf(pairs.RSA.privateKey).repeat(2), 'no PEM of one private key'],
    ['cut off', () => pemOf(pairs.RSA.privateKey).slice(0, -20), 'no PEM of one private key'],
    ['broken base64', () => '-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----', 'base64 is broken'],
    ['no PEM', () => 'secret', 'no PEM of one private key'],
    ['empty', () => '', 'no PEM of one private key'],
  ])('F-A12: %s is refused at once, and named', async (_, make, says) => {
    const pem = make()
    const error = await expectRefusal(() => privateKeyJwt(pem), 'KEY_INVALID', { says: [says] })
    expect(error.message).not.toContain(pem.slice(40, 60).trim() || 'canary')
  })

  it.each([
    ['RSA', undefined, 'not known'],
    ['RSA', 'ES256', 'not one for ES256'],
    ['P-256', 'ES384', 'not one for ES384'],
    ['Ed25519', 'ES256', 'not one for ES256'],
    ['P-256', 'HS256', 'HS256'],
  ] as const)('a key of %s for %s is refused', async (kind, alg, says) => {
    const key = pemOf(pairs[kind].privateKey)
    await expectRefusal(() => privateKeyJwt(alg === undefined ? key : { key, alg }), 'KEY_INVALID', { says: [says] })
  })

  it('F-K3: an RSA key of 1024 bits signs nothing (RFC 7518, 3.3)', async () => {
    const key = pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey)
    await expectRefusal(signJwt({ key, alg: 'PS256' }, {}), 'KEY_INVALID', { says: ['1024 bits'] })
  })

  it('a key whose bytes are cut off is told when it signs, without any of it', async () => {
    const [begin = '', first = '', end = ''] = pemOf(pairs['P-256'].privateKey)
      .trim()
      .split(/\n(?=.*)/)
    const key = [begin, first.slice(0, 60), end.startsWith('-') ? end : '-----END PRIVATE KEY-----'].join('\n')
    await expectRefusal(signJwt({ key, alg: 'ES256' }, {}), 'KEY_INVALID', { says: ['does not import'] })
  })

  it('an X25519 key is known, and signs nothing', async () => {
    const key = pemOf(generateKeyPairSync('x25519').privateKey)
    expect(decodePem(key).kind).toBe('X25519')
    await expectRefusal(() => privateKeyJwt({ key, alg: 'EdDSA' }), 'KEY_INVALID', { says: ['not one for EdDSA'] })
  })
})
