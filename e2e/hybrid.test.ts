import { authorizationCodeGrant, clientSecretBasic, createAuthorizationRequest, discover } from '@oidc/core'
import { type HybridOptions, hybrid, validateFrontChannelResponse } from '@oidc/hybrid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProvider, startProvider } from './provider.ts'

const redirect_uri = 'https://app.example/cb'
let running: RunningProvider

beforeAll(async () => {
  running = await startProvider({
    clients: [
      {
        client_id: 'app',
        client_secret: 'only-for-tests',
        redirect_uris: [redirect_uri],
        grant_types: ['authorization_code', 'implicit'],
        response_types: ['code id_token', 'id_token', 'code token', 'code id_token token', 'id_token token'],
      },
    ],
    responseTypes: ['code id_token', 'id_token', 'code token', 'code id_token token', 'id_token token'],
  })
})

afterAll(() => running.close())

async function begin(options: HybridOptions, response_mode?: string) {
  const client = await discover(running.issuer, {
    client_id: 'app',
    authentication: clientSecretBasic('only-for-tests'),
    allowInsecure: 'loopback',
    use: [hybrid(options)],
  })
  return { client, ...(await createAuthorizationRequest(client, { redirect_uri, scope: 'openid', response_mode })) }
}

describe('response types of the front channel at oidc-provider', () => {
  it.each<HybridOptions>([
    { response_type: 'code id_token' },
    { response_type: 'code token', unsafeFrontChannelAccessToken: true },
    { response_type: 'code id_token token', unsafeFrontChannelAccessToken: true },
  ])('F-E3: %j comes back in the fragment, and its code is redeemed', async (options) => {
    const { client, url, transaction } = await begin(options)
    const callback = await running.login(url)
    expect(callback.search).toBe('')
    expect((await authorizationCodeGrant(client, callback, transaction)).claims?.sub).toBe('alice')
  })

  it('F-E3: code id_token comes back as a posted form', async () => {
    const { client, url, transaction } = await begin({ response_type: 'code id_token' }, 'form_post')
    expect((await authorizationCodeGrant(client, await running.loginByForm(url), transaction)).claims?.sub).toBe('alice')
  })

  it('F-E4: id_token is the whole login', async () => {
    const { client, url, transaction } = await begin({ response_type: 'id_token' })
    const { claims } = await validateFrontChannelResponse(client, await running.login(url), transaction)
    expect(claims).toMatchObject({ sub: 'alice', nonce: transaction.nonce })
  })

  it('id_token token brings a token that works, under its frightening name', async () => {
    const { client, url, transaction } = await begin({ response_type: 'id_token token', unsafeFrontChannelAccessToken: true })
    const { unsafeAccessToken } = await validateFrontChannelResponse(client, await running.login(url), transaction)
    const response = await fetch(`${running.issuer}/me`, { headers: { authorization: `Bearer ${unsafeAccessToken?.access_token}` } })
    expect(await response.json()).toEqual({ sub: 'alice' })
  })
})
