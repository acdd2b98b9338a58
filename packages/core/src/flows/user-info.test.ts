import fc from 'fast-check'
import { CompactEncrypt, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { unsigned } from '../../test/forge.js'
import { createIssuer, type Issuer, jsonResponse, startOfTime } from '../../test/issuer.js'
import { startLogin } from '../../test/login.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { isOidcError } from '../base/errors.js'
import { type ClientOptions, createClient, decryptWith, fetchUserInfo } from '../index.js'
import { createClient as createOAuthClient } from '../oauth.js'

const bare = { access_token: canaries.token, token_type: 'Bearer' }
const tokens = { ...bare, claims: { iss: 'https://as.example', sub: canaries.sub, aud: 'client-1', exp: 1, iat: 1 } }

async function createReader(options: Partial<ClientOptions> = {}) {
  const server = await createIssuer()
  const client = createClient(server.metadata, server.options(options))
  return {
    server,
    client,
    answer: (body: unknown) => {
      server.answer('userinfo', body instanceof Response ? body : jsonResponse(body))
      return fetchUserInfo(client, tokens)
    },
  }
}

async function refused(body: unknown, code: ErrorCode, says: readonly string[] = [], options: Partial<ClientOptions> = {}) {
  const { answer, server } = await createReader(options)
  const error = await expectRefusal(answer(body), code, { says })
  expect(server.requests).toHaveLength(1)
  return error
}

describe('fetchUserInfo (OpenID Connect Core 1.0, 5.3)', () => {
  it('F-J1: gives the claims of the user who signed in, and presents the token in the header alone', async () => {
    const login = await startLogin()
    const own = await login.finish()
    expect(await fetchUserInfo(login.client, own)).toEqual({ sub: canaries.sub, name: 'Ada' })
    const [request] = login.issuer.requestsTo('userinfo')
    expect(request).toMatchObject({ method: 'GET', url: 'https://as.example/userinfo', body: '', redirect: 'manual' })
    expect(request?.headers).toMatchObject({ authorization: `Bearer ${own.access_token}`, accept: 'application/json' })
    login.keepsSecrets({})
  })

  it('S-F01: claims of another user are refused (5.3.2: the sub MUST be verified), and neither is shown', async () => {
    for (const sub of ['another-user', `${canaries.sub} `, canaries.sub.toUpperCase()])
      await refused({ sub, email: canaries.email }, 'USERINFO_SUBJECT', ['another user', 'swapped'])
  })

  it.each([undefined, null, 7, '', {}, [canaries.sub]])('S-F02: a sub of %o is refused', async (sub) => {
    await refused({ sub, email: canaries.email }, 'USERINFO_INVALID', ['https://as.example', 'has no sub'])
  })

  it.each([[null], [[]], ['text'], [7]])('S-F09: %o is refused', async (body) => {
    await refused(body, 'USERINFO_INVALID', ['not a JSON object'])
  })

  it('S-F07, F-M11: plain JSON is refused where a signed or encrypted answer was registered', async () => {
    for (const options of [{ userinfo_signed_response_alg: 'ES256' }, { userinfo_encrypted_response_alg: 'RSA-OAEP' }])
      await refused({ sub: canaries.sub }, 'USERINFO_INVALID', ['plain JSON', 'registered that it is signed or encrypted'], options)
  })

  it.each<[string, string, Response, ErrorCode, string]>([
    [
      'S-F09',
      'half a body',
      new Response('{"sub":', { headers: { 'content-type': 'application/json' } }),
      'RESPONSE_MALFORMED',
      'not JSON',
    ],
    [
      'S-F09',
      'two subs',
      new Response(`{"sub":"a","sub":"${canaries.sub}"}`, { headers: { 'content-type': 'application/json' } }),
      'RESPONSE_MALFORMED',
      'twice',
    ],
    ['S-F10', 'a redirect', new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), 'REDIRECT_REFUSED', '302'],
    ['S-F15', 'an error with a status of success', jsonResponse({ error: 'invalid_token' }), 'OAUTH_ERROR', 'invalid_token'],
    ['S-F16', 'a picture of 5 MB', jsonResponse({ sub: canaries.sub, picture: 'x'.repeat(5 << 20) }), 'BODY_TOO_LARGE', '1048576 bytes'],
    [
      'S-F06',
      'a JWT that nobody asked for',
      new Response('a.b.', { headers: { 'content-type': 'application/jwt' } }),
      'RESPONSE_CONTENT_TYPE',
      'application/jwt',
    ],
    ['S-F09', 'a page of HTML', new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'RESPONSE_CONTENT_TYPE', 'text/html'],
    [
      'S-F15',
      'a challenge',
      new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }),
      'OAUTH_ERROR',
      'invalid_token',
    ],
  ])('%s: %s is refused, and asked for once', async (_, __, answer, code, says) => {
    await refused(answer, code, [says])
  })

  it('S-F11: an endpoint by http makes no client', async () => {
    const server = await createIssuer({ metadata: { userinfo_endpoint: 'http://as.example/userinfo' } })
    await expectRefusal(() => createClient(server.metadata, server.options()), 'URL_INSECURE', { says: ['userinfo_endpoint'] })
  })

  it('S-F13, S-F14: aggregated and distributed claims are given as they are: nothing is fetched, nothing merged', async () => {
    const { answer, server } = await createReader()
    const body = {
      sub: canaries.sub,
      _claim_names: { email: 'src1', address: 'src2' },
      _claim_sources: { src1: { JWT: 'a.b.' }, src2: { endpoint: 'http://169.254.169.254/', access_token: 'x' } },
    }
    expect(await answer(body)).toEqual(body)
    expect(server.requests).toHaveLength(1)
  })

  it('S-F17: email_verified as a string stays a string', async () => {
    const { answer } = await createReader()
    expect((await answer({ sub: canaries.sub, email_verified: 'true' })).email_verified).toBe('true')
  })

  it('expectedSubject stands where the tokens have no claims, and something must stand', async () => {
    const { server, client } = await createReader()
    for (const expectedSubject of [undefined, '', 7])
      await expectRefusal(fetchUserInfo(client, bare, { expectedSubject: expectedSubject as string }), 'OPTION_INVALID', {
        says: ['expectedSubject'],
      })
    expect(server.requests).toEqual([])
    expect(await fetchUserInfo(client, bare, { expectedSubject: 'user-1' })).toMatchObject({ sub: 'user-1' })
    await expectRefusal(fetchUserInfo(client, bare, { expectedSubject: 'user-2' }), 'USERINFO_SUBJECT')
  })

  it('expectedSubject beside claims must be the same user, which is told before any request', async () => {
    const { server, client } = await createReader()
    await expectRefusal(fetchUserInfo(client, tokens, { expectedSubject: 'user-2' }), 'USERINFO_SUBJECT', { says: ['expectedSubject'] })
    expect(server.requests).toEqual([])
  })

  it('takes a signal and a timeout', async () => {
    const { server, client } = await createReader()
    await expectRefusal(fetchUserInfo(client, tokens, { signal: AbortSignal.abort() }), 'ABORTED')
    server.answer('userinfo', () => new Promise(() => {}))
    await expectRefusal(fetchUserInfo(client, tokens, { timeout: 0.001 }), 'TIMEOUT')
  })

  it('a token of a type that nobody understands is never sent', async () => {
    const { server, client } = await createReader()
    await expectRefusal(fetchUserInfo(client, { ...tokens, token_type: 'DPoP' }), 'TOKEN_TYPE_UNSUPPORTED', { says: ['@oidc/dpop'] })
    expect(server.requests).toEqual([])
  })

  it('whatever JSON comes, it is refused or of the very user', async () => {
    const { answer } = await createReader()
    const any = fc.jsonValue()
    const body = fc.oneof(any, fc.record({ sub: fc.oneof(any, fc.constant(canaries.sub)), email: any }, { requiredKeys: ['sub'] }))
    await fc.assert(
      fc.asyncProperty(body, async (value) => {
        const outcome = await answer(value).catch((error: unknown) => error)
        if (isOidcError(outcome)) expect(outcome.code).toMatch(/^USERINFO_|OAUTH_ERROR/)
        else expect(outcome).toHaveProperty('sub', canaries.sub)
      }),
      { numRuns: 300 },
    )
  })

  it.each([undefined, null, 'at', {}, { access_token: 'at' }, { token_type: 'Bearer' }, { access_token: 'at', token_type: 7 }])(
    'tokens that are %j are told before any request',
    async (tokens) => {
      const issuer = await createIssuer()
      const client = createClient(issuer.metadata, issuer.options())
      await expectRefusal(() => fetchUserInfo(client, tokens as never, { expectedSubject: 'user-1' }), 'OPTION_INVALID', {
        says: ['The tokens'],
      })
      expect(issuer.requests).toEqual([])
    },
  )
})

