import { type ClientEvent, decryptWith, verifyWithSecret } from '@oidc/core'
import fc from 'fast-check'
import { CompactEncrypt, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createTestClient, event, foreignKey, issuer, post, refusalOf, sign, startTime, usual } from './logout.test-server.js'
import { logoutErrorStatus } from './logout-status.js'
import { forgetLogoutToken, validateLogoutToken } from './logout-token.js'
import { memoryReplayStore } from './replay-store.js'

const { client } = createTestClient()
const form = 'application/x-www-form-urlencoded'
const refuse = async (claims: object, header?: object, key?: CryptoKey) => {
  const refusal = await refusalOf(validateLogoutToken(client, await sign(claims, header, key)))
  expect(logoutErrorStatus(refusal)).toBe(400)
  return refusal.code
}
const unsigned = (header: object) =>
  `${[header, usual()].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`

describe('a logout token in order (Back-Channel Logout 1.0, section 2.6)', () => {
  it('F-S1: says which session of which issuer has ended', async () => {
    const token = await validateLogoutToken(client, await sign({ jti: 'first' }))
    expect(token).toMatchObject({ iss: issuer, sub: 'ada', sid: 'session-1', jti: 'first' })
    expect(token.claims).toMatchObject({ aud: 'app' })
  })

  it('F-S1: comes in a posted form, beside whatever else', async () => {
    const body = new URLSearchParams({ logout_token: await sign({ sid: undefined }), x: '1' })
    const token = await validateLogoutToken(client, post(body))
    expect([token.sub, 'sid' in token]).toEqual(['ada', false])
    const charset = { 'content-type': `${form}; charset=UTF-8` }
    await validateLogoutToken(client, post(`logout_token=${await sign({ sub: undefined })}`, charset))
  })

  it.each([undefined, 'JWT', 'logout+jwt', 'LOGOUT+JWT', 'application/logout+jwt'])('of the typ %s', async (typ) => {
    await validateLogoutToken(client, await sign({}, { typ }))
  })

  it('with further events, and further claims', async () => {
    await validateLogoutToken(client, await sign({ events: { [event]: { x: 1 }, other: 5 }, auth_time: 7 }))
  })

  it('that is encrypted is opened; where encryption is registered, a plain one is refused', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RSA-OAEP-256')
    const encrypt = async (jwt: string) =>
      new CompactEncrypt(new TextEncoder().encode(jwt)).setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' }).encrypt(publicKey)
    const { client: own } = createTestClient({
      id_token_encrypted_response_alg: 'RSA-OAEP-256',
      decrypt: decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' }),
    })
    await validateLogoutToken(own, await encrypt(await sign({})))
    expect((await refusalOf(validateLogoutToken(own, await sign({})))).code).toBe('LOGOUT_TOKEN_ENCRYPTION')
    expect((await refusalOf(validateLogoutToken(client, await encrypt(await sign({}))))).code).toBe('LOGOUT_TOKEN_ENCRYPTION')
  })
})

