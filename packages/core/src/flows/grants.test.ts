import fc from 'fast-check'
import type { JWTPayload } from 'jose'
import { describe, expect, it } from 'vitest'
import { createIssuer, jsonResponse, startOfTime } from '../../test/issuer.js'
import { type Alteration, type LoginSettings, redirect_uri, startLogin } from '../../test/login.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import {
  authorizationCodeGrant,
  type ClientOptions,
  clientCredentialsGrant,
  createClient,
  grant,
  type Plugin,
  refreshTokenGrant,
  type Tokens,
} from '../index.js'
import { createClient as createOAuthClient } from '../oauth.js'

const credentials = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type']
/** Wants every failed request sent again at once: what then comes twice is core's fault. */
const eager: Plugin = { name: 'eager', exchange: { retry: () => 0 } }

async function createGranter(options: Partial<ClientOptions> = {}, make: typeof createClient = createClient) {
  const server = await createIssuer()
  return {
    server,
    client: make(server.metadata, server.options(options)),
    sent: () => server.requestsTo('token').at(-1)?.form ?? new URLSearchParams(),
  }
}

describe('authorizationCodeGrant', () => {
  it('F-G1, F-G2, F-G3, F-H1: sends code, verifier and the redirect_uri of the transaction, never one of the request (RFC 6749, 4.1.3)', async () => {
    const uri = 'https://app.example/cb?tenant=1&x=%2F'
    const login = await startLogin({ parameters: { redirect_uri: uri, scope: 'openid' } })
    // Behind a proxy, the request that comes in has another host.
    const tokens = await login.finish(new URL(`http://internal:3000/other${login.callback.search}`))
    expect(Object.fromEntries(login.issuer.requestsTo('token')[0]?.form ?? [])).toEqual({
      grant_type: 'authorization_code',
      code: login.callback.searchParams.get('code'),
      redirect_uri: uri,
      code_verifier: login.transaction.code_verifier,
      client_id: 'client-1',
    })
    expect(tokens).toMatchObject({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      expires_at: startOfTime + 3600,
      scope: 'openid',
      claims: { sub: canaries.sub, nonce: login.transaction.nonce },
    })
    login.keepsSecrets({})
  })

  it('F-I3: the tokens are plain JSON', async () => {
    const tokens = await (await startLogin()).finish()
    expect(JSON.parse(JSON.stringify(tokens))).toEqual(tokens)
    expect(structuredClone(tokens)).toEqual(tokens)
  })

  it('plain OAuth works the same way, without an ID token', async () => {
    for (const make of [createClient, createOAuthClient]) {
      const login = await startLogin({ createClient: make, parameters: { scope: 'email' } })
      const tokens = await login.finish()
      expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'email' })
      expect(tokens).not.toHaveProperty('claims')
      expect(login.issuer.requestsTo('jwks')).toEqual([])
    }
  })

  it('S-D14, F-G5: an ID token is required where the scope openid was asked for', async () => {
    const login = await startLogin()
    login.alter({ members: { id_token: undefined } })
    await login.refuse(login.finish(), 'ID_TOKEN_MISSING', 'no id_token', 'openid')
  })

  it('F-G4: an ID token that nobody asked for is verified all the same, and must have no nonce', async () => {
    const login = await startLogin({ parameters: { scope: 'email' } })
    login.alter({ members: { id_token: await login.issuer.idToken({ nonce: canaries.nonce }) } })
    await login.refuse(login.finish(), 'ID_TOKEN_NONCE', 'a nonce, and none was sent')
    const other = await startLogin({ parameters: { scope: 'email' } })
    other.alter({ members: { id_token: await other.issuer.idToken({}) } })
    expect((await other.finish()).claims?.sub).toBe(canaries.sub)
  })

  it.each<[string, string | readonly string[] | undefined, readonly string[]]>([
    ['one', 'https://a.example', ['https://a.example']],
    ['one in an array', ['https://a.example'], ['https://a.example']],
    ['several, which servers refuse at the token endpoint', ['https://a.example', 'https://b.example'], []],
    ['none', undefined, []],
    ['an empty array', [], []],
  ])('F-D11: of %s, the resource of the login is repeated: %o gives %o (RFC 8707, 2.2)', async (_, resource, repeated) => {
    const login = await startLogin({ parameters: { resource } })
    await login.finish()
    expect(login.issuer.requestsTo('token')[0]?.form.getAll('resource')).toEqual(repeated)
  })

  it('F-D11: the caller says which of several, also once the transaction was stored as JSON', async () => {
    const login = await startLogin({ parameters: { resource: ['https://a.example', 'https://b.example'] } })
    const stored = JSON.parse(JSON.stringify(login.transaction))
    await authorizationCodeGrant(login.client, login.callback, stored, { parameters: { resource: 'https://b.example' } })
    expect(login.issuer.requestsTo('token')[0]?.form.getAll('resource')).toEqual(['https://b.example'])
  })

  it('F-D11: the caller may name another one than the login did, or none', async () => {
    for (const [resource, sent] of [
      ['https://b.example', ['https://b.example']],
      [undefined, []],
      [
        ['https://a.example', 'https://b.example'],
        ['https://a.example', 'https://b.example'],
      ],
    ] as const) {
      const login = await startLogin({ parameters: { resource: 'https://a.example' } })
      await authorizationCodeGrant(login.client, login.callback, login.transaction, { parameters: { resource } })
      expect(login.issuer.requestsTo('token')[0]?.form.getAll('resource')).toEqual(sent)
    }
  })

  it.each(['grant_type', 'code', 'redirect_uri', 'code_verifier', ...credentials])(
    '%s is the client’s own and refused before any request',
    async (name) => {
      const login = await startLogin()
      const attempt = authorizationCodeGrant(login.client, login.callback, login.transaction, { parameters: { [name]: canaries.code } })
      await login.refuse(attempt, 'PARAMETER_RESERVED', `The parameter ${name} `)
      expect(login.issuer.requests).toEqual([])
    },
  )

  it('S-C30: a response type without code redeems nothing', async () => {
    const plugin: Plugin = {
      name: 'implicit',
      authorization: {
        parameters: () => ({ response_type: 'id_token', response_mode: 'query' }),
        check: (_, { issuer }) => ({ claims: { iss: issuer } as never }),
      },
    }
    const login = await startLogin({ options: { use: [plugin] } })
    const url = new URL(login.callback)
    url.searchParams.delete('code')
    url.searchParams.set('id_token', canaries.token)
    await login.refuse(login.finish(url), 'CODE_MISSING', 'response type id_token')
    expect(login.issuer.requests).toEqual([])
  })

  it.each<[string, () => Response | Promise<Response>, string]>([
    ['S-D43: a connection that breaks', () => Promise.reject(new TypeError('fetch failed')), 'NETWORK_ERROR'],
    ['S-D49: a 503', () => new Response('', { status: 503 }), 'HTTP_STATUS'],
    ['S-D49: a page of HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'RESPONSE_CONTENT_TYPE'],
    [
      'S-D32: half an answer',
      () => new Response('{"access_token":', { headers: { 'content-type': 'application/json' } }),
      'RESPONSE_MALFORMED',
    ],
  ])('%s does not make the code be sent again, whatever a plugin wants (RFC 6749, 4.1.2)', async (_, answer, code) => {
    const login = await startLogin({ options: { use: [eager] } })
    login.issuer.answer('token', answer)
    await login.refuse(login.finish(), code as never)
    expect(login.issuer.requestsTo('token')).toHaveLength(1)
  })

  it('S-D49: a timeout does not make it be sent again either', async () => {
    const login = await startLogin({ options: { use: [eager], timeout: 0.001 } })
    login.issuer.answer('token', () => new Promise(() => {}))
    await login.refuse(login.finish(), 'TIMEOUT', '0.001 seconds')
    expect(login.issuer.requestsTo('token')).toHaveLength(1)
  })

  it('S-D48: the signal of the caller ends it, before and during the request', async () => {
    const login = await startLogin({ options: { use: [eager] } })
    const run = (signal: AbortSignal) => authorizationCodeGrant(login.client, login.callback, login.transaction, { signal })
    await login.refuse(run(AbortSignal.abort()), 'ABORTED')
    expect(login.issuer.requests).toEqual([])
    const controller = new AbortController()
    login.issuer.answer('token', () => {
      controller.abort(new Error('enough'))
      return new Promise(() => {})
    })
    await login.refuse(run(controller.signal), 'ABORTED')
    expect(login.issuer.requestsTo('token')).toHaveLength(1)
  })

  it('a timeout of the call goes before that of the client', async () => {
    const login = await startLogin()
    login.issuer.answer('token', () => new Promise(() => {}))
    await login.refuse(
      authorizationCodeGrant(login.client, login.callback, login.transaction, { timeout: 0.001 }),
      'TIMEOUT',
      '0.001 seconds',
    )
  })

  it('plugins see the response and the transaction, frozen', async () => {
    const seen: unknown[] = []
    const plugin: Plugin = {
      name: 'seeing',
      exchange: {
        headers({ call: { authorization } }) {
          seen.push(Object.isFrozen(authorization), authorization?.transaction.redirect_uri, authorization?.response.place)
          return undefined
        },
      },
    }
    await (await startLogin({ options: { use: [plugin] } })).finish()
    expect(seen).toEqual([true, redirect_uri, 'query'])
  })
})

