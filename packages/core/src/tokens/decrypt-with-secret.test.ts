import { createHash } from 'node:crypto'
import { CompactEncrypt, type CompactJWEHeaderParameters, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { createIssuer } from '../../test/issuer.js'
import { type LoginSettings, startLogin } from '../../test/login.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { type ClientOptions, createClient, decryptWith, decryptWithSecret, fetchUserInfo } from '../index.js'

const secret = canaries.secret.repeat(4)
/** As the specification words it, by other code than ours. */
const derive = (key: string, bits: number) =>
  createHash(bits <= 256 ? 'sha256' : bits <= 384 ? 'sha384' : 'sha512')
    .update(key)
    .digest()
    .subarray(0, bits / 8)
const encrypt = (text: string, key: Uint8Array | CryptoKey, header: CompactJWEHeaderParameters) =>
  new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader(header).encrypt(key)
const registered = (alg: string, enc?: string, given: Partial<ClientOptions> = {}): LoginSettings => ({
  options: {
    id_token_encrypted_response_alg: alg,
    ...(enc && { id_token_encrypted_response_enc: enc }),
    decrypt: decryptWithSecret(secret),
    ...given,
  },
})
async function start(settings: LoginSettings, wrap: (jws: string) => Promise<string>) {
  const login = await startLogin(settings)
  login.alter({ token: async (claims, as) => wrap(await as.sign({ ...claims })) })
  return login
}

describe('decryptWithSecret (OpenID Connect Core 1.0, 10.2)', () => {
  it.each<[string, string, number]>([
    ['A128KW', 'A128CBC-HS256', 128],
    ['A192KW', 'A256GCM', 192],
    ['A256KW', 'A256CBC-HS512', 256],
    ['A128GCMKW', 'A128GCM', 128],
    ['A192GCMKW', 'A192GCM', 192],
    ['A256GCMKW', 'A192CBC-HS384', 256],
    ['dir', 'A128GCM', 128],
    ['dir', 'A192GCM', 192],
    ['dir', 'A256GCM', 256],
    ['dir', 'A128CBC-HS256', 256],
    ['dir', 'A192CBC-HS384', 384],
    ['dir', 'A256CBC-HS512', 512],
  ])('F-K12: an ID token encrypted by %s and %s opens with the left %i bits of the hash of the secret', async (alg, enc, bits) => {
    const login = await start(registered(alg, enc), (jws) => encrypt(jws, derive(secret, bits), { alg, enc }))
    expect((await login.finish()).claims?.sub).toBe(canaries.sub)
    const other = await start(registered(alg, enc), (jws) => encrypt(jws, derive(`${secret}!`, bits), { alg, enc }))
    await other.refuse(other.finish(), 'DECRYPTION_FAILED', 'No client secret opened', 'Compare the secret')
  })

  it('S-E66: another alg or enc than the registered one is refused, though the secret would open it', async () => {
    const header = { alg: 'A128KW', enc: 'A128CBC-HS256' }
    for (const [alg, enc, says] of [
      ['A256KW', undefined, 'alg "A128KW", and "A256KW" is'],
      ['dir', undefined, 'alg "A128KW", and "dir" is'],
      ['A128KW', 'A256GCM', 'enc "A128CBC-HS256", and "A256GCM" is'],
    ] as const) {
      const login = await start(registered(alg, enc), (jws) => encrypt(jws, derive(secret, 128), header))
      await login.refuse(login.finish(), 'ID_TOKEN_ENCRYPTION', says)
    }
  })

  it('S-E66: what the client has registered for ID tokens is compared for asymmetric keys as well', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RSA-OAEP-256')
    const decrypt = decryptWith([
      { key: privateKey, alg: 'RSA-OAEP-256' },
      { key: privateKey, alg: 'RSA-OAEP' },
    ])
    const wrap = (jws: string) => encrypt(jws, publicKey, { alg: 'RSA-OAEP-256', enc: 'A128GCM' })
    expect((await (await start(registered('RSA-OAEP-256', undefined, { decrypt }), wrap)).finish()).claims?.sub).toBe(canaries.sub)
    for (const settings of [registered('RSA-OAEP', undefined, { decrypt }), registered('RSA-OAEP-256', 'A256GCM', { decrypt })]) {
      const login = await start(settings, wrap)
      await login.refuse(login.finish(), 'ID_TOKEN_ENCRYPTION', 'is encrypted with')
    }
  })

  it.each(['dir', 'A128KW', 'A256GCMKW'])(
    'S-E63: %s is refused where nothing of the kind is registered, before any key is tried',
    async (alg) => {
      let asked = 0
      const decrypt = async (jwe: string) => {
        asked++
        return jwe
      }
      const key = derive(secret, alg === 'A256GCMKW' ? 256 : 128)
      const login = await start({ options: { decrypt } }, (jws) => encrypt(jws, key, { alg, enc: 'A128GCM' }))
      await login.refuse(login.finish(), 'ID_TOKEN_ENCRYPTION', `alg "${alg}", and none is registered`)
      expect(asked).toBe(0)
    },
  )

  it('S-E58: a plain ID token is refused where encryption to the secret is registered', async () => {
    const login = await start(registered('dir', 'A128GCM'), async (jws) => jws)
    await login.refuse(login.finish(), 'ID_TOKEN_ENCRYPTION', 'is not encrypted')
  })

  it('S-E59: what it opens must be signed', async () => {
    const unsignedToken = (jws: string) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${jws.split('.')[1]}.`
    const login = await start(registered('A128KW'), (jws) =>
      encrypt(unsignedToken(jws), derive(secret, 128), { alg: 'A128KW', enc: 'A128GCM' }),
    )
    await login.refuse(login.finish(), 'ID_TOKEN_ALGORITHM', '"none"')
  })

  it('during a rotation, what is encrypted to the old secret opens, and what is to the new', async () => {
    const older = `older-${secret}`
    for (const used of [secret, older]) {
      const settings = registered('A256KW', undefined, { decrypt: decryptWithSecret([secret, older]) })
      const login = await start(settings, (jws) => encrypt(jws, derive(used, 256), { alg: 'A256KW', enc: 'A128GCM' }))
      expect((await login.finish()).claims?.sub).toBe(canaries.sub)
    }
  })

  it('S-B27: a secret shorter than the derived key, or no registered algorithm, is told when the client is made', async () => {
    const server = await createIssuer()
    const make = (options: Partial<ClientOptions>) => createClient(server.metadata, server.options(options))
    for (const [alg, enc, least] of [
      ['A128KW', undefined, 16],
      ['A256KW', undefined, 32],
      ['dir', undefined, 32],
      ['dir', 'A256CBC-HS512', 64],
    ] as const) {
      const options = { userinfo_encrypted_response_alg: alg, userinfo_encrypted_response_enc: enc as string }
      expect(() => make({ ...options, decrypt: decryptWithSecret('s'.repeat(least)) })).not.toThrow()
      const short = secret.slice(0, least - 1)
      await expectRefusal(() => make({ ...options, decrypt: decryptWithSecret(short) }), 'OPTION_INVALID', {
        says: [`shorter than ${least} bytes`],
        secrets: [short],
      })
    }
    await expectRefusal(() => make({ decrypt: decryptWithSecret(secret) }), 'OPTION_INVALID', { says: ['dir, A128KW, A192KW or A256KW'] })
    await expectRefusal(() => make({ id_token_encrypted_response_alg: 'dir', decrypt: decryptWithSecret() }), 'OPTION_INVALID', {
      says: ['The client secret is missing'],
    })
  })

  it('S-B27: what is registered for a private key, or is no registration, asks for no secret', async () => {
    const server = await createIssuer()
    const make = (options: Partial<ClientOptions>) => createClient(server.metadata, server.options(options))
    const decrypt = decryptWithSecret('s'.repeat(16))
    const id_token_encrypted_response_enc = 'A256CBC-HS512'
    expect(() =>
      make({
        id_token_encrypted_response_alg: 'RSA-OAEP-256',
        id_token_encrypted_response_enc,
        userinfo_encrypted_response_alg: 'A128KW',
        decrypt,
      }),
    ).not.toThrow()
    for (const [alg, enc] of [
      ['RSA-OAEP-256', id_token_encrypted_response_enc],
      ['ECDH-ES+A128KW', id_token_encrypted_response_enc],
      ['A128KW2', id_token_encrypted_response_enc],
      ['dir', 'XA128GCM'],
      ['dir', 'A128GCM2'],
    ] as const)
      await expectRefusal(
        () => make({ id_token_encrypted_response_alg: alg, id_token_encrypted_response_enc: enc, decrypt } as Partial<ClientOptions>),
        'OPTION_INVALID',
        { says: ['The option id_token_encrypted_response_alg is of type string. Give dir, A128KW'] },
      )
    await expectRefusal(() => make({ client_name: 'A128KW', decrypt }), 'OPTION_INVALID', { says: ['dir, A128KW'] })
  })

  it('S-E60: a token encrypted with an empty password is not opened, whatever is registered', async () => {
    const server = await createIssuer()
    const client = createClient(server.metadata, server.options({ client_secret: secret }))
    const alg = 'PBES2-HS256+A128KW'
    const jwe = await encrypt('{}', new Uint8Array(0), { alg, enc: 'A128GCM' })
    await expectRefusal(decryptWithSecret(secret)(jwe, { client, alg, enc: 'A128GCM' }), 'DECRYPTION_FAILED', {
      says: ['not of the registered algorithms'],
    })
  })

  it('F-J4: a UserInfo answer opens, and is refused by another alg than its own registered one', async () => {
    const server = await createIssuer()
    const options = { userinfo_encrypted_response_alg: 'A128KW', decrypt: decryptWithSecret(), client_secret: secret }
    const client = createClient(server.metadata, server.options(options))
    const read = async (alg: string, bits: number) => {
      const jwe = await encrypt(JSON.stringify({ sub: canaries.sub }), derive(secret, bits), { alg, enc: 'A128GCM' })
      server.answer('userinfo', new Response(jwe, { headers: { 'content-type': 'application/jwt' } }))
      return fetchUserInfo(client, { access_token: canaries.token, token_type: 'Bearer' }, { expectedSubject: canaries.sub })
    }
    expect(await read('A128KW', 128)).toEqual({ sub: canaries.sub })
    await expectRefusal(read('A256KW', 256), 'USERINFO_ENCRYPTION', { says: ['alg "A256KW", and "A128KW" is'] })
  })

  it('called by hand with a header that is none, or content encryption that nobody knows, it fails by its code', async () => {
    const server = await createIssuer()
    const client = createClient(server.metadata, server.options({ client_secret: secret }))
    const decrypt = decryptWithSecret(secret)
    await expectRefusal(decrypt('x.y.z.a.b', { client, alg: 'dir', enc: 'A128GCM' }), 'DECRYPTION_FAILED', { says: ['no readable header'] })
    const jwe = await encrypt('{}', derive(secret, 128), { alg: 'dir', enc: 'A128GCM' })
    for (const [alg, enc] of [
      [undefined, undefined],
      ['A128KW', undefined],
      ['dir', 'A256GCM'],
      ['PBES2-HS256+A128KW', 'A128GCM'],
    ] as const)
      await expectRefusal(decrypt(jwe, { client, alg, enc }), 'DECRYPTION_FAILED', { says: ['not of the registered algorithms'] })
    expect(await decrypt(jwe, { client, alg: 'dir', enc: undefined })).toBe('{}')
  })
})