describe('a logout token that is refused (Back-Channel Logout 1.0, sections 2.4 and 2.6)', () => {
  it.each(['none', 'None', 'HS256'])('S-N04: alg %s', async (alg) => {
    const token = unsigned({ alg, typ: 'logout+jwt' })
    expect((await refusalOf(validateLogoutToken(client, token))).code).toMatch(/^LOGOUT_TOKEN_(ALGORITHM|MALFORMED)$/)
    const { client: registered } = createTestClient({ id_token_signed_response_alg: alg, verifyMac: async () => false })
    expect((await refusalOf(validateLogoutToken(registered, token))).code).toMatch(/^LOGOUT_TOKEN_(ALGORITHM|MALFORMED|SIGNATURE)$/)
  })

  it('S-N04: an HMAC is taken only by a client that has registered it for ID tokens, and only of its own secret', async () => {
    const secret = 's'.repeat(32)
    const jwt = (key: string) =>
      new SignJWT(usual()).setProtectedHeader({ alg: 'HS256', typ: 'logout+jwt' }).sign(new TextEncoder().encode(key))
    const { client: own } = createTestClient({ id_token_signed_response_alg: 'HS256', verifyMac: verifyWithSecret(secret) })
    expect(await validateLogoutToken(own, await jwt(secret))).toMatchObject({ iss: issuer })
    expect((await refusalOf(validateLogoutToken(own, await jwt(`${secret}!`)))).code).toBe('LOGOUT_TOKEN_SIGNATURE')
    expect((await refusalOf(validateLogoutToken(client, await jwt(secret)))).code).toBe('LOGOUT_TOKEN_ALGORITHM')
  })

  it('S-N04: another algorithm than the one that is registered for ID tokens', async () => {
    const { client: registered } = createTestClient({ id_token_signed_response_alg: 'PS256' })
    expect((await refusalOf(validateLogoutToken(registered, await sign({})))).code).toBe('LOGOUT_TOKEN_ALGORITHM')
    const bare = createTestClient({}, { id_token_signing_alg_values_supported: undefined })
    expect((await refusalOf(validateLogoutToken(bare.client, await sign({})))).message).toContain('RS256 is wanted')
  })

  it('S-N04: a signature of another key, or an unknown key', async () => {
    expect(await refuse({}, {}, foreignKey)).toBe('LOGOUT_TOKEN_SIGNATURE')
    expect(await refuse({}, { kid: 'other' })).toBe('LOGOUT_TOKEN_KEY')
  })

  it('S-N04: any single bit changed', async () => {
    const token = await sign({})
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.nat(5), async (at, bit) => {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
        const index = alphabet.indexOf(token[at] ?? '')
        const other = index < 0 ? '-' : alphabet[index ^ (1 << bit)]
        await refusalOf(validateLogoutToken(client, token.slice(0, at) + other + token.slice(at + 1)))
      }),
    )
  })

  it.each<[string, object, string]>([
    ['iss missing', { iss: undefined }, 'ISSUER'],
    ['iss wrong', { iss: `${issuer}/` }, 'ISSUER'],
    ['aud missing', { aud: undefined }, 'AUDIENCE'],
    ['aud wrong', { aud: 'other' }, 'AUDIENCE'],
    ['aud with a stranger', { aud: ['app', 'other'] }, 'AUDIENCE'],
  ])('S-N05: %s', async (_, claims, rule) => {
    expect(await refuse(claims)).toBe(`LOGOUT_TOKEN_${rule}`)
  })

  it.each([
    undefined,
    null,
    [],
    [event],
    event,
    {},
    { other: {} },
    { [event]: null },
    { [event]: [] },
    { [event]: true },
    { [event]: 'x' },
  ])('S-N06: events of %j', async (events) => {
    expect(await refuse({ events })).toBe('LOGOUT_TOKEN_EVENTS')
  })

  it.each(['n', '', null, 0, {}])('S-N07: a nonce of %j', async (nonce) => {
    expect(await refuse({ nonce })).toBe('LOGOUT_TOKEN_NONCE')
  })

  it.each([
    { sub: undefined, sid: undefined },
    { sub: '', sid: undefined },
    { sub: undefined, sid: '' },
    { sub: null },
    { sid: null },
    { sid: 5 },
    { sub: ['ada'] },
    { sub: { toString: 'ada' } },
    { sid: 'x'.repeat(1025) },
  ])('S-N08: %j', async (claims) => {
    expect(await refuse(claims)).toBe('LOGOUT_TOKEN_SUBJECT')
  })

  it.each<[string, object, string]>([
    ['exp missing', { exp: undefined }, 'CLAIM'],
    ['exp past', { exp: startTime - 30 }, 'EXPIRED'],
    ['exp as text', { exp: `${startTime + 60}` }, 'EXPIRED'],
    ['exp null', { exp: null }, 'EXPIRED'],
    ['iat missing', { iat: undefined }, 'CLAIM'],
    ['iat as text', { iat: `${startTime}` }, 'ISSUED_AT'],
    ['iat ahead', { iat: startTime + 31 }, 'ISSUED_AT'],
    ['iat old, though exp is far', { iat: startTime - 331, exp: startTime + 9999 }, 'ISSUED_AT'],
    ['nbf ahead', { nbf: startTime + 31 }, 'NOT_BEFORE'],
  ])('S-N09: %s', async (_, claims, rule) => {
    expect(await refuse(claims)).toBe(`LOGOUT_TOKEN_${rule}`)
  })

  it('S-N09: iat is old after 300 seconds and the tolerance; maxAge says otherwise', async () => {
    await validateLogoutToken(client, await sign({ iat: startTime - 330 }))
    const old = await sign({ iat: startTime - 900 })
    expect((await refusalOf(validateLogoutToken(client, old))).code).toBe('LOGOUT_TOKEN_ISSUED_AT')
    await validateLogoutToken(client, old, { maxAge: 900 })
  })

  it('S-N09: quirks.logoutTokenWithoutExp alone takes one without exp, says so, and still no old or expired one', async () => {
    const events: ClientEvent[] = []
    const quirks = { logoutTokenWithoutExp: true }
    const { client: tolerant } = createTestClient({ quirks, onEvent: (each) => void events.push(each) })
    await validateLogoutToken(tolerant, await sign({ exp: undefined }))
    expect(events).toContainEqual({ type: 'quirk', name: 'logoutTokenWithoutExp', operation: 'logout_token' })
    const code = async (claims: object) => (await refusalOf(validateLogoutToken(tolerant, await sign(claims)))).code
    expect(await code({ exp: undefined, iat: startTime - 331 })).toBe('LOGOUT_TOKEN_ISSUED_AT')
    expect(await code({ exp: startTime - 30 })).toBe('LOGOUT_TOKEN_EXPIRED')
    expect(await code({ jti: undefined })).toBe('LOGOUT_TOKEN_CLAIM')
  })

  it.each(['at+jwt', 'dpop+jwt', 'secevent+jwt', 'id_token', 7, null])('S-N12: the typ %j', async (typ) => {
    expect(await refuse({}, { typ })).toBe('LOGOUT_TOKEN_TYPE')
  })

  it('S-N12: an ID token', async () => {
    const idToken = { jti: undefined, events: undefined, sid: undefined, nonce: 'n', auth_time: startTime }
    expect(await refuse(idToken, { typ: 'JWT' })).toBe('LOGOUT_TOKEN_CLAIM')
    expect(await refuse({ ...idToken, jti: 'id' }, { typ: undefined })).toBe('LOGOUT_TOKEN_EVENTS')
    expect(await refuse({ ...idToken, jti: 'id', nonce: undefined }, { typ: undefined })).toBe('LOGOUT_TOKEN_EVENTS')
  })

  it('any claim replaced by any JSON value is refused with an OidcError, or taken only if it is of the kind that it must be', async () => {
    const name = fc.constantFrom('iss', 'aud', 'iat', 'exp', 'jti', 'sub', 'sid', 'events', 'nonce', 'nbf')
    await fc.assert(
      fc.asyncProperty(name, fc.jsonValue(), async (claim, value) => {
        try {
          const { claims } = await validateLogoutToken(client, await sign({ [claim]: value }))
          expect(['jti', 'sub', 'sid', 'iat', 'exp', 'nbf']).toContain(claim)
          expect(typeof claims[claim]).toBe(['jti', 'sub', 'sid'].includes(claim) ? 'string' : 'number')
        } catch (error) {
          await refusalOf(Promise.reject(error))
        }
      }),
    )
  })
})