describe('a UserInfo answer that is a JWT (OpenID Connect Core 1.0, 5.3.2)', () => {
  const good = { iss: 'https://as.example', aud: 'client-1', sub: canaries.sub, email: canaries.email }
  const signed = { userinfo_signed_response_alg: 'ES256' }
  const asJwt = (jwt: string) => new Response(jwt, { headers: { 'content-type': 'application/jwt;charset=UTF-8' } })

  const answerWith = async (
    make: (issuer: Issuer) => string | Promise<string>,
    options: Partial<ClientOptions> = signed,
  ): Promise<{ server: Issuer; reading: Promise<unknown> }> => {
    const { server, answer } = await createReader(options)
    return { server, reading: answer(asJwt(await make(server))) }
  }

  it('F-J3: is asked for and taken where it is registered as signed, without exp and with white space around it', async () => {
    const { server, reading } = await answerWith(async ({ sign }) => `${await sign(good)}\n`)
    expect(await reading).toEqual(good)
    expect(server.requestsTo('userinfo')[0]?.headers.accept).toBe('application/jwt, application/json')
  })

  it('F-J3: is not asked for, and refused, where nothing is registered', async () => {
    const { reading } = await answerWith(({ sign }) => sign(good), {})
    await expectRefusal(reading, 'RESPONSE_CONTENT_TYPE', { says: ['application/jwt'] })
  })

  it.each<[string, Record<string, unknown>, ErrorCode]>([
    ['S-F04: without iss', { iss: undefined }, 'USERINFO_ISSUER'],
    ['S-F04: without aud', { aud: undefined }, 'USERINFO_AUDIENCE'],
    ['of another issuer', { iss: 'https://evil.example' }, 'USERINFO_ISSUER'],
    ['for another client', { aud: 'other' }, 'USERINFO_AUDIENCE'],
    ['for others too', { aud: ['client-1', 'other'] }, 'USERINFO_AUDIENCE'],
    ['S-F01: of another user', { sub: 'another' }, 'USERINFO_SUBJECT'],
    ['S-F02: without sub', { sub: undefined }, 'USERINFO_INVALID'],
    ['that has expired', { exp: startOfTime - 31 }, 'USERINFO_EXPIRED'],
    ['S-F08: that is an ID token', { nonce: canaries.nonce }, 'USERINFO_TYPE'],
    ['S-F08: that is an ID token', { at_hash: 'x' }, 'USERINFO_TYPE'],
    ['S-F08: that is an ID token of the front channel', { c_hash: 'x' }, 'USERINFO_TYPE'],
    ['S-F08: that is an ID token of a detached signature', { s_hash: 'x' }, 'USERINFO_TYPE'],
    ['S-F08: that is a logout token', { events: {} }, 'USERINFO_TYPE'],
  ])('%s is refused: %j', async (_, changes, code) => {
    const claims = Object.fromEntries(Object.entries({ ...good, ...changes }).filter(([, value]) => value !== undefined))
    const { reading } = await answerWith(({ sign }) => sign(claims))
    const { message } = await expectRefusal(reading, code)
    if (!/SUBJECT|INVALID/.test(code)) expect(message).toMatch(/^The UserInfo answer /)
  })

  it.each(['at+jwt', 'logout+jwt', 'token-introspection+jwt'])('S-F08: one of the typ %s is refused', async (typ) => {
    const { reading } = await answerWith(({ sign }) => sign(good, { typ }))
    await expectRefusal(reading, 'USERINFO_TYPE')
  })

  it('S-F06: one that is not signed is refused', async () => {
    for (const alg of ['none', 'HS256', 'RS256']) {
      const { reading } = await answerWith(() => unsigned({ alg }, good, 'c2ln'))
      await expectRefusal(reading, 'USERINFO_ALGORITHM')
    }
  })

  it('a client of @oidc/core/oauth tells before it asks that it could not verify one', async () => {
    const server = await createIssuer()
    const client = createOAuthClient(server.metadata, server.options(signed))
    await expectRefusal(fetchUserInfo(client, tokens), 'USERINFO_INVALID', { says: ['@oidc/core/oauth'] })
    expect(server.requests).toEqual([])
  })

  it.each([
    ['signed, then encrypted', true],
    ['encrypted alone', false],
  ])('F-J4: %s, it is opened by the option decrypt', async (_, isSigned) => {
    const { privateKey, publicKey } = await generateKeyPair('RSA-OAEP-256')
    const decrypt = decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' })
    const options = { decrypt, userinfo_encrypted_response_alg: 'RSA-OAEP-256', ...(isSigned && signed) }
    const encrypt = (text: string) =>
      new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' }).encrypt(publicKey)
    const { reading } = await answerWith(async ({ sign }) => encrypt(isSigned ? await sign(good) : JSON.stringify(good)), options)
    expect(await reading).toEqual(good)
    const plain = await answerWith(({ sign }) => sign(good), options)
    await expectRefusal(plain.reading, 'USERINFO_ENCRYPTION')
    const twisted = await answerWith(async () => encrypt(isSigned ? JSON.stringify(good) : `{"sub":"x","sub":"${canaries.sub}"}`), options)
    await expectRefusal(twisted.reading, 'USERINFO_MALFORMED')
  })

  it.each<[Record<string, unknown>, ErrorCode]>([
    [{ iss: 'https://evil.example' }, 'USERINFO_ISSUER'],
    [{ aud: 'other' }, 'USERINFO_AUDIENCE'],
    [{ nonce: canaries.nonce }, 'USERINFO_TYPE'],
    [{ events: {} }, 'USERINFO_TYPE'],
    [{ sub: 'another' }, 'USERINFO_SUBJECT'],
  ])('F-J3, S-F08: one that is only encrypted is refused with %j, and needs neither iss nor aud', async (changes, code) => {
    const alg = 'RSA-OAEP-256'
    const { privateKey, publicKey } = await generateKeyPair(alg)
    const options = { decrypt: decryptWith({ key: privateKey, alg }), userinfo_encrypted_response_alg: alg }
    const encrypt = (claims: object) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader({ alg, enc: 'A256GCM' }).encrypt(publicKey)
    await expectRefusal((await answerWith(() => encrypt({ ...good, ...changes }), options)).reading, code)
    expect(await (await answerWith(() => encrypt({ sub: canaries.sub }), options)).reading).toEqual({ sub: canaries.sub })
    for (const wrong of [[], [{ sub: canaries.sub }], 'x' as never])
      await expectRefusal((await answerWith(() => encrypt(wrong), options)).reading, 'USERINFO_MALFORMED', {
        says: ['The UserInfo answer cannot be used: it is no JSON object'],
      })
  })

  it('S-F08: whatever claims are signed, an OidcError comes or an answer of the same user, issuer and client', async () => {
    const { server, answer } = await createReader(signed)
    const names = fc.constantFrom('iss', 'aud', 'sub', 'exp', 'iat', 'nbf', 'nonce', 'events', 'email')
    await fc.assert(
      fc.asyncProperty(names, fc.jsonValue(), async (name, value) => {
        const result = await answer(asJwt(await server.sign({ ...good, [name]: value } as never))).catch((error: unknown) => error)
        if (isOidcError(result)) return
        expect(result).toMatchObject({ iss: good.iss, sub: good.sub })
        expect([(result as { aud: unknown }).aud].flat()).toEqual(['client-1'])
      }),
      { numRuns: 150 },
    )
  })
})
