import { inspect } from 'node:util'
import { createClient, isOidcError, publicClient } from '@oidc/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { introspectToken } from './introspect-token.js'
import { introspection } from './introspection.js'
import { type Answer, canaries, createServer, createTestClient, metadata, refusalOf, startTime } from './introspection.test-server.js'

const token = canaries.token

function ask(answer: Answer | readonly Answer[], options = {}, clientOptions = {}) {
  const { fetch, seen } = createServer(...[answer].flat())
  return { seen, answer: introspectToken(createTestClient({ fetch, ...clientOptions }), token, options) }
}

const says = (body: unknown, options = {}) => ask({ body }, options).answer

describe('the introspection request (RFC 7662, section 2.1)', () => {
  it('posts the token in the body, with client authentication, and asks for plain JSON where nothing else is registered', async () => {
    const { seen, answer } = ask({ body: { active: true } }, { parameters: { token_type_hint: 'access_token' } })
    await answer
    expect(seen).toHaveLength(1)
    expect(seen[0]?.method).toBe('POST')
    expect(Object.fromEntries(seen[0]?.body ?? [])).toEqual({ token, token_type_hint: 'access_token' })
    expect(seen[0]?.headers.get('authorization')).toBe(`Basic ${btoa(`api:${canaries.secret}`)}`)
    expect(seen[0]?.headers.get('accept')).toBe('application/json')
  })

  it.each([
    ['', {}],
    [undefined, {}],
    [{ access_token: 'at' }, {}],
    ['at', { expects: {} }],
    ['at', null],
    ['at', { expected: 'https://api.example' }],
    ['at', { expected: { audience: 'https://api.example' } }],
    ['at', { expected: { aud: undefined } }],
    ['at', { expected: { aud: [] } }],
    ['at', { expected: { aud: [''] } }],
    ['at', { expected: { sub: ['a'] } }],
    ['at', { expected: { scope: ' ' } }],
    ['at', { expected: { jkt: null } }],
  ])('refuses the arguments %j, %j before anything is sent: a check that is not made must not look like one', async (value, options) => {
    const { fetch, seen } = createServer({ body: { active: true } })
    const refusal = await refusalOf(introspectToken(createTestClient({ fetch }), value as string, options as object))
    expect(refusal.code).toBe('INTROSPECTION_OPTION_INVALID')
    expect(seen).toHaveLength(0)
  })

  it.each([
    [{ token: 'other' }, 'PARAMETER_RESERVED'],
    [{ client_secret: 'other' }, 'PARAMETER_RESERVED'],
    [{ token_type_hint: 5 }, 'PARAMETER_INVALID'],
  ])('refuses the parameters %j', async (parameters, code) => {
    const { seen, answer } = ask({ body: { active: true } }, { parameters })
    expect((await refusalOf(answer)).code).toBe(code)
    expect(seen).toHaveLength(0)
  })

  it('names the line to write where the plugin is missing', async () => {
    const refusal = await refusalOf(introspectToken(createTestClient({ use: [] }), token))
    expect(refusal).toMatchObject({ code: 'PLUGIN_MISSING', message: expect.stringContaining('{ use: [introspection()] }') })
  })

  it('refuses the plugin of another copy of the package, whose options it cannot know', async () => {
    const refusal = await refusalOf(introspectToken(createTestClient({ use: [{ ...introspection({ signed: true }) }] }), token))
    expect(refusal.code).toBe('PLUGIN_INVALID')
  })

  it('refuses a server without introspection_endpoint when the client is made', () => {
    const { introspection_endpoint: _, ...plain } = metadata
    expect(() => createTestClient({}, plain)).toThrow(expect.objectContaining({ code: 'SERVER_METADATA_MISSING' }))
  })

  it.each([
    { unknown: 1 },
    { signed: 'yes' },
    { cache: 5 },
    { cache: {} },
    { cache: { maxAge: 0 } },
    { cache: { maxAge: 3601 } },
    { cache: { maxAge: 30, maxEntries: 0 } },
    { quirks: { aud: 'x' } },
    { quirks: { audience: [''] } },
    { quirks: 'audience' },
    null,
  ])('introspection(%j) is refused', (options) => {
    expect(() => introspection(options as never)).toThrow(expect.objectContaining({ code: 'INTROSPECTION_OPTION_INVALID' }))
  })

  it('ends at once when the caller aborts, and when the time is up', async () => {
    const fetch = (_: unknown, { signal }: RequestInit = {}) =>
      new Promise<Response>((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    const client = createTestClient({ fetch: fetch as typeof globalThis.fetch })
    expect((await refusalOf(introspectToken(client, token, { signal: AbortSignal.abort() }))).code).toBe('ABORTED')
    expect((await refusalOf(introspectToken(client, token, { timeout: 0.001 }))).code).toBe('TIMEOUT')
  })
})

describe('the answer (RFC 7662, section 2.2)', () => {
  const whole = {
    active: true,
    scope: 'read write',
    client_id: 'app',
    username: 'jdoe',
    token_type: 'DPoP',
    exp: startTime + 60,
    iat: startTime,
    nbf: startTime,
    sub: 'user-1',
    aud: ['https://api.example'],
    iss: 'https://as.example',
    jti: 'jti-1',
    cnf: { jkt: 'thumbprint', 'x5t#S256': 'hash' },
    authorization_details: [{ type: 'payment', amount: 5 }],
  }

  it('F-J5, F-J7: gives the members of an active token, and those that have no place of their own apart', async () => {
    expect(await says({ ...whole, extension_field: 'twenty-seven' })).toEqual({ ...whole, additional: { extension_field: 'twenty-seven' } })
    expect(await says({ active: true })).toEqual({ active: true })
  })

  it('takes a null for a member that is missing, and a time in digits for a time', async () => {
    expect(await says({ active: true, scope: null, exp: String(startTime + 60) })).toEqual({ active: true, exp: startTime + 60 })
  })

  it.each(['true', 1, undefined, null, 'false', 0, [], {}])('S-G01, F-J5: an active that is %j is refused', async (active) => {
    const refusal = await refusalOf(says({ ...whole, active }))
    expect(refusal).toMatchObject({ code: 'INTROSPECTION_INVALID', operation: 'introspection' })
    expect(refusal.message).toContain('active')
  })

  it('S-G02: of an inactive token nothing but that is passed on', async () => {
    expect(await says({ ...whole, active: false })).toEqual({ active: false })
  })

  it.each([
    [startTime - 31, false],
    [startTime - 30, false],
    [startTime - 29, true],
    [startTime, true],
  ])('S-G03: an active token with exp %d is inactive beyond the clock tolerance', async (exp, active) => {
    expect((await says({ active: true, exp })).active).toBe(active)
  })

  it.each([
    [startTime + 30, true],
    [startTime + 31, false],
  ])('S-G03: a token with nbf %d is not active before its time', async (nbf, active) => {
    expect((await says({ active: true, nbf })).active).toBe(active)
  })

  it.each<[string, unknown]>([
    ['scope', ['read']],
    ['client_id', 5],
    ['username', {}],
    ['token_type', true],
    ['sub', 5],
    ['iss', []],
    ['jti', 5],
    ['exp', 'tomorrow'],
    ['exp', -1],
    ['exp', 1e14],
    ['iat', {}],
    ['nbf', false],
    ['aud', 5],
    ['aud', ['a', 5]],
    ['cnf', 'thumbprint'],
    ['cnf', { jkt: 5 }],
    ['cnf', { 'x5t#S256': [] }],
    ['authorization_details', {}],
    ['authorization_details', [{}]],
  ])('F-J7: a %s that is %j is refused, and the message names the member', async (name, value) => {
    const refusal = await refusalOf(says({ ...whole, [name]: value }))
    expect(refusal.code).toBe('INTROSPECTION_INVALID')
    expect(refusal.message).toContain(name)
  })

  it.each([[[]], ['active'], [null], [5]])('the JSON %j, which is not an object, is refused', async (body) => {
    expect((await refusalOf(ask({ body: JSON.stringify(body) }).answer)).code).toBe('INTROSPECTION_INVALID')
  })

  it('two values of active are refused', async () => {
    expect((await refusalOf(says('{"active":false,"active":true}'))).code).toBe('RESPONSE_MALFORMED')
  })

  it.each([
    ['S-G12: 401 invalid_client', { status: 401, body: { error: 'invalid_client' } }, 'OAUTH_ERROR'],
    ['S-G12: 401 with a challenge alone', { status: 401, body: '', headers: { 'www-authenticate': 'Basic realm="as"' } }, 'HTTP_STATUS'],
    ['S-G12: 403', { status: 403, body: { active: true } }, 'HTTP_STATUS'],
    ['S-G12: 429', { status: 429, body: {}, headers: { 'retry-after': '5' } }, 'HTTP_STATUS'],
    ['S-G12: 503', { status: 503, body: { active: true } }, 'HTTP_STATUS'],
    ['an error that came with status 200', { status: 200, body: { active: true, error: 'invalid_request' } }, 'OAUTH_ERROR'],
    ['a status that is not 200', { status: 201, body: { active: true } }, 'HTTP_STATUS'],
    ['a page in place of an answer', { status: 200, body: 'active', headers: { 'content-type': 'text/html' } }, 'RESPONSE_CONTENT_TYPE'],
    ['a redirect', { status: 307, body: '', headers: { location: 'https://evil.example/' } }, 'REDIRECT_REFUSED'],
  ])('%s is an error, not an inactive token and never an active one', async (_, answer, code) => {
    expect((await refusalOf(ask(answer).answer)).code).toBe(code)
  })

  it('a public client can ask as well, where the server allows it', async () => {
    const { fetch, seen } = createServer({ body: { active: false } })
    const client = createClient(metadata, { client_id: 'api', authentication: publicClient(), use: [introspection()], fetch })
    expect(await introspectToken(client, token)).toEqual({ active: false })
    expect(seen[0]?.body.get('client_id')).toBe('api')
  })
})

describe('what is expected of an active token (RFC 7662, section 4)', () => {
  const active = {
    active: true,
    aud: ['https://api.example', 'https://other.example'],
    iss: 'https://as.example',
    client_id: 'app',
    sub: canaries.sub,
    scope: 'read write',
    token_type: 'DPoP',
    cnf: { jkt: 'canary-jkt', 'x5t#S256': 'canary-x5t' },
  }

  it.each([
    { aud: 'https://api.example' },
    { aud: ['https://mine.example', 'https://other.example'] },
    { iss: 'https://as.example' },
    { client_id: ['app', 'app-2'] },
    { sub: canaries.sub },
    { scope: 'write' },
    { scope: 'write  read' },
    { token_type: 'dpop' },
    { jkt: 'canary-jkt', x5t: 'canary-x5t' },
  ])('S-G04, S-G11: %j fits', async (expected) => {
    expect(await says(active, { expected })).toEqual(active)
  })

  it.each([
    ['aud', 'https://evil.example', 'INTROSPECTION_TOKEN_AUDIENCE'],
    ['aud', 'https://api.example/', 'INTROSPECTION_TOKEN_AUDIENCE'],
    ['iss', 'https://as.example/', 'INTROSPECTION_TOKEN_ISSUER'],
    ['client_id', 'App', 'INTROSPECTION_TOKEN_CLIENT'],
    ['sub', 'somebody', 'INTROSPECTION_TOKEN_SUBJECT'],
    ['scope', 'read admin', 'INTROSPECTION_TOKEN_SCOPE'],
    ['scope', 'rea', 'INTROSPECTION_TOKEN_SCOPE'],
    ['token_type', 'Bearer', 'INTROSPECTION_TOKEN_TYPE'],
    ['jkt', 'other', 'INTROSPECTION_TOKEN_BINDING'],
    ['x5t', 'other', 'INTROSPECTION_TOKEN_BINDING'],
  ])('S-G04, S-G11: a token whose %s does not fit %s is refused with %s, and so is one that does not say it', async (name, value, code) => {
    for (const body of [active, { active: true }]) {
      const refusal = await refusalOf(says(body, { expected: { [name]: value } }))
      expect(refusal.code).toBe(code)
      expect(inspect(refusal)).not.toContain('canary')
    }
  })

  it('S-G11: a binding that the server states is passed on without being asked for', async () => {
    expect(await says(active)).toMatchObject({ cnf: { jkt: 'canary-jkt', 'x5t#S256': 'canary-x5t' } })
  })

  it('an inactive token stays one, whatever is expected', async () => {
    expect(await says({ active: false }, { expected: { aud: 'https://api.example' } })).toEqual({ active: false })
  })
})

it('S-G01, S-G02: whatever JSON comes, only what says true is active, and everything else is inactive or an OidcError', async () => {
  const members = fc.dictionary(fc.constantFrom('active', 'exp', 'nbf', 'aud', 'cnf', 'scope', 'sub', 'x'), fc.jsonValue())
  await fc.assert(
    fc.asyncProperty(fc.oneof(members, fc.jsonValue()), async (body) => {
      const answer = await says(JSON.stringify(body)).catch((error: unknown) => {
        if (isOidcError(error)) return { active: false }
        throw error
      })
      expect(answer.active).toBe(answer.active && (body as { active: unknown }).active === true)
      if (!answer.active) expect(answer).toEqual({ active: false })
    }),
  )
})
