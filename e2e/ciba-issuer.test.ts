import {
  acceptPing,
  acceptPush,
  type CIBAOptions,
  ciba,
  createCIBAStore,
  initiateBackchannelAuthentication,
  pollBackchannelAuthenticationGrant,
} from '@oidc/ciba'
import { discover, generateKeyPair, isOidcError, privateKeyJwt } from '@oidc/core'
import { createTestIssuer, testPlugin } from '@oidc/testing'
import { describe, expect, it } from 'vitest'

const request = { scope: 'openid offline_access', login_hint: 'anne', acr_values: 'gold' }

async function begin(options: CIBAOptions, isSigned = false) {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = (await crypto.subtle.exportKey('jwk', publicKey)) as Record<string, string>
  const issuer = await createTestIssuer({
    clients: [
      {
        client_id: 'app',
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [jwk] },
        backchannel_token_delivery_mode: options.mode,
        backchannel_client_notification_endpoint: 'https://app.example/ciba',
      },
    ],
  })
  const client = await discover(issuer.issuer, {
    client_id: 'app',
    authentication: privateKeyJwt(privateKey),
    fetch: issuer.fetch,
    clock: issuer.clock,
    use: [ciba({ store: createCIBAStore({ now: issuer.clock.now }), ...options, ...(isSigned && { key: privateKey }) })],
  })
  return { issuer, client }
}

describe('CIBA at the testing issuer', () => {
  it.each([false, true])('F-T4: mode push, which oidc-provider does not have (signed: %s)', async (isSigned) => {
    const { issuer, client } = await begin({ mode: 'push' }, isSigned)
    const { auth_req_id } = await initiateBackchannelAuthentication(client, request)
    const pushed = await issuer.approveBackchannel(auth_req_id, { sub: 'anne' })
    if (!pushed) throw new Error('nothing was pushed')
    const again = pushed.clone()
    const { response, tokens, ...rest } = await acceptPush(client, pushed, { expectedSubject: 'anne' })
    expect([response.status, rest.auth_req_id, tokens?.claims?.sub]).toEqual([204, auth_req_id, 'anne'])
    const repeated = await acceptPush(client, again)
    expect([repeated.response.status, repeated.tokens]).toEqual([401, undefined])
    expect(issuer.findSecrets(repeated.error)).toEqual([])
  })

  it('F-T4: a push in which anything is another is refused, and no secret stands in the error', async () => {
    const { issuer, client } = await begin({ mode: 'push' })
    const first = await initiateBackchannelAuthentication(client, request)
    const second = await initiateBackchannelAuthentication(client, request)
    const mine = await issuer.approveBackchannel(first.auth_req_id, { sub: 'anne' })
    const other = await issuer.approveBackchannel(second.auth_req_id, { sub: 'mallory' })
    if (!mine || !other) throw new Error('nothing was pushed')
    const [body, foreign] = (await Promise.all([mine.json(), other.json()])) as Record<string, unknown>[]
    const headers = mine.headers
    for (const name of ['auth_req_id', 'access_token', 'refresh_token', 'id_token'])
      for (const value of [foreign?.[name], undefined, 'x']) {
        if (name === 'refresh_token' && foreign?.[name] === undefined) continue
        const mixed = new Request(mine.url, { method: 'POST', headers, body: JSON.stringify({ ...body, [name]: value }) })
        const { response, tokens, error } = await acceptPush(client, mixed)
        expect([name, value === 'x', response.status, tokens]).toEqual([name, value === 'x', 400, undefined])
        expect(issuer.findSecrets(error)).toEqual([])
      }
    const whole = new Request(mine.url, { method: 'POST', headers, body: JSON.stringify(body) })
    expect((await acceptPush(client, whole)).tokens?.claims?.sub).toBe('anne')
  })

  it('F-T4: a user who declines is pushed as an error', async () => {
    const { issuer, client } = await begin({ mode: 'push' })
    const { auth_req_id } = await initiateBackchannelAuthentication(client, request)
    const pushed = await issuer.approveBackchannel(auth_req_id, { error: 'access_denied' })
    if (!pushed) throw new Error('nothing was pushed')
    expect(await acceptPush(client, pushed)).toMatchObject({ auth_req_id, error: { code: 'CIBA_REFUSED', error: 'access_denied' } })
  })

  it('F-T4: mode ping', async () => {
    const { issuer, client } = await begin({ mode: 'ping' })
    const { auth_req_id } = await initiateBackchannelAuthentication(client, request)
    issuer.clock.advance(5)
    const call = await issuer.approveBackchannel(auth_req_id, { sub: 'anne' })
    if (!call) throw new Error('no ping came')
    const ping = await acceptPing(client, call)
    if (ping.error) throw ping.error
    expect((await pollBackchannelAuthenticationGrant(client, ping)).claims?.sub).toBe('anne')
    expect(issuer.clock.waits).toEqual([])
  })

  it('F-H9: mode poll, until the request expires', async () => {
    const { issuer, client } = await begin({ mode: 'poll' })
    const authentication = await initiateBackchannelAuthentication(client, { ...request, requested_expiry: 30 })
    const error: unknown = await pollBackchannelAuthenticationGrant(client, authentication).catch((thrown: unknown) => thrown)
    expect(isOidcError(error) && error.code).toBe('POLL_EXPIRED')
    expect(issuer.findSecrets(error)).toEqual([])
  })

  it('S-L01: an answer without auth_req_id', async () => {
    const { issuer, client } = await begin({ mode: 'poll' })
    issuer.fault('backchannel_no_id')
    await expect(initiateBackchannelAuthentication(client, request)).rejects.toMatchObject({ code: 'CIBA_RESPONSE_INVALID' })
  })

  it('F-U2: ciba() keeps to the plugin contract', async () => {
    for (const mode of ['poll', 'ping', 'push'] as const) expect((await testPlugin(() => ciba({ mode }))).length).toBeGreaterThan(40)
  })
})