describe('refreshTokenGrant', () => {
  /** Tokens of a login, and a server whose refreshes answer with these members beside or in place of its own. */
  async function refreshing(members: Readonly<Record<string, unknown>> = {}, settings: LoginSettings = {}) {
    const login = await startLogin(settings)
    const tokens = await login.finish()
    login.issuer.answer('token', async (_, own) => jsonResponse({ ...((await (await own()).json()) as object), ...members }))
    return { ...login, tokens, sent: () => login.issuer.requestsTo('token').at(-1)?.form ?? new URLSearchParams() }
  }

  it('F-H2: sends the refresh token, and nothing of the login (RFC 6749, 6)', async () => {
    const { client, tokens, sent } = await refreshing()
    const fresh = await refreshTokenGrant(client, tokens)
    expect(Object.fromEntries(sent())).toEqual({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: 'client-1' })
    expect(fresh.access_token).not.toBe(tokens.access_token)
  })

  it('S-M07: what the answer leaves out is carried over: refresh token, ID token, claims, scope', async () => {
    const { client, tokens } = await refreshing({ refresh_token: undefined })
    const fresh = await refreshTokenGrant(client, tokens)
    const { refresh_token, id_token, claims, scope } = tokens
    expect(fresh).toMatchObject({ refresh_token, id_token, claims, scope })
    expect(fresh.access_token).not.toBe(tokens.access_token)
    expect(JSON.parse(JSON.stringify(fresh))).toEqual(fresh)
  })

  it('what the answer leaves out and would be wrong is not carried over: expires_in, and whatever else was there', async () => {
    const { client, tokens } = await refreshing({ expires_in: undefined })
    const fresh = await refreshTokenGrant(client, { ...tokens, additional: { old: 1 }, issued_token_type: 'x' })
    for (const name of ['expires_in', 'expires_at', 'additional', 'issued_token_type']) expect(fresh).not.toHaveProperty(name)
  })

  it('what the answer holds goes before what was: a rotated refresh token, another scope', async () => {
    const { client, tokens } = await refreshing({ scope: 'email', refresh_token: 'rotated' })
    expect(await refreshTokenGrant(client, tokens)).toMatchObject({ scope: 'email', refresh_token: 'rotated' })
  })

  it('the refresh token alone may be given', async () => {
    const { client, tokens, sent } = await refreshing({ refresh_token: undefined })
    const fresh = await refreshTokenGrant(client, String(tokens.refresh_token))
    expect(sent().get('refresh_token')).toBe(tokens.refresh_token)
    expect(fresh.refresh_token).toBe(tokens.refresh_token)
    expect(fresh).not.toHaveProperty('claims')
  })

  it.each<[unknown, string]>([
    ['', 'an empty string'],
    [undefined, 'missing'],
    [null, 'missing'],
    [{}, 'missing'],
    [{ refresh_token: 7 }, 'of type number'],
    [{ refresh_token: '' }, 'an empty string'],
  ])('%o has no refresh token, which is told before any request', async (tokens, seen) => {
    const { server, client } = await createGranter()
    await expectRefusal(refreshTokenGrant(client, tokens as Tokens), 'REFRESH_TOKEN_MISSING', { says: [seen, 'offline_access'] })
    expect(server.requests).toEqual([])
  })

  it('F-T9: a new ID token is verified, takes the place of the old one, and need not have the nonce', async () => {
    const { client, tokens, issuer } = await refreshing()
    issuer.clock.advance(100)
    const id_token = await issuer.idToken({})
    issuer.answer('token', jsonResponse({ access_token: 'a', token_type: 'Bearer', id_token }))
    const fresh = await refreshTokenGrant(client, tokens)
    expect(fresh).toMatchObject({ id_token, claims: { sub: canaries.sub, iat: startOfTime + 100 } })
  })

  it.each<[string, string, JWTPayload]>([
    ['S-M01', 'sub', { sub: 'another-user' }],
    ['S-M02', 'aud', { aud: ['client-1', 'api'], azp: 'client-1' }],
    ['S-M04', 'azp', { azp: 'client-1' }],
    ['S-M05', 'nonce', { nonce: canaries.nonce }],
    ['S-M03', 'auth_time', { auth_time: startOfTime - 1 }],
  ])('%s, F-T9: a new ID token with another %s is refused: the user is never switched', async (_, name, changes) => {
    const { client, tokens, issuer, refuse } = await refreshing(
      {},
      { claims: { auth_time: startOfTime }, options: { trustedAudiences: ['api'] } },
    )
    issuer.answer('token', jsonResponse({ access_token: 'a', token_type: 'Bearer', id_token: await issuer.idToken(changes) }))
    // The first of the members that differ is told.
    await refuse(refreshTokenGrant(client, tokens), 'ID_TOKEN_CONTINUITY', name === 'aud' ? 'another azp' : `another ${name}`)
    expect(issuer.requestsTo('token')).toHaveLength(2)
  })

  it('S-M02: a new ID token of another issuer is refused', async () => {
    const { client, tokens, issuer, refuse } = await refreshing()
    issuer.answer(
      'token',
      jsonResponse({ access_token: 'a', token_type: 'Bearer', id_token: await issuer.idToken({ iss: 'https://evil.example' }) }),
    )
    await refuse(refreshTokenGrant(client, tokens), 'ID_TOKEN_ISSUER')
  })

  it('the refresh token alone has no claims to compare with, and the ID token is verified all the same', async () => {
    const { client, issuer } = await refreshing()
    issuer.answer(
      'token',
      jsonResponse({ access_token: 'a', token_type: 'Bearer', id_token: await issuer.idToken({ sub: 'another-user' }) }),
    )
    expect((await refreshTokenGrant(client, 'r')).claims?.sub).toBe('another-user')
    issuer.answer('token', jsonResponse({ access_token: 'a', token_type: 'Bearer', id_token: await issuer.idToken({ exp: 0 }) }))
    await expectRefusal(refreshTokenGrant(client, 'r'), 'ID_TOKEN_EXPIRED')
  })

  it('S-M09: tokens of another type than before are refused', async () => {
    const dpop: Plugin = { name: 'dpop', exchange: { tokenTypes: ['DPoP'] } }
    const { client, server } = await createGranter({ use: [dpop] })
    const earlier = { access_token: canaries.token, token_type: 'DPoP', refresh_token: canaries.token }
    await expectRefusal(refreshTokenGrant(client, earlier), 'TOKEN_TYPE_CHANGED', {
      says: ['a refresh of DPoP tokens', 'with Bearer ones'],
    })
    server.answer('token', jsonResponse({ access_token: 'a', token_type: 'dpop' }))
    expect(await refreshTokenGrant(client, earlier)).toMatchObject({ token_type: 'DPoP' })
    await expectRefusal(refreshTokenGrant(client, { ...earlier, token_type: 'bearer' }), 'TOKEN_TYPE_CHANGED')
    for (const token_type of [7, null, {}])
      await expectRefusal(refreshTokenGrant(client, { ...earlier, token_type: token_type as never }), 'TOKEN_TYPE_CHANGED')
  })

  it('further parameters are sent: a narrower scope, a resource', async () => {
    const { client, tokens, sent } = await refreshing()
    await refreshTokenGrant(client, tokens, {
      parameters: { scope: 'email', resource: ['https://a.example', 'https://b.example'], none: undefined },
    })
    expect(sent().get('scope')).toBe('email')
    expect(sent().getAll('resource')).toEqual(['https://a.example', 'https://b.example'])
    expect(sent().has('none')).toBe(false)
  })

  it.each(['grant_type', 'refresh_token', ...credentials])('%s is the client’s own and refused before any request', async (name) => {
    const { server, client } = await createGranter()
    await expectRefusal(refreshTokenGrant(client, canaries.token, { parameters: { [name]: 'x' } }), 'PARAMETER_RESERVED', { says: [name] })
    expect(server.requests).toEqual([])
  })

  it('a client of @oidc/core/oauth does not ask for openid', async () => {
    const { server, client } = await createGranter({}, createOAuthClient)
    await expectRefusal(refreshTokenGrant(client, canaries.token, { parameters: { scope: 'openid' } }), 'SCOPE_OPENID_UNSUPPORTED')
    expect(server.requests).toEqual([])
  })

  it.each<[string, () => Response | Promise<Response>, 'NETWORK_ERROR' | 'HTTP_STATUS']>([
    ['no answer', () => Promise.reject(new TypeError('fetch failed')), 'NETWORK_ERROR'],
    ['a 502', () => new Response('', { status: 502 }), 'HTTP_STATUS'],
  ])('S-D49, S-M13: %s does not make the refresh token be sent again: it may be rotated already', async (_, answer, code) => {
    const { server, client } = await createGranter({ use: [eager] })
    server.answer('token', answer)
    await expectRefusal(refreshTokenGrant(client, canaries.token), code)
    expect(server.requests).toHaveLength(1)
  })

  it('takes a signal and a timeout', async () => {
    const { client, server } = await createGranter()
    await expectRefusal(refreshTokenGrant(client, canaries.token, { signal: AbortSignal.abort() }), 'ABORTED')
    expect(server.requests).toEqual([])
    server.answer('token', () => new Promise(() => {}))
    await expectRefusal(refreshTokenGrant(client, canaries.token, { timeout: 0.001 }), 'TIMEOUT')
  })

  it('S-M15: invalid_grant is told apart and says what to do', async () => {
    const { client, issuer, tokens, refuse } = await refreshing()
    issuer.answer('token', jsonResponse({ error: 'invalid_grant', error_description: 'used before' }, 400))
    const error = await refuse(refreshTokenGrant(client, tokens), 'OAUTH_ERROR', 'invalid_grant', 'Start a new login')
    expect(error).toMatchObject({ error: 'invalid_grant', error_description: 'used before', retryable: false, http: { status: 400 } })
  })
})

