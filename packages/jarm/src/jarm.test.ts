import { createAuthorizationRequest, decryptWith, isOidcError } from '@oidc/core'
import { checkAuthorizationResponse } from '@oidc/core/plugin'
import fc from 'fast-check'
import { generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { jarm } from './jarm.js'
import {
  createTestClient,
  encrypt,
  foreignKey,
  issuer,
  redirect_uri,
  refusalOf,
  sign,
  startTime,
  take,
  transaction,
  usual,
} from './jarm.test-server.js'

const client = createTestClient()
const refuse = async (claims: object, header?: object) => (await refusalOf(take(client, await sign({ ...usual, ...claims }, header)))).code
const unsigned = (header: object, claims: object) =>
  `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`

describe('the request (JARM, section 2.3)', () => {
  const ask = (mode: string | undefined, use = jarm(), server = {}) =>
    createAuthorizationRequest(createTestClient({ use: [use] }, server), { redirect_uri, scope: 'a', response_mode: mode })

  it.each([
    [undefined, undefined, 'jwt'],
    ['form_post.jwt', undefined, 'form_post.jwt'],
    ['form_post.jwt', 'query.jwt', 'query.jwt'],
    [undefined, 'fragment.jwt', 'fragment.jwt'],
  ] as const)('F-E6: jarm({ response_mode: %j }) and a caller that gives %j: %s is sent and kept', async (response_mode, given, sent) => {
    const { url, transaction } = await ask(given, jarm({ response_mode }))
    expect(url.searchParams.getAll('response_mode')).toEqual([sent])
    expect(transaction.response_mode).toBe(sent)
  })

  it.each(['form_post', 'query', 'fragment'])('a plain %s is refused, and the secured mode is named', async (mode) => {
    const refusal = await refusalOf(ask(mode))
    expect(refusal).toMatchObject({ code: 'JARM_MODE', plugin: 'jarm', message: expect.stringContaining(`"${mode}.jwt"`) })
  })

  it('a mode that the server does not list is refused before anything is sent', async () => {
    expect((await refusalOf(ask(undefined, jarm(), { response_modes_supported: ['query'] }))).code).toBe('JARM_MODE')
    const server = { response_modes_supported: ['query.jwt'] }
    expect((await refusalOf(ask('form_post.jwt', jarm(), server))).code).toBe('JARM_MODE')
    expect((await ask(undefined, jarm(), server)).transaction.response_mode).toBe('jwt')
  })

  it.each([{ response_mode: 'query' }, { maxResponseLifetime: 0 }, { maxResponseLifetime: 'x' }, { maxResponseLifetime: 86401 }])(
    'jarm(%o) is refused at once',
    (options) => {
      expect(() => jarm(options as never)).toThrow(expect.objectContaining({ code: 'JARM_OPTION_INVALID' }))
    },
  )

  it('jarm() meets what authorization_signed_response_alg demands, and without it the package is named', () => {
    createTestClient({ authorization_signed_response_alg: 'ES256' })
    expect(() => createTestClient({ authorization_signed_response_alg: 'ES256', use: [] })).toThrow(/@oidc\/jarm/)
  })
})

describe('the response (JARM, sections 2.1 and 2.4)', () => {
  it('F-E6: gives the parameters of a signed response, iss among them, and not what belongs to the JWT', async () => {
    const { response } = await take(
      client,
      await sign({ ...usual, iat: startTime, jti: 'x', expires_in: 5, session_state: 's', list: [1] }),
    )
    expect(response).toEqual({
      place: 'query',
      parameters: { iss: issuer, code: 'code-1', state: 'state-1', expires_in: '5', session_state: 's' },
    })
  })

  it('a signed error is told as one', async () => {
    const jwt = await sign({ ...usual, code: undefined, error: 'access_denied' })
    expect(await refusalOf(take(client, jwt))).toMatchObject({ code: 'AUTHORIZATION_ERROR', error: 'access_denied' })
  })

  it('S-H01: alg none and HS256 are refused, also where they are registered', async () => {
    for (const alg of ['none', 'HS256', 'nOnE'])
      expect((await refusalOf(take(client, unsigned({ alg }, usual)))).code).toMatch(/^JARM_(ALGORITHM|MALFORMED)$/)
    for (const alg of ['none', 'HS256']) {
      const registered = createTestClient({ authorization_signed_response_alg: alg })
      expect((await refusalOf(createAuthorizationRequest(registered, { redirect_uri }))).code).toBe('JARM_ALGORITHM')
      expect((await refusalOf(take(registered, unsigned({ alg }, usual)))).code).toBe('JARM_ALGORITHM')
    }
  })

  it('the algorithm is the registered one, else one that the server lists, else RS256', async () => {
    const jwt = await sign(usual)
    await take(createTestClient({ authorization_signed_response_alg: 'ES256' }), jwt)
    expect((await refusalOf(take(createTestClient({ authorization_signed_response_alg: 'PS256' }), jwt))).code).toBe('JARM_ALGORITHM')
    const bare = createTestClient({}, { authorization_signing_alg_values_supported: undefined })
    expect((await refusalOf(take(bare, jwt))).message).toContain('RS256 is wanted')
  })

  it('S-H02: a signature of another key is refused', async () => {
    expect((await refusalOf(take(client, await sign(usual, {}, foreignKey)))).code).toBe('JARM_SIGNATURE')
    expect(await refuse({}, { kid: 'other' })).toBe('JARM_KEY')
  })

  it.each<[string, object, string]>([
    ['iss missing', { iss: undefined }, 'JARM_ISSUER'],
    ['iss wrong', { iss: `${issuer}/` }, 'JARM_ISSUER'],
    ['aud missing', { aud: undefined }, 'JARM_AUDIENCE'],
    ['aud wrong', { aud: 'other' }, 'JARM_AUDIENCE'],
    ['exp missing', { exp: undefined }, 'JARM_CLAIM'],
    ['exp past', { exp: startTime - 30 }, 'JARM_EXPIRED'],
    ['exp as text', { exp: '1700000060' }, 'JARM_EXPIRED'],
    ['nbf ahead', { nbf: startTime + 31 }, 'JARM_NOT_BEFORE'],
    ['iat ahead', { iat: startTime + 31 }, 'JARM_ISSUED_AT'],
  ])('S-H03: %s is refused', async (_, claims, code) => {
    expect(await refuse(claims)).toBe(code)
  })

  it('S-H04: state missing or wrong within the JWT is refused, whatever stands beside it', async () => {
    expect(await refuse({ state: undefined })).toBe('STATE_MISSING')
    expect(await refuse({ state: 'other' })).toBe('STATE_MISMATCH')
    const url = new URL(`${redirect_uri}?state=state-1&response=${await sign({ ...usual, state: 'other' })}`)
    expect((await refusalOf(checkAuthorizationResponse(client, url, transaction))).code).toBe('STATE_MISMATCH')
  })

  it('S-H05: the iss of another server is refused, though this one signed it', async () => {
    expect(await refuse({ iss: 'https://other.example' })).toBe('JARM_ISSUER')
  })

  it('S-H06: what stands beside response is ignored', async () => {
    const url = new URL(`${redirect_uri}?code=evil&state=evil&iss=evil&error=evil&id_token=evil&tenant=1&response=${await sign(usual)}`)
    const { response } = await checkAuthorizationResponse(client, url, transaction)
    expect(response.parameters).toEqual({ iss: issuer, code: 'code-1', state: 'state-1' })
  })

  it.each(['code=code-1&state=state-1', 'error=access_denied&state=state-1', ''])(
    'S-H07: the plain response %j is refused',
    async (query) => {
      const refusal = await refusalOf(checkAuthorizationResponse(client, new URL(`${redirect_uri}?${query}&iss=${issuer}`), transaction))
      expect(refusal).toMatchObject({ code: 'JARM_RESPONSE_MISSING', slot: 'authorization.open' })
      expect(JSON.stringify(refusal)).not.toContain('state-1')
    },
  )

  it('S-H08: two response parameters are refused', async () => {
    const jwt = await sign(usual)
    const url = new URL(`${redirect_uri}?response=${jwt}&response=${jwt}`)
    expect((await refusalOf(checkAuthorizationResponse(client, url, transaction))).code).toBe('AUTHORIZATION_RESPONSE_INVALID')
  })

  it.each([1, ['code-1'], { code: 1 }, null, true])('S-H09: code and state of %j are refused', async (value) => {
    expect(await refuse({ code: value })).toBe('JARM_PARAMETER')
    expect(await refuse({ state: value })).toBe('JARM_PARAMETER')
  })

  it('S-H10: an exp more than 600 seconds and the tolerance ahead is refused; the option gives more or less', async () => {
    await take(client, await sign({ ...usual, exp: startTime + 630 }))
    expect(await refuse({ exp: startTime + 631 })).toBe('JARM_EXPIRED')
    expect(await refuse({ exp: startTime + 31_536_000 })).toBe('JARM_EXPIRED')
    await take(createTestClient({ use: [jarm({ maxResponseLifetime: 700 })] }), await sign({ ...usual, exp: startTime + 730 }))
  })

  it.each(['sub', 'nonce', 'at_hash', 'c_hash', 's_hash', 'azp', 'auth_time', 'events', 'token_introspection', 'cnf'])(
    'S-H11: a token of the same server with %s is no response',
    async (name) => {
      expect(await refuse({ [name]: 'x' })).toBe('JARM_TYPE')
    },
  )

  it.each(['at+jwt', 'logout+jwt', 'application/logout+jwt', 'dpop+jwt', 'oauth-authz-req+jwt', 7])(
    'S-H11: a token of the type %s is no response',
    async (typ) => {
      expect(await refuse({}, { typ })).toBe('JARM_TYPE')
    },
  )

  it('a critical header is refused', async () => {
    const [, claims, signature] = (await sign(usual)).split('.')
    const head = Buffer.from(JSON.stringify({ alg: 'ES256', crit: ['x'], x: 1 })).toString('base64url')
    expect((await refusalOf(take(client, `${head}.${claims}.${signature}`))).code).toBe('JARM_CRITICAL')
  })

  it('S-H13: __proto__, constructor and their like are no parameters', async () => {
    const text = `${JSON.stringify({ ...usual, constructor: 'x', toString: 'x' }).slice(0, -1)},"__proto__":"x"}`
    const { response } = await take(client, await sign(text))
    expect(Object.keys(response.parameters).sort()).toEqual(['code', 'iss', 'state'])
    expect(Object.getPrototypeOf(response.parameters)).toBeNull()
  })
})

describe('an encrypted response (JARM, section 2.2)', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RSA-OAEP-256')
  const encrypted = createTestClient({
    decrypt: decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' }),
    authorization_encrypted_response_alg: 'RSA-OAEP-256',
  })

  it('F-E6: is opened with the option decrypt', async () => {
    const { response } = await take(encrypted, await encrypt(await sign(usual), publicKey))
    expect(response.parameters.code).toBe('code-1')
  })

  it('is demanded where it is registered, and refused where there is no key', async () => {
    expect((await refusalOf(take(encrypted, await sign(usual)))).code).toBe('JARM_ENCRYPTION')
    expect((await refusalOf(take(client, await encrypt(await sign(usual), publicKey)))).code).toBe('JARM_ENCRYPTION')
  })

  it('S-H12: with alg none, another JWE or a text too long within it is refused', async () => {
    const wrap = async (text: string) => (await refusalOf(take(encrypted, await encrypt(text, publicKey)))).code
    expect(await wrap(unsigned({ alg: 'none' }, usual))).toMatch(/^JARM_(ALGORITHM|MALFORMED)$/)
    expect(await wrap(await encrypt(await sign(usual), publicKey))).toBe('JARM_MALFORMED')
    const small = createTestClient({ decrypt: async () => 'x'.repeat(70_000) })
    expect((await refusalOf(take(small, 'a.b.c.d.e'))).code).toBe('JARM_MALFORMED')
    expect((await refusalOf(take(encrypted, await encrypt(await sign(usual, {}, foreignKey), publicKey)))).code).toBe('JARM_SIGNATURE')
  })
})

