import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import {
  acceptPing,
  type BackchannelAuthenticationParameters,
  type CIBAOptions,
  ciba,
  createPingHandler,
  initiateBackchannelAuthentication,
  pollBackchannelAuthenticationGrant,
} from '@oidc/ciba'
import { type Client, type ClientOptions, clientSecretBasic, discover, fetchUserInfo, privateKeyJwt, refreshTokenGrant } from '@oidc/core'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import express from 'express'
import { exportJWK, generateKeyPair } from 'jose'
import { type ClientMetadata, errors } from 'oidc-provider'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProvider, startProvider } from './provider.ts'

/** Of this version there are no types in the tree. */
const express4: typeof express = createRequire(import.meta.url)('express4')
const secret = 'only-for-tests'
const endpoint = 'https://app.example/ciba'
const listeners: Server[] = []
let running: RunningProvider
let key: CryptoKey
/** Where the endpoint that is registered really listens; the provider takes none but https ones. */
let listening = ''
let pings: Request[] = []

beforeAll(async () => {
  const pair = await generateKeyPair('ES256')
  key = pair.privateKey
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'ES256', use: 'sig' }] as never[] }
  const registered = (
    client_id: string,
    backchannel_token_delivery_mode: 'poll' | 'ping',
    more: Partial<ClientMetadata> = {},
  ): ClientMetadata => ({
    client_id,
    client_secret: secret,
    redirect_uris: [],
    response_types: [],
    grant_types: ['urn:openid:params:grant-type:ciba', 'refresh_token'],
    backchannel_token_delivery_mode,
    ...(backchannel_token_delivery_mode === 'ping' && { backchannel_client_notification_endpoint: endpoint }),
    ...more,
  })
  const asymmetric = { token_endpoint_auth_method: 'private_key_jwt', jwks } as const
  running = await startProvider({
    clients: [
      registered('poll', 'poll'),
      registered('ping', 'ping'),
      registered('signed', 'ping', { ...asymmetric, backchannel_authentication_request_signing_alg: 'ES256' }),
      registered('careful', 'poll', { backchannel_user_code_parameter: true }),
    ],
    scopes: ['openid', 'offline_access'],
    fetch: async (url, { dispatcher: _, ...init }: RequestInit & { dispatcher?: unknown } = {}) => {
      const request = new Request(url, init)
      pings.push(request.clone())
      return listening ? globalThis.fetch(listening, { ...init }) : new Response(null, { status: 204 })
    },
    features: {
      requestObjects: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 3), requireNonce: () => true },
      ciba: {
        enabled: true,
        deliveryModes: ['poll', 'ping'],
        processLoginHint: async (_: unknown, hint: string) => (hint === 'nobody' ? undefined : hint),
        processLoginHintToken: async (_: unknown, token: string) => token.split('.')[1],
        verifyUserCode: async (_: unknown, __: unknown, code?: string) => {
          if (code === 'wrong') throw new errors.InvalidRequest('the user code is wrong')
        },
        validateRequestContext: async () => undefined,
        validateBindingMessage: async () => undefined,
        triggerAuthenticationDevice: async () => undefined,
      },
    },
  } as Parameters<typeof startProvider>[0])
})

afterEach(() => {
  listening = ''
  pings = []
})

afterAll(async () => {
  for (const listener of listeners) {
    listener.close()
    listener.closeAllConnections()
  }
  await running.close()
})

/** What the user does on the phone. */
async function confirm(auth_req_id: string, clientId: string, scope = 'openid'): Promise<void> {
  const { provider } = running
  const { accountId } = (await provider.BackchannelAuthenticationRequest.find(auth_req_id)) ?? {}
  const grant = new provider.Grant({ accountId: String(accountId), clientId })
  grant.addOIDCScope(scope)
  await grant.save()
  await provider.backchannelResult(auth_req_id, grant)
}

const decline = (auth_req_id: string) => running.provider.backchannelResult(auth_req_id, new errors.AccessDenied('the user declined'))

interface Connected {
  readonly client: Client
  /** Seconds of each wait. */
  readonly slept: number[]
}

/** A client whose waits pass at once; `meanwhile` happens in the second. */
async function connect(
  client_id: string,
  options: CIBAOptions,
  { meanwhile, ...more }: Partial<ClientOptions> & { meanwhile?: () => Promise<void> } = {},
): Promise<Connected> {
  const slept: number[] = []
  const client = await discover(running.issuer, {
    client_id,
    authentication: clientSecretBasic(secret),
    allowInsecure: 'loopback',
    clock: {
      now: () => Math.floor(Date.now() / 1000),
      sleep: async (seconds) => {
        if (slept.push(seconds) === 2) await meanwhile?.()
      },
    },
    ...more,
    use: [ciba(options), ...(more.use ?? [])],
  })
  return { client, slept }
}

const begin = (client: Client, more: Partial<BackchannelAuthenticationParameters> = {}) =>
  initiateBackchannelAuthentication(client, {
    scope: 'openid',
    ...(!more.id_token_hint && !more.login_hint_token && { login_hint: 'alice' }),
    ...more,
  })

