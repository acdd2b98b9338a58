import { authorizationCodeGrant, createAuthorizationRequest, createClient, publicClient } from '@oidc/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { halfHash, issuer, redirect_uri, startLogin, startTime } from './hybrid.test-server.js'
import { type HybridOptions, type HybridResponseType, hybrid, validateFrontChannelResponse } from './index.js'

const codeIdToken: HybridOptions = { response_type: 'code id_token' }
const unsafe = (response_type: HybridResponseType): HybridOptions => ({ response_type, unsafeFrontChannelAccessToken: true })

describe('the authorization request', () => {
  it.each<[HybridOptions, string]>([
    [{ response_type: 'id_token' }, 'id_token'],
    [codeIdToken, 'code id_token'],
    [unsafe('id_token token'), 'id_token token'],
    [unsafe('code token'), 'code token'],
    [unsafe('code id_token token'), 'code id_token token'],
  ])('F-E3, F-E4: asks for the response type of %j, with a nonce (Core 3.2.2.1, 3.3.2.1)', async (options, response_type) => {
    const { url, transaction } = await startLogin({ options })
    expect(url.searchParams.get('response_type')).toBe(response_type)
    expect(url.searchParams.get('nonce')).toBe(transaction.nonce)
    expect(transaction.nonce).toMatch(/^[\w-]{43}$/)
  })

  it('has a nonce even without the scope openid, for an ID token comes back', async () => {
    const { client } = await startLogin({ options: codeIdToken })
    const { url } = await createAuthorizationRequest(client, { redirect_uri })
    expect(url.searchParams.has('nonce')).toBe(true)
  })
})

describe('a response of code id_token (Core 3.3.2.11)', () => {
  it('F-E3, F-G16: is verified, and then its code is redeemed', async () => {
    const { client, transaction, respond, redeemed } = await startLogin({ options: codeIdToken })
    const tokens = await authorizationCodeGrant(client, await respond(), transaction)
    expect(tokens.claims?.sub).toBe('user')
    expect(redeemed.map((form) => form.get('code'))).toEqual(['the code'])
  })

  it.each<[string, Readonly<Record<string, string | undefined>>, Record<string, unknown>, string]>([
    ['S-E48: c_hash is of another code', {}, { c_hash: halfHash('another') }, 'ID_TOKEN_HASH'],
    ['F-G16: c_hash is missing', {}, { c_hash: undefined }, 'HYBRID_HASH_MISSING'],
    ['S-E48: the code was swapped', { code: 'stolen' }, {}, 'ID_TOKEN_HASH'],
    ['S-E48: s_hash is of another state', {}, { s_hash: halfHash('another') }, 'ID_TOKEN_HASH'],
    ['S-E38: another nonce', {}, { nonce: 'another' }, 'ID_TOKEN_NONCE'],
    ['S-E38: no nonce', {}, { nonce: undefined }, 'ID_TOKEN_NONCE'],
    ['S-E21: another issuer', {}, { iss: 'https://evil.example' }, 'ID_TOKEN_ISSUER'],
    ['S-E24: another audience', {}, { aud: 'other' }, 'ID_TOKEN_AUDIENCE'],
    ['S-E30: it has expired', {}, { exp: startTime - 31 }, 'ID_TOKEN_EXPIRED'],
    ['F-G16: it was issued over an hour ago', {}, { iat: startTime - 3601 }, 'HYBRID_ID_TOKEN_TOO_OLD'],
    ['the ID token is missing', { id_token: undefined }, {}, 'HYBRID_RESPONSE_INVALID'],
    ['the ID token is empty', { id_token: '' }, {}, 'ID_TOKEN_MALFORMED'],
    ['the code is missing', { code: undefined }, {}, 'CODE_MISSING'],
    ['S-C16: an access token that nobody asked for', { access_token: 'x' }, {}, 'FRONT_CHANNEL_TOKEN'],
    ['S-C01: the state is missing', { state: undefined }, {}, 'STATE_MISSING'],
  ])('%s: nothing is redeemed', async (_, changes, claims, code) => {
    const { client, transaction, respond, redeemed } = await startLogin({ options: codeIdToken })
    await expect(authorizationCodeGrant(client, await respond(changes, claims), transaction)).rejects.toMatchObject({ code })
    expect(redeemed).toEqual([])
  })

  it('S-E06: an ID token that another key signed is refused', async () => {
    const { client, transaction, respond, idToken, redeemed } = await startLogin({ options: codeIdToken })
    const [header, payload, signature = ''] = (await idToken()).split('.')
    const other = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    await expect(authorizationCodeGrant(client, await respond({ id_token: other }), transaction)).rejects.toMatchObject({
      code: 'ID_TOKEN_SIGNATURE',
    })
    expect(redeemed).toEqual([])
  })

  it('any one bit of the ID token changed is refused', async () => {
    const { client, transaction, respond, idToken } = await startLogin({ options: codeIdToken })
    const good = await idToken()
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 0, max: 6 }), async (at, bit) => {
        const changed = good.slice(0, at) + String.fromCharCode(good.charCodeAt(at) ^ (1 << bit)) + good.slice(at + 1)
        const outcome = validateFrontChannelResponse(client, await respond({ id_token: changed }), transaction)
        await expect(outcome).rejects.toMatchObject({ name: 'OidcError' })
      }),
      { numRuns: 200 },
    )
  })

  it('the option maxIdTokenAge says how old it may be', async () => {
    const { client, transaction, respond } = await startLogin({ options: { ...codeIdToken, maxIdTokenAge: 60 } })
    await expect(authorizationCodeGrant(client, await respond({}, { iat: startTime - 60 }), transaction)).resolves.toBeDefined()
    await expect(authorizationCodeGrant(client, await respond({}, { iat: startTime - 61 }), transaction)).rejects.toMatchObject({
      code: 'HYBRID_ID_TOKEN_TOO_OLD',
    })
  })

  it('the ID token of the token endpoint must be of the same user (Core 3.3.3.6)', async () => {
    const { client, transaction, respond } = await startLogin({ options: codeIdToken, backChannel: { sub: 'somebody else' } })
    await expect(authorizationCodeGrant(client, await respond(), transaction)).rejects.toMatchObject({ code: 'ID_TOKEN_CONTINUITY' })
  })

  it('S-C23: is read from the fragment, and refused in the query', async () => {
    const { client, transaction, respond } = await startLogin({ options: codeIdToken })
    const url = new URL((await respond()).href.replace('#', '?'))
    await expect(authorizationCodeGrant(client, url, transaction)).rejects.toMatchObject({ code: 'AUTHORIZATION_RESPONSE_MODE' })
  })

  it('its ID token stands for a promised iss (RFC 9207, 2.4), but only once it is verified, and not for an error', async () => {
    const server = { authorization_response_iss_parameter_supported: true }
    const { client, transaction, respond } = await startLogin({ options: codeIdToken, server })
    await expect(authorizationCodeGrant(client, await respond(), transaction)).resolves.toBeDefined()
    await expect(authorizationCodeGrant(client, await respond({ id_token: undefined }), transaction)).rejects.toMatchObject({
      code: 'ISS_MISSING',
    })
    const error = new URL(`${redirect_uri}#error=access_denied&state=${transaction.state}`)
    await expect(authorizationCodeGrant(client, error, transaction)).rejects.toMatchObject({ code: 'ISS_MISSING' })
  })
})