describe('whatever is changed', () => {
  it('S-H02: any one bit of a valid response changed is a typed refusal', async () => {
    const jwt = await sign(usual)
    await fc.assert(
      fc.asyncProperty(fc.nat(jwt.length - 1), fc.nat(6), async (at, bit) => {
        const changed = jwt.slice(0, at) + String.fromCharCode(jwt.charCodeAt(at) ^ (1 << bit)) + jwt.slice(at + 1)
        const input = { place: 'query', parameters: { response: changed } } as const
        expect((await refusalOf(checkAuthorizationResponse(client, input, transaction))).code).toMatch(/^JARM_/)
      }),
      { numRuns: 500 },
    )
  })

  it('S-H03: any claim replaced by any JSON value is a typed refusal, or was accepted for being equal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('iss', 'aud', 'exp', 'state', 'code'),
        fc.oneof(
          fc.jsonValue(),
          fc.integer({ min: startTime - 60, max: startTime + 700 }),
          fc.constantFrom<unknown>(issuer, 'app', ['app'], 'state-1'),
        ),
        async (name, value) => {
          const outcome = await take(client, await sign({ ...usual, [name]: value })).catch((error: unknown) => error)
          if (isOidcError(outcome)) return
          const { parameters } = (outcome as Awaited<ReturnType<typeof take>>).response
          expect(parameters).toEqual({ iss: issuer, state: 'state-1', code: name === 'code' ? value : 'code-1' })
          if (name === 'aud') expect([value].flat()).toEqual(['app'])
          if (name === 'exp') expect(Math.abs(Number(value) - startTime)).toBeLessThanOrEqual(630)
        },
      ),
      { numRuns: 500 },
    )
  })
})
