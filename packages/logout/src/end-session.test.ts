import { decryptWith } from '@oidc/core'
import fc from 'fast-check'
import { CompactEncrypt, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { createEndSessionRequest } from './end-session-request.js'
import { validateEndSessionResponse } from './end-session-response.js'
import { createTestClient, home, issuer, refusalOf, sign, startTime } from './logout.test-server.js'

const search = ({ url }: { url: URL }) => Object.fromEntries(url.searchParams)

describe('the request (RP-Initiated Logout 1.0, section 2)', () => {
  it('F-N1: goes to end_session_endpoint with client_id, and with nothing that was not given', async () => {
    const { client } = createTestClient()
    const request = await createEndSessionRequest(client)
    expect(request.url.href).toBe(`${issuer}/end?client_id=app`)
    expect(request).toEqual({ url: request.url, transaction: undefined })
  })

  it('F-N1: a server without end_session_endpoint is told before anything is done', async () => {
    const { client } = createTestClient({}, { end_session_endpoint: undefined })
    expect(await refusalOf(createEndSessionRequest(client))).toMatchObject({
      code: 'SERVER_METADATA_MISSING',
      message: expect.stringContaining('end_session_endpoint'),
    })
  })

  it('F-N1, F-S3: carries the hint, where to return, state, and any further parameters; what must be kept is one JSON value', async () => {
    const { client } = createTestClient()
    const request = await createEndSessionRequest(
      client,
      { id_token_hint: 'a.b.c', post_logout_redirect_uri: home, logout_hint: 'ada', ui_locales: ['de', 'en'], vendor: ['1', '2'] },
      { data: { returnTo: '/x' } },
    )
    expect(search(request)).toEqual({
      client_id: 'app',
      id_token_hint: 'a.b.c',
      post_logout_redirect_uri: home,
      state: expect.stringMatching(/^[\w-]{43}$/),
      logout_hint: 'ada',
      ui_locales: 'de en',
      vendor: '2',
    })
    expect(request.url.searchParams.getAll('vendor')).toEqual(['1', '2'])
    expect(JSON.parse(JSON.stringify(request.transaction))).toEqual({
      issuer,
      client_id: 'app',
      state: request.url.searchParams.get('state'),
      post_logout_redirect_uri: home,
      created_at: startTime,
      data: { returnTo: '/x' },
    })
    expect(request.form).toBeUndefined()
  })

  it('F-N1: the query of the endpoint stays', async () => {
    const { client } = createTestClient({}, { end_session_endpoint: `${issuer}/end?p=1` })
    expect((await createEndSessionRequest(client)).url.href).toBe(`${issuer}/end?p=1&client_id=app`)
  })

  it('without post_logout_redirect_uri no state is sent, and the only registered one stands in', async () => {
    const { client } = createTestClient({ post_logout_redirect_uris: [home] })
    expect((await createEndSessionRequest(client)).url.searchParams.get('post_logout_redirect_uri')).toBe(home)
    const several = createTestClient({ post_logout_redirect_uris: [home, `${home}2`] })
    expect(search(await createEndSessionRequest(several.client))).toEqual({ client_id: 'app' })
  })

  it.each([
    '/bye',
    '//evil.example',
    'evil',
    '',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://evil.example/bye',
    `${home}/`,
    `${home}?x`,
    7,
    [home],
  ])('S-N02: the post_logout_redirect_uri %j is refused, and not echoed', async (uri) => {
    const { client } = createTestClient({ post_logout_redirect_uris: [home] })
    const error = await refusalOf(createEndSessionRequest(client, { post_logout_redirect_uri: uri as string }))
    expect(error.code).toBe('END_SESSION_REDIRECT')
    expect(error.message).not.toContain('evil')
  })

  it.each(['state', 'client_id', 'client_secret', 'client_assertion'])('the parameter %s is refused', async (name) => {
    const { client } = createTestClient()
    const refusal = await refusalOf(createEndSessionRequest(client, { [name]: 'x', post_logout_redirect_uri: home }))
    expect(refusal.code).toBe('PARAMETER_RESERVED')
  })

  it('S-N03: a hint that makes the URL longer than 8000 characters is left out of it, and stands in a form to be posted', async () => {
    const { client } = createTestClient()
    const hint = (length: number) => `a.${'b'.repeat(length)}.c`
    const fits = await createEndSessionRequest(client, {
      id_token_hint: hint(8000 - `${issuer}/end?client_id=app&id_token_hint=a..c`.length),
    })
    expect(fits.url.href).toHaveLength(8000)
    expect(fits.form).toBeUndefined()
    const long = await createEndSessionRequest(client, { id_token_hint: hint(9000), post_logout_redirect_uri: home })
    expect(Object.keys(search(long)).sort()).toEqual(['client_id', 'post_logout_redirect_uri', 'state'])
    expect(long.form).toEqual({ action: `${issuer}/end`, parameters: { ...search(long), id_token_hint: hint(9000) } })
  })

  it('an encrypted ID token is opened, for the server could not read it', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RSA-OAEP-256')
    const inner = await sign({})
    const jwe = await new CompactEncrypt(new TextEncoder().encode(inner))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })
      .encrypt(publicKey)
    const { client } = createTestClient({ decrypt: decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' }) })
    expect((await createEndSessionRequest(client, { id_token_hint: jwe })).url.searchParams.get('id_token_hint')).toBe(inner)
    const { client: without } = createTestClient()
    expect((await refusalOf(createEndSessionRequest(without, { id_token_hint: jwe }))).code).toBe('ID_TOKEN_ENCRYPTION')
  })

  it('an unknown option is refused', async () => {
    const { client } = createTestClient()
    expect((await refusalOf(createEndSessionRequest(client, {}, { date: 1 } as never))).code).toBe('LOGOUT_OPTION_INVALID')
  })
})

