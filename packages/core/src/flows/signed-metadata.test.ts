import { generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { signText, unsigned } from '../../test/forge.js'
import { createIssuer, startOfTime } from '../../test/issuer.js'
import { expectRefusal } from '../../test/refusal.js'
import { discover, type SignedMetadataRules, verifySignedMetadata } from '../index.js'

async function start(claims: object = {}, header: object = {}) {
  const server = await createIssuer()
  const own = { iss: server.issuer, issuer: server.issuer, token_endpoint: 'https://as.example/signed', ...claims }
  const sign = (key: CryptoKey = server.key) => signText(key, { alg: 'ES256', kid: 'key-1', ...header }, own)
  const rules = { jwks: { keys: [server.publicJwk] }, clock: server.clock }
  return {
    server,
    sign,
    rules,
    verify: async (signed_metadata?: unknown, more: Partial<SignedMetadataRules> = {}) =>
      verifySignedMetadata({ ...server.metadata, signed_metadata: (signed_metadata ?? (await sign())) as string }, { ...rules, ...more }),
  }
}

describe('verifySignedMetadata', () => {
  it('F-T16: what is signed takes precedence over what is not (RFC 8414, 2.1), and nothing of the JWT itself is metadata', async () => {
    const { verify, server } = await start({ exp: startOfTime + 60, iat: startOfTime, signed_metadata: 'x', sub: 's', jti: 'j' })
    const metadata = await verify()
    const { token_endpoint: _, ...rest } = server.metadata
    expect(metadata).toEqual({ ...rest, token_endpoint: 'https://as.example/signed' })
    expect(Object.isFrozen(metadata)).toBe(true)
  })

  it('F-T16, S-A26: without a key it is ignored, whatever it says', async () => {
    const { server } = await start()
    const evil = unsigned({ alg: 'none' }, { issuer: 'https://evil.example', token_endpoint: 'https://evil.example/token' })
    server.answer('discovery', Response.json({ ...server.metadata, signed_metadata: evil }))
    const client = await discover(server.issuer, server.options())
    expect(client.server.token_endpoint).toBe('https://as.example/token')
  })

  it('F-T16: another signer is taken where it is named, and is then the only one', async () => {
    const { verify } = await start({ iss: 'https://federation.example' })
    await expectRefusal(verify(), 'SIGNED_METADATA_INVALID', { says: ['its iss is another'] })
    expect((await verify(undefined, { signer: 'https://federation.example' })).token_endpoint).toBe('https://as.example/signed')
    await expectRefusal((await start()).verify(undefined, { signer: 'https://federation.example' }), 'SIGNED_METADATA_INVALID')
  })

  it('S-A26: a wrong signature is refused, and nothing of it merged', async () => {
    const { verify, sign } = await start()
    const { privateKey } = await generateKeyPair('ES256')
    const error = await expectRefusal(verify(await sign(privateKey)), 'SIGNED_METADATA_INVALID', {
      says: ['The signed metadata has a signature', 'the key set that was given'],
    })
    expect(error.operation).toBe('discovery')
  })

  it('S-A26: keys of the metadata itself are never asked for', async () => {
    const { verify, server, rules } = await start({}, { kid: 'gone' })
    await expectRefusal(verify(), 'SIGNED_METADATA_INVALID', { says: ['"gone"'] })
    expect(server.requests).toEqual([])
    for (const jwks of [{ keys: [] }, undefined, null, [server.publicJwk]])
      await expectRefusal(verify(undefined, { ...rules, jwks: jwks as never }), 'OPTION_INVALID', {
        says: ['The option jwks is', 'a key set with at least one public key that can verify'],
      })
  })

  it.each<[string, string, object, object]>([
    ['another issuer', 'signed_metadata is that of another issuer', { issuer: 'https://evil.example' }, {}],
    ['no iss', 'its iss is another', { iss: undefined }, {}],
    ['an end that has passed', 'The signed metadata expired 31 seconds ago', { exp: startOfTime - 31 }, {}],
    ['a beginning that is to come', 'valid only in 31 seconds', { nbf: startOfTime + 31 }, {}],
    ['a time of issue that is to come', 'was issued 31 seconds in the future', { iat: startOfTime + 31 }, {}],
    ['the type of another token', 'has the type "at+jwt"', {}, { typ: 'at+jwt' }],
    ['a critical header', 'has a critical header', {}, { crit: ['x'], x: 1 }],
  ])('S-A26: %s is refused', async (_, says, claims, header) => {
    const error = await expectRefusal((await start(claims, header)).verify(), 'SIGNED_METADATA_INVALID', { says: [says] })
    expect(error.operation).toBe('discovery')
  })

  it('F-T16: one that does not name the issuer again is of the issuer it stands at', async () => {
    const { verify, server } = await start({ issuer: undefined })
    expect(await verify()).toMatchObject({ issuer: server.issuer, token_endpoint: 'https://as.example/signed' })
  })

  it.each([7, '', 'x', 'a.b.c', null])('S-A26: %j in its place is refused', async (value) => {
    const { server, rules } = await start()
    await expectRefusal(verifySignedMetadata({ ...server.metadata, signed_metadata: value as string }, rules), 'SIGNED_METADATA_INVALID')
  })

  it('S-A26: it cannot be left out where it is asked for: whoever changes the document can do that as well', async () => {
    const { server, rules } = await start()
    await expectRefusal(verifySignedMetadata(server.metadata, rules), 'SIGNED_METADATA_INVALID', { says: ['missing'] })
  })

  it('S-A24: no alg none and no MAC, whatever is asked for', async () => {
    const { verify } = await start()
    for (const alg of ['none', 'HS256'])
      await expectRefusal(verify(unsigned({ alg }, { iss: 'https://as.example' }), { algorithms: [alg] }), 'SIGNED_METADATA_INVALID')
  })

  it('S-A09, S-A10: what is signed is checked like all metadata', async () => {
    await expectRefusal((await start({ token_endpoint: 'http://as.example/token' })).verify(), 'URL_INSECURE')
    await expectRefusal((await start({ authorization_endpoint: 'javascript:alert(1)' })).verify(), 'URL_INVALID')
  })
})