describe('the FAPI 1 detached signature (FAPI 1.0 Advanced, 5.2.2)', () => {
  const options = { ...codeIdToken, detachedSignature: true }

  it('F-E5: takes an s_hash that is of the state', async () => {
    const { client, transaction, respond } = await startLogin({ options })
    const good = await respond({}, { s_hash: halfHash(transaction.state) })
    await expect(authorizationCodeGrant(client, good, transaction)).resolves.toBeDefined()
  })

  it.each([
    ['takes an s_hash that is of the state', 'of the state', undefined],
    ['refuses one that is of another', 'another', 'ID_TOKEN_HASH'],
  ])('F-E5: where the ID token is encrypted, %s', async (_, of, code) => {
    let signed = ''
    const { client, transaction, respond, idToken } = await startLogin({ options, client: { decrypt: async () => signed } })
    signed = await idToken({ s_hash: halfHash(of === 'another' ? of : transaction.state) })
    const seen = validateFrontChannelResponse(client, await respond({ id_token: 'of.five.segments.a.JWE' }), transaction)
    if (code === undefined) await expect(seen).resolves.toMatchObject({ claims: { sub: 'user' } })
    else await expect(seen).rejects.toMatchObject({ code })
  })

  it('F-E5, F-G16: refuses a response without s_hash', async () => {
    const { client, transaction, respond, redeemed } = await startLogin({ options })
    await expect(authorizationCodeGrant(client, await respond(), transaction)).rejects.toMatchObject({ code: 'HYBRID_HASH_MISSING' })
    expect(redeemed).toEqual([])
  })
})

