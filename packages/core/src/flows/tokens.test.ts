import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIssuer, jsonResponse, startOfTime } from '../../test/issuer.js'
import { startLogin } from '../../test/login.js'
import { canaries, expectNoSecret, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { isOidcError } from '../base/errors.js'
import {
  type ClientEvent,
  type ClientOptions,
  clientCredentialsGrant,
  createClient,
  grant,
  idTokenClaims,
  type Plugin,
  type Tokens,
} from '../index.js'
import { createClient as createOAuthClient } from '../oauth.js'
import { receive, tokenOperation } from '../plugin.js'

const good = { access_token: 'access-1', token_type: 'Bearer' }
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const dpop: Plugin = { name: 'dpop', exchange: { tokenTypes: ['DPoP'] } }

async function createGranter(options: Partial<ClientOptions> = {}, make: typeof createClient = createClient) {
  const server = await createIssuer()
  const events: ClientEvent[] = []
  const client = make(server.metadata, server.options({ onEvent: (event) => void events.push(event), ...options }))
  return {
    server,
    client,
    events,
    answer: (body: unknown, grant_type = 'client_credentials', parameters = {}): Promise<Tokens> => {
      server.answer('token', body instanceof Response ? body : jsonResponse(body))
      return grant(client, grant_type, parameters)
    },
  }
}

async function refused(body: unknown, code: ErrorCode, says: readonly string[] = [], options: Partial<ClientOptions> = {}) {
  const { answer, server, events } = await createGranter(options)
  const error = await expectRefusal(answer(body), code, { says, events, secrets: ['access-1'] })
  expect(server.requests).toHaveLength(1)
  return error
}

const raw = (body: string, type = 'application/json') => new Response(body, { headers: { 'content-type': type } })

describe('the token response (RFC 6749, 5.1)', () => {
  it('F-H12: gives the members of the wire, expires_at, and what is unknown under one name', async () => {
    const { answer } = await createGranter()
    const details = [{ type: 'payment' }]
    expect(
      await answer({
        ...good,
        expires_in: 60,
        refresh_token: 'r',
        scope: 'a b',
        authorization_details: details,
        issued_token_type: 't',
        x: 1,
        y: null,
      }),
    ).toEqual({
      ...good,
      expires_in: 60,
      expires_at: startOfTime + 60,
      refresh_token: 'r',
      scope: 'a b',
      authorization_details: details,
      issued_token_type: 't',
      additional: { x: 1, y: null },
    })
    expect(await answer(good)).toEqual(good)
  })

  it.each([
    ['S-D16', null],
    ['S-D17', []],
    ['S-D17', [good]],
    ['S-D16', 'text'],
    ['S-D16', 7],
  ])('%s: a body of %o is refused, and the process survives', async (_, body) => {
    await refused(body, 'TOKEN_RESPONSE_INVALID', ['not a JSON object'])
  })

  it.each([undefined, null, '', {}, [], 7, true, [canaries.token]])('S-D04: an access_token of %o is refused', async (access_token) => {
    await refused({ ...good, access_token }, 'TOKEN_RESPONSE_INVALID', ['no access_token', 'Report it'])
  })

  it.each(['\r\n', ' ', '\0', 'ä', '\x7f', '\t', '\u{1F600}'])(
    'S-D05: an access_token with %j is refused before it reaches a header',
    async (letter) => {
      await refused({ ...good, access_token: `${canaries.token}${letter}x` }, 'TOKEN_RESPONSE_INVALID', ['printable ASCII'])
      await refused({ ...good, refresh_token: `${canaries.token}${letter}x` }, 'TOKEN_RESPONSE_INVALID', [
        'refresh_token',
        'printable ASCII',
      ])
    },
  )

  it.each([7, '', null, {}, []])('S-D11: a refresh_token of %o is refused', async (refresh_token) => {
    await refused({ ...good, refresh_token }, 'TOKEN_RESPONSE_INVALID', ['refresh_token'])
  })

  it.each([[7], [['a']], [{}], [true]])('S-D12: a scope of %o is refused, and null is none', async (scope) => {
    await refused({ ...good, scope }, 'TOKEN_RESPONSE_INVALID', ['scope that is not a string'])
    expect(await (await createGranter()).answer({ ...good, scope: null })).toEqual(good)
  })

  it.each([['x'], [{}], [7], [['x']], [[null]]])(
    'F-H12: authorization_details of %o are refused (RFC 9396, 7)',
    async (authorization_details) => {
      await refused({ ...good, authorization_details }, 'TOKEN_RESPONSE_INVALID', ['authorization_details'])
    },
  )

  it.each([7, true, {}, []])('S-D15: an id_token of %o is refused', async (id_token) => {
    await refused({ ...good, id_token }, 'TOKEN_RESPONSE_INVALID', ['id_token that is not a string'])
  })

  it('S-D14: an id_token of null is none', async () => {
    expect(await (await createGranter()).answer({ ...good, id_token: null })).toEqual(good)
    const login = await startLogin()
    login.alter({ members: { id_token: null } })
    await login.refuse(login.finish(), 'ID_TOKEN_MISSING')
  })

  it('S-D35: members named __proto__ and constructor pollute nothing', async () => {
    const { answer } = await createGranter()
    const tokens = await answer(
      raw(`{"access_token":"access-1","token_type":"Bearer","__proto__":{"scope":"admin"},"constructor":{"prototype":{"polluted":1}}}`),
    )
    expect(tokens.scope).toBeUndefined()
    expect(Object.getPrototypeOf(tokens)).toBe(Object.prototype)
    expect({}).not.toHaveProperty('polluted')
  })

  it.each([
    ['a member that appears twice', '{"access_token":"a","access_token":"b","token_type":"Bearer"}'],
    ['half a body', '{"access_token":"a"'],
    ['something behind it', '{"access_token":"a","token_type":"Bearer"}x'],
  ])('%s is refused', async (_, body) => {
    await refused(raw(body), 'RESPONSE_MALFORMED')
  })

  it('whatever JSON comes, the answer is an OidcError or tokens that survive JSON', async () => {
    const { answer } = await createGranter({ strictScope: true })
    const any = fc.jsonValue({ stringUnit: 'binary' })
    const member = (...likely: readonly unknown[]) => fc.oneof(any, fc.constantFrom<unknown>(...likely))
    const body = fc.oneof(
      any,
      fc.record(
        {
          access_token: member('a', 'access-1'),
          token_type: member('Bearer', 'bearer', 'N_A', 'DPoP'),
          expires_in: member(60, '60', -1),
          refresh_token: member('r'),
          scope: member('a', ''),
          id_token: any,
          authorization_details: member([], [{}]),
          extra: any,
        },
        { requiredKeys: ['access_token', 'token_type'] },
      ),
    )
    await fc.assert(
      fc.asyncProperty(body, async (value) => {
        const outcome = await answer(value).catch((error: unknown) => error)
        if (isOidcError(outcome)) return expectNoSecret(outcome)
        expect(outcome).toMatchObject({ access_token: expect.stringMatching(/^[!-~]+$/), token_type: 'Bearer' })
        expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome)
      }),
      { numRuns: 500 },
    )
  })
})

