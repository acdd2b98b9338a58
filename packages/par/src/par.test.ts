import { clientSecretPost, createAuthorizationRequest, extend, isOidcError, type OidcError, privateKeyJwt, publicClient } from '@oidc/core'
import type { Plugin } from '@oidc/core/plugin'
import { describe, expect, it } from 'vitest'
import { par, pushedRequestExpiry } from './par.js'
import { createServer, createTestClient, issuer, metadata, pushed, redirect_uri, type Seen, startTime } from './par.test-server.js'

const parameters = { redirect_uri, scope: 'openid accounts', resource: ['https://a.example/', 'https://b.example/'] }

async function refusalOf(promise: Promise<unknown>): Promise<OidcError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isOidcError(thrown)) return thrown
  throw new Error('no OidcError was thrown', { cause: thrown })
}

describe('the pushed authorization request (RFC 9126, section 2.1)', () => {
  it('sends the parameters of the authorization request in the body of a POST to the endpoint, with client authentication', async () => {
    const { fetch, seen } = createServer(pushed())
    const { transaction } = await createAuthorizationRequest(createTestClient({ fetch, use: [par()] }), parameters)
    expect(seen).toHaveLength(1)
    const { url, method, headers, body } = seen[0] as Seen
    expect({ url, method }).toEqual({ url: `${issuer}/par`, method: 'POST' })
    expect(headers.get('content-type')).toBe('application/x-www-form-urlencoded')
    expect(headers.get('accept')).toBe('application/json')
    expect(headers.get('authorization')).toBe(`Basic ${btoa('app:only+for+tests')}`)
    expect(Object.fromEntries(body)).toMatchObject({
      client_id: 'app',
      response_type: 'code',
      redirect_uri,
      scope: 'openid accounts',
      state: transaction.state,
      nonce: transaction.nonce,
      code_challenge_method: 'S256',
    })
    expect(body.get('code_challenge')).toMatch(/^[\w-]{43}$/)
    expect(body.getAll('resource')).toEqual(['https://a.example/', 'https://b.example/'])
  })

  it('F-D5: the browser carries client_id and request_uri and nothing else (section 4)', async () => {
    const { fetch } = createServer(pushed())
    const { url } = await createAuthorizationRequest(createTestClient({ fetch, use: [par()] }), parameters)
    expect(url.href).toBe(`${issuer}/authorize?client_id=app&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A6esc`)
  })

  it.each([
    ['none', publicClient(), {}],
    ['client_secret_post', clientSecretPost('only for tests'), { client_secret: 'only for tests' }],
  ])('client_id stands once in the body when the client authenticates by %s', async (_, authentication, added) => {
    const { fetch, seen } = createServer(pushed())
    await createAuthorizationRequest(createTestClient({ fetch, authentication, use: [par()] }), parameters)
    expect(seen[0]?.body.getAll('client_id')).toEqual(['app'])
    expect(Object.fromEntries(seen[0]?.body ?? [])).toMatchObject(added)
  })

  it('a client assertion goes along, with the issuer as its audience (section 2)', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    const { fetch, seen } = createServer(pushed())
    await createAuthorizationRequest(createTestClient({ fetch, authentication: privateKeyJwt(privateKey), use: [par()] }), parameters)
    const body = seen[0]?.body
    expect(body?.getAll('client_id')).toEqual(['app'])
    const [, claims = ''] = body?.get('client_assertion')?.split('.') ?? []
    expect(JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')))).toMatchObject({ iss: 'app', sub: 'app', aud: issuer })
  })

  it('a signed request object is pushed instead of the parameters that it holds (section 3)', async () => {
    const { fetch, seen } = createServer(pushed())
    const sign: Plugin = {
      name: 'signs',
      authorization: { protect: (request) => new URLSearchParams({ client_id: request.get('client_id') ?? '', request: 'a.b.c' }) },
    }
    await createAuthorizationRequest(createTestClient({ fetch, use: [sign, par()] }), parameters)
    expect(Object.fromEntries(seen[0]?.body ?? [])).toEqual({ client_id: 'app', request: 'a.b.c' })
  })

  it('F-D8, S-I10: what stands beside a request object for the browser is not pushed (section 3)', async () => {
    const { fetch, seen } = createServer(pushed())
    const sign: Plugin = {
      name: 'signs',
      authorization: { protect: () => new URLSearchParams({ client_id: 'app', request: 'a.b.c', response_type: 'code', scope: 'openid' }) },
    }
    await createAuthorizationRequest(createTestClient({ fetch, use: [sign, par()] }), parameters)
    expect(Object.fromEntries(seen[0]?.body ?? [])).toEqual({ client_id: 'app', request: 'a.b.c' })
  })

  it('a request that goes by a request_uri already MUST NOT be pushed (section 2.1)', async () => {
    const { fetch, seen } = createServer(pushed())
    const refer: Plugin = {
      name: 'refers',
      authorization: { protect: () => new URLSearchParams({ client_id: 'app', request_uri: 'https://app.example/objects/1' }) },
    }
    const refusal = await refusalOf(createAuthorizationRequest(createTestClient({ fetch, use: [refer, par()] }), parameters))
    expect(refusal).toMatchObject({ code: 'PLUGIN_CONFLICT', plugin: 'par' })
    expect(seen).toHaveLength(0)
  })

  it('a parameter named __proto__ is pushed like any other', async () => {
    const { fetch, seen } = createServer(pushed())
    const client = createTestClient({ fetch, use: [par()] })
    await createAuthorizationRequest(client, { ...parameters, ['__proto__']: 'x' })
    expect(seen[0]?.body.get('__proto__')).toBe('x')
  })

  it("is ended by the caller's signal", async () => {
    const { fetch, seen } = createServer(pushed())
    const client = createTestClient({ fetch, use: [par()] })
    const refusal = await refusalOf(createAuthorizationRequest(client, parameters, { signal: AbortSignal.abort() }))
    expect(refusal.code).toBe('ABORTED')
    expect(seen.length).toBeLessThanOrEqual(1)
  })
})

