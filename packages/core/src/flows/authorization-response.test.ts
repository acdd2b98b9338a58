import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LoginSettings, redirect_uri, startLogin } from '../../test/login.js'
import { canaries, expectNoSecret, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { isOidcError } from '../base/errors.js'
import { authorizationCodeGrant, createAuthorizationRequest, createClient, extend, type Plugin } from '../index.js'
import { checkAuthorizationResponse, openAuthorizationResponse } from '../plugin.js'

const issuer = 'https://as.example'
type Changes = Readonly<Record<string, string | undefined>>

/** A login whose callback is changed; undefined takes a parameter away. */
async function comeBack(changes: Changes = {}, settings?: LoginSettings) {
  const login = await startLogin(settings)
  const url = new URL(login.callback)
  for (const [name, value] of Object.entries(changes)) {
    url.searchParams.delete(name)
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return { ...login, callback: url }
}

/** Expects a refusal before any request: no code is redeemed. */
async function refused(changes: Changes, code: ErrorCode, says: readonly string[] = [], settings?: LoginSettings) {
  const login = await comeBack(changes, settings)
  const error = await login.refuse(login.finish(login.callback), code, ...says)
  expect(login.issuer.requests).toEqual([])
  return error
}

async function accepted(changes: Changes, settings?: LoginSettings) {
  const login = await comeBack(changes, settings)
  expect(await login.finish(login.callback)).toMatchObject({ token_type: 'Bearer' })
  return login
}

const silent = { metadata: { authorization_response_iss_parameter_supported: undefined } }

describe('state', () => {
  it('S-C01, F-F4, F-F7: a response without it is refused', async () => {
    await refused({ state: undefined }, 'STATE_MISSING', ['has no state', 'start a new login'])
  })

  it.each([canaries.state, '', ' ', '__proto__', 'constructor'])(
    'S-C20, F-F3: %j is refused, and neither value is shown',
    async (state) => {
      await refused({ state }, 'STATE_MISMATCH', ['another state'])
    },
  )

  it('S-C19: broken percent-encoding in it is refused', async () => {
    const login = await startLogin()
    const url = `${login.callback}`.replace(/state=[^&]+/, `state=%E0%A4%A${login.transaction.state}`)
    await login.refuse(login.finish(new URL(url)), 'STATE_MISMATCH')
  })

  it('F-F3: any other text than the one that was sent is refused', async () => {
    const login = await startLogin()
    const { state } = login.transaction
    const near = fc
      .tuple(fc.nat({ max: state.length - 1 }), fc.string({ minLength: 1, maxLength: 1 }))
      .map(([at, letter]) => state.slice(0, at) + letter + state.slice(at + 1))
    const other = fc.oneof(
      fc.string({ unit: 'binary' }),
      near,
      fc.constantFrom(`${state} `, ` ${state}`, state.toUpperCase(), `${state}\0`),
    )
    await fc.assert(
      fc.asyncProperty(other, async (value) => {
        fc.pre(value !== state)
        await expectRefusal(login.finish({ place: 'query', parameters: { code: 'x', iss: issuer, state: value } }), 'STATE_MISMATCH', {
          secrets: [state],
        })
      }),
      { numRuns: 200 },
    )
    expect(login.issuer.requests).toEqual([])
  })

  it('F-F3: the one that was sent is accepted', async () => {
    await accepted({})
  })

  it('S-C34: parameter names have their case: State is unknown', async () => {
    const { transaction } = await startLogin()
    await refused({ state: undefined, State: transaction.state }, 'STATE_MISSING')
    await refused({ code: undefined, CODE: canaries.code }, 'CODE_MISSING')
  })
})

describe('iss (RFC 9207)', () => {
  it.each([
    ['S-C06', 'https://evil.example'],
    ['S-C09', `${issuer}/`],
    ['S-C09', 'https://AS.example'],
    ['S-C06', ''],
  ])('%s, F-F1: %j is refused, whether or not the server promises it, before any token request', async (_, iss) => {
    for (const settings of [{}, silent]) await refused({ iss }, 'ISS_MISMATCH', [JSON.stringify(iss), `"${issuer}" was asked`], settings)
  })

  it('S-C08: a wrong one is refused where the server does not promise it', async () => {
    await refused({ iss: 'https://evil.example' }, 'ISS_MISMATCH', [], silent)
  })

  it('F-F1: its absence is refused where the server promises it, and accepted where it does not', async () => {
    await refused({ iss: undefined }, 'ISS_MISSING', [issuer, 'promises'])
    await accepted({ iss: undefined }, silent)
    await accepted({}, silent)
  })

  it('F-F1: an error response needs it as well', async () => {
    await refused({ code: undefined, error: 'access_denied', iss: undefined }, 'ISS_MISSING')
  })

  it('S-C10: an error with a wrong one is a mix-up, not an error of the server', async () => {
    const error = await refused({ error: 'access_denied', error_description: canaries.secret, iss: 'https://evil.example' }, 'ISS_MISMATCH')
    expect(error.error).toBeUndefined()
  })

  it('a long one does not flood a log', async () => {
    expect((await refused({ iss: `https://${'x'.repeat(5000)}` }, 'ISS_MISMATCH')).message.length).toBeLessThan(500)
  })
})

describe('an error response', () => {
  it.each([
    ['access_denied', 'Offer to sign in again.'],
    ['login_required', 'without prompt=none'],
    ['interaction_required', 'without prompt=none'],
    ['consent_required', 'without prompt=none'],
    ['account_selection_required', 'without prompt=none'],
    ['unmet_authentication_requirements', 'ask for less'],
    ['temporarily_unavailable', 'Try again later.'],
    ['invalid_scope', 'Ask for scopes that the server knows'],
    ['unauthorized_client', 'Allow the authorization code flow for this client'],
    ['server_error', 'Compare the request'],
  ])('F-F6, F-M3: %s is told with a remedy, and the words of the server apart', async (error, remedy) => {
    const thrown = await refused({ code: undefined, error, error_description: 'because' }, 'AUTHORIZATION_ERROR', [error, remedy])
    expect(thrown).toMatchObject({ error, error_description: 'because', operation: 'authorization' })
    expect(thrown.message).not.toContain('because')
  })

  it('S-C11: a code beside an error is never redeemed', async () => {
    await refused({ error: 'server_error' }, 'AUTHORIZATION_ERROR')
    await refused({ error: '' }, 'AUTHORIZATION_ERROR')
  })

  it.each([
    [{ state: undefined }, 'STATE_MISSING'],
    [{ state: canaries.state }, 'STATE_MISMATCH'],
  ] as const)('S-C12: with %o it belongs to nobody, and its text is not shown', async (changes, code) => {
    const thrown = await refused({ ...changes, error: 'evil_words', error_description: 'Call 555-0100' }, code)
    expect(thrown.error).toBeUndefined()
    expectNoSecret(thrown, ['evil_words', '555-0100'])
  })

  it.each(['<img src=x onerror=alert(1)>', 'a\r\nSet-Cookie: x', '\u001b[2J', '\u202eevil', 'x'.repeat(65), 'a b', '"'])(
    'S-C13: an error of %j does not get into the message',
    async (error) => {
      const thrown = await refused({ error, error_description: error }, 'AUTHORIZATION_ERROR', ['(not printable)'])
      expect(thrown.message).not.toContain(error)
      expect(thrown).toMatchObject({ error, error_description: error })
    },
  )

  it('S-C13: the words of the server are cut', async () => {
    const thrown = await refused({ error: 'e'.repeat(5000), error_description: 'd'.repeat(5000) }, 'AUTHORIZATION_ERROR')
    expect(thrown.error).toHaveLength(128)
    expect(thrown.error_description).toHaveLength(1024)
  })

  it.each(['__proto__', 'constructor', 'toString'])('an error named %s finds no inherited remedy', async (error) => {
    await refused({ error }, 'AUTHORIZATION_ERROR', [error, 'Compare the request'])
  })
})

describe('code', () => {
  it.each([undefined, ''])('S-C14: of %o is refused with a code of its own', async (code) => {
    await refused({ code }, 'CODE_MISSING', ['no code and no error', 'Start a new login'])
  })

  it.each(['a\r\nb', 'a\0', 'ä', 'c'.repeat(2049)])('S-C21, S-C22: of %j is refused', async (code) => {
    await refused({ code: `${canaries.code}${code}` }, 'CODE_MISSING', ['longer than 2048 characters or not printable'])
  })

  it('S-C21: of 2048 characters it is still sent', async () => {
    const login = await comeBack({ code: 'c'.repeat(2048) })
    await login.refuse(login.finish(login.callback), 'OAUTH_ERROR', 'invalid_grant')
  })

  it('S-C22: whatever is printable reaches the server form-encoded, byte for byte', async () => {
    const login = await startLogin()
    const code = `${canaries.code} &=%+"'<>~`
    await login.refuse(
      login.finish({ place: 'query', parameters: { ...Object.fromEntries(login.callback.searchParams), code } }),
      'OAUTH_ERROR',
      'invalid_grant',
    )
    expect(login.issuer.requests).toHaveLength(1)
    expect(login.issuer.requests[0]?.form.getAll('code')).toEqual([code])
  })

  it('S-C31: a code of another login is refused by the server, for its verifier does not fit', async () => {
    const victim = await startLogin()
    const attacker = await createAuthorizationRequest(victim.client, { redirect_uri, scope: 'openid' })
    const url = new URL(victim.callback)
    url.searchParams.set('state', attacker.transaction.state)
    await victim.refuse(authorizationCodeGrant(victim.client, url, attacker.transaction), 'OAUTH_ERROR', 'invalid_grant')
  })

  it('S-C30: the verifier of the transaction is always sent', async () => {
    const { issuer: server, transaction } = await accepted({})
    expect(server.requestsTo('token')[0]?.form.get('code_verifier')).toBe(transaction.code_verifier)
  })

  it('S-C39: unknown parameters are ignored', async () => {
    await accepted({ session_state: 'x', scope: 'admin', token_type: 'Bearer', expires_in: '1', 'x-unknown': '\0', __proto__: 'x' })
  })
})

describe('tokens in the front channel', () => {
  it.each([
    ['S-C16', 'access_token'],
    ['S-C17', 'id_token'],
  ])('%s, F-E8: an %s that was not asked for makes the response refused', async (_, name) => {
    await refused({ [name]: canaries.token }, 'FRONT_CHANNEL_TOKEN', [name, 'did not ask for'])
    await refused({ [name]: '' }, 'FRONT_CHANNEL_TOKEN')
    await refused({ [name]: canaries.token, code: undefined }, 'FRONT_CHANNEL_TOKEN')
    await refused({ [name]: canaries.token, error: 'x' }, 'FRONT_CHANNEL_TOKEN')
  })

  it('S-C18, F-E8: a protected response (JARM) is refused where no plugin opens it', async () => {
    const login = await comeBack({ response: canaries.token })
    await login.refuse(login.finish(login.callback), 'AUTHORIZATION_RESPONSE_MODE', 'JARM', '@oidc/jarm')
    await refused({ response: canaries.token, code: undefined, state: undefined, iss: undefined }, 'AUTHORIZATION_RESPONSE_MODE')
  })

  const asking: Plugin = {
    name: 'asking',
    authorization: { parameters: () => ({ response_type: 'code id_token', response_mode: 'query' }) },
  }
  const vouching = (claims?: object): Plugin => ({
    name: 'vouching',
    authorization: { check: (_, { nonce }) => (claims ? { claims: { ...claims, nonce } as never } : undefined) },
  })

  it('one that was asked for is refused where no plugin verified it', async () => {
    await refused({ id_token: canaries.token }, 'FRONT_CHANNEL_TOKEN', ['an id_token in', 'no installed plugin verified', '@oidc/hybrid'], {
      options: { use: [asking] },
    })
    for (const claims of [undefined, {}, { iss: 'https://evil.example' }])
      await refused({ id_token: canaries.token }, 'FRONT_CHANNEL_TOKEN', [], { options: { use: [asking, vouching(claims)] } })
  })

  it('one that a plugin vouches for stands for iss, but not in an error response', async () => {
    const settings = { options: { use: [asking, vouching({ iss: issuer, sub: canaries.sub, aud: 'client-1' })] } }
    await accepted({ id_token: canaries.token, iss: undefined }, settings)
    await refused({ id_token: canaries.token, iss: undefined, error: 'x' }, 'ISS_MISSING', [], settings)
    await refused({ id_token: canaries.token, iss: 'https://evil.example' }, 'ISS_MISMATCH', [], settings)
    await refused({ access_token: canaries.token }, 'FRONT_CHANNEL_TOKEN', ['access_token'], settings)
  })

  it('one that names another user than the one of the token response makes it refused', async () => {
    const login = await comeBack(
      { id_token: canaries.token },
      { options: { use: [asking, vouching({ iss: issuer, sub: 'another', aud: 'client-1' })] } },
    )
    await login.refuse(login.finish(login.callback), 'ID_TOKEN_CONTINUITY', 'another sub')
  })
})

describe('the place', () => {
  const at = (callback: URL, place: string) => {
    if (place === 'query') return callback
    if (place === 'fragment') return new URL(`https://app.example/callback#${callback.searchParams}`)
    return new Request('https://app.example/callback', { method: 'POST', body: callback.searchParams })
  }
  const places = ['query', 'fragment', 'form_post']

  it.each(places)(
    'S-C23, S-C24, S-C25, F-E1, F-E2: a response to response_mode=%s is read from there, and refused elsewhere',
    async (response_mode) => {
      for (const place of places) {
        const login = await startLogin({ parameters: { scope: 'openid', response_mode } })
        if (place === response_mode) expect(await login.finish(at(login.callback, place))).toMatchObject({ token_type: 'Bearer' })
        else {
          await login.refuse(
            login.finish(at(login.callback, place)),
            'AUTHORIZATION_RESPONSE_MODE',
            `came by ${place}`,
            `asked for ${response_mode}`,
          )
          expect(login.issuer.requests).toEqual([])
        }
      }
    },
  )

  it('S-C23: without a response_mode, a code comes by query', async () => {
    const login = await startLogin()
    await login.refuse(login.finish(at(login.callback, 'fragment')), 'AUTHORIZATION_RESPONSE_MODE', 'came by fragment', 'asked for query')
    await login.refuse(login.finish(at(login.callback, 'form_post')), 'AUTHORIZATION_RESPONSE_MODE')
    expect(await login.finish(new Request(login.callback))).toMatchObject({ token_type: 'Bearer' })
  })

  it('S-C23, F-G20: without a response_mode, a response with an ID token comes by fragment', async () => {
    const use: Plugin[] = [{ name: 'hybrid', authorization: { parameters: () => ({ response_type: 'code id_token' }) } }]
    const login = await startLogin({ options: { use } })
    await login.refuse(login.finish(), 'AUTHORIZATION_RESPONSE_MODE', 'came by query', 'asked for fragment')
    expect(await login.finish(at(login.callback, 'fragment'))).toMatchObject({ token_type: 'Bearer' })
  })

  it('F-E6: response_mode=jwt and query.jwt come by query, fragment.jwt by fragment, form_post.jwt by form', async () => {
    for (const [response_mode, place] of [
      ['jwt', 'query'],
      ['query.jwt', 'query'],
      ['fragment.jwt', 'fragment'],
      ['form_post.jwt', 'form_post'],
    ] as const)
      for (const other of places) {
        const login = await startLogin({ parameters: { response_mode } })
        const outcome = await login.finish(at(login.callback, other)).catch((error: unknown) => error)
        expect(outcome).toMatchObject(other === place ? { token_type: 'Bearer' } : { code: 'AUTHORIZATION_RESPONSE_MODE' })
      }
  })

  it('parameters that the caller took apart itself may come from anywhere', async () => {
    for (const response_mode of [...places, 'web_message']) {
      const login = await startLogin({ parameters: { response_mode } })
      expect(await login.finish(login.callback.searchParams)).toMatchObject({ token_type: 'Bearer' })
    }
  })

  it('S-C23: a fragment that looks like a response, put behind the query, is refused', async () => {
    const login = await startLogin()
    await login.refuse(login.finish(new URL(`${login.callback}#code=${canaries.code}&state=x`)), 'AUTHORIZATION_RESPONSE_MODE')
  })
})

describe('the order of the checks', () => {
  it('of any broken parameters, the first check in its order tells', async () => {
    const order: readonly (readonly [Changes, ErrorCode])[] = [
      [{ response: 'x' }, 'AUTHORIZATION_RESPONSE_MODE'],
      [{ state: undefined }, 'STATE_MISSING'],
      [{ iss: 'https://evil.example' }, 'ISS_MISMATCH'],
      [{ access_token: canaries.token }, 'FRONT_CHANNEL_TOKEN'],
      [{ error: 'access_denied' }, 'AUTHORIZATION_ERROR'],
      [{ code: undefined }, 'CODE_MISSING'],
    ]
    const login = await startLogin()
    await fc.assert(
      fc.asyncProperty(fc.subarray([...order], { minLength: 1 }), async (broken) => {
        const parameters = Object.assign(Object.fromEntries(login.callback.searchParams), ...broken.map(([changes]) => changes))
        for (const name of Object.keys(parameters)) if (parameters[name] === undefined) delete parameters[name]
        const [, code = 'CODE_MISSING'] = broken[0] ?? []
        await expectRefusal(login.finish({ place: 'query', parameters }), code)
      }),
    )
    expect(login.issuer.requests).toEqual([])
  })

  it('S-C39: in any order, and with any others beside them, the same parameters are the same response', async () => {
    const { client, transaction, callback } = await startLogin()
    const own = [...callback.searchParams]
    const other = fc.string({ minLength: 1 }).filter((name) => !/^(?:code|state|iss|error|response|id_token|access_token)$/.test(name))
    const others = fc.uniqueArray(fc.tuple(other, fc.string()), { selector: ([name]) => name, maxLength: 4 })
    const shuffled = others.chain((more) => fc.shuffledSubarray([...own, ...more], { minLength: own.length + more.length }))
    await fc.assert(
      fc.asyncProperty(shuffled, async (parameters) => {
        const { response } = await checkAuthorizationResponse(client, new URLSearchParams(parameters), transaction)
        expect(Object.fromEntries(own)).toEqual(Object.fromEntries(own.map(([name]) => [name, response.parameters[name]])))
      }),
    )
  })

  it('S-C28, S-C30: whatever string of the transaction is another, no tokens come of it', async () => {
    const { client, transaction, callback } = await startLogin()
    const bound = ['issuer', 'client_id', 'state', 'nonce', 'code_verifier', 'redirect_uri'] as const
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bound), fc.string({ unit: 'binary' }), fc.boolean(), async (name, text, isNear) => {
        const value = isNear ? `${transaction[name]}${text}` : text
        fc.pre(value !== transaction[name])
        const outcome = await authorizationCodeGrant(client, callback, { ...transaction, [name]: value }).catch((error: unknown) => error)
        if (!isOidcError(outcome)) throw new Error(`with another ${name}, this came: ${JSON.stringify(outcome)}`)
        expectNoSecret(outcome, [transaction.state, transaction.code_verifier])
      }),
      { numRuns: 200 },
    )
  })

  it('whatever parameters come, without the right state nothing is ever redeemed, and only an OidcError escapes', async () => {
    const login = await startLogin()
    const name = fc.oneof(
      fc.constantFrom('code', 'state', 'iss', 'error', 'id_token', 'access_token', 'response', '__proto__'),
      fc.string(),
    )
    const value = fc.oneof(fc.string(), fc.constantFrom(issuer, canaries.code))
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, value),
        fc.constantFrom('query', 'fragment', 'form_post', 'unknown'),
        async (parameters, place) => {
          const error = await login.finish({ place, parameters } as never).catch((thrown: unknown) => thrown)
          expect(isOidcError(error)).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
    expect(login.issuer.requests).toEqual([])
  })
})

