import { CompactEncrypt, type CompactJWEHeaderParameters, exportJWK, FlattenedEncrypt, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { segment } from '../../test/forge.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { decryptWith } from './decrypt.js'

const inner = `${segment({ alg: 'none' })}.${segment({ email: canaries.email })}.`
const pair = (alg: string) => generateKeyPair(alg, { extractable: true })
const encrypt = (key: CryptoKey | Uint8Array, header: CompactJWEHeaderParameters, text = inner) =>
  new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader(header).encrypt(key)
const refuse = (attempt: Promise<unknown> | (() => unknown), ...says: readonly string[]) =>
  expectRefusal(attempt, 'DECRYPTION_FAILED', { says, secrets: [inner] })

describe('decryptWith', () => {
  it.each(['RSA-OAEP', 'RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'])(
    'F-K5: a token encrypted with %s is opened by its key, and not by another one',
    async (alg) => {
      const { publicKey, privateKey } = await pair(alg)
      const jwe = await encrypt(publicKey, { alg, enc: 'A256GCM' })
      expect(await decryptWith({ key: privateKey, alg })(jwe)).toBe(inner)
      await refuse(decryptWith({ key: (await pair(alg)).privateKey, alg })(jwe), 'None of 1 decryption keys opened', '1 fitted its header')
    },
  )

  it('F-K5: a private key may be given as a JWK', async () => {
    const { publicKey, privateKey } = await pair('ECDH-ES')
    const jwe = await encrypt(publicKey, { alg: 'ECDH-ES', enc: 'A128GCM' })
    expect(await decryptWith({ key: (await exportJWK(privateKey)) as Record<string, string>, alg: 'ECDH-ES' })(jwe)).toBe(inner)
  })

  it.each(['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'])(
    'F-K6: content encrypted with %s is opened',
    async (enc) => {
      const { publicKey, privateKey } = await pair('RSA-OAEP-256')
      expect(await decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' })(await encrypt(publicKey, { alg: 'RSA-OAEP-256', enc }))).toBe(
        inner,
      )
    },
  )

  it('S-E66: content encryption that is not in the list is refused (RFC 8725, 3.1)', async () => {
    const { publicKey, privateKey } = await pair('RSA-OAEP-256')
    const jwe = await encrypt(publicKey, { alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256' })
    await refuse(decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' }, { enc: ['A256GCM'] })(jwe))
  })

  it('RFC 8725, 3.1: each key MUST be used with exactly one algorithm', async () => {
    const { publicKey, privateKey } = await pair('RSA-OAEP-256')
    const jwe = await encrypt(publicKey, { alg: 'RSA-OAEP-256', enc: 'A256GCM' })
    await refuse(decryptWith({ key: privateKey, alg: 'RSA-OAEP' })(jwe), '0 fitted its header')
  })

  it('the kid, where both sides have one, picks the key (RFC 7516, 4.1.6)', async () => {
    const first = await pair('RSA-OAEP-256')
    const second = await pair('RSA-OAEP-256')
    const decrypt = decryptWith([
      { key: first.privateKey, alg: 'RSA-OAEP-256', kid: 'first' },
      { key: second.privateKey, alg: 'RSA-OAEP-256', kid: 'second' },
    ])
    const header = { alg: 'RSA-OAEP-256', enc: 'A256GCM' }
    expect(await decrypt(await encrypt(second.publicKey, { ...header, kid: 'second' }))).toBe(inner)
    expect(await decrypt(await encrypt(second.publicKey, header))).toBe(inner)
    await refuse(decrypt(await encrypt(second.publicKey, { ...header, kid: 'first' })), 'None of 2', '1 fitted')
    await refuse(decrypt(await encrypt(second.publicKey, { ...header, kid: 'third' })), 'None of 2', '0 fitted')
  })

  it('a kid that only one side has picks none: such a key is tried as well (RFC 7516, 4.1.6: it is optional)', async () => {
    const { publicKey, privateKey } = await pair('RSA-OAEP-256')
    const other = await pair('RSA-OAEP-256')
    const jwe = await encrypt(publicKey, { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'first' })
    const decrypt = decryptWith([
      { key: other.privateKey, alg: 'RSA-OAEP-256', kid: 'first' },
      { key: other.privateKey, alg: 'RSA-OAEP-256', kid: 'second' },
      { key: privateKey, alg: 'RSA-OAEP-256' },
    ])
    expect(await decrypt(jwe)).toBe(inner)
    await refuse(
      decrypt(await encrypt(publicKey, { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'second' }).then((text) => `${text}A`)),
      '2 fitted',
    )
  })

  it('of many keys that fit, the first four are tried', async () => {
    const { publicKey, privateKey } = await pair('RSA-OAEP-256')
    const other = { key: (await pair('RSA-OAEP-256')).privateKey, alg: 'RSA-OAEP-256' }
    const jwe = await encrypt(publicKey, { alg: 'RSA-OAEP-256', enc: 'A256GCM' })
    const own = { key: privateKey, alg: 'RSA-OAEP-256' }
    expect(await decryptWith([other, other, other, own, other])(jwe)).toBe(inner)
    await refuse(decryptWith([other, other, other, other, own])(jwe), 'None of 5', '4 fitted its header')
  })

  it('content that is no UTF-8 is refused, and not repaired', async () => {
    const { publicKey, privateKey } = await pair('RSA-OAEP-256')
    const jwe = await new CompactEncrypt(Uint8Array.of(0x61, 0xff))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
      .encrypt(publicKey)
    await refuse(decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' })(jwe), '1 fitted its header')
  })

  it.each(['dir', 'A128KW', 'A256GCMKW', 'PBES2-HS256+A128KW', 'RSA1_5', 'none', '', 'rsa-oaep'])(
    'S-E60, S-E62, S-E63: a key for %o is refused when it is given (RFC 8725, 3.2)',
    async (alg) => {
      const { privateKey } = await pair('RSA-OAEP-256')
      await expectRefusal(() => decryptWith({ key: privateKey, alg }), 'OPTION_INVALID', {
        says: [
          `is for ${JSON.stringify(alg)}. Give one of ECDH-ES, ECDH-ES+A128KW, ECDH-ES+A192KW, ECDH-ES+A256KW, RSA-OAEP, RSA-OAEP-256, RSA-OAEP-384, RSA-OAEP-512.`,
        ],
      })
    },
  )

  it.each([
    { alg: 'dir', enc: 'A256GCM' },
    { alg: 'A256KW', enc: 'A256GCM' },
    { alg: 'A256GCMKW', enc: 'A256GCM' },
    { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM' },
  ])('S-E60, S-E63: symmetric key management ($alg) sent to the holder of an RSA key is refused (RFC 8725, 3.1)', async (header) => {
    const { privateKey } = await pair('RSA-OAEP-256')
    const jwe = await encrypt(new Uint8Array(32), header)
    await refuse(decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' })(jwe), '0 fitted its header')
  })

  it('S-E60: a p2c of 2^31-1 costs nothing, for passwords are not tried at all (RFC 7518, 4.8)', async () => {
    const { privateKey } = await pair('RSA-OAEP-256')
    const header = segment({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 2 ** 31 - 1, p2s: 'AAAAAAAAAAA' })
    await refuse(decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' })(`${header}.AAAA.AAAA.AAAA.AAAA`), '0 fitted its header')
  })

  it('S-E61: compressed content that grows to 50 MB is refused', async () => {
    const { publicKey, privateKey } = await pair('RSA-OAEP-256')
    const jwe = await encrypt(publicKey, { alg: 'RSA-OAEP-256', enc: 'A256GCM', zip: 'DEF' }, 'a'.repeat(50_000_000))
    expect(jwe.length).toBeLessThan(80_000)
    await refuse(decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' })(jwe), '1 fitted its header')
  })

  it('S-E64: an ephemeral key that is off its curve is refused (RFC 8725, 3.4)', async () => {
    const { publicKey, privateKey } = await pair('ECDH-ES')
    const flattened = await new FlattenedEncrypt(new TextEncoder().encode(inner))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' })
      .encrypt(publicKey)
    const header = JSON.parse(Buffer.from(flattened.protected ?? '', 'base64url').toString())
    header.epk.y = header.epk.x
    const { iv, ciphertext, tag } = flattened
    await refuse(decryptWith({ key: privateKey, alg: 'ECDH-ES' })(`${segment(header)}..${iv}.${ciphertext}.${tag}`), '1 fitted its header')
  })

  it.each(['', 'null', '1', '"RSA-OAEP-256"', '[]', '{', '{"alg":"RSA-OAEP-256","alg":"RSA-OAEP-256"}'])(
    'a header of %j is refused (RFC 7516, 4)',
    async (header) => {
      const { privateKey } = await pair('RSA-OAEP-256')
      await refuse(decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' })(`${segment(header)}.AAAA.AAAA.AAAA.AAAA`), 'no readable header')
    },
  )

  it('a changed ciphertext is refused (RFC 7516, 5.2)', async () => {
    const { publicKey, privateKey } = await pair('RSA-OAEP-256')
    const jwe = await encrypt(publicKey, { alg: 'RSA-OAEP-256', enc: 'A256GCM' })
    const parts = jwe.split('.')
    for (const i of [0, 1, 2, 3, 4]) {
      const part = Buffer.from(parts[i] ?? '', 'base64url')
      part[2] = (part[2] ?? 0) ^ 1
      const changed = [...parts.slice(0, i), part.toString('base64url'), ...parts.slice(i + 1)].join('.')
      await refuse(decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' })(changed))
    }
  })
})