describe('the answer (RFC 9126, section 2.2)', () => {
  const push = (answer: ReturnType<typeof pushed>) => {
    const { fetch } = createServer(answer)
    return createAuthorizationRequest(createTestClient({ fetch, use: [par()] }), parameters)
  }

  it.each([
    ['a URN', 'urn:example:1'],
    ['of 2048 characters', `urn:${'x'.repeat(2044)}`],
  ])('S-I02: takes a request_uri that is %s', async (_, request_uri) => {
    const { url } = await push(pushed({ request_uri }))
    expect(url.searchParams.get('request_uri')).toBe(request_uri)
  })

  it.each([
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['an array', ['urn:example:1']],
    ['a number', 5],
    ['an object', {}],
    ['longer than 2 KiB', `urn:${'x'.repeat(2045)}`],
    ['with a space', 'urn:example: 1'],
    ['with a line break', 'urn:example:1\r\nx: y'],
    ['outside of ASCII', 'urn:exämple'],
  ])('S-I02: refuses a request_uri that is %s', async (_, request_uri) => {
    const refusal = await refusalOf(push(pushed({ request_uri })))
    expect(refusal).toMatchObject({ code: 'PAR_RESPONSE_INVALID', plugin: 'par', slot: 'authorization.deliver' })
    expect(refusal.message).toContain('request_uri')
    expect(refusal.message).not.toContain('urn:')
  })

  it.each([1, 60, 600, '60'])('S-I04: takes the expires_in %j', async (expires_in) => {
    const { transaction } = await push(pushed({ expires_in }))
    expect(pushedRequestExpiry(transaction)).toBe(startTime + Number(expires_in))
  })

  it.each([undefined, null, 0, -1, 0.5, 60.5, 1e300, '0', '-5', '60.5', '1e3', ' 60', '', 'NaN', '9'.repeat(16), true, [60], {}])(
    'S-I04: refuses the expires_in %j',
    async (expires_in) => {
      const refusal = await refusalOf(push(pushed({ expires_in })))
      expect(refusal.code).toBe('PAR_RESPONSE_INVALID')
      expect(refusal.message).toContain('expires_in')
    },
  )

  it.each([
    ['NaN', 'RESPONSE_MALFORMED'],
    ['1e999', 'PAR_RESPONSE_INVALID'],
  ])('S-I04: refuses the expires_in %s, which JSON does not have or no number holds', async (expires_in, code) => {
    const refusal = await refusalOf(push({ body: `{"request_uri":"urn:example:1","expires_in":${expires_in}}` }))
    expect(refusal.code).toBe(code)
  })

  it.each([['[]'], ['"urn:example:1"'], ['null'], ['5']])('refuses the JSON %s, which is not an object', async (body) => {
    expect((await refusalOf(push({ body }))).code).toBe('PAR_RESPONSE_INVALID')
  })

  it.each([200, 202, 204])(
    'F-D6: the server MUST answer 201, so %d is refused',
    async (status) => {
      const refusal = await refusalOf(push({ ...pushed(), status, ...(status === 204 && { body: undefined }) }))
      expect(refusal).toMatchObject({ code: 'HTTP_STATUS', http: { status } })
      expect(refusal.message).toContain('201')
    },
    1000,
  )

  it('refuses an answer that is not application/json', async () => {
    const refusal = await refusalOf(push({ ...pushed(), headers: { 'content-type': 'text/html' } }))
    expect(refusal.code).toBe('RESPONSE_CONTENT_TYPE')
  })
})

