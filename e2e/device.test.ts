import { clientSecretBasic, discover, fetchUserInfo, publicClient, refreshTokenGrant } from '@oidc/core'
import { discover as discoverOAuth } from '@oidc/core/oauth'
import { type DeviceAuthorization, device, initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from '@oidc/device'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProvider, startProvider } from './provider.ts'

let running: RunningProvider
const grant_types = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token']

beforeAll(async () => {
  running = await startProvider({
    clients: [
      {
        client_id: 'tv',
        token_endpoint_auth_method: 'none',
        grant_types,
        redirect_uris: [],
        response_types: [],
        application_type: 'native',
      },
      { client_id: 'set-top', client_secret: 'only-for-tests', grant_types, redirect_uris: [], response_types: [] },
    ],
    features: { deviceFlow: { enabled: true }, dPoP: { enabled: true } },
  })
})

afterAll(() => running.close())

/** The real time, which the server has as well, and `ahead` of it as a test says; waits take none. */
const instant = (state: { ahead: number } = { ahead: 0 }) => ({
  now: () => Math.floor(Date.now() / 1000) + state.ahead,
  sleep: async () => undefined,
})

const connect = (options: Partial<Parameters<typeof discover>[1]> = {}) =>
  discover(running.issuer, {
    client_id: 'tv',
    authentication: publicClient(),
    allowInsecure: 'loopback',
    use: [device()],
    clock: instant(),
    ...options,
  })

/** The user at the phone: types the code, signs in, and consents. */
const approve = ({ verification_uri, user_code }: DeviceAuthorization, answers: Readonly<Record<string, string>> = {}) =>
  running.openBrowser().walk(verification_uri, { user_code, login: 'alice', password: 'any', ...answers })

describe('RFC 8628 at oidc-provider', () => {
  it('F-H4, F-H5, F-H6: a user who types the code and consents, while the device asks', async () => {
    const client = await connect()
    const authorization = await initiateDeviceAuthorization(client, { scope: 'openid offline_access', prompt: 'consent' })
    expect(authorization).toMatchObject({ verification_uri: `${running.issuer}/device`, interval: 5 })
    let polls = 0
    const tokens = await pollDeviceAuthorizationGrant(
      await connect({
        clock: {
          ...instant(),
          // The second wait is long enough for the user to answer.
          sleep: async () => {
            if (++polls === 2) await approve(authorization)
          },
        },
      }),
      authorization,
    )
    expect(polls).toBe(2)
    expect(tokens.claims).toMatchObject({ sub: 'alice', aud: 'tv' })
    expect(await fetchUserInfo(client, tokens)).toMatchObject({ sub: 'alice' })
    expect((await refreshTokenGrant(client, tokens)).claims?.sub).toBe('alice')
  })

  it('S-K16: verification_uri_complete is of the same origin, and brings the code', async () => {
    const client = await connect()
    const authorization = await initiateDeviceAuthorization(client, { scope: 'openid' })
    const { verification_uri_complete = '' } = authorization
    await running.openBrowser().walk(verification_uri_complete, { login: 'bob', password: 'any' })
    expect((await pollDeviceAuthorizationGrant(client, authorization)).claims?.sub).toBe('bob')
  })

  it('S-K12: a user who cancels ends it at once', async () => {
    const client = await connect()
    const authorization = await initiateDeviceAuthorization(client, { scope: 'openid' })
    // The page then asks for another code, again and again.
    await approve(authorization, { abort: 'yes' }).catch(() => undefined)
    await expect(pollDeviceAuthorizationGrant(client, authorization)).rejects.toMatchObject({ code: 'OAUTH_ERROR', error: 'access_denied' })
  })

  it('S-K12: a code that was used ends it at once', async () => {
    const client = await connect()
    const authorization = await initiateDeviceAuthorization(client, { scope: 'openid' })
    await approve(authorization)
    await pollDeviceAuthorizationGrant(client, authorization)
    await expect(pollDeviceAuthorizationGrant(client, authorization)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('S-K18: a code that expired while the machine slept is not asked for', async () => {
    const state = { ahead: 0 }
    const client = await connect({ clock: instant(state) })
    const authorization = await initiateDeviceAuthorization(client, { scope: 'openid' })
    state.ahead = authorization.expires_in + 1
    await expect(pollDeviceAuthorizationGrant(client, authorization)).rejects.toMatchObject({ code: 'POLL_EXPIRED' })
  })

  it('F-H5: plain OAuth 2, with a client that authenticates, on @oidc/core/oauth', async () => {
    const client = await discoverOAuth(running.issuer, {
      client_id: 'set-top',
      authentication: clientSecretBasic('only-for-tests'),
      allowInsecure: 'loopback',
      use: [device()],
      clock: instant(),
      metadataUrl: `${running.issuer}/.well-known/openid-configuration`,
    })
    const authorization = await initiateDeviceAuthorization(client, { scope: 'offline_access' })
    await approve(authorization)
    const tokens = await pollDeviceAuthorizationGrant(client, authorization)
    expect(tokens.token_type).toBe('Bearer')
    expect(tokens).not.toHaveProperty('id_token')
  })

  it('F-H5: with dpop(), the tokens are bound to its key', async () => {
    const client = await connect({ use: [device(), dpop({ keyPair: await generateDPoPKeyPair() })] })
    const authorization = await initiateDeviceAuthorization(client, { scope: 'openid' })
    await approve(authorization)
    const tokens = await pollDeviceAuthorizationGrant(client, authorization)
    expect(tokens.token_type).toBe('DPoP')
    expect(await fetchUserInfo(client, tokens)).toMatchObject({ sub: 'alice' })
  })
})
