import { generateKeyPairSync } from 'node:crypto'
import {
  authorizationCodeGrant,
  type Client,
  type ClientOptions,
  createAuthorizationRequest,
  decryptWith,
  discover,
  fetchUserInfo,
  privateKeyJwt,
} from '@oidc/core'
import type { Plugin } from '@oidc/core/plugin'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { encryptWith, jar, jarm } from '@oidc/jarm'
import { par } from '@oidc/par'
import { exportJWK, generateKeyPair } from 'jose'
import type { ClientMetadata } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProvider, startProvider } from './provider.ts'

const redirect_uri = 'https://app.example/cb'
let running: RunningProvider
let key: CryptoKey
let decryptionKey: CryptoKey

beforeAll(async () => {
  const signing = await generateKeyPair('ES256')
  const opening = await generateKeyPair('RSA-OAEP-256')
  key = signing.privateKey
  decryptionKey = opening.privateKey
  const jwks = {
    keys: [
      { ...(await exportJWK(signing.publicKey)), alg: 'ES256', use: 'sig' },
      { ...(await exportJWK(opening.publicKey)), alg: 'RSA-OAEP-256', use: 'enc' },
    ] as never[],
  }
  const registered = (client_id: string, more: Partial<ClientMetadata> = {}): ClientMetadata => ({
    client_id,
    redirect_uris: [redirect_uri],
    grant_types: ['authorization_code'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks,
    authorization_signed_response_alg: 'PS256',
    ...more,
  })
  const rsa = (use: string, kid: string) => ({
    ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
    use,
    kid,
  })
  running = await startProvider({
    jwks: { keys: [rsa('sig', 'sig-1'), rsa('enc', 'enc-1')] as never[] },
    clients: [
      registered('app'),
      registered('encrypted', {
        authorization_encrypted_response_alg: 'RSA-OAEP-256',
        authorization_encrypted_response_enc: 'A256GCM',
      }),
      registered('strict', { require_signed_request_object: true, request_object_signing_alg: 'ES256' }),
      registered('bank', {
        require_signed_request_object: true,
        require_pushed_authorization_requests: true,
        dpop_bound_access_tokens: true,
      }),
    ],
    features: {
      jwtResponseModes: { enabled: true },
      requestObjects: { enabled: true },
      encryption: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true },
    },
  } as Parameters<typeof startProvider>[0])
})

afterAll(() => running.close())

const connect = (client_id: string, use: readonly Plugin[], options: Partial<ClientOptions> = {}): Promise<Client> =>
  discover(running.issuer, { client_id, authentication: privateKeyJwt(key), allowInsecure: 'loopback', use, ...options })

const begin = (client: Client) => createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })

/** A function, so that a server that changes its key is followed. */
async function findEncryptionKey() {
  const { keys } = (await (await fetch(`${running.issuer}/jwks`)).json()) as { keys: { use?: string }[] }
  return keys.find(({ use }) => use === 'enc') as never
}