describe('token_type', () => {
  it.each([undefined, null])('S-D01: of %o is refused, and the error names the quirk', async (token_type) => {
    await refused({ ...good, token_type }, 'TOKEN_TYPE_MISSING', ["quirks: { missingTokenType: 'Bearer' }"])
  })

  it('S-D01: with the quirk its absence is taken as Bearer, and onEvent hears of it', async () => {
    const { answer, events } = await createGranter({ quirks: { missingTokenType: 'Bearer' } })
    expect(await answer({ access_token: 'a' })).toEqual({ access_token: 'a', token_type: 'Bearer' })
    expect(events).toContainEqual({ type: 'quirk', name: 'missingTokenType', operation: 'token' })
    await expectRefusal(answer({ access_token: 'a', token_type: 'mac' }), 'TOKEN_TYPE_UNSUPPORTED')
  })

  it.each(['Bearer', 'bearer', 'BEARER'])('F-H12: %s is Bearer: it has no case', async (token_type) => {
    expect((await (await createGranter()).answer({ ...good, token_type })).token_type).toBe('Bearer')
  })

  it.each([
    ['S-D02', 'mac'],
    ['S-D02', 'Bearer '],
    ['S-D02', ''],
    ['S-D02', 'pop'],
    ['S-D03', '__proto__'],
    ['S-D03', 'constructor'],
    ['S-D03', 'toString'],
    ['S-D02', 'x'.repeat(5000)],
  ])('%s: %j is refused: a token of a type that is not understood MUST NOT be used (RFC 6749, 7.1)', async (_, token_type) => {
    const { message } = await refused({ ...good, token_type }, 'TOKEN_TYPE_UNSUPPORTED', [
      JSON.stringify(token_type.slice(0, 32)),
      'or install the plugin for that type',
    ])
    expect(message.length).toBeLessThan(300)
    await refused({ ...good, token_type }, 'TOKEN_TYPE_UNSUPPORTED', [], { use: [dpop] })
  })

  it.each([[7], [{}], [['Bearer']], [true]])('one of %o is refused', async (token_type) => {
    await refused({ ...good, token_type }, 'TOKEN_RESPONSE_INVALID', ['token_type that is not a string'])
  })

  it('S-J09: DPoP is refused where no plugin is installed for it, and the error says which; with one it is spelled as the plugin spells it', async () => {
    await refused({ ...good, token_type: 'DPoP' }, 'TOKEN_TYPE_UNSUPPORTED', ['@oidc/dpop'])
    const { answer } = await createGranter({ use: [dpop] })
    expect((await answer({ ...good, token_type: 'dpop' })).token_type).toBe('DPoP')
  })

  it('F-H11: N_A is accepted for a token exchange, and nowhere else (RFC 8693, 2.2.1)', async () => {
    const { answer } = await createGranter()
    const body = { access_token: 'a', token_type: 'N_A', issued_token_type: 'urn:ietf:params:oauth:token-type:jwt' }
    expect(await answer(body, exchange)).toEqual(body)
    await expectRefusal(answer(body), 'TOKEN_TYPE_UNSUPPORTED')
    await expectRefusal(answer({ ...body, token_type: 'n_a' }, exchange), 'TOKEN_TYPE_UNSUPPORTED')
    await expectRefusal(receive((await createGranter()).client, tokenOperation, body), 'TOKEN_TYPE_UNSUPPORTED')
  })
})

