import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIssuer, type IssuerSettings, startOfTime } from '../../test/issuer.js'
import { canaries, expectNoSecret, expectRefusal } from '../../test/refusal.js'
import { type AuthorizationParameters, type ClientEvent, type ClientOptions, createAuthorizationRequest, createClient } from '../index.js'
import { createClient as createOAuthClient } from '../oauth.js'
import type { AuthorizationSlots, Plugin } from '../plugin.js'

const redirect_uri = 'https://app.example/cb'

async function createRequester(
  options: Partial<ClientOptions> = {},
  settings: IssuerSettings = {},
  make: typeof createClient = createClient,
) {
  const server = await createIssuer(settings)
  const client = make(server.metadata, server.options(options))
  return {
    server,
    client,
    begin: (parameters: AuthorizationParameters = {}, more?: Parameters<typeof createAuthorizationRequest>[2]) =>
      createAuthorizationRequest(client, { redirect_uri, ...parameters }, more),
  }
}

const plugin = (name: string, authorization: AuthorizationSlots): Plugin => ({ name, authorization })
const queryOf = (url: URL) => Object.fromEntries(url.searchParams)

describe('createAuthorizationRequest', () => {
  it('F-D1: gives a URL and a transaction that belong together', async () => {
    const { begin } = await createRequester()
    const { url, transaction } = await begin({ scope: 'openid email', prompt: 'login' }, { data: { returnTo: '/home' } })
    const { state, nonce, code_verifier } = transaction
    expect(`${url.origin}${url.pathname}`).toBe('https://as.example/authorize')
    expect(queryOf(url)).toEqual({
      client_id: 'client-1',
      response_type: 'code',
      redirect_uri,
      scope: 'openid email',
      prompt: 'login',
      state,
      nonce,
      code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    expect(transaction).toEqual({
      issuer: 'https://as.example',
      client_id: 'client-1',
      state,
      nonce,
      code_verifier,
      redirect_uri,
      response_type: 'code',
      scope: 'openid email',
      created_at: startOfTime,
      data: { returnTo: '/home' },
    })
    expect(Object.isFrozen(transaction)).toBe(true)
    expect(JSON.parse(JSON.stringify(transaction))).toEqual(transaction)
  })

  it('makes no request', async () => {
    const { begin, server } = await createRequester()
    await begin({ scope: 'openid' })
    expect(server.requests).toEqual([])
  })

  it('state, nonce and code_verifier are 32 random bytes each, never the same twice (RFC 7636, 7.1; RFC 6749, 10.10)', async () => {
    const { begin } = await createRequester()
    const all: string[] = []
    for (let i = 0; i < 20; i++) {
      const { state, nonce = '', code_verifier } = (await begin({ scope: 'openid' })).transaction
      all.push(state, nonce, code_verifier)
    }
    expect(new Set(all).size).toBe(60)
    for (const value of all) expect(value).toMatch(/^[\w-]{43}$/)
  })

  it('the platform is the source of randomness by default', async () => {
    const { server } = await createRequester()
    const { random: _, ...options } = server.options()
    const client = createClient(server.metadata, options)
    const [one, two] = [
      await createAuthorizationRequest(client, { redirect_uri }),
      await createAuthorizationRequest(client, { redirect_uri }),
    ]
    expect(one.transaction.state).not.toBe(two.transaction.state)
  })

  it.each([[['plain']], [[]], [undefined], [['plain', 'S256']], ['plain']])(
    'S-A23, F-D10, F-T17: PKCE is S256 though the server says %o: never plain, never none (RFC 9700, 2.1.1)',
    async (code_challenge_methods_supported) => {
      const { begin } = await createRequester({}, { metadata: { code_challenge_methods_supported } })
      const { url } = await begin()
      expect(url.searchParams.get('code_challenge_method')).toBe('S256')
      expect(url.searchParams.get('code_challenge')).toHaveLength(43)
    },
  )

  it.each<[string | undefined, boolean]>([
    ['openid', true],
    ['email openid profile', true],
    ['email', false],
    ['openid2', false],
    ['notopenid', false],
    ['', false],
    [undefined, false],
  ])('with the scope %j, a nonce is sent: %o', async (scope, hasNonce) => {
    const { begin } = await createRequester()
    const { url, transaction } = await begin({ scope })
    expect(transaction.nonce !== undefined).toBe(hasNonce)
    expect(url.searchParams.has('nonce')).toBe(hasNonce)
    expect(url.searchParams.has('state')).toBe(true)
  })

  it('F-D2: a nonce is sent as well where a plugin asks for an ID token in the front channel', async () => {
    const { begin } = await createRequester({ use: [plugin('hybrid', { parameters: () => ({ response_type: 'code id_token' }) })] })
    const { url, transaction } = await begin()
    expect(transaction).toMatchObject({ response_type: 'code id_token', nonce: url.searchParams.get('nonce') })
  })

  it('the query of the authorization endpoint is kept (RFC 6749, 3.1)', async () => {
    const { begin } = await createRequester({}, { metadata: { authorization_endpoint: 'https://as.example/authorize?tenant=t1' } })
    const { url } = await begin()
    expect(url.href).toMatch(/^https:\/\/as\.example\/authorize\?tenant=t1&/)
    expect(url.searchParams.get('client_id')).toBe('client-1')
  })

  it('F-D11: resource is sent once for each, and kept', async () => {
    const { begin } = await createRequester()
    const resource = ['https://a.example', 'https://b.example']
    const { url, transaction } = await begin({ resource })
    expect(url.searchParams.getAll('resource')).toEqual(resource)
    expect(transaction.resource).toEqual(resource)
    expect((await begin({ resource: 'https://a.example' })).transaction.resource).toBe('https://a.example')
    expect(JSON.parse(JSON.stringify(transaction))).toEqual(transaction)
  })

  it('F-D12, F-D13: any extension parameter passes through', async () => {
    const { begin } = await createRequester()
    const { url } = await begin({ login_hint: 'ada', ui_locales: 'de en', authorization_details: [{ type: 'x' }], vendor: 7 })
    expect(queryOf(url)).toMatchObject({ login_hint: 'ada', ui_locales: 'de en', authorization_details: '[{"type":"x"}]', vendor: '7' })
  })

  it('what is checked on return is kept: response_mode, scope, max_age, acr_values, the values of an essential acr', async () => {
    const { begin } = await createRequester()
    const { url, transaction } = await begin({
      scope: 'openid',
      response_mode: 'form_post',
      max_age: 0,
      acr_values: 'gold silver',
      claims: { id_token: { acr: { essential: true, values: ['gold'] } } },
    })
    expect(transaction).toMatchObject({
      response_mode: 'form_post',
      scope: 'openid',
      max_age: 0,
      acr_values: 'gold silver',
      essential_acr_values: ['gold'],
    })
    expect(queryOf(url)).toMatchObject({ response_mode: 'form_post', max_age: '0' })
  })

  it.each([[-1], [1.5], ['x'], [Number.MAX_VALUE], ['1e3'], [''], ['-0'], [{}]])(
    'a max_age of %o is refused: with it, any auth_time would pass',
    async (max_age) => {
      const { begin } = await createRequester()
      await expectRefusal(begin({ max_age: max_age as number }), 'PARAMETER_INVALID', { says: ['max_age', 'Give seconds, 0 or more.'] })
    },
  )

  it.each(['token', 'id_token', 'code token', 'code id_token', ' code', 'CODE', ''])(
    'F-E7: the response_type %j is asked for by a plugin, not by the caller',
    async (response_type) => {
      const { begin } = await createRequester()
      await expectRefusal(begin({ response_type }), 'PLUGIN_MISSING', {
        says: [JSON.stringify(response_type), 'hybrid({ response_type })'],
      })
    },
  )

  it('the response_type code may be given', async () => {
    const { begin } = await createRequester()
    expect((await begin({ response_type: 'code' })).transaction.response_type).toBe('code')
  })

  it('a server without authorization_endpoint is told', async () => {
    const { begin } = await createRequester({}, { metadata: { authorization_endpoint: undefined } })
    await expectRefusal(begin(), 'SERVER_METADATA_MISSING', { says: ['authorization_endpoint'] })
  })

  it('a client of @oidc/core/oauth refuses the scope openid before anything is sent', async () => {
    const { begin, server } = await createRequester({}, {}, createOAuthClient)
    await expectRefusal(begin({ scope: 'email openid' }), 'SCOPE_OPENID_UNSUPPORTED', { says: ['@oidc/core/oauth', 'take openid away'] })
    expect((await begin({ scope: 'email' })).transaction.nonce).toBeUndefined()
    expect(server.requests).toEqual([])
  })

  it.each([[undefined], [null], [{}], [Promise.resolve({})], ['client']])('%o is no client', async (value) => {
    await expectRefusal(createAuthorizationRequest(value as never, { redirect_uri }), 'CLIENT_INVALID', { says: ['createClient()'] })
  })
})

describe('redirect_uri', () => {
  it.each(['https://app.example/cb#x', 'https://app.example/cb#', 'com.example.app:/cb#x'])(
    'S-R01: %s has a fragment and is refused',
    async (uri) => {
      const { begin } = await createRequester()
      await expectRefusal(begin({ redirect_uri: uri }), 'REDIRECT_URI_INVALID', { says: ['has a fragment'] })
    },
  )

  it('S-R02: a query of its own is kept as it is, and sent once', async () => {
    const { begin } = await createRequester()
    const uri = 'https://app.example/cb?tenant=1&x=%2F&empty='
    const { url, transaction } = await begin({ redirect_uri: uri })
    expect(transaction.redirect_uri).toBe(uri)
    expect(url.searchParams.getAll('redirect_uri')).toEqual([uri])
    expect(url.searchParams.has('tenant')).toBe(false)
  })

  it.each([
    ['http://127.0.0.1/cb', 'http://127.0.0.1:49152/cb'],
    ['http://127.0.0.1:3000/cb', 'http://127.0.0.1/cb'],
    ['http://[::1]/cb', 'http://[::1]:65535/cb'],
    ['http://127.0.0.1:1/cb?x', 'http://127.0.0.1:2/cb?x'],
  ])('S-R03: where %s is registered, %s may be used: any port of the loopback address (RFC 8252, 7.3)', async (registered, uri) => {
    const { begin } = await createRequester({ redirect_uris: [registered] })
    expect((await begin({ redirect_uri: uri })).transaction.redirect_uri).toBe(uri)
  })

  it.each([
    ['http://localhost:3000/cb', 'http://localhost:3001/cb'],
    ['https://app.example:1/cb', 'https://app.example:2/cb'],
    ['https://127.0.0.1:1/cb', 'https://127.0.0.1:2/cb'],
    ['http://127.0.0.1:1/cb', 'http://127.0.0.1:2/other'],
    ['http://127.0.0.1/cb', 'http://127.0.0.1.evil.example:80/cb'],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:80@evil.example/cb'],
    ['http://127.0.0.1/cb', 'http://[::1]/cb'],
    ['https://app.example/cb', 'https://app.example/cb/'],
    ['https://app.example/cb', 'https://APP.example/cb'],
    ['https://app.example/cb', 'https://app.example/cb?x=1'],
  ])('S-R03: where %s is registered, %s is refused (RFC 9700, 2.1)', async (registered, uri) => {
    const { begin } = await createRequester({ redirect_uris: [registered] })
    await expectRefusal(begin({ redirect_uri: uri }), 'REDIRECT_URI_INVALID', { says: [JSON.stringify(uri), 'none of the redirect_uris'] })
  })

  it.each(['com.example.app:/oauth2redirect', 'com.example.app://cb', 'app.example:/cb?x=1'])(
    'S-R04: the private-use scheme of %s is accepted (RFC 8252, 7.1)',
    async (uri) => {
      const { begin } = await createRequester()
      const { url, transaction } = await begin({ redirect_uri: uri })
      expect(transaction.redirect_uri).toBe(uri)
      expect(url.searchParams.get('redirect_uri')).toBe(uri)
    },
  )

  it.each([
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'JavaScript:x',
    'data:text/html,x',
    'file:///x',
    'vbscript:x',
    'blob:https://a/b',
    'about:blank',
    '/cb',
    '',
    'app.example/cb',
  ])('%j is refused', async (uri) => {
    const { begin } = await createRequester()
    await expectRefusal(begin({ redirect_uri: uri }), 'REDIRECT_URI_INVALID', { says: ['absolute URI'] })
  })

  it('may be left out where one is registered, and not where none or several are', async () => {
    const one = await createRequester({ redirect_uris: [redirect_uri] })
    expect((await one.begin({ redirect_uri: undefined })).transaction.redirect_uri).toBe(redirect_uri)
    for (const redirect_uris of [undefined, [], [redirect_uri, `${redirect_uri}2`]]) {
      const other = await createRequester(redirect_uris && { redirect_uris })
      await expectRefusal(other.begin({ redirect_uri: undefined }), 'REDIRECT_URI_INVALID', { says: ['is missing'] })
    }
  })

  it('any https URI goes out, and into the transaction, exactly as it was given', async () => {
    const { begin } = await createRequester()
    await fc.assert(
      fc.asyncProperty(fc.webUrl({ withQueryParameters: true, validSchemes: ['https'] }), async (uri) => {
        const { url, transaction } = await begin({ redirect_uri: uri })
        expect(transaction.redirect_uri).toBe(uri)
        expect(url.searchParams.getAll('redirect_uri')).toEqual([uri])
      }),
      { numRuns: 100 },
    )
  })

  it('whatever text is given, an OidcError comes or a URL of the authorization endpoint', async () => {
    const { begin } = await createRequester()
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'grapheme' }), fc.webUrl({ withFragments: true })), fc.string(), async (uri, scope) => {
        const outcome = await begin({ redirect_uri: uri, scope }).catch((error: unknown) => error)
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'REDIRECT_URI_INVALID' })
        else expect(outcome).toMatchObject({ url: { origin: 'https://as.example', pathname: '/authorize' } })
      }),
      { numRuns: 200 },
    )
  })
})

