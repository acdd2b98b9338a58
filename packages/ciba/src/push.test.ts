import { clientSecretBasic, verifyWithSecret } from '@oidc/core'
import { oidcError, on, tokenOperation } from '@oidc/core/plugin'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { ciba } from './ciba.js'
import {
  accepted,
  access_token,
  auth_req_id,
  bindingClaims,
  claimNames,
  createWorld,
  foreignKey,
  issuer,
  parameters,
  pushBody,
  refresh_token,
  reply,
  startTime,
  type World,
  type WorldOptions,
} from './ciba.test-server.js'
import { initiateBackchannelAuthentication } from './initiate.js'
import { acceptPush, type PushOptions } from './push.js'
import { createCIBAStore } from './store.js'

async function begin(options: WorldOptions = {}): Promise<World> {
  const world = createWorld({ ...options, ciba: { mode: 'push', ...options.ciba } })
  await initiateBackchannelAuthentication(world.client, { ...parameters, acr_values: 'gold' })
  return world
}

const push = async (
  members: Parameters<typeof pushBody>[0] = {},
  claims: Parameters<typeof pushBody>[1] = {},
  { key, options, ...world }: WorldOptions & { key?: CryptoKey; options?: PushOptions } = {},
) => {
  const begun = await begin(world)
  const { response, ...rest } = await acceptPush(begun.client, begun.call(await pushBody(members, claims, key)), options)
  return { ...begun, response, status: response.status, ...rest }
}