describe('expires_in', () => {
  const lifetime = async (expires_in: unknown) => (await createGranter()).answer({ ...good, expires_in })

  it.each([
    ['S-D07', '3600', 3600],
    ['S-D07', '0', 0],
    ['S-D06', 0, 0],
    ['S-D06', 59.9, 59],
    ['S-D10', 1e15, 315360000],
    ['S-D10', '99999999999999999999', 315360000],
    ['S-D10', 1e308, 315360000],
  ])('%s: %o is %d seconds', async (_, expires_in, seconds) => {
    expect(await lifetime(expires_in)).toMatchObject({ expires_in: seconds, expires_at: startOfTime + seconds })
  })

  it('S-D10: the clamp keeps timers from overflowing', async () => {
    const { expires_at = 0 } = await lifetime(Number.MAX_SAFE_INTEGER)
    expect(Number.isSafeInteger(expires_at)).toBe(true)
  })

  it.each([
    ['S-D06', -1],
    ['S-D06', {}],
    ['S-D06', []],
    ['S-D06', true],
    ['S-D06', 'abc'],
    ['S-D08', '3600abc'],
    ['S-D08', '-1'],
    ['S-D08', '1e3'],
    ['S-D08', ' 3600'],
    ['S-D08', '0x10'],
    ['S-D08', ''],
  ])('%s: %o is refused', async (_, expires_in) => {
    await refused({ ...good, expires_in }, 'TOKEN_RESPONSE_INVALID', ['expires_in', 'number of seconds'])
  })

  it.each([null, undefined])('S-D06: %o is none', async (expires_in) => {
    expect(await lifetime(expires_in)).toEqual(good)
  })

  it('whatever is said, expires_in is absent or a whole number of seconds that is not negative, and expires_at fits it', async () => {
    const { answer } = await createGranter()
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.double(), fc.integer(), fc.integer().map(String), fc.jsonValue()), async (expires_in) => {
        const outcome = await answer({ ...good, expires_in }).catch((error: unknown) => error)
        if (isOidcError(outcome)) {
          expect(outcome.code).toBe('TOKEN_RESPONSE_INVALID')
          return
        }
        const { expires_in: seconds, expires_at } = outcome as Tokens
        if (seconds === undefined) {
          expect(expires_at).toBeUndefined()
          return
        }
        expect(Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= 315360000).toBe(true)
        expect(expires_at).toBe(startOfTime + seconds)
      }),
      { numRuns: 300 },
    )
  })
})