describe('the return (RP-Initiated Logout 1.0, section 3)', () => {
  const begin = async () => {
    const { client, clock } = createTestClient()
    const { transaction } = await createEndSessionRequest(client, { post_logout_redirect_uri: home }, { data: [1] })
    if (!transaction) throw new Error('no transaction')
    return { client, clock, transaction, state: transaction.state }
  }

  it('S-N01, F-S3: with the state that was sent gives the data; other parameters do no harm', async () => {
    const { client, transaction, state } = await begin()
    const stored = JSON.parse(JSON.stringify(transaction))
    for (const input of [new URL(`${home}?state=${state}&x=1`), new Request(`${home}?state=${state}`), new URLSearchParams({ state })])
      expect(await validateEndSessionResponse(client, input, stored)).toEqual({ data: [1] })
  })

  it.each<[string, string, string]>([
    ['is missing', '', 'END_SESSION_STATE_MISSING'],
    ['is wrong', 'state=other', 'END_SESSION_STATE_MISMATCH'],
    ['is empty', 'state=', 'END_SESSION_STATE_MISMATCH'],
    ['has another name', 'State=x', 'END_SESSION_STATE_MISSING'],
    ['is in the prototype', '__proto__=x', 'END_SESSION_STATE_MISSING'],
    ['stands twice', 'state=a&state=b', 'END_SESSION_RESPONSE_INVALID'],
    ['is long', `state=${'x'.repeat(2049)}`, 'END_SESSION_RESPONSE_INVALID'],
    ['is among too many', `state=x&${Array.from({ length: 101 }, (_, i) => `p${i}=`).join('&')}`, 'END_SESSION_RESPONSE_INVALID'],
  ])('S-N01: a state that %s is refused, and not shown', async (_, query, code) => {
    const { client, transaction } = await begin()
    const refusal = await refusalOf(validateEndSessionResponse(client, new URL(`${home}?${query}`), transaction))
    expect(refusal.code).toBe(code)
    expect(JSON.stringify(refusal) + refusal.message).not.toContain(transaction.state)
  })

  it('S-N01: any state but the one that was sent is refused', async () => {
    const { client, transaction } = await begin()
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 60 }), async (state) => {
        fc.pre(state !== transaction.state)
        const refusal = await refusalOf(validateEndSessionResponse(client, new URLSearchParams({ state }), transaction))
        expect(refusal.code).toBe('END_SESSION_STATE_MISMATCH')
      }),
    )
  })

  it.each([undefined, null, 'x', {}, { state: '' }, { state: 's', created_at: 'x' }])('the transaction %j is none', async (transaction) => {
    const { client } = createTestClient()
    const query = new URLSearchParams({ state: 's' })
    expect((await refusalOf(validateEndSessionResponse(client, query, transaction as never))).code).toBe('END_SESSION_TRANSACTION_INVALID')
  })

  it('the transaction of another server or client is refused', async () => {
    const { client, transaction, state } = await begin()
    const query = new URLSearchParams({ state })
    for (const other of [{ issuer: `${issuer}/` }, { client_id: 'other' }])
      expect((await refusalOf(validateEndSessionResponse(client, query, { ...transaction, ...other }))).code).toBe(
        'END_SESSION_TRANSACTION_INVALID',
      )
  })

  it('after 15 minutes it is refused, and with a clock that was set back as well', async () => {
    const { client, clock, transaction, state } = await begin()
    const query = new URLSearchParams({ state })
    clock.now = startTime + 900
    await validateEndSessionResponse(client, query, transaction)
    for (const seconds of [901, -901]) {
      clock.now = startTime + seconds
      expect((await refusalOf(validateEndSessionResponse(client, query, transaction))).code).toBe('END_SESSION_TRANSACTION_EXPIRED')
    }
  })

  it.each([new Request(home, { method: 'POST', body: 'state=x' }), home, null, { method: 'GET', url: '/bye' }])(
    'what is no request by GET is refused',
    async (input) => {
      const { client, transaction } = await begin()
      expect((await refusalOf(validateEndSessionResponse(client, input as never, transaction))).code).toBe('END_SESSION_RESPONSE_INVALID')
    },
  )
})