describe('the lifetime of a pushed request', () => {
  it('S-I05: every createAuthorizationRequest pushes anew, and no request_uri is used twice (section 7.3)', async () => {
    const { fetch, seen } = createServer(pushed({ request_uri: 'urn:example:1' }), pushed({ request_uri: 'urn:example:2' }))
    const client = createTestClient({ fetch, use: [par()] })
    const first = await createAuthorizationRequest(client, parameters)
    const second = await createAuthorizationRequest(client, parameters)
    expect(seen).toHaveLength(2)
    expect(first.url.searchParams.get('request_uri')).toBe('urn:example:1')
    expect(second.url.searchParams.get('request_uri')).toBe('urn:example:2')
    expect(seen[0]?.body.get('state')).not.toBe(seen[1]?.body.get('state'))
  })

  it('S-I05: the application can ask until when the URL must be used, for exactly the transaction that it was given', async () => {
    const { fetch } = createServer(pushed({ expires_in: 90 }))
    const { transaction } = await createAuthorizationRequest(createTestClient({ fetch, use: [par()] }), parameters)
    expect(pushedRequestExpiry(transaction)).toBe(startTime + 90)
    expect(pushedRequestExpiry({ ...transaction })).toBeUndefined()
  })
})

describe('failing', () => {
  it.each([
    ['S-I09: the server is down with 503', { status: 503, body: 'busy', headers: { 'content-type': 'text/plain' } }, 'HTTP_STATUS', true],
    ['S-I09: the server answers 500', { status: 500, body: {} }, 'HTTP_STATUS', true],
    ['S-I09: 404', { status: 404, body: 'no', headers: { 'content-type': 'text/plain' } }, 'HTTP_STATUS', false],
    ['the server refuses the request (section 2.3)', { status: 400, body: { error: 'invalid_request' } }, 'OAUTH_ERROR', false],
    ['429: too many requests (section 2.3)', { status: 429, body: {} }, 'HTTP_STATUS', true],
  ])('%s: the login fails with a typed error, and nothing goes through the browser', async (_, answer, code, retryable) => {
    const { fetch, seen } = createServer(answer)
    const refusal = await refusalOf(createAuthorizationRequest(createTestClient({ fetch, use: [par()] }), parameters))
    expect(refusal).toMatchObject({ code, retryable, operation: 'pushed_authorization_request', http: { url: `${issuer}/par` } })
    expect(seen).toHaveLength(1)
  })

  it('S-I09: an unreachable server is a NETWORK_ERROR, not a login without a pushed request', async () => {
    const client = createTestClient({ fetch: () => Promise.reject(new TypeError('fetch failed')), use: [par()] })
    expect((await refusalOf(createAuthorizationRequest(client, parameters))).code).toBe('NETWORK_ERROR')
  })

  it('no redirect of the endpoint is followed', async () => {
    const { fetch, seen } = createServer({ status: 307, body: '', headers: { location: 'https://evil.example/' } })
    const refusal = await refusalOf(createAuthorizationRequest(createTestClient({ fetch, use: [par()] }), parameters))
    expect(refusal.code).toBe('REDIRECT_REFUSED')
    expect(seen).toHaveLength(1)
  })
})

describe('what the server demands (RFC 9126, section 5)', () => {
  const demanding = { ...metadata, require_pushed_authorization_requests: true }

  it('S-I07: require_pushed_authorization_requests without par() fails when the client is made, and names the package', () => {
    expect(() => createTestClient({}, demanding)).toThrow(
      expect.objectContaining({ code: 'PLUGIN_MISSING', message: expect.stringContaining('@oidc/par') }),
    )
    expect(() => createTestClient({ require_pushed_authorization_requests: true })).toThrow(
      expect.objectContaining({ code: 'PLUGIN_MISSING' }),
    )
  })

  it('S-I07: with par() it is met', async () => {
    const { fetch, seen } = createServer(pushed())
    await createAuthorizationRequest(createTestClient({ fetch, use: [par()] }, demanding), parameters)
    expect(seen).toHaveLength(1)
  })

  it('a server without pushed_authorization_request_endpoint is refused when the client is made', () => {
    const { pushed_authorization_request_endpoint: _, ...plain } = metadata
    expect(() => createTestClient({ use: [par()] }, plain)).toThrow(expect.objectContaining({ code: 'SERVER_METADATA_MISSING' }))
    expect(() => extend(createTestClient({}, plain), par())).toThrow(expect.objectContaining({ code: 'SERVER_METADATA_MISSING' }))
  })
})
