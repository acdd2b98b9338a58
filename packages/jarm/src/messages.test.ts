import { createAuthorizationRequest, createClient, publicClient } from '@oidc/core'
import { checkAuthorizationResponse } from '@oidc/core/plugin'
import { generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { encryptWith } from './encrypt-with.js'
import { type JAROptions, jar } from './jar.js'
import { jarm } from './jarm.js'
import { createTestClient, issuer, redirect_uri, refusalOf, sign, take, transaction, usual } from './jarm.test-server.js'
import { createRequestObjectHandler } from './request-object-handler.js'
import { createRequestObjectStore } from './request-object-reference.js'

const { privateKey: key } = await generateKeyPair('ES256')
const { publicKey } = await generateKeyPair('RSA-OAEP-256')
const long = 'x'.repeat(40)
const cut = 'x'.repeat(32)
const many = Array.from({ length: 20 }, (_, index) => `alg-${index}`)
const kept = JSON.stringify(many.slice(0, 16))
const url = 'https://app.example/objects'
const store = createRequestObjectStore()
const messageOf = async (run: () => unknown) => (await refusalOf(Promise.resolve().then(run))).message

const ask = (options: Partial<JAROptions>, { server = {}, client = {}, parameters = {} } = {}) =>
  createAuthorizationRequest(createTestClient({ use: [jar({ key, ...options })], ...client }, server), { redirect_uri, ...parameters })
const secured = (mode: string | undefined, server = {}, client = {}) =>
  createAuthorizationRequest(createTestClient(client, server), { redirect_uri, response_mode: mode })
const encrypted = (options: object, server = {}, client = {}) =>
  ask({ encrypt: encryptWith({ key: publicKey, alg: 'RSA-OAEP-256', ...options }) }, { server, client })

const jarOption = (problem: string) => `The option ${problem}. Correct it: jar({ key }), and see the README for the others.`

describe('an error says what was seen, what was wanted and what to do, and cuts what others made long', () => {
  it.each<[string, () => unknown, string]>([
    [
      'a response_mode of the option',
      () => jarm({ response_mode: 'query' as never }),
      'The option response_mode of jarm() is no secured one. Give one of jwt, query.jwt, fragment.jwt, form_post.jwt.',
    ],
    ...[0, -1, 86401, Number.NaN, '600' as never].map((maxResponseLifetime): [string, () => unknown, string] => [
      `maxResponseLifetime ${maxResponseLifetime}`,
      () => jarm({ maxResponseLifetime }),
      'The option maxResponseLifetime is no number of seconds from 1 to 86400. Give one.',
    ]),
    [
      'a plain mode',
      () => secured(long),
      `The response_mode is "${cut}", and with jarm() it is a secured one. Give "${cut}.jwt", or take jarm() away.`,
    ],
    [
      'a mode that the server has not',
      () => secured('fragment.jwt', { response_modes_supported: ['query.jwt', ...many] }),
      `The response_mode fragment.jwt is none of those of ${issuer}: ${JSON.stringify(['query.jwt', ...many.slice(0, 15)])}. Choose one that it has with jarm({ response_mode }), or take jarm() away.`,
    ],
    [
      'a MAC',
      () => secured(undefined, {}, { authorization_signed_response_alg: `HS${long}` }),
      `The client metadata says authorization_signed_response_alg: "HS${'x'.repeat(30)}", which proves nothing about the server. Register an asymmetric one, such as PS256 or ES256.`,
    ],
    [
      'a plain response',
      () => checkAuthorizationResponse(createTestClient(), new URL(`${redirect_uri}?code=1`), transaction),
      'The authorization response is not secured; a parameter named response was asked for. Start a new login: somebody took the signature away, or the server does not do JARM for this client.',
    ],
    [
      'a plain error',
      () => checkAuthorizationResponse(createTestClient(), new URL(`${redirect_uri}?error=access_denied`), transaction),
      'The authorization response is not secured, and says that there was an error; a parameter named response was asked for. Start a new login: somebody took the signature away, or the server does not do JARM for this client.',
    ],
    [
      'another kind of token',
      async () => take(createTestClient(), await sign({ ...usual, c_hash: 'x' })),
      'The authorization response has the claim c_hash, which is that of another kind of token. Discard it.',
    ],
    [
      'a response that is no JWT',
      () => take(createTestClient(), 'x'),
      'The authorization response is no signed JWT: it has 1 segments, and a signed JWT has 3. Report it to the people who run the server.',
    ],
    ['no key', () => ask({ key: 'secret' as never }), jarOption('key is no private key and no signer')],
    ['a key that is null', () => ask({ key: null as never }), jarOption('key is no private key and no signer')],
    ['a key that nobody awaited', () => ask({ key: Promise.resolve(key) as never }), jarOption('key is no private key and no signer')],
    ['no encryption', () => ask({ encrypt: {} as never }), jarOption('encrypt is not what encryptWith({ key, alg, enc }) gave')],
    ['null for an encryption', () => ask({ encrypt: null as never }), jarOption('encrypt is not what encryptWith({ key, alg, enc }) gave')],
    ['a lifetime', () => ask({ lifetime: 301 }), jarOption('lifetime is no whole number of seconds from 1 to 300')],
    ['a way', () => ask({ by: 'post' as never }), jarOption("by is neither 'value' nor 'reference'")],
    [
      'a reference too many',
      () => ask({ reference: { url, store } }),
      jarOption("reference goes with by: 'reference', and with nothing else"),
    ],
    ['a reference too few', () => ask({ by: 'reference' }), jarOption("reference goes with by: 'reference', and with nothing else")],
    [
      'an address with a query',
      () => ask({ by: 'reference', reference: { url: `${url}?a`, store } }),
      'The option reference.url has a query or is longer than 468 characters. Give a short one without.',
    ],
    [
      'an address without TLS',
      () => ask({ by: 'reference', reference: { url: 'http://app.example/', store } }),
      'The reference.url of jar() is "http://app.example/", not an absolute https: URL without user name, password, fragment, white space or backslash. Give one.',
    ],
    [
      'no store',
      () => ask({ by: 'reference', reference: { url, store: {} as never } }),
      'The option reference.store has no set, get and take. Give createRequestObjectStore().',
    ],
    [
      'a server that fetches nothing',
      () => ask({ by: 'reference', reference: { url, store } }, { server: { request_uri_parameter_supported: false } }),
      `${issuer} fetches no request objects. Use jar({ by: 'value' }), with par() where the URL grows too long.`,
    ],
    [
      'a parameter of the object’s own',
      () => ask({}, { parameters: { sub: 'x' } }),
      'The parameter sub may not stand in a request object, where it means something else. Take it away.',
    ],
    ['claims', () => ask({}, { parameters: { claims: 'no' } }), 'The parameter claims is no JSON object. Give one, not its text.'],
    [
      'authorization_details',
      () => ask({}, { parameters: { authorization_details: '{}' } }),
      'The parameter authorization_details is no JSON array. Give one, not its text.',
    ],
    [
      'an algorithm that the server has not',
      () => ask({}, { server: { request_object_signing_alg_values_supported: many } }),
      `The key of jar() signs with ES256, and ${issuer} says ${kept}. Give a key for that, as { key, alg } where it goes by several names.`,
    ],
    [
      'an algorithm that is not registered',
      () => ask({}, { client: { request_object_signing_alg: 'PS256' } }),
      'The key of jar() signs with ES256, and The client metadata says ["PS256"]. Give a key for that, as { key, alg } where it goes by several names.',
    ],
    [
      'no encryption key',
      () => encryptWith({ key: 'secret' as never }),
      'The key of encryptWith() is none. Give an encryption key of the server, or a function that gives it.',
    ],
    [
      'a key management that the server has not',
      () => encrypted({ alg: long }, { request_object_encryption_alg_values_supported: many }),
      `The alg of encryptWith() is "${cut}", and ${issuer} lists ${kept}. Give one that it has.`,
    ],
    [
      'no key management at all',
      () => encrypted({ alg: undefined }),
      `The alg of encryptWith() is "", and ${issuer} lists "none". Give one that it has.`,
    ],
    [
      'a key that does not fit',
      () => encrypted({ alg: 'ECDH-ES', enc: 'A256GCM' }),
      'The request object could not be encrypted with ECDH-ES and A256GCM: JOSENotSupported was thrown. Give a key of the server for that algorithm.',
    ],
    [
      'a key function that throws anything',
      () => encrypted({ key: () => Promise.reject('no') }),
      'The request object could not be encrypted with RSA-OAEP-256 and A128CBC-HS256: it was thrown. Give a key of the server for that algorithm.',
    ],
    [
      'a handler of no jar()',
      () => createRequestObjectHandler(createClient({ issuer }, { client_id: 'app', authentication: publicClient() })),
      "The client has no plugin jar. Install @oidc/jarm and add jar({ key, by: 'reference', reference }) to use: { use: [jar({ key, by: 'reference', reference })] }.",
    ],
    [
      'a handler of a jar() by value',
      () => createRequestObjectHandler(createTestClient({ use: [jar({ key })] })),
      "The jar() of this client sends its objects by value. Give by: 'reference' and reference.",
    ],
  ])('%s', async (_, run, message) => {
    expect(await messageOf(run)).toBe(message)
  })

  it('the server’s own error goes along, cut', async () => {
    const failing = checkAuthorizationResponse(createTestClient(), new URL(`${redirect_uri}?error=${'e'.repeat(200)}`), transaction)
    expect((await refusalOf(failing)).error).toBe('e'.repeat(128))
  })
})

describe('what is taken', () => {
  it('a maxResponseLifetime of a day', () => {
    expect(jarm({ maxResponseLifetime: 86400 }).name).toBe('jarm')
  })

  it('a registered algorithm whose name has HS in it, and is no MAC', async () => {
    await expect(secured(undefined, {}, { authorization_signed_response_alg: 'EdHS' })).resolves.toBeDefined()
  })

  it('a mode that the server lists beside others, and jwt where it lists any secured one', async () => {
    const server = { response_modes_supported: ['query', 'form_post.jwt'] }
    await expect(secured('form_post.jwt', server)).resolves.toBeDefined()
    await expect(secured('jwt', server)).resolves.toBeDefined()
    await expect(secured('jwt', { response_modes_supported: ['query', 'form_post'] })).rejects.toMatchObject({ code: 'JARM_MODE' })
  })

  it.each(['code', 'state', 'error', 'error_description', 'error_uri', 'id_token', 'access_token', 'token_type', 'scope'])(
    'no %s that is a number',
    async (name) => {
      expect(await messageOf(async () => take(createTestClient(), await sign({ ...usual, [name]: 5 })))).toBe(
        `The authorization response has a ${name} of another type than string. Report it to the people who run the server.`,
      )
    },
  )

  it('of the claims of the JWT none is a parameter', async () => {
    const { response } = await take(
      createTestClient(),
      await sign({ ...usual, iat: 1_700_000_000, nbf: 1_700_000_000, jti: 'j', expires_in: 5 }),
    )
    expect(Object.keys(response.parameters).sort()).toEqual(['code', 'expires_in', 'iss', 'state'])
    expect(response.parameters.expires_in).toBe('5')
  })

  it.each(['a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(43)}.`, `.${'a'.repeat(43)}`])(
    'no name %s of an object at the handler',
    async (id) => {
      const asked: string[] = []
      const get = (name: string) => void asked.push(name)
      const reference = { url, store: { set: () => undefined, get, take: get } as never }
      const handler = createRequestObjectHandler(createTestClient({ use: [jar({ key, by: 'reference', reference })] }))
      const { status, headers } = await handler(new Request(`${url}/${id}`))
      expect([status, asked, headers.get('x-content-type-options'), headers.get('cache-control')]).toEqual([404, [], 'nosniff', 'no-store'])
    },
  )

  it('an encryption key’s kid that is a string, and no other', async () => {
    const jwk = (await crypto.subtle.exportKey('jwk', publicKey)) as Record<string, unknown>
    const headerOf = async (kid: unknown) => {
      const { url: to } = await encrypted({ key: { ...jwk, alg: 'RSA-OAEP-256', ...(kid !== undefined && { kid }) } })
      return JSON.parse(Buffer.from(to.searchParams.get('request')?.split('.')[0] ?? '', 'base64url').toString())
    }
    const header = { alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256', cty: 'JWT', typ: 'oauth-authz-req+jwt' }
    expect(await headerOf('k')).toEqual({ ...header, kid: 'k' })
    expect(await headerOf(5)).toEqual(header)
    expect(await headerOf(undefined)).toEqual(header)
  })

  it('S-E66: a response that is encrypted with another alg or enc than the registered ones is refused, though the key would open it', async () => {
    const asked: string[] = []
    const decrypt = async (jwe: string) => {
      asked.push(jwe)
      return sign(usual)
    }
    const registered = { authorization_encrypted_response_alg: 'RSA-OAEP-256', authorization_encrypted_response_enc: 'A256GCM' }
    const jwe = (alg: string, enc: string) => `${Buffer.from(JSON.stringify({ alg, enc })).toString('base64url')}.a.b.c.d`
    const client = createTestClient({ decrypt, ...registered })
    expect((await take(client, jwe('RSA-OAEP-256', 'A256GCM'))).response.parameters.code).toBe('code-1')
    for (const other of [jwe('RSA-OAEP', 'A256GCM'), jwe('RSA-OAEP-256', 'A128GCM'), jwe('dir', 'A256GCM')])
      expect((await refusalOf(take(client, other))).code).toBe('JARM_ENCRYPTION')
    expect(asked).toHaveLength(1)
  })
})