describe('a logout token twice (section 2.6, jti)', () => {
  it.each([undefined, '', null, 5])('S-N10: a jti of %j is refused', async (jti) => {
    expect(await refuse({ jti })).toMatch(/^LOGOUT_TOKEN_(CLAIM|SUBJECT)$/)
  })

  it('S-N10: is refused the second time, by any client of the server in this process', async () => {
    const token = await sign({})
    const { client: own } = createTestClient()
    await validateLogoutToken(own, token)
    expect((await refusalOf(validateLogoutToken(own, token))).code).toBe('LOGOUT_TOKEN_REPLAYED')
    expect((await refusalOf(validateLogoutToken(own, await sign({ jti: JSON.parse(atob(token.split('.')[1] ?? '')).jti })))).code).toBe(
      'LOGOUT_TOKEN_REPLAYED',
    )
  })

  it('S-N10: of two at once one alone is taken', async () => {
    const token = await sign({})
    const results = await Promise.allSettled([validateLogoutToken(client, token), validateLogoutToken(client, token)])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('S-N10: it is remembered for longer than it could be taken', async () => {
    const { client: own, clock } = createTestClient({ clockTolerance: 300 })
    const token = await sign({ exp: startTime + 9999 })
    await validateLogoutToken(own, token)
    clock.now = startTime + 600
    expect((await refusalOf(validateLogoutToken(own, token))).code).toBe('LOGOUT_TOKEN_REPLAYED')
    clock.now = startTime + 601
    expect((await refusalOf(validateLogoutToken(own, token))).code).toBe('LOGOUT_TOKEN_ISSUED_AT')
  })

  it('S-N10: with a store that processes share, and with one jti of two clients, which are two tokens', async () => {
    const replay = memoryReplayStore(() => startTime)
    const token = await sign({ jti: 'one' })
    await validateLogoutToken(createTestClient().client, token, { replay })
    expect((await refusalOf(validateLogoutToken(createTestClient().client, token, { replay }))).code).toBe('LOGOUT_TOKEN_REPLAYED')
    await validateLogoutToken(createTestClient({ client_id: 'app2' }).client, await sign({ jti: 'one', aud: 'app2' }), { replay })
  })

  it('what was forgotten, for the sessions could not be ended, is taken again', async () => {
    const jwt = await sign({})
    for (const rules of [{}, { replay: memoryReplayStore(() => startTime) }]) {
      const token = await validateLogoutToken(client, jwt, rules)
      await forgetLogoutToken(client, token, rules)
      await validateLogoutToken(client, jwt, rules)
    }
  })

  it('what was refused is not remembered', async () => {
    const added: string[] = []
    const replay = { add: (id: string) => added.push(id) > 0, delete: () => undefined }
    for (const claims of [{ nonce: 'n' }, { events: {} }, { sub: undefined, sid: undefined }])
      await refusalOf(validateLogoutToken(client, await sign(claims), { replay }))
    expect(added).toEqual([])
    await validateLogoutToken(client, await sign({}), { replay })
    expect(added).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
  })

  it('S-N17: a store that fails refuses the token, says nothing of what it threw, and may be tried again', async () => {
    const replay = { add: () => Promise.reject(new Error('canary')), delete: () => Promise.reject(new Error('canary')) }
    const refusal = await refusalOf(validateLogoutToken(client, await sign({}), { replay }))
    expect(refusal).toMatchObject({ code: 'LOGOUT_STORE_FAILED', retryable: true })
    expect(refusal.cause).toBeUndefined()
    const token = await validateLogoutToken(client, await sign({}))
    expect((await refusalOf(forgetLogoutToken(client, token, { replay }))).code).toBe('LOGOUT_STORE_FAILED')
  })

  it.each([
    ['to its exp, where that comes first', { exp: startTime + 100 }, {}, 700],
    ['to its iat and maxAge, where that comes first', { exp: startTime + 9999 }, {}, 900],
    ['to its iat and maxAge, which are given', { iat: startTime - 10, exp: startTime + 9999 }, { maxAge: 60 }, 650],
    ['and no shorter, where it has just expired', { exp: startTime - 10 }, {}, 600],
  ])('S-N10: it is remembered for ten minutes beyond what it would be accepted for: %s', async (_, claims, rules, wanted) => {
    const lifetimes: number[] = []
    const replay = { add: (_: string, lifetime: number) => lifetimes.push(lifetime) > 0, delete: () => undefined }
    await validateLogoutToken(createTestClient({ clockTolerance: 30 }).client, await sign(claims), { ...rules, replay })
    expect(lifetimes).toEqual([wanted])
  })

  it('S-N10: so is one without exp, where that is tolerated, which is told as a quirk; without, nothing is told', async () => {
    const lifetimes: number[] = []
    const replay = { add: (_: string, lifetime: number) => lifetimes.push(lifetime) > 0, delete: () => undefined }
    const told: ClientEvent[] = []
    const onEvent = (event: ClientEvent) => void told.push(event)
    const { client: tolerant } = createTestClient({ quirks: { logoutTokenWithoutExp: true }, onEvent })
    await validateLogoutToken(tolerant, await sign({ exp: undefined }), { replay })
    expect(lifetimes).toEqual([900])
    expect(told.filter(({ type }) => type === 'quirk')).toHaveLength(1)
    told.length = 0
    await validateLogoutToken(createTestClient({ onEvent }).client, await sign({}), { replay })
    expect(told.filter(({ type }) => type === 'quirk')).toEqual([])
  })

  it.each<[string, object, object, string]>([
    [
      'an unknown option',
      {},
      { reply: 1 },
      'The option "reply" of validateLogoutToken is unknown. Give replay, maxAge, signal, or leave it away.',
    ],
    ['a store that is null', {}, { replay: null }, 'The option replay is no store. Give memoryReplayStore(), or one with add and delete.'],
    [
      'a token for nobody',
      { sub: undefined, sid: undefined },
      {},
      'The logout token has neither sub nor sid, so it is for nobody. Discard it.',
    ],
    ...['sub', 'sid', 'jti'].map((name): [string, object, object, string] => [
      `a ${name} that is too long`,
      { [name]: 'x'.repeat(1025) },
      {},
      `The logout token has a ${name} that is no text of 1 to 1024 characters. Report it to the people who run the server.`,
    ]),
  ])('%s is told, and what to do', async (_, claims, rules, message) => {
    expect((await refusalOf(validateLogoutToken(client, await sign(claims), rules as never))).message).toBe(message)
  })

  it('every option that there is is taken, and names of 1024 characters are', async () => {
    const rules = { replay: memoryReplayStore(() => startTime), maxAge: 300, signal: new AbortController().signal }
    expect((await validateLogoutToken(client, await sign({ sid: 's'.repeat(1024) }), rules)).sid).toHaveLength(1024)
  })

  it.each([{ replay: {} }, { maxAge: 0 }, { maxAge: '9' }, { reply: memoryReplayStore() }])('the options %j are refused', async (rules) => {
    expect((await refusalOf(validateLogoutToken(client, 'x', rules as never))).code).toBe('LOGOUT_OPTION_INVALID')
  })
})

describe('memoryReplayStore', () => {
  it('forgets what is over, and holds 10,000 ids at most, of which the oldest give way', () => {
    let time = 0
    const store = memoryReplayStore(() => time)
    expect([store.add('a', 10), store.add('a', 10)]).toEqual([true, false])
    time = 10
    expect(store.add('a', 10)).toBe(true)
    for (let i = 0; i < 10000; i++) expect(store.add(`b${i}`, 10)).toBe(true)
    expect(store.add('a', 10)).toBe(true)
    expect(store.add('b9999', 10)).toBe(false)
  })

  it('goes by the clock of the machine where none is given', () => {
    const store = memoryReplayStore()
    expect([store.add('a', 10), store.add('a', 10)]).toEqual([true, false])
  })
})

describe('where a logout token stands (section 2.5)', () => {
  it('S-N13: not in a GET or PUT (405), not in the query, not in JSON or text (415)', async () => {
    const token = await sign({})
    const url = `https://app.example/backchannel?logout_token=${token}`
    const type = { 'content-type': form }
    const status = async (request: Request) => {
      const refusal = await refusalOf(validateLogoutToken(client, request))
      return [refusal.code, logoutErrorStatus(refusal)]
    }
    expect(await status(new Request(url))).toEqual(['LOGOUT_REQUEST_METHOD', 405])
    expect(await status(post(`logout_token=${token}`, type, 'PUT'))).toEqual(['LOGOUT_REQUEST_METHOD', 405])
    expect(await status(new Request(url, { method: 'POST', headers: type }))).toEqual(['LOGOUT_REQUEST_INVALID', 400])
    const json = { 'content-type': 'application/json' }
    expect(await status(post(JSON.stringify({ logout_token: token }), json))).toEqual(['LOGOUT_REQUEST_MEDIA_TYPE', 415])
    expect(await status(post(token, { 'content-type': 'application/jwt' }))).toEqual(['LOGOUT_REQUEST_MEDIA_TYPE', 415])
    expect(await status(new Request(url, { method: 'POST' }))).toEqual(['LOGOUT_REQUEST_MEDIA_TYPE', 415])
  })

  it.each(['a=1', 'logout_token=', 'LOGOUT_TOKEN=x', 'logout_token[]=x'])('S-N13: the form %j has none', async (body) => {
    const request = post(body, { 'content-type': form })
    expect((await refusalOf(validateLogoutToken(client, request))).code).toBe('LOGOUT_REQUEST_INVALID')
  })

  it('S-N14: two logout tokens are refused, also where they are the same', async () => {
    const token = await sign({})
    const request = post(`logout_token=${token}&logout_token=${token}`, { 'content-type': form })
    const refusal = await refusalOf(validateLogoutToken(client, request))
    expect(refusal).toMatchObject({ code: 'LOGOUT_REQUEST_INVALID', message: expect.stringContaining('"logout_token" appears twice') })
    for (const input of [[token], { logout_token: [token] }, null, 5])
      expect((await refusalOf(validateLogoutToken(client, input as never))).code).toMatch(/^LOGOUT_REQUEST/)
  })

  it('a body that is larger than any token is refused', async () => {
    const request = post(`logout_token=${'x'.repeat(140000)}`, { 'content-type': form })
    expect((await refusalOf(validateLogoutToken(client, request))).code).toBe('LOGOUT_REQUEST_INVALID')
    expect((await refusalOf(validateLogoutToken(client, 'x'.repeat(70000)))).code).toBe('LOGOUT_TOKEN_MALFORMED')
  })

  it('S-N18: every refusal has a status of no success, and names no token', async () => {
    const token = await sign({ nonce: 'canary' })
    const refusal = await refusalOf(validateLogoutToken(client, token))
    expect(JSON.stringify(refusal) + refusal.message).not.toMatch(/canary|ada|session-1/)
    expect(logoutErrorStatus(new Error('x'))).toBe(400)
  })
})

describe('many logout tokens', () => {
  it('S-N20: a flood of forged ones with random keys has the server asked for its keys three times at most beside the first', async () => {
    const { client: own, requests } = createTestClient()
    await validateLogoutToken(own, await sign({}))
    expect(requests).toHaveLength(1)
    for (let i = 0; i < 50; i++) {
      const forged = await sign({}, { kid: `forged-${i}` }, foreignKey)
      expect((await refusalOf(validateLogoutToken(own, forged))).code).toBe('LOGOUT_TOKEN_KEY')
    }
    expect(requests).toHaveLength(4)
    await validateLogoutToken(own, await sign({}))
  })

  it('S-N20: one that is no token, or has a wrong algorithm, has nobody asked', async () => {
    const { client: own, requests } = createTestClient()
    for (const token of ['x', 'a.b.c', unsigned({ alg: 'none' }), await sign({}, { typ: 'at+jwt' })])
      await refusalOf(validateLogoutToken(own, token))
    expect(requests).toEqual([])
  })
})

describe('whose session a logout token ends', () => {
  it('S-N15: the token of another server is refused, so its sid is never looked up here', async () => {
    expect(await refuse({ iss: 'https://other.example' })).toBe('LOGOUT_TOKEN_ISSUER')
  })

  it('S-N16: with sub alone no sid is given, so that all sessions of the user end', async () => {
    expect(Object.keys(await validateLogoutToken(client, await sign({ sid: undefined }))).sort()).toEqual(['claims', 'iss', 'jti', 'sub'])
    expect(Object.keys(await validateLogoutToken(client, await sign({ sub: undefined }))).sort()).toEqual(['claims', 'iss', 'jti', 'sid'])
  })
})