describe('the push (CIBA Core 1.0, section 10.3)', () => {
  it('F-T4: gives tokens whose every part is verified, and is answered with 204', async () => {
    const { status, auth_req_id: given, tokens, error, seenAt } = await push({ scope: 'openid' })
    expect([status, given, error]).toEqual([204, auth_req_id, undefined])
    expect(tokens).toMatchObject({
      access_token,
      refresh_token,
      token_type: 'Bearer',
      expires_in: 60,
      expires_at: startTime + 60,
      scope: 'openid',
    })
    expect(tokens?.claims?.sub).toBe('user-canary')
    expect(tokens).not.toHaveProperty('additional')
    expect(seenAt('/token')).toEqual([])
  })

  it('F-T4: without a refresh token, no rt_hash is wanted', async () => {
    const { status, tokens } = await push({ refresh_token: undefined }, { [claimNames.rt_hash]: undefined })
    expect([status, tokens?.access_token]).toEqual([204, access_token])
  })

  it('F-T4: one that is faster than the answer to the request is taken, and the answer does not bring it back', async () => {
    const { client, answer, call, entries } = createWorld({ ciba: { mode: 'push' } })
    let early: Awaited<ReturnType<typeof acceptPush>> | undefined
    answer('/bc-authorize', async () => {
      early = await acceptPush(client, call(await pushBody()))
      return accepted()()
    })
    expect((await initiateBackchannelAuthentication(client, parameters)).auth_req_id).toBe(auth_req_id)
    expect(early?.tokens?.access_token).toBe(access_token)
    expect(entries.size).toBe(0)
  })

  it.each([
    ['no auth_req_id', {}, { [claimNames.auth_req_id]: undefined }, 'CIBA_PUSH_BINDING'],
    ['the auth_req_id of another request', {}, { [claimNames.auth_req_id]: 'another' }, 'CIBA_AUTH_REQ_ID'],
    ['no at_hash', {}, { at_hash: undefined }, 'CIBA_PUSH_BINDING'],
    ['the at_hash of another token', { access_token: 'another' }, {}, 'ID_TOKEN_HASH'],
    ['an at_hash that is no text', {}, { at_hash: 5 as never }, 'ID_TOKEN_HASH'],
    ['no rt_hash beside a refresh token', {}, { [claimNames.rt_hash]: undefined }, 'CIBA_PUSH_BINDING'],
    ['an rt_hash without a refresh token', { refresh_token: undefined }, {}, 'CIBA_PUSH_BINDING'],
    ['the rt_hash of another token', { refresh_token: 'another' }, {}, 'ID_TOKEN_HASH'],
    ['its claims under their short names', {}, { [claimNames.auth_req_id]: undefined, auth_req_id }, 'CIBA_PUSH_BINDING'],
  ])('S-L13: an ID token with %s is refused', async (_, members, claims, code) => {
    const { status, tokens, auth_req_id: given, error, entries } = await push(members, claims)
    expect([status, tokens, given, error?.code]).toEqual([400, undefined, undefined, code])
    expect(entries.size).toBe(1)
  })

  it('S-L13: a quirk for a wrong at_hash does not hold here', async () => {
    const { status, error } = await push({ access_token: 'another' }, {}, { client: { quirks: { atHash: 'ignore' } } })
    expect([status, error?.code]).toEqual([400, 'ID_TOKEN_HASH'])
  })

  it.each([
    ['signed by another key', {}, {}, foreignKey, 'ID_TOKEN_SIGNATURE'],
    ['of another client', {}, { aud: 'another' }, undefined, 'ID_TOKEN_AUDIENCE'],
    ['of another issuer', {}, { iss: 'https://evil.example' }, undefined, 'ID_TOKEN_ISSUER'],
    ['that has expired', {}, { exp: startTime - 600 }, undefined, 'ID_TOKEN_EXPIRED'],
    ['with a nonce that nobody sent', {}, { nonce: 'x' }, undefined, 'ID_TOKEN_NONCE'],
    ['that is missing', { id_token: undefined }, {}, undefined, 'ID_TOKEN_MISSING'],
    ['that is not signed', { id_token: 'eyJhbGciOiJub25lIn0.e30.' }, {}, undefined, 'ID_TOKEN_ALGORITHM'],
    ['that is no JWT', { id_token: 'x' }, {}, undefined, 'ID_TOKEN_MALFORMED'],
    ['that is a number', { id_token: 5 }, {}, undefined, 'TOKEN_RESPONSE_INVALID'],
  ])(
    'S-L14: an ID token %s is answered with 4xx, nothing is given, and the real push is still taken',
    async (_, members, claims, key, code) => {
      const { status, tokens, error, client, call } = await push(members, claims, key && { key })
      expect([status, tokens, error?.code]).toEqual([400, undefined, code])
      const real = await acceptPush(client, call(await pushBody()))
      expect([real.response.status, real.tokens?.access_token]).toEqual([204, access_token])
    },
  )

  it('S-L14: a quirk for servers that are reached over TLS does not let a forged one in', async () => {
    const { status, error } = await push({}, {}, { key: foreignKey, client: { quirks: { skipIdTokenSignature: 'tls' } } })
    expect([status, error?.code]).toEqual([400, 'ID_TOKEN_SIGNATURE'])
  })

  it.each([
    ['without access_token', { access_token: undefined }, 'TOKEN_RESPONSE_INVALID'],
    ['without token_type', { token_type: undefined }, 'TOKEN_TYPE_MISSING'],
    ['of a type that nobody asked for', { token_type: 'DPoP' }, 'TOKEN_TYPE_UNSUPPORTED'],
  ])('S-L14: a push %s is refused', async (_, members, code) => {
    const { status, tokens, error } = await push(members)
    expect([status, tokens, error?.code]).toEqual([400, undefined, code])
  })

  it('F-T4: the check of another plugin may refuse it', async () => {
    const check = () => {
      throw oidcError('STRICT', 'It is refused. Do not use it.')
    }
    const strict = { name: 'strict', operations: [on(tokenOperation, { check })] }
    const store = createCIBAStore({ now: () => startTime })
    const { status, error } = await push({}, {}, { client: { use: [ciba({ mode: 'push', store }), strict] } })
    expect([status, error?.code, error?.plugin]).toEqual([400, 'STRICT', 'strict'])
  })

  it('F-T4: a push is taken once, also of several at the same time', async () => {
    const { client, call } = await begin()
    const body = await pushBody()
    const pushes = await Promise.all([call(body), call(body), call(body)].map((each) => acceptPush(client, each)))
    expect(pushes.filter(({ tokens }) => tokens)).toHaveLength(1)
    const others = pushes.filter(({ tokens }) => !tokens).map(({ response, error }) => [response.status, error?.code])
    expect(others).toEqual([
      [401, 'CIBA_NOTIFICATION_TOKEN'],
      [401, 'CIBA_NOTIFICATION_TOKEN'],
    ])
    const again = await acceptPush(client, call(body))
    expect([again.response.status, again.tokens, again.error?.code]).toEqual([401, undefined, 'CIBA_NOTIFICATION_TOKEN'])
  })

  it('S-L07: one without the right bearer token is answered with 401, and no key is fetched', async () => {
    const { client, call, seenAt } = await begin()
    for (const token of [null, 'A'.repeat(43)]) {
      const { response, tokens } = await acceptPush(client, call(await pushBody(), { token }))
      expect([response.status, tokens]).toEqual([401, undefined])
    }
    expect(seenAt('/jwks')).toEqual([])
  })

  it('S-L14: one for another auth_req_id than that of its bearer token is refused', async () => {
    const { status, tokens, error } = await push({ auth_req_id: 'another' }, { [claimNames.auth_req_id]: 'another' })
    expect([status, tokens, error?.code]).toEqual([400, undefined, 'CIBA_AUTH_REQ_ID'])
  })

  it('S-L12: one that is too large, or of another media type, is not parsed', async () => {
    const { client, call } = await begin()
    const large = await acceptPush(client, call(new Uint8Array(10 * 1024 * 1024)))
    const form = await acceptPush(client, call('a=b', { type: 'application/x-www-form-urlencoded' }))
    expect([large.response.status, form.response.status]).toEqual([413, 415])
  })

  it('where the key set cannot be had, the server is asked to come again', async () => {
    const { client, call, answer } = await begin()
    answer('/jwks', reply({}, 503))
    const { response, error } = await acceptPush(client, call(await pushBody()))
    expect([response.status, error?.retryable]).toEqual([503, true])
  })

  it('another user than the expected one is refused', async () => {
    for (const expectedSubject of ['other', async (id: string) => (id === auth_req_id ? 'other' : undefined)])
      expect(await push({}, {}, { options: { expectedSubject } })).toMatchObject({ status: 400, error: { code: 'CIBA_SUBJECT' } })
    for (const expectedSubject of ['user-canary', () => 'user-canary', () => undefined])
      expect(await push({}, {}, { options: { expectedSubject } })).toMatchObject({ status: 204, tokens: { access_token } })
  })

  it('with requireAcr the acr must be one of those that were asked for', async () => {
    expect(await push({}, { acr: 'bronze' }, { client: { requireAcr: true } })).toMatchObject({
      status: 400,
      error: { code: 'ID_TOKEN_ACR' },
    })
    expect(await push({}, { acr: 'gold' }, { client: { requireAcr: true } })).toMatchObject({ status: 204 })
  })

  it('with strictScope no more is taken than was asked for', async () => {
    const strict = { client: { strictScope: true } }
    expect(await push({ scope: 'openid admin' }, {}, strict)).toMatchObject({ status: 400, error: { code: 'SCOPE_WIDER' } })
    expect(await push({ scope: 'openid' }, {}, strict)).toMatchObject({ status: 204 })
  })

  it('what the function expectedSubject throws is the caller’s', async () => {
    const expectedSubject = () => {
      throw new Error('down')
    }
    await expect(push({}, {}, { options: { expectedSubject } })).rejects.toThrow('down')
  })

  it.each(['poll', 'ping'] as const)('S-L20: a client of mode %s takes no pushes', async (mode) => {
    const { client, call } = createWorld({ ciba: { mode } })
    await expect(acceptPush(client, call())).rejects.toMatchObject({ code: 'CIBA_MODE' })
  })

  it('the ID token may be authenticated by the client secret, where that is registered', async () => {
    const secret = 'only for tests, and of 32 bytes or more'
    const claims = { iss: issuer, aud: 'app', sub: 'user-canary', iat: startTime, exp: startTime + 60, ...(await bindingClaims()) }
    const id_token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
    const client = { authentication: clientSecretBasic(secret), id_token_signed_response_alg: 'HS256', verifyMac: verifyWithSecret(secret) }
    expect(await push({ id_token }, {}, { client })).toMatchObject({ status: 204, tokens: { access_token } })
    const other = await push({ id_token, refresh_token: 'another' }, {}, { client })
    expect([other.status, other.error?.code]).toEqual([400, 'ID_TOKEN_HASH'])
    expect(await push({ id_token })).toMatchObject({ status: 400, error: { code: 'ID_TOKEN_ALGORITHM' } })
  })

  it('the ID token may be encrypted, and its hashes are still checked', async () => {
    const { status, error } = await push(
      { id_token: 'a.b.c.d.e' },
      {},
      { client: { decrypt: async () => (await pushBody()).id_token as string } },
    )
    expect([status, error]).toEqual([204, undefined])
    const other = await push(
      { id_token: 'a.b.c.d.e', refresh_token: 'another' },
      {},
      { client: { decrypt: async () => (await pushBody()).id_token as string } },
    )
    expect([other.status, other.error?.code]).toEqual([400, 'ID_TOKEN_HASH'])
  })
})