describe('JARM at oidc-provider', () => {
  it.each(['jwt', 'query.jwt'] as const)('F-E6: %s', async (response_mode) => {
    const client = await connect('app', [jarm({ response_mode })], { authorization_signed_response_alg: 'PS256' })
    const { url, transaction } = await begin(client)
    const callback = await running.login(url)
    expect([...callback.searchParams.keys()]).toEqual(['response'])
    expect((await authorizationCodeGrant(client, callback, transaction)).claims?.sub).toBe('alice')
  })

  it('F-E6: form_post.jwt', async () => {
    const client = await connect('app', [jarm({ response_mode: 'form_post.jwt' })])
    const { url, transaction } = await begin(client)
    expect((await authorizationCodeGrant(client, await running.loginByForm(url), transaction)).claims?.sub).toBe('alice')
  })

  it('F-E6: fragment.jwt', async () => {
    const client = await connect('app', [jarm({ response_mode: 'fragment.jwt' })])
    const { url, transaction } = await begin(client)
    expect((await authorizationCodeGrant(client, await running.login(url), transaction)).claims?.sub).toBe('alice')
  })

  it('F-E6: an encrypted response', async () => {
    const client = await connect('encrypted', [jarm()], {
      authorization_encrypted_response_alg: 'RSA-OAEP-256',
      decrypt: decryptWith({ key: decryptionKey, alg: 'RSA-OAEP-256' }),
    })
    const { url, transaction } = await begin(client)
    const callback = await running.login(url)
    expect(callback.searchParams.get('response')?.split('.')).toHaveLength(5)
    expect((await authorizationCodeGrant(client, callback, transaction)).claims?.sub).toBe('alice')
  })

  it('a user who cancels is told in a signed error', async () => {
    const client = await connect('app', [jarm()])
    const { url, transaction } = await begin(client)
    const callback = await running.login(url, { cancelAt: 'login' })
    await expect(authorizationCodeGrant(client, callback, transaction)).rejects.toMatchObject({
      code: 'AUTHORIZATION_ERROR',
      error: 'access_denied',
    })
  })

  it('S-H03: the response of one client is refused by another', async () => {
    const client = await connect('app', [jarm()])
    const other = await connect('strict', [jarm(), jar({ key })])
    const { url } = await begin(client)
    const { transaction } = await begin(other)
    await expect(authorizationCodeGrant(other, await running.login(url), transaction)).rejects.toMatchObject({ code: 'JARM_AUDIENCE' })
  })
})

describe('JAR at oidc-provider', () => {
  it.each(['app', 'strict'])('F-D3: by value, as client %s', async (client_id) => {
    const client = await connect(client_id, [jar({ key })])
    const { url, transaction } = await begin(client)
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request', 'response_type', 'scope'])
    expect((await authorizationCodeGrant(client, await running.login(url), transaction)).claims?.sub).toBe('alice')
  })

  it('S-I08: a server that demands a signed request object refuses a plain one', async () => {
    const client = await connect('strict', [])
    const { url, transaction } = await begin(client)
    await expect(authorizationCodeGrant(client, await running.login(url), transaction)).rejects.toMatchObject({ error: 'invalid_request' })
  })

  it('F-T26: signed and encrypted to a key of the server', async () => {
    const encrypt = encryptWith({ key: findEncryptionKey, alg: 'RSA-OAEP-256', enc: 'A256GCM' })
    const client = await connect('strict', [jar({ key, encrypt })])
    const { url, transaction } = await begin(client)
    expect(url.searchParams.get('request')?.split('.')).toHaveLength(5)
    expect((await authorizationCodeGrant(client, await running.login(url), transaction)).claims?.sub).toBe('alice')
  })

  it('F-D8: pushed with par(), encrypted or not', async () => {
    for (const encrypt of [undefined, encryptWith({ key: findEncryptionKey, alg: 'RSA-OAEP-256' })]) {
      const client = await connect('strict', [par(), jar({ key, encrypt })])
      const { url, transaction } = await begin(client)
      expect([...url.searchParams.keys()]).toEqual(['client_id', 'request_uri'])
      expect((await authorizationCodeGrant(client, await running.login(url), transaction)).claims?.sub).toBe('alice')
    }
  })
})

it('F-D8, F-E6: jar, jarm, par and dpop together, in any order, at a server that demands them', async () => {
  const keyPair = await generateDPoPKeyPair()
  for (const use of [
    [jar({ key }), jarm(), par(), dpop({ keyPair })],
    [dpop({ keyPair }), par(), jarm(), jar({ key })],
  ]) {
    const client = await connect('bank', use, { require_pushed_authorization_requests: true, dpop_bound_access_tokens: true })
    const { url, transaction } = await begin(client)
    const callback = await running.login(url)
    expect([...callback.searchParams.keys()]).toEqual(['response'])
    const tokens = await authorizationCodeGrant(client, callback, transaction)
    expect(tokens.token_type).toBe('DPoP')
    expect(await fetchUserInfo(client, tokens)).toMatchObject({ sub: 'alice' })
  }
})