describe('validateFrontChannelResponse', () => {
  it('F-E4, F-G17: with id_token it is the whole login, and no request is sent but for the keys', async () => {
    const { client, transaction, respond, redeemed } = await startLogin({ options: { response_type: 'id_token' } })
    const response = await validateFrontChannelResponse(client, await respond(), transaction)
    expect(response.claims).toMatchObject({ iss: issuer, sub: 'user', nonce: transaction.nonce })
    expect(Object.keys(response)).toEqual(['id_token', 'claims'])
    expect(redeemed).toEqual([])
    await expect(authorizationCodeGrant(client, await respond(), transaction)).rejects.toMatchObject({ code: 'CODE_MISSING' })
  })

  it('gives an access token under its frightening name, with its expiry', async () => {
    const { client, transaction, respond } = await startLogin({ options: unsafe('id_token token') })
    const { unsafeAccessToken } = await validateFrontChannelResponse(client, await respond(), transaction)
    expect(unsafeAccessToken).toEqual({ access_token: 'front.token', token_type: 'Bearer', expires_in: 60, expires_at: startTime + 60 })
  })

  it.each<[string, Readonly<Record<string, string | undefined>>, Record<string, unknown>, string]>([
    ['S-E47: at_hash is of another token', {}, { at_hash: halfHash('another') }, 'ID_TOKEN_HASH'],
    ['at_hash is missing (Core 3.2.2.9)', {}, { at_hash: undefined }, 'HYBRID_HASH_MISSING'],
    ['the access token was swapped', { access_token: 'stolen' }, {}, 'ID_TOKEN_HASH'],
    ['the access token is missing', { access_token: undefined }, {}, 'HYBRID_RESPONSE_INVALID'],
    ['S-D05: the access token cannot stand in a header', { access_token: 'a\nb' }, {}, 'HYBRID_RESPONSE_INVALID'],
    ['S-D01: there is no token_type', { token_type: undefined }, {}, 'HYBRID_RESPONSE_INVALID'],
    ['S-D02: the token_type is another', { token_type: 'mac' }, {}, 'HYBRID_RESPONSE_INVALID'],
  ])('%s: refused', async (_, changes, claims, code) => {
    const { client, transaction, respond } = await startLogin({ options: unsafe('id_token token') })
    await expect(validateFrontChannelResponse(client, await respond(changes, claims), transaction)).rejects.toMatchObject({ code })
  })

  it.each(['', '-1', '1e3', '60.5', 'soon'])('an expires_in of %j is left out', async (expires_in) => {
    const { client, transaction, respond } = await startLogin({ options: unsafe('id_token token') })
    const { unsafeAccessToken } = await validateFrontChannelResponse(client, await respond({ expires_in }), transaction)
    expect(unsafeAccessToken).toEqual({ access_token: 'front.token', token_type: 'Bearer' })
  })

  it('with code token there is nothing to verify in the front channel: the code is redeemed, and the token beside it not used', async () => {
    const { client, transaction, respond } = await startLogin({ options: unsafe('code token') })
    await expect(validateFrontChannelResponse(client, await respond(), transaction)).rejects.toMatchObject({
      code: 'HYBRID_RESPONSE_INVALID',
      message: expect.stringContaining('authorizationCodeGrant'),
    })
    expect((await authorizationCodeGrant(client, await respond(), transaction)).access_token).toBe('at')
  })

  it('without the plugin it says what to install', async () => {
    const client = createClient({ issuer }, { client_id: 'app', authentication: publicClient() })
    await expect(validateFrontChannelResponse(client, new URL(redirect_uri), {} as never)).rejects.toMatchObject({
      code: 'PLUGIN_MISSING',
      message: expect.stringContaining('use: [hybrid({ response_type })]'),
    })
  })

  it('whatever stands in the fragment, nothing but an OidcError comes out', async () => {
    const { client, transaction, idToken } = await startLogin({ options: unsafe('code id_token token') })
    const id_token = await idToken()
    const names = fc.constantFrom(
      'code',
      'id_token',
      'access_token',
      'token_type',
      'state',
      'iss',
      'error',
      'expires_in',
      'scope',
      'response',
    )
    const values = fc.oneof(fc.string(), fc.constantFrom(id_token, transaction.state, 'the code', 'front.token', 'Bearer', issuer))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(names, values)), async (parameters) => {
        const url = new URL(`${redirect_uri}#${new URLSearchParams(parameters)}`)
        const error = await validateFrontChannelResponse(client, url, transaction).then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        if (error) expect(error).toMatchObject({ name: 'OidcError' })
      }),
      { numRuns: 300 },
    )
  })
})

describe('the options of hybrid()', () => {
  it.each([
    undefined,
    null,
    {},
    { response_type: 'code' },
    { response_type: 'id_token code' },
    { response_type: 'token' },
    { response_type: 7 },
  ])('%j are refused, and the message lists the response types', (options) => {
    expect(() => hybrid(options as never)).toThrow(
      expect.objectContaining({ code: 'HYBRID_OPTION_INVALID', message: expect.stringContaining('"code id_token"') }),
    )
  })

  it.each(['id_token token', 'code token', 'code id_token token'] as const)(
    'F-E7: %s needs the option that says unsafe (RFC 9700, 2.1.2)',
    (response_type) => {
      expect(() => hybrid({ response_type })).toThrow(
        expect.objectContaining({ message: expect.stringContaining('unsafeFrontChannelAccessToken') }),
      )
      expect(() => hybrid(unsafe(response_type))).not.toThrow()
    },
  )

  it.each([
    { ...codeIdToken, detachedSignature: 1 },
    { ...codeIdToken, unsafeFrontChannelAccessToken: 'yes' },
    { ...codeIdToken, maxIdTokenAge: 0 },
    { ...codeIdToken, maxIdTokenAge: Number.NaN },
    { ...unsafe('code token'), detachedSignature: true },
  ])('%j are refused', (options) => {
    expect(() => hybrid(options as never)).toThrow(expect.objectContaining({ code: 'HYBRID_OPTION_INVALID' }))
  })

  it('a response_type of the caller beside it is refused', async () => {
    const { client } = await startLogin({ options: codeIdToken })
    await expect(createAuthorizationRequest(client, { redirect_uri, response_type: 'id_token' })).rejects.toMatchObject({
      code: 'PLUGIN_MISSING',
    })
  })
})