describe('a push without tokens (section 12)', () => {
  const refuse = async (body: Readonly<Record<string, unknown>>) => {
    const world = await begin()
    const { response, ...rest } = await acceptPush(world.client, world.call({ auth_req_id, ...body }))
    return { ...world, status: response.status, ...rest }
  }

  it.each(['access_denied', 'expired_token', 'transaction_failed'])('F-T4: %s is told by name, and ends the request', async (error) => {
    const refused = await refuse({ error, error_description: 'text' })
    expect(refused).toMatchObject({
      status: 204,
      auth_req_id,
      error: { code: 'CIBA_REFUSED', error, error_description: 'text', retryable: false },
    })
    expect(refused.tokens).toBeUndefined()
    expect(refused.entries.size).toBe(0)
    expect((await acceptPush(refused.client, refused.call(await pushBody()))).response.status).toBe(401)
  })

  it.each([
    ['a number', { error: 5 }],
    ['null', { error: null }],
    ['empty', { error: '' }],
    ['with control characters', { error: 'a\nb' }],
    ['beside an access token', { error: 'access_denied', access_token: 'x' }],
    ['beside an ID token', { error: 'access_denied', id_token: 'x' }],
  ])('an error that is %s is refused, and nothing ends', async (_, body) => {
    const { status, error, auth_req_id: given, entries } = await refuse(body)
    expect([status, error?.code, given, entries.size]).toEqual([400, 'CIBA_NOTIFICATION_INVALID', undefined, 1])
  })

  it('an error for another request is refused', async () => {
    expect(await refuse({ auth_req_id: 'another', error: 'access_denied' })).toMatchObject({
      status: 400,
      error: { code: 'CIBA_AUTH_REQ_ID' },
    })
  })
})

it('S-L16: nothing that a push may be is answered with a redirect', async () => {
  const { client, call } = await begin()
  const bodies = [
    await pushBody(),
    await pushBody({ id_token: 'x' }),
    { auth_req_id },
    { auth_req_id, error: 'access_denied' },
    '{',
    'null',
    '',
  ]
  for (const body of bodies)
    for (const init of [{}, { token: null }, { type: 'text/html' }, { method: 'GET' }]) {
      const { response } = await acceptPush(client, call(body, init))
      expect(response.status < 300 || response.status >= 400).toBe(true)
      expect(response.headers.has('location')).toBe(false)
    }
})