describe('scope', () => {
  it('S-D13: wider scope than was asked for is surfaced, and refused with strictScope', async () => {
    const wider = { ...good, scope: 'a b admin' }
    expect((await (await createGranter()).answer(wider, 'x', { scope: 'a b' })).scope).toBe('a b admin')
    const strict = await createGranter({ strictScope: true })
    await expectRefusal(strict.answer(wider, 'x', { scope: 'b a' }), 'SCOPE_WIDER', { says: ['"admin"', 'strictScope'] })
    expect((await strict.answer({ ...good, scope: 'b' }, 'x', { scope: 'a b' })).scope).toBe('b')
    expect(await strict.answer(good, 'x', { scope: 'a b' })).toEqual(good)
    expect((await strict.answer(wider, 'x')).scope, 'where none was asked for, the server gives its default').toBe('a b admin')
  })

  it('S-D13: what a login asked for counts, unless the token request asks again', async () => {
    const login = await startLogin({ parameters: { scope: 'openid email' }, options: { strictScope: true } })
    login.alter({ members: { scope: 'openid email admin' } })
    await login.refuse(login.finish(), 'SCOPE_WIDER', '"admin"')
  })

  it('S-D13: with strictScope, a grant is accepted if and only if each scope was asked for', async () => {
    const { answer } = await createGranter({ strictScope: true })
    const scopes = fc.subarray(['a', 'b', 'c', 'ab'], { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(scopes, scopes, async (asked, granted) => {
        const isAccepted = await answer({ ...good, scope: granted.join(' ') }, 'x', { scope: asked.join(' ') }).then(
          () => true,
          () => false,
        )
        expect(isAccepted).toBe(granted.every((scope) => asked.includes(scope)))
      }),
      { numRuns: 100 },
    )
  })
})

describe('a client of @oidc/core/oauth', () => {
  it('refuses an id_token in any answer, so that nothing goes unchecked', async () => {
    const { answer, server } = await createGranter({}, createOAuthClient)
    const id_token = await server.idToken()
    await expectRefusal(answer({ ...good, id_token }), 'ID_TOKEN_UNEXPECTED', {
      says: ['Make the client with @oidc/core.'],
      secrets: id_token.split('.'),
    })
    await expectRefusal(answer({ ...good, id_token: '' }), 'ID_TOKEN_UNEXPECTED')
    expect(await answer({ ...good, id_token: null })).toEqual(good)
  })
})

describe('idTokenClaims', () => {
  it('F-G19: gives the claims of the verified ID token', async () => {
    const tokens = await (await startLogin()).finish()
    expect(idTokenClaims(tokens)).toBe(tokens.claims)
  })

  it('tells where there is none', async () => {
    await expectRefusal(() => idTokenClaims(good), 'ID_TOKEN_MISSING', { says: ['Ask for the scope openid'] })
  })
})

describe('receive', () => {
  it('judges tokens that came in another way by the same rules', async () => {
    const { client, server } = await createGranter()
    const id_token = await server.idToken({ nonce: 'any' })
    expect(await receive(client, tokenOperation, { ...good, id_token })).toMatchObject({ claims: { sub: 'user-1' } })
    await expectRefusal(receive(client, tokenOperation, { ...good, id_token }, { expected: { nonce: undefined } }), 'ID_TOKEN_NONCE')
    await expectRefusal(receive(client, tokenOperation, good, { expected: { required: true } }), 'ID_TOKEN_MISSING')
    await expectRefusal(receive(client, tokenOperation, null), 'TOKEN_RESPONSE_INVALID')
    expect(await clientCredentialsGrant(client)).toMatchObject({ token_type: 'Bearer' })
  })
})