describe('clientCredentialsGrant', () => {
  it('F-H3: sends what it is given beside the grant type (RFC 6749, 4.4)', async () => {
    const { client, sent } = await createGranter()
    const tokens = await clientCredentialsGrant(client, { scope: 'a b', resource: ['https://a.example', 'https://b.example'] })
    expect([...sent()]).toEqual([
      ['grant_type', 'client_credentials'],
      ['scope', 'a b'],
      ['resource', 'https://a.example'],
      ['resource', 'https://b.example'],
      ['client_id', 'client-1'],
    ])
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_at: startOfTime + 3600 })
    await clientCredentialsGrant(client)
    expect([...sent().keys()]).toEqual(['grant_type', 'client_id'])
  })

  it('takes a signal and a timeout', async () => {
    const { client, server } = await createGranter()
    await expectRefusal(clientCredentialsGrant(client, {}, { signal: AbortSignal.abort() }), 'ABORTED')
    server.answer('token', () => new Promise(() => {}))
    await expectRefusal(clientCredentialsGrant(client, {}, { timeout: 0.001 }), 'TIMEOUT')
  })
})

describe('grant', () => {
  it('F-H10: sends any grant type, and verifies an ID token in its answer', async () => {
    const { client, server, sent } = await createGranter()
    await grant(client, 'urn:example:grant', { assertion: canaries.token })
    expect(Object.fromEntries(sent())).toEqual({ grant_type: 'urn:example:grant', assertion: canaries.token, client_id: 'client-1' })
    server.answer('token', jsonResponse({ access_token: 'a', token_type: 'Bearer', id_token: await server.idToken({ nonce: 'any' }) }))
    expect((await grant(client, 'x')).claims?.nonce).toBe('any')
    server.answer('token', jsonResponse({ access_token: 'a', token_type: 'Bearer', id_token: await server.idToken({ aud: 'client-2' }) }))
    await expectRefusal(grant(client, 'x'), 'ID_TOKEN_AUDIENCE')
  })

  it('refuses what is no grant type before any request', async () => {
    const { client, server } = await createGranter()
    for (const value of [undefined, null, 7, {}])
      await expectRefusal(grant(client, value as never), 'PARAMETER_INVALID', { says: ['grant_type'] })
    expect(server.requests).toEqual([])
  })

  it('a client of @oidc/core/oauth does not ask for openid, in whatever shape', async () => {
    const { client, server } = await createGranter({}, createOAuthClient)
    for (const scope of ['openid', 'a openid', ['a', 'openid']])
      await expectRefusal(grant(client, 'x', { scope }), 'SCOPE_OPENID_UNSUPPORTED')
    expect(server.requests).toEqual([])
    await grant(client, 'x', { scope: 'a' })
  })

  it('a server without token_endpoint is told', async () => {
    const server = await createIssuer({ metadata: { token_endpoint: undefined } })
    await expectRefusal(grant(createClient(server.metadata, server.options()), 'x'), 'SERVER_METADATA_MISSING', {
      says: ['token_endpoint'],
    })
  })
})