describe('slots of the authorization response', () => {
  const opening = (open: NonNullable<Plugin['authorization']>['open']): Plugin => ({ name: 'jarm', authorization: { open } as never })

  it('open: what it gives is checked like any other, and its iss may be left out', async () => {
    const login = await startLogin()
    const inner = Object.fromEntries(login.callback.searchParams)
    const make = (parameters: object) =>
      extend(
        login.client,
        opening((response) => ({ place: response.place, parameters: parameters as never })),
      )
    const outer = new URL('https://app.example/callback?response=jwt')
    const check = (parameters: object) => checkAuthorizationResponse(make(parameters), outer, login.transaction)
    const { iss: _, ...without } = inner
    expect((await check(without)).response.parameters.code).toBe(inner.code)
    await expectRefusal(check({ ...inner, state: 'x' }), 'STATE_MISMATCH')
    await expectRefusal(check({ ...inner, iss: 'https://evil.example' }), 'ISS_MISMATCH')
    await expectRefusal(check({ ...inner, access_token: 'x' }), 'FRONT_CHANNEL_TOKEN')
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no parameters', { place: 'query' }],
    ['an unknown place', { place: 'header', parameters: {} }],
    ['a code that is an array', { place: 'query', parameters: { code: [canaries.code] } }],
    ['a code that is an object', { place: 'query', parameters: { code: { toString: () => 'x' } } }],
  ])('open: a plugin that gives %s is refused by name', async (_, opened) => {
    const login = await startLogin({ options: { use: [opening(() => opened as never)] } })
    const error = await login.refuse(login.finish(), 'AUTHORIZATION_RESPONSE_INVALID')
    expect(error).toMatchObject({ plugin: 'jarm', slot: 'authorization.open' })
    expect(login.issuer.requests).toEqual([])
  })

  it('open: a response is opened once, however often it is looked at', async () => {
    let opened = 0
    const login = await startLogin()
    const client = extend(
      login.client,
      opening(({ place }) => {
        opened++
        return { place, parameters: Object.fromEntries(login.callback.searchParams) }
      }),
    )
    const response = await openAuthorizationResponse(client, new URL('https://app.example/callback?response=jwt'))
    expect(response.parameters.state).toBe(login.transaction.state)
    expect(await openAuthorizationResponse(client, response)).toBe(response)
    expect(await authorizationCodeGrant(client, response, login.transaction)).toMatchObject({ token_type: 'Bearer' })
    expect(opened).toBe(1)
  })

  it('open and check: each is given the client and the signal of the caller', async () => {
    const login = await startLogin()
    const seen: unknown[] = []
    const watching: Plugin = {
      name: 'watching',
      authorization: {
        open(response, context) {
          seen.push(context)
          return response
        },
        check(_, __, context) {
          seen.push(context)
          return undefined
        },
      },
    }
    const client = extend(login.client, watching)
    const { signal } = new AbortController()
    await checkAuthorizationResponse(client, login.callback, login.transaction, { signal })
    expect(seen).toEqual([
      { client, signal },
      { client, signal },
    ])
    expect(seen.every((context) => (context as { signal: unknown }).signal === signal)).toBe(true)
  })

  it('open: what one client opened counts for no other client', async () => {
    const login = await startLogin()
    const one = extend(
      login.client,
      opening(({ place }) => ({ place, parameters: Object.fromEntries(login.callback.searchParams) })),
    )
    const response = await openAuthorizationResponse(one, new URL('https://app.example/callback?response=jwt'))
    const other = createClient(login.issuer.metadata, login.issuer.options({ use: [opening(() => ({ place: 'query', parameters: {} }))] }))
    await expectRefusal(checkAuthorizationResponse(other, response, login.transaction), 'STATE_MISSING')
  })

  it('check: runs after all of core’s checks, for all plugins, and may refuse', async () => {
    const seen: string[] = []
    const checking = (name: string): Plugin => ({
      name,
      authorization: {
        check(response, transaction) {
          seen.push(`${name} ${response.parameters.state === transaction.state} ${Object.isFrozen(transaction)}`)
          return undefined
        },
      },
    })
    await accepted({}, { options: { use: [checking('b'), checking('a')] } })
    expect(seen).toEqual(['a true true', 'b true true'])
    await refused({ code: undefined }, 'CODE_MISSING', [], { options: { use: [checking('c')] } })
    expect(seen).toHaveLength(2)
    const throwing: Plugin = {
      name: 'no',
      authorization: {
        check: () => {
          throw new Error(canaries.secret)
        },
      },
    }
    const login = await startLogin({ options: { use: [throwing] } })
    const error = await login.finish().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'PLUGIN_FAILED', plugin: 'no', slot: 'authorization.check' })
    expect(login.issuer.requests).toEqual([])
  })
})