describe('CIBA at oidc-provider, mode poll', () => {
  it('F-H8, F-H9: asks while the user has not answered, and then has tokens of that user', async () => {
    let auth_req_id = ''
    const { client, slept } = await connect('poll', { mode: 'poll' }, { meanwhile: () => confirm(auth_req_id, 'poll') })
    const authentication = await begin(client, { binding_message: 'W4SCT', requested_expiry: 300, acr_values: 'gold silver' })
    auth_req_id = authentication.auth_req_id
    expect(authentication).toMatchObject({ expires_in: 300, acr_values: 'gold silver' })
    const tokens = await pollBackchannelAuthenticationGrant(client, authentication, { expectedSubject: 'alice' })
    expect(tokens.claims?.sub).toBe('alice')
    expect(slept).toEqual([5, 5])
    expect(await fetchUserInfo(client, tokens)).toMatchObject({ sub: 'alice' })
  })

  it('F-H8: a user may be named by a hint token, or by an ID token of an earlier time', async () => {
    const { client } = await connect('poll', { mode: 'poll' })
    const first = await begin(client, { login_hint_token: 'x.bob.y' })
    await confirm(first.auth_req_id, 'poll')
    const tokens = await pollBackchannelAuthenticationGrant(client, first, { expectedSubject: 'bob' })
    const second = await begin(client, { id_token_hint: tokens.id_token })
    await confirm(second.auth_req_id, 'poll')
    expect((await pollBackchannelAuthenticationGrant(client, second)).claims?.sub).toBe('bob')
  })

  it('F-H9: a user who declines is told by name', async () => {
    const { client } = await connect('poll', { mode: 'poll' })
    const authentication = await begin(client)
    await decline(authentication.auth_req_id)
    await expect(pollBackchannelAuthenticationGrant(client, authentication)).rejects.toMatchObject({ error: 'access_denied' })
  })

  it('F-H8: the errors of the server keep their names', async () => {
    const { client } = await connect('careful', { mode: 'poll' })
    await expect(begin(client, { login_hint: 'nobody' })).rejects.toMatchObject({ error: 'unknown_user_id' })
    await expect(begin(client, { user_code: 'wrong' })).rejects.toMatchObject({ error: 'invalid_request' })
    expect(await begin(client, { user_code: 'right' })).toMatchObject({ auth_req_id: expect.any(String) })
  })

  it('with dpop() the tokens are bound, and a nonce that is demanded is taken up', async () => {
    const { client } = await connect('poll', { mode: 'poll' }, { use: [dpop({ keyPair: await generateDPoPKeyPair() })] })
    const authentication = await begin(client, { scope: 'openid offline_access' })
    await confirm(authentication.auth_req_id, 'poll', 'openid offline_access')
    const tokens = await pollBackchannelAuthenticationGrant(client, authentication)
    expect(tokens.token_type).toBe('DPoP')
    expect((await refreshTokenGrant(client, tokens)).claims?.sub).toBe('alice')
  })
})

describe('CIBA at oidc-provider, mode ping', () => {
  it('F-T4: the ping of the provider is accepted, once, and the tokens are asked for without a wait', async () => {
    const { client, slept } = await connect('ping', { mode: 'ping' })
    const { auth_req_id } = await begin(client)
    await confirm(auth_req_id, 'ping')
    const [request] = pings
    if (!request) throw new Error('no ping came')
    const again = request.clone()
    const ping = await acceptPing(client, request)
    expect([ping.response.status, ping.auth_req_id]).toEqual([204, auth_req_id])
    if (ping.error) throw ping.error
    expect((await pollBackchannelAuthenticationGrant(client, ping)).claims?.sub).toBe('alice')
    expect(slept).toEqual([])
    expect((await acceptPing(client, again)).error?.code).toBe('CIBA_NOTIFICATION_REPEATED')
  })

  it('F-T4: a request that is signed, and a client that proves itself with a key', async () => {
    const { client } = await connect('signed', { mode: 'ping', key }, { authentication: privateKeyJwt(key) })
    const { auth_req_id } = await begin(client, { binding_message: 'W4SCT', requested_expiry: 90 })
    await confirm(auth_req_id, 'signed')
    const [request] = pings
    const ping = await acceptPing(client, request ?? new Request(endpoint))
    if (ping.error) throw ping.error
    expect((await pollBackchannelAuthenticationGrant(client, ping)).claims?.sub).toBe('alice')
  })

  it('the ping of one client is nothing to another', async () => {
    const { client } = await connect('ping', { mode: 'ping' })
    const { client: other } = await connect('ping', { mode: 'ping' })
    const { auth_req_id } = await begin(client)
    await confirm(auth_req_id, 'ping')
    expect((await acceptPing(other, pings[0] ?? new Request(endpoint))).response.status).toBe(401)
  })

  const listen = async (app: (request: never, response: never) => unknown): Promise<void> => {
    const server = createServer(app as never)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    listeners.push(server)
    listening = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ciba`
  }

  it.each([
    ['Express 5', () => express()],
    ['Express 5 with its JSON parser', () => express().use(express.json())],
    ['Express 4', () => express4()],
    ['Express 4 with its JSON parser', () => express4().use(express4.json())],
  ])('F-T4: %s answers it', async (_, create) => {
    const { client } = await connect('ping', { mode: 'ping' })
    let signedIn: (sub: string | undefined) => void = () => undefined
    const arrived = new Promise<string | undefined>((resolve) => {
      signedIn = resolve
    })
    const app = create() as ReturnType<typeof express>
    app.post(
      '/ciba',
      createPingHandler(client, async (ping) => signedIn((await pollBackchannelAuthenticationGrant(client, ping)).claims?.sub)),
    )
    await listen(app as never)
    const { auth_req_id } = await begin(client)
    // The provider takes nothing but 200 and 204 for an answer.
    await confirm(auth_req_id, 'ping')
    expect(await arrived).toBe('alice')
  })
})