describe('slots of the authorization request', () => {
  it('parameters: each hook sees its own copy of what the caller gave, before core adds its own, and all additions are sent', async () => {
    const seen: string[] = []
    const adding = (name: string, added: string) =>
      plugin(name, {
        parameters(request) {
          seen.push(String(request))
          request.set('scope', 'admin')
          return { [added]: name }
        },
      })
    const { begin } = await createRequester({ use: [adding('b', 'two'), adding('a', 'one')] })
    const { url, transaction } = await begin({ scope: 'email' })
    expect(seen).toEqual(Array(2).fill(new URLSearchParams({ redirect_uri, scope: 'email' }).toString()))
    expect(queryOf(url)).toMatchObject({ one: 'a', two: 'b', scope: 'email' })
    expect(transaction.scope).toBe('email')
  })

  it.each(['client_id', 'redirect_uri', 'state', 'nonce', 'code_challenge', 'code_challenge_method'])(
    'parameters: %s is core’s, and no plugin sets it',
    async (name) => {
      const { begin } = await createRequester({ use: [plugin('greedy', { parameters: () => ({ [name]: 'x' }) })] })
      await expectRefusal(begin(), 'PLUGIN_CONFLICT', { says: [name, '@oidc/core', 'greedy'] })
    },
  )

  it('parameters: another value of what the caller gave is a conflict', async () => {
    const { begin } = await createRequester({ use: [plugin('jarm', { parameters: () => ({ response_mode: 'jwt' }) })] })
    expect((await begin()).transaction.response_mode).toBe('jwt')
    await expectRefusal(begin({ response_mode: 'query' }), 'PLUGIN_CONFLICT', { says: ['response_mode', 'jarm'] })
  })

  it('protect, then deliver: each gets a copy and its answer is what goes on; the transaction stays', async () => {
    const order: string[] = []
    const { begin } = await createRequester({
      use: [
        plugin('par', {
          deliver(request, { transaction }) {
            order.push(`deliver ${[...request.keys()]}`)
            return new URLSearchParams({ client_id: transaction.client_id, request_uri: 'urn:x' })
          },
        }),
        plugin('jar', {
          protect(request, { transaction }) {
            order.push(`protect ${request.get('state') === transaction.state}`)
            request.delete('state')
            return new URLSearchParams({ client_id: transaction.client_id, request: 'jwt' })
          },
        }),
      ],
    })
    const { url, transaction } = await begin({ scope: 'openid' })
    expect(order).toEqual(['protect true', 'deliver client_id,request'])
    expect(queryOf(url)).toEqual({ client_id: 'client-1', request_uri: 'urn:x' })
    expect(transaction.state).toHaveLength(43)
  })

  it.each(['protect', 'deliver'] as const)('%s: a plugin that changes or drops the client_id is refused', async (slot) => {
    for (const answer of [{}, { client_id: 'client-2' }]) {
      const { begin } = await createRequester({ use: [plugin('rogue', { [slot]: () => new URLSearchParams(answer) })] })
      await expectRefusal(begin(), 'PLUGIN_CONFLICT', { says: ['client_id', 'rogue'] })
    }
  })

  it.each(['protect', 'deliver'] as const)('%s: a plugin that gives no parameters is refused by name', async (slot) => {
    for (const answer of [[['one']], [7], Symbol('x')]) {
      const { begin } = await createRequester({ use: [plugin('rogue', { [slot]: () => answer as never })] })
      const error = await expectRefusal(begin(), 'PLUGIN_FAILED', { says: ['rogue', slot] })
      expect(error).toMatchObject({ plugin: 'rogue', slot: `authorization.${slot}` })
    }
  })

  it.each(['parameters', 'protect', 'deliver'] as const)('%s: what it throws says whose it is, and shows no secret', async (slot) => {
    const { begin } = await createRequester({
      use: [
        plugin('broken', {
          [slot]: () => {
            throw new TypeError('no')
          },
        }),
      ],
    })
    const error = await expectRefusal(begin({ scope: 'openid', login_hint: canaries.email }), 'PLUGIN_FAILED', { says: ['broken', slot] })
    expect(error).toMatchObject({ plugin: 'broken', slot: `authorization.${slot}` })
    expectNoSecret(error)
  })

  it('the signal is handed to every hook', async () => {
    const { signal } = new AbortController()
    const seen: unknown[] = []
    const note = (request: URLSearchParams, context: { signal?: AbortSignal | undefined }) => {
      seen.push(context.signal)
      return request
    }
    const { begin } = await createRequester({
      use: [
        plugin('all', {
          parameters(_, context) {
            seen.push(context.signal)
            return undefined
          },
          protect: note,
          deliver: note,
        }),
      ],
    })
    await begin({}, { signal })
    expect(seen).toEqual([signal, signal, signal])
  })
})