describe('parameters of a token request', () => {
  it.each([[7], [null], [true], [{}], [[7]], [[['a']]], [() => 'x'], [Symbol('x')]])(
    '%o cannot be sent, which is told before any request',
    async (value) => {
      const { client, server } = await createGranter()
      await expectRefusal(clientCredentialsGrant(client, { vendor: value as never }), 'PARAMETER_INVALID', {
        says: ['parameter vendor is'],
      })
      expect(server.requests).toEqual([])
    },
  )

  it('whatever the caller adds, the client’s own stand and the rest comes through', async () => {
    const { client, server, sent } = await createGranter()
    const name = fc.oneof(fc.constantFrom('grant_type', ...credentials), fc.string({ unit: 'grapheme' }))
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.array(fc.string()), fc.constant(undefined))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value), async (parameters) => {
        const before = server.requests.length
        const isReserved = Object.entries(parameters).some(
          ([key, item]) => item !== undefined && ['grant_type', ...credentials].includes(key),
        )
        const outcome = await clientCredentialsGrant(client, parameters).catch((error: unknown) => error)
        if (isReserved) {
          expect(outcome).toMatchObject({ code: 'PARAMETER_RESERVED' })
          expect(server.requests.length).toBe(before)
          return
        }
        expect(sent().getAll('grant_type')).toEqual(['client_credentials'])
        expect(sent().getAll('client_id')).toEqual(['client-1'])
        for (const [key, item] of Object.entries(parameters)) if (item !== undefined) expect(sent().getAll(key)).toEqual([item].flat())
      }),
      { numRuns: 200 },
    )
  })
})

describe('what the incumbent leaves out', () => {
  const refuse = async (alteration: Alteration, code: ErrorCode, settings: LoginSettings = {}) => {
    const { alter, finish } = await startLogin(settings)
    alter(alteration)
    await expectRefusal(finish(), code)
  }

  it('F-G21: a wrong at_hash, an iat in the future and an acr that was not met are refused, and so is another user at a refresh', async () => {
    await refuse({ claims: { at_hash: 'wrong' } }, 'ID_TOKEN_HASH')
    await refuse({ claims: { iat: startOfTime + 86_400, exp: startOfTime + 90_000 } }, 'ID_TOKEN_ISSUED_AT')
    const claims = { id_token: { acr: { essential: true, value: 'gold' } } }
    await refuse({ claims: { acr: 'bronze' } }, 'ID_TOKEN_ACR', { parameters: { redirect_uri, scope: 'openid', claims } })
    const { client, alter, finish, issuer } = await startLogin()
    const tokens = await finish()
    alter({ members: { id_token: await issuer.idToken({ sub: 'another' }) } })
    await expectRefusal(refreshTokenGrant(client, tokens), 'ID_TOKEN_CONTINUITY')
  })
})
