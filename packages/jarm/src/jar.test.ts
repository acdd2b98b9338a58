import { createAuthorizationRequest, decryptWith } from '@oidc/core'
import { type CompactDecryptResult, compactDecrypt, compactVerify, exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { encryptWith } from './encrypt-with.js'
import { type JAROptions, jar } from './jar.js'
import { createTestClient, issuer, redirect_uri, refusalOf, startTime } from './jarm.test-server.js'

const { privateKey, publicKey } = await generateKeyPair('ES256')
const clientOf = (options: Partial<JAROptions> = {}, server = {}, more = {}) =>
  createTestClient({ use: [jar({ key: privateKey, ...options })], ...more }, server)
const ask = (client = clientOf(), parameters: object = { scope: 'openid accounts' }) =>
  createAuthorizationRequest(client, { redirect_uri, ...parameters })

async function open(object: string | null) {
  const { payload, protectedHeader } = await compactVerify(object ?? '', publicKey)
  return { header: protectedHeader, claims: JSON.parse(new TextDecoder().decode(payload)) }
}

describe('the request object (RFC 9101, section 4)', () => {
  it('F-D3, F-D4, S-I11, S-I13: is signed and typed, from the client for the issuer, good for 60 seconds, and holds the request', async () => {
    const { url, transaction } = await ask()
    const { header, claims } = await open(url.searchParams.get('request'))
    expect(header).toEqual({ alg: 'ES256', typ: 'oauth-authz-req+jwt' })
    expect(claims).toEqual({
      iss: 'app',
      aud: issuer,
      jti: expect.stringMatching(/^[\w-]{43}$/),
      iat: startTime,
      nbf: startTime,
      exp: startTime + 60,
      client_id: 'app',
      response_type: 'code',
      redirect_uri,
      scope: 'openid accounts',
      state: transaction.state,
      nonce: transaction.nonce,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
  })

  it('S-I11: each has a jti of its own', async () => {
    const client = clientOf()
    const ids = await Promise.all([1, 2, 3].map(async () => (await open((await ask(client)).url.searchParams.get('request'))).claims.jti))
    expect(new Set(ids).size).toBe(3)
  })

  it('F-D4: max_age is a number, claims an object, authorization_details an array, several resource an array and one a string', async () => {
    const parameters = { max_age: 0, claims: { id_token: { acr: null } }, authorization_details: [{ type: 'x' }] }
    const read = async (resource: unknown) =>
      (await open((await ask(clientOf(), { ...parameters, resource })).url.searchParams.get('request'))).claims
    expect(await read(['https://a.example/', 'https://b.example/'])).toMatchObject({
      ...parameters,
      resource: ['https://a.example/', 'https://b.example/'],
    })
    expect(await read('https://a.example/')).toMatchObject({ resource: 'https://a.example/' })
    expect((await open((await ask(clientOf(), { claims: '{"userinfo":{}}' })).url.searchParams.get('request'))).claims.claims).toEqual({
      userinfo: {},
    })
  })

  it.each([{ claims: 'no' }, { claims: '[]' }, { claims: 'null' }, { authorization_details: '{}' }])(
    '%o is refused',
    async (parameters) => {
      expect((await refusalOf(ask(clientOf(), parameters))).code).toBe('PARAMETER_INVALID')
    },
  )

  it.each(['sub', 'iss', 'aud', 'exp', 'nbf', 'iat', 'jti'])(
    'S-I12: a parameter %s, which could make a client assertion of the object, is refused',
    async (name) => {
      expect((await refusalOf(ask(clientOf(), { [name]: 'app' }))).code).toBe('PARAMETER_RESERVED')
    },
  )

  it.each(['request', 'request_uri'])('a %s that a plugin adds does not get into it', async (name) => {
    const adds = { name: 'adds', authorization: { parameters: () => ({ [name]: 'x' }) } }
    const client = createTestClient({ use: [jar({ key: privateKey }), adds] })
    expect((await refusalOf(ask(client))).code).toBe('PARAMETER_RESERVED')
  })

  it.each([1, 300])('S-I11: a lifetime of %d seconds is taken', async (lifetime) => {
    const { url } = await ask(clientOf({ lifetime }))
    expect((await open(url.searchParams.get('request'))).claims.exp).toBe(startTime + lifetime)
  })

  it('a signer signs as well as a key', async () => {
    const { publicKey: verifier, privateKey: elsewhere } = await generateKeyPair('ES256')
    const sign = async (data: Uint8Array) =>
      new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, elsewhere, data as Uint8Array<ArrayBuffer>))
    const { url } = await ask(clientOf({ key: { alg: 'ES256', kid: 'kms', sign } }))
    const { protectedHeader } = await compactVerify(url.searchParams.get('request') ?? '', verifier)
    expect(protectedHeader.kid).toBe('kms')
  })
})

describe('what stands outside of it', () => {
  it('S-I10: client_id and request, for openid also response_type and scope, equal to those inside, and nothing more', async () => {
    const { url } = await ask()
    const { request, ...outside } = Object.fromEntries(url.searchParams)
    expect(outside).toEqual({ client_id: 'app', response_type: 'code', scope: 'openid accounts' })
    expect((await open(request ?? '')).claims).toMatchObject(outside)
  })

  it('S-I10: for plain OAuth, client_id and request alone', async () => {
    for (const scope of ['accounts', undefined, 'openidx'])
      expect([...(await ask(clientOf(), { scope })).url.searchParams.keys()]).toEqual(['client_id', 'request'])
  })
})

describe('what server and registration say (RFC 9101, section 10.5)', () => {
  it.each<[object, object]>([
    [{}, { request_object_signing_alg: 'PS256' }],
    [{ request_object_signing_alg_values_supported: ['PS256', 'none'] }, {}],
  ])('S-I08: another algorithm than %o %o wants is refused before anything is sent', async (server, more) => {
    expect(await refusalOf(ask(clientOf({}, server, more)))).toMatchObject({
      code: 'JAR_ALGORITHM',
      message: expect.stringContaining('ES256'),
    })
  })

  it('S-I08: the right one is taken', async () => {
    await ask(clientOf({}, { request_object_signing_alg_values_supported: ['ES256'] }, { request_object_signing_alg: 'ES256' }))
  })

  it('S-I08: require_signed_request_object is met by jar(), and without it the package is named when the client is made', async () => {
    await ask(clientOf({}, { require_signed_request_object: true }))
    expect(() => createTestClient({}, { require_signed_request_object: true })).toThrow(/@oidc\/jarm and add jar\(/)
  })
})

describe('an encrypted request object (RFC 9101, section 6.1)', async () => {
  const rsa = await generateKeyPair('RSA-OAEP-256', { extractable: true })

  it('F-T26: is signed and then encrypted, and says what is in it', async () => {
    const encrypt = encryptWith({
      key: { ...(await exportJWK(rsa.publicKey)), kid: 'enc-1' } as never,
      alg: 'RSA-OAEP-256',
      enc: 'A256GCM',
    })
    const { url } = await ask(clientOf({ encrypt }))
    const { plaintext, protectedHeader } = await compactDecrypt(url.searchParams.get('request') ?? '', rsa.privateKey)
    expect(protectedHeader).toEqual({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT', typ: 'oauth-authz-req+jwt', kid: 'enc-1' })
    expect((await open(new TextDecoder().decode(plaintext))).claims).toMatchObject({ iss: 'app', scope: 'openid accounts' })
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request', 'response_type', 'scope'])
  })

  it.each(['RSA-OAEP', 'RSA-OAEP-256', 'RSA-OAEP-512', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW', 'A128KW', 'A256GCMKW', 'dir'])(
    'F-T26: %s',
    async (alg) => {
      const secret = crypto.getRandomValues(new Uint8Array({ A128KW: 16, A256GCMKW: 32, dir: 32 }[alg] ?? 0))
      const pair = secret.length ? { publicKey: secret, privateKey: secret } : await generateKeyPair(alg)
      const { url } = await ask(clientOf({ encrypt: encryptWith({ key: async () => pair.publicKey, alg, enc: 'A128CBC-HS256' }) }))
      const opened: CompactDecryptResult = await compactDecrypt(url.searchParams.get('request') ?? '', pair.privateKey as CryptoKey)
      expect((await open(new TextDecoder().decode(opened.plaintext))).header.typ).toBe('oauth-authz-req+jwt')
    },
  )

  it('alg and enc come from the client metadata, else enc is A128CBC-HS256', async () => {
    const more = { request_object_encryption_alg: 'RSA-OAEP-256', request_object_encryption_enc: 'A192GCM' }
    const read = async (metadata: object) => {
      const { url } = await ask(clientOf({ encrypt: encryptWith({ key: rsa.publicKey }) }, {}, metadata))
      return (await compactDecrypt(url.searchParams.get('request') ?? '', rsa.privateKey)).protectedHeader
    }
    expect(await read(more)).toMatchObject({ alg: 'RSA-OAEP-256', enc: 'A192GCM' })
    expect(await read({ ...more, request_object_encryption_enc: undefined })).toMatchObject({ enc: 'A128CBC-HS256' })
  })

  it.each<[string, object, object]>([
    ['an alg that the server does not list', { alg: 'RSA-OAEP-256' }, { request_object_encryption_alg_values_supported: ['ECDH-ES'] }],
    ['an enc that the server does not list', { alg: 'RSA-OAEP-256' }, { request_object_encryption_enc_values_supported: ['A256GCM'] }],
    ['no alg', {}, {}],
    ['an alg that is none', { alg: 'RSA1_5' }, {}],
    ['a key for another alg', { alg: 'ECDH-ES' }, {}],
    ['a key that cannot be fetched', { alg: 'RSA-OAEP-256', key: () => Promise.reject(new Error('a secret')) }, {}],
  ])('%s is refused', async (_, options, server) => {
    const refusal = await refusalOf(ask(clientOf({ encrypt: encryptWith({ key: rsa.publicKey, ...options }) }, server)))
    expect(refusal.code).toBe('JAR_ENCRYPTION')
    expect(refusal.message).not.toContain('a secret')
  })

  it('what decryptWith of core opens is what encryptWith made', async () => {
    const { url } = await ask(clientOf({ encrypt: encryptWith({ key: rsa.publicKey, alg: 'RSA-OAEP-256' }) }))
    const signed = await decryptWith({ key: rsa.privateKey, alg: 'RSA-OAEP-256' })(url.searchParams.get('request') ?? '')
    expect((await open(signed)).claims.iss).toBe('app')
  })
})

describe('options', () => {
  it.each<[string, object]>([
    ['no key', { key: undefined }],
    ['a promise of a key', { key: Promise.resolve() }],
    ['a raw encryption key', { encrypt: { key: {}, alg: 'RSA-OAEP-256' } }],
    ['a lifetime of 301', { lifetime: 301 }],
    ['a lifetime of 0', { lifetime: 0 }],
    ['half a second', { lifetime: 0.5 }],
    ['another way', { by: 'pigeon' }],
    ['by reference without one', { by: 'reference' }],
  ])('%s is refused at once', (_, options) => {
    expect(() => jar({ key: privateKey, ...options } as never)).toThrow(expect.objectContaining({ code: 'JAR_OPTION_INVALID' }))
  })

  it('encryptWith without a key is refused at once', () => {
    for (const key of [undefined, null, 'x', Promise.resolve()])
      expect(() => encryptWith({ key } as never)).toThrow(expect.objectContaining({ code: 'JAR_OPTION_INVALID' }))
  })
})
