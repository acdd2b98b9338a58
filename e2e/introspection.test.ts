import {
  type ClientOptions,
  clientCredentialsGrant,
  clientSecretBasic,
  decryptWith,
  discover,
  generateKeyPair,
  revokeToken,
} from '@oidc/core'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { introspection, introspectToken } from '@oidc/introspection'
import { createTestIssuer } from '@oidc/testing'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import type { ClientMetadata } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProvider, startProvider } from './provider.ts'

const resource = 'https://api.example'
const client_secret = 'only-for-tests-and-long-enough'
let running: RunningProvider
let decryptionKey: CryptoKey

beforeAll(async () => {
  const pair = await generateKeyPair('RSA-OAEP-256')
  decryptionKey = pair.privateKey
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'RSA-OAEP-256', use: 'enc' } as never] }
  const client: ClientMetadata = {
    client_id: 'app',
    client_secret,
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    scope: 'read write',
  }
  running = await startProvider({
    clients: [
      client,
      { ...client, client_id: 'api', introspection_signed_response_alg: 'ES256' },
      {
        ...client,
        client_id: 'secret-api',
        jwks,
        introspection_signed_response_alg: 'PS256',
        introspection_encrypted_response_alg: 'RSA-OAEP-256',
        introspection_encrypted_response_enc: 'A256GCM',
      },
    ],
    scopes: ['read', 'write'],
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      jwtIntrospection: { enabled: true },
      encryption: { enabled: true },
      revocation: { enabled: true, allowedPolicy: () => true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        getResourceServerInfo: () => ({ scope: 'read write', accessTokenFormat: 'opaque', audience: resource }),
      },
    },
  } as Parameters<typeof startProvider>[0])
})

afterAll(() => running.close())

const connect = (client_id: string, options: Partial<ClientOptions> = {}) =>
  discover(running.issuer, {
    client_id,
    authentication: clientSecretBasic(client_secret),
    allowInsecure: 'loopback',
    use: [introspection()],
    ...options,
  })

const issue = async () => (await clientCredentialsGrant(await connect('app'), { scope: 'read' })).access_token

describe('introspection at oidc-provider', () => {
  const expected = { aud: resource, client_id: 'app', scope: 'read' }

  it('F-J5, F-J7: a token that another client got is active, and what it is good for is known', async () => {
    const client = await connect('api', { use: [introspection({ signed: false })] })
    const answer = await introspectToken(client, await issue(), { expected, parameters: { token_type_hint: 'access_token' } })
    expect(answer).toMatchObject({ ...expected, active: true, iss: running.issuer, token_type: 'Bearer', exp: expect.any(Number) })
  })

  it('S-G04: a token for another resource or with less scope is refused', async () => {
    const client = await connect('api')
    const token = await issue()
    await expect(introspectToken(client, token, { expected: { aud: 'https://other.example' } })).rejects.toMatchObject({
      code: 'INTROSPECTION_TOKEN_AUDIENCE',
    })
    await expect(introspectToken(client, token, { expected: { scope: 'read write' } })).rejects.toMatchObject({
      code: 'INTROSPECTION_TOKEN_SCOPE',
    })
  })

  it.each<[string, () => Partial<ClientOptions>]>([
    ['that is registered', () => ({ introspection_signed_response_alg: 'ES256' })],
    ['that is asked for, with every algorithm the server lists', () => ({ use: [introspection({ signed: true })] })],
  ])('F-J6: a signed answer %s', async (_, options) => {
    const client = await connect('api', options())
    expect(await introspectToken(client, await issue(), { expected })).toMatchObject({ active: true, scope: 'read' })
    expect(await introspectToken(client, 'unknown')).toEqual({ active: false })
  })

  it('F-J6: a signed and encrypted answer', async () => {
    const client = await connect('secret-api', {
      introspection_signed_response_alg: 'PS256',
      introspection_encrypted_response_alg: 'RSA-OAEP-256',
      introspection_encrypted_response_enc: 'A256GCM',
      decrypt: decryptWith({ key: decryptionKey, alg: 'RSA-OAEP-256' }),
    })
    expect(await introspectToken(client, await issue(), { expected })).toMatchObject({ active: true, client_id: 'app' })
  })

  it('S-G08, S-E66: what is signed or encrypted by another algorithm than the registered one is refused', async () => {
    const token = await issue()
    const signing = await connect('api', { introspection_signed_response_alg: 'PS256' })
    await expect(introspectToken(signing, token)).rejects.toMatchObject({ code: 'INTROSPECTION_ALGORITHM' })
    const encrypting = await connect('secret-api', {
      introspection_encrypted_response_alg: 'RSA-OAEP-256',
      decrypt: decryptWith({ key: decryptionKey, alg: 'RSA-OAEP-256' }),
    })
    await expect(introspectToken(encrypting, token)).rejects.toMatchObject({ code: 'INTROSPECTION_ENCRYPTION' })
  })

  it('S-G11: the key of a DPoP-bound token is known', async () => {
    const keyPair = await generateDPoPKeyPair()
    const jkt = await calculateJwkThumbprint(await exportJWK(keyPair.publicKey))
    const { access_token } = await clientCredentialsGrant(await connect('app', { use: [dpop({ keyPair })] }))
    const client = await connect('api')
    expect(await introspectToken(client, access_token, { expected: { jkt, token_type: 'DPoP' } })).toMatchObject({ cnf: { jkt } })
    await expect(introspectToken(client, await issue(), { expected: { jkt } })).rejects.toMatchObject({
      code: 'INTROSPECTION_TOKEN_BINDING',
    })
  })

  it('S-G12: a client that the server does not know is told so, and no token is inactive for it', async () => {
    const client = await connect('api', { authentication: clientSecretBasic('wrong') })
    await expect(introspectToken(client, await issue())).rejects.toMatchObject({ code: 'OAUTH_ERROR', error: 'invalid_client' })
  })

  it('a token that the client itself revoked is not active, though answers are kept', async () => {
    const client = await connect('app', { use: [introspection({ cache: { maxAge: 60 } })] })
    const token = await issue()
    expect(await introspectToken(client, token)).toMatchObject({ active: true })
    await revokeToken(client, token)
    expect(await introspectToken(client, token)).toEqual({ active: false })
  })
})

describe('introspection at the issuer in memory', () => {
  it.each([
    ['S-G01', 'introspection_string', false, 'INTROSPECTION_INVALID'],
    ['S-G06', 'introspection_wrong_audience', true, 'INTROSPECTION_AUDIENCE'],
    ['S-G08', 'introspection_foreign_key', true, 'INTROSPECTION_SIGNATURE'],
  ] as const)('%s: %s, where signed is %s, is %s', async (_, fault, signed, code) => {
    const issuer = await createTestIssuer({ clients: [{ client_id: 'app', client_secret }] })
    const { fetch, clock } = issuer
    const use = [introspection({ signed })]
    const client = await discover(issuer.issuer, { client_id: 'app', authentication: clientSecretBasic(client_secret), fetch, clock, use })
    const { access_token } = await clientCredentialsGrant(client)
    expect(await introspectToken(client, access_token, { expected: { client_id: 'app' } })).toMatchObject({ active: true })
    issuer.fault(fault)
    const thrown: unknown = await introspectToken(client, access_token).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ code })
    expect(issuer.findSecrets(thrown)).toEqual([])
  })
})
