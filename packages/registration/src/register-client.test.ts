import { clientCredentialsGrant, clientSecretBasic, clientSecretPost, createClient, isOidcError } from '@oidc/core'
import type { ClientEvent, Plugin } from '@oidc/core/plugin'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RegisterOptions, registerClient } from './register-client.js'
import { type Answer, canaries, createServer, issuer, metadata, refusalOf, registered, whole } from './registration.test-server.js'

const wanted = { redirect_uris: ['https://app.example/cb'] }

function register(answers: Answer | readonly Answer[], options: RegisterOptions = {}, asked: object = wanted) {
  const { fetch, seen } = createServer(...[answers].flat())
  return { seen, answer: registerClient(metadata, asked, { fetch, ...options }) }
}

const says = (more: object, options?: RegisterOptions) => register(registered(more as Record<string, unknown>), options).answer

describe('the registration request (RFC 7591, section 3.1)', () => {
  it('F-C4: posts the metadata as JSON to the endpoint of metadata that are at hand, without credentials', async () => {
    const asked = {
      ...wanted,
      client_name: 'App',
      default_max_age: 60,
      jwks: { keys: [{ kty: 'EC', x: 'x', y: 'y' }] },
      logo_uri: undefined,
    }
    const { seen, answer } = register(registered(), {}, { ...asked, additional: { 'client_name#ja': 'アプリ', vendor: 1 } })
    await answer
    expect(seen).toHaveLength(1)
    const { url, method, headers, body } = seen[0] ?? {}
    expect({ url, method }).toEqual({ url: `${issuer}/register`, method: 'POST' })
    expect([headers?.get('content-type'), headers?.get('accept'), headers?.get('authorization')]).toEqual([
      'application/json',
      'application/json',
      null,
    ])
    const { logo_uri: _, ...sent } = asked
    expect(body).toEqual({ ...sent, 'client_name#ja': 'アプリ', vendor: 1 })
  })

  it.each([issuer, new URL(issuer)])('F-C1: discovers the server of the issuer %s first', async (server) => {
    const { fetch, seen } = createServer(registered())
    expect(await registerClient(server, wanted, { fetch })).toMatchObject({ client_id: 'client-1' })
    expect(seen[0]?.url).toBe(`${issuer}/register`)
  })

  it('F-C1: the software statement goes along (section 2.3)', async () => {
    const { seen, answer } = register(registered(), { softwareStatement: 'e30.e30.sig' })
    await answer
    expect(seen[0]?.body).toEqual({ ...wanted, software_statement: 'e30.e30.sig' })
  })

  it.each(['logo_uri', 'policy_uri', 'tos_uri', 'client_uri', 'jwks_uri', 'sector_identifier_uri', 'initiate_login_uri'])(
    'S-I16: %s of the answer is given as it is, and never fetched: it may lead into the own network',
    async (member) => {
      const { seen, answer } = register(registered({ [member]: 'http://169.254.169.254/latest/meta-data' }))
      await answer.catch(() => undefined)
      expect(seen.map(({ url }) => url)).toEqual([`${issuer}/register`])
    },
  )

  it('S-I16: request_uris of the answer are not fetched either', async () => {
    const { seen, answer } = register(registered({ request_uris: ['http://127.0.0.1/request'] }))
    await answer
    expect(seen.map(({ url }) => url)).toEqual([`${issuer}/register`])
  })

  it('F-C2: the initial access token is a Bearer token', async () => {
    for (const initialAccessToken of [canaries.initial, { access_token: canaries.initial, token_type: 'bearer' }]) {
      const { seen, answer } = register(registered(), { initialAccessToken })
      await answer
      expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${canaries.initial}`)
    }
  })

  it('F-C2: it is a DPoP token where a plugin binds tokens, and the request is sent again with the nonce that the server wants', async () => {
    let nonce: string | null = null
    const binding: Plugin = {
      name: 'dpop',
      exchange: {
        tokenTypes: ['DPoP'],
        headers: ({ token }) => ({ dpop: `proof of ${token?.token_type} ${nonce}` }),
        received: ({ headers }) => {
          nonce = headers.get('dpop-nonce')
        },
        retry: ({ http }) => (http?.challenges?.some(({ parameters }) => parameters.error === 'use_dpop_nonce') ? 0 : undefined),
      },
    }
    const challenge = { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'n-1' }
    const { seen, answer } = register([{ status: 401, body: {}, headers: challenge }, registered()], {
      initialAccessToken: canaries.initial,
      use: [binding],
    })
    expect(await answer).toMatchObject({ client_id: 'client-1' })
    expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([`DPoP ${canaries.initial}`, `DPoP ${canaries.initial}`])
    expect(seen.map(({ headers }) => headers.get('dpop'))).toEqual(['proof of DPoP null', 'proof of DPoP n-1'])
  })

  it('F-C2: a bound token without a plugin that can prove it is refused before anything is sent', async () => {
    const { seen, answer } = register(registered(), { initialAccessToken: { access_token: 'at', token_type: 'DPoP' } })
    expect((await refusalOf(answer)).code).toBe('TOKEN_TYPE_UNSUPPORTED')
    expect(seen).toHaveLength(0)
  })

  it.each<[string, unknown]>([
    ['no object', null],
    ['an unknown member', { redirect_uri: 'https://app.example/cb' }],
    ['a member of another kind', { redirect_uris: 'https://app.example/cb' }],
    ['null', { client_name: null }],
    ['a client_id', { client_id: 'mine' }],
    ['a client_secret', { client_secret: 'mine' }],
    ['a registration_access_token beside', { additional: { registration_access_token: 'mine' } }],
    ['additional that is no object', { additional: 'x' }],
    ['jwks and jwks_uri', { jwks: { keys: [] }, jwks_uri: 'https://app.example/jwks' }],
    ['jwks that are none', { jwks: {} }],
    ['a private key', { jwks: { keys: [{ kty: 'EC', d: 'secret' }] } }],
    ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'secret' }] } }],
    ['a redirect URI with a fragment', { redirect_uris: ['https://app.example/cb#x'] }],
    ['a redirect URI with an empty fragment', { redirect_uris: ['https://app.example/cb#'] }],
    ['a relative redirect URI', { redirect_uris: ['/cb'] }],
    ['a redirect URI that runs code', { redirect_uris: ['javascript:alert(1)'] }],
    ['a time that is none', { default_max_age: -1 }],
  ])('metadata with %s are refused before anything is sent', async (_, asked) => {
    const { seen, answer } = register(registered(), {}, asked as object)
    expect((await refusalOf(answer)).code).toBe('REGISTRATION_METADATA_INVALID')
    expect(seen).toHaveLength(0)
  })

  it('a redirect URI of a native application is good, and http for this machine as well', async () => {
    const { seen, answer } = register(registered(), {}, { redirect_uris: ['com.example.app:/cb', 'http://127.0.0.1/cb'] })
    await answer
    expect(seen).toHaveLength(1)
  })

  it.each(['jwks_uri', 'sector_identifier_uri', 'initiate_login_uri'])(
    'a %s over http is refused: whoever is on the way could change it',
    async (name) => {
      const { seen, answer } = register(registered(), {}, { [name]: 'http://app.example/x' })
      expect((await refusalOf(answer)).code).toBe('URL_INSECURE')
      expect(seen).toHaveLength(0)
    },
  )

  it.each<object>([
    { initialAccesToken: 'x' },
    { initialAccessToken: '' },
    { initialAccessToken: 'two words' },
    { initialAccessToken: { access_token: 'x' } },
    { softwareStatement: 'text' },
    { quirks: { status: 200 } },
    { quirks: 'all' },
    { quirks: { status200: 'yes' } },
    { quirks: { clientUriOrigins: ['https://x.example/path'] } },
  ])('the options %j are refused before anything is sent', async (options) => {
    const { seen, answer } = register(registered(), options)
    expect((await refusalOf(answer)).code).toBe('REGISTRATION_OPTION_INVALID')
    expect(seen).toHaveLength(0)
  })

  it('options that are none are refused', async () => {
    expect((await refusalOf(registerClient(metadata, wanted, null as never))).code).toBe('REGISTRATION_OPTION_INVALID')
    expect((await refusalOf(registerClient(metadata, wanted, { use: 'dpop' as never, initialAccessToken: 'x' }))).code).toBe(
      'OPTION_INVALID',
    )
  })

  it('a server without registration_endpoint cannot be asked', async () => {
    expect((await refusalOf(registerClient({ issuer }, wanted))).code).toBe('SERVER_METADATA_MISSING')
  })

  it('a server that demands pushed requests of logins registers clients all the same', async () => {
    const { fetch } = createServer(registered())
    const server = { ...metadata, require_pushed_authorization_requests: true }
    expect(await registerClient(server, wanted, { fetch })).toMatchObject({ client_id: 'client-1' })
  })

  it('ends when the caller aborts, and when the time is up', async () => {
    const fetch = ((_: unknown, { signal }: RequestInit = {}) =>
      new Promise<Response>((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })) as typeof globalThis.fetch
    expect((await refusalOf(registerClient(metadata, wanted, { fetch, signal: AbortSignal.abort() }))).code).toBe('ABORTED')
    expect((await refusalOf(registerClient(metadata, wanted, { fetch, timeout: 0.001 }))).code).toBe('TIMEOUT')
  })
})

describe('the registration answer (RFC 7591, section 3.2.1)', () => {
  it('F-C1: spreads into the options of a client, with what nobody knows kept apart', async () => {
    const answer = { vendor_member: { a: 1 }, client_name: null, 'client_name#ja': 'アプリ', dpop_bound_access_tokens: false }
    const registration = await says(answer)
    const { client_name: _, vendor_member, 'client_name#ja': name, ...known } = answer
    expect(registration).toEqual({ ...whole, ...known, additional: { vendor_member, 'client_name#ja': name } })
    expect(JSON.parse(JSON.stringify(registration))).toEqual(registration)
    const client = createClient(metadata, { ...registration, authentication: clientSecretPost() })
    expect(client.metadata).toMatchObject({ client_id: 'client-1', redirect_uris: wanted.redirect_uris })
    expect(JSON.stringify(client)).not.toContain('canary')
  })

  it('F-A10: the secret that was registered is used by a method without argument', async () => {
    const registration = await says({})
    const { fetch, seen } = createServer({ body: { access_token: 'at', token_type: 'Bearer' } })
    const client = createClient(metadata, {
      ...registration,
      authentication: clientSecretBasic(),
      fetch: async (url, init) => fetch(url, { ...init, body: '{}' }),
    })
    await clientCredentialsGrant(client)
    expect(seen[0]?.headers.get('authorization')).toBe(`Basic ${btoa(`client-1:${canaries.secret}`)}`)
  })

  it('defaults that the server writes down and nobody asked for demand no plugin', async () => {
    const defaults = { authorization_signed_response_alg: 'RS256', introspection_signed_response_alg: 'RS256' }
    const registration = await says(defaults)
    expect(registration.additional).toEqual(defaults)
    expect(() => createClient(metadata, { ...registration, authentication: clientSecretBasic() })).not.toThrow()
    const { answer } = register(registered(defaults), {}, { ...wanted, authorization_signed_response_alg: 'RS256' })
    const { additional, authorization_signed_response_alg } = await answer
    expect([additional, authorization_signed_response_alg]).toEqual([{ introspection_signed_response_alg: 'RS256' }, 'RS256'])
  })

  it('a client without a secret needs no expiry', async () => {
    const { client_secret: _, client_secret_expires_at: __, ...body } = whole
    expect(await register({ status: 201, body }).answer).toEqual(body)
  })

  it.each<[string, unknown]>([
    ['client_id', undefined],
    ['client_id', ''],
    ['client_id', 5],
    ['client_secret', ''],
    ['client_secret', 5],
    ['client_secret_expires_at', 'never'],
    ['client_secret_expires_at', -1],
    ['client_secret_expires_at', 1e15],
    ['client_id_issued_at', {}],
    ['redirect_uris', 'https://app.example/cb'],
    ['redirect_uris', [5]],
    ['require_auth_time', 'true'],
    ['jwks', 'keys'],
    ['scope', ['a']],
    ['registration_access_token', undefined],
    ['registration_client_uri', undefined],
  ])('F-C3: a %s that is %j is refused, and the message names it', async (name, value) => {
    const refusal = await refusalOf(says({ [name]: value }))
    expect(refusal.code).toBe('REGISTRATION_INVALID')
    expect(refusal.message).toContain(name)
    expect(refusal.message).not.toContain('canary')
  })

  it.each([[[]], ['client'], [null]])('F-C3: the JSON %j, which is not an object, is refused', async (body) => {
    expect((await refusalOf(register({ status: 201, body: JSON.stringify(body) }).answer)).code).toBe('REGISTRATION_INVALID')
  })

  it.each([202, 204])('F-C3: status %d is refused', async (status) => {
    expect((await refusalOf(register({ ...registered(), status, ...(status === 204 && { body: undefined }) }).answer)).code).toBe(
      'HTTP_STATUS',
    )
  })

  it.each(['invalid_redirect_uri', 'invalid_client_metadata', 'invalid_software_statement', 'unapproved_software_statement'])(
    'the error %s of the server is told (section 3.2.2)',
    async (error) => {
      const refusal = await refusalOf(register({ status: 400, body: { error } }, { initialAccessToken: canaries.initial }).answer)
      expect(refusal).toMatchObject({ code: 'OAUTH_ERROR', error, http: { status: 400 } })
      expect(JSON.stringify(refusal)).not.toContain('canary')
    },
  )

  it('an answer that got lost is not asked for again: it would register two clients', async () => {
    const { seen, answer } = register([{ status: 503, body: {} }, registered()], { use: [{ name: 'x', exchange: { retry: () => 0 } }] })
    expect((await refusalOf(answer)).code).toBe('HTTP_STATUS')
    expect(seen).toHaveLength(1)
  })

  it('tells which members the server replaced', async () => {
    const events: ClientEvent[] = []
    const onEvent = (event: ClientEvent) => void events.push(event)
    const asked = { ...wanted, token_endpoint_auth_method: 'private_key_jwt', client_name: 'App' }
    await register(registered({ client_name: 'App' }), { onEvent }, asked).answer
    expect(events).toContainEqual({ type: 'registration:replaced', members: ['token_endpoint_auth_method'] })
    const none: ClientEvent[] = []
    await register(registered(), { onEvent: (event) => void none.push(event) }).answer
    expect(none.some(({ type }) => type === 'registration:replaced')).toBe(false)
  })
})

describe('registration_client_uri (RFC 7592, section 3)', () => {
  it.each([
    ['http://as.example/register/client-1', 'URL_INSECURE'],
    ['/register/client-1', 'URL_INVALID'],
    ['https://user:hunter2@as.example/', 'URL_INVALID'],
    ['https://evil.example/register/client-1', 'REGISTRATION_ADDRESS'],
    ['https://as.example:8443/register/client-1', 'REGISTRATION_ADDRESS'],
    ['https://as.example.evil.example/register', 'REGISTRATION_ADDRESS'],
  ])('%s is refused: the registration access token would go there', async (registration_client_uri, code) => {
    const refusal = await refusalOf(says({ registration_client_uri }))
    expect(refusal.code).toBe(code)
    expect(refusal.message).not.toContain('canary')
    expect(refusal.message).not.toContain('hunter2')
  })

  it('one at another origin is taken where the quirk names it', async () => {
    const registration_client_uri = 'https://manage.example/client-1'
    const refusal = await refusalOf(says({ registration_client_uri }))
    expect(refusal.message).toContain('quirks: { clientUriOrigins: ["https://manage.example"] }')
    const quirks = { clientUriOrigins: ['https://manage.example'] }
    expect(await says({ registration_client_uri }, { quirks })).toMatchObject({ registration_client_uri })
  })
})

describe('the quirks of servers: each off by default, named by the strict error, and told when it is used', () => {
  const { client_secret_expires_at: _, ...withoutExpiry } = whole

  it.each<[string, Answer, string, object]>([
    ['status200', { ...registered(), status: 200 }, 'REGISTRATION_STATUS', {}],
    ['missingSecretExpiry', { status: 201, body: withoutExpiry }, 'REGISTRATION_SECRET_EXPIRY', { client_secret_expires_at: undefined }],
    [
      'digitStrings',
      registered({ client_secret_expires_at: '1700000060' }),
      'REGISTRATION_INVALID',
      { client_secret_expires_at: 1_700_000_060 },
    ],
  ])('F-C3: %s', async (name, answer, code, result) => {
    const refusal = await refusalOf(register(answer).answer)
    expect(refusal).toMatchObject({ code, message: expect.stringContaining(`quirks: { ${name}: true }`) })
    expect(JSON.stringify(refusal) + refusal.message).not.toContain('canary')
    const events: ClientEvent[] = []
    const registration = await register(answer, { quirks: { [name]: true }, onEvent: (event) => void events.push(event) }).answer
    expect({ client_secret_expires_at: undefined, ...registration }).toEqual({ ...whole, ...result })
    expect(events).toContainEqual({ type: 'quirk', name, operation: 'registration' })
  })

  it('are not told where they are not needed', async () => {
    const events: ClientEvent[] = []
    const quirks = { status200: true, missingSecretExpiry: true, digitStrings: true } as const
    await says({}, { quirks, onEvent: (event) => void events.push(event) })
    expect(events.filter(({ type }) => type === 'quirk')).toEqual([])
  })

  it('digits that are no number of seconds are refused all the same', async () => {
    for (const client_secret_expires_at of ['1e3', '-1', '9'.repeat(13), ''])
      expect((await refusalOf(says({ client_secret_expires_at }, { quirks: { digitStrings: true } }))).code).toBe('REGISTRATION_INVALID')
  })

  it('an error in an answer with status 200 is an error', async () => {
    const refusal = await refusalOf(
      register({ status: 200, body: { error: 'invalid_client_metadata' } }, { quirks: { status200: true } }).answer,
    )
    expect(refusal).toMatchObject({ code: 'OAUTH_ERROR', error: 'invalid_client_metadata' })
  })
})

it('F-C3: whatever JSON comes, it gives an OidcError or what makes a client at once', async () => {
  const names = fc.constantFrom(
    'client_id',
    'client_secret',
    'client_secret_expires_at',
    'redirect_uris',
    'default_max_age',
    'jwks',
    'constructor',
    'x',
  )
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.dictionary(names, fc.jsonValue()), fc.jsonValue()), async (body) => {
      const answer = { status: 201, body: JSON.stringify({ client_id: 'client-1', ...(body as object) }) }
      const registration = await register(answer).answer.catch((error: unknown) => {
        if (isOidcError(error)) return undefined
        throw error
      })
      if (registration) createClient(metadata, { ...registration, authentication: clientSecretBasic('any') })
    }),
  )
})