describe('warnings, as events', () => {
  const begin = async (uri: string, parameters: object = {}) => {
    const events: ClientEvent[] = []
    const issuer = await createIssuer()
    const client = createClient(issuer.metadata, issuer.options({ onEvent: (event) => void events.push(event) }))
    await createAuthorizationRequest(client, { redirect_uri: uri, scope: 'openid', ...parameters })
    return events.filter(({ type }) => type === 'warning')
  }

  it.each(['http://localhost/cb', 'http://localhost:3000/cb', 'HTTP://LOCALHOST/cb'])(
    'S-R03: %s: localhost may be another machine (RFC 8252, 8.3)',
    async (uri) => {
      expect(await begin(uri)).toEqual([{ type: 'warning', name: 'redirect_uri_localhost', operation: 'authorization' }])
    },
  )

  it.each([
    'http://127.0.0.1:4000/cb',
    'http://[::1]:4000/cb',
    'https://localhost/cb',
    'http://localhost.example/cb',
    'com.example.app:/cb',
  ])('S-R03: of %s nothing is said', async (uri) => {
    expect(await begin(uri)).toEqual([])
  })

  it('S-R12: a URL of more than 8 KiB is told, for browsers and servers cut it (RFC 9126, 1)', async () => {
    expect(await begin('https://app.example/cb', { login_hint: 'x'.repeat(8192) })).toEqual([
      { type: 'warning', name: 'authorization_url_length', operation: 'authorization' },
    ])
    expect(await begin('https://app.example/cb', { login_hint: 'x'.repeat(7000) })).toEqual([])
  })
})
