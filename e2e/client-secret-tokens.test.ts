import {
  authorizationCodeGrant,
  type ClientOptions,
  clientSecretBasic,
  createAuthorizationRequest,
  decryptWithSecret,
  discover,
  fetchUserInfo,
  verifyWithSecret,
} from '@oidc/core'
import { jarm } from '@oidc/jarm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProvider, startProvider } from './provider.ts'

const redirect_uri = 'https://app.example/cb'
const client_secret = 'only-for-tests'.repeat(5)
/** As the provider has registered them. */
const clients = {
  hs256: { id_token_signed_response_alg: 'HS256', userinfo_signed_response_alg: 'HS256' },
  hs512: { id_token_signed_response_alg: 'HS512' },
  a128kw: { id_token_signed_response_alg: 'ES256', id_token_encrypted_response_alg: 'A128KW', id_token_encrypted_response_enc: 'A256GCM' },
  a256gcmkw: {
    id_token_signed_response_alg: 'HS256',
    id_token_encrypted_response_alg: 'A256GCMKW',
    id_token_encrypted_response_enc: 'A128CBC-HS256',
    userinfo_signed_response_alg: 'HS256',
    userinfo_encrypted_response_alg: 'A192KW',
    userinfo_encrypted_response_enc: 'A128GCM',
  },
  dir: { id_token_signed_response_alg: 'ES256', id_token_encrypted_response_alg: 'dir', id_token_encrypted_response_enc: 'A256CBC-HS512' },
  jarm: {
    id_token_signed_response_alg: 'ES256',
    authorization_signed_response_alg: 'ES256',
    authorization_encrypted_response_alg: 'dir',
    authorization_encrypted_response_enc: 'A128CBC-HS256',
  },
} as const
let running: RunningProvider

beforeAll(async () => {
  running = await startProvider({
    clients: Object.entries(clients).map(([client_id, metadata]) => ({
      client_id,
      client_secret,
      redirect_uris: [redirect_uri],
      ...metadata,
    })),
    features: { jwtUserinfo: { enabled: true }, encryption: { enabled: true }, jwtResponseModes: { enabled: true } },
    enabledJWA: {
      idTokenSigningAlgValues: ['HS256', 'HS512', 'ES256'],
      userinfoSigningAlgValues: ['HS256', 'ES256'],
      idTokenEncryptionAlgValues: ['A128KW', 'A256GCMKW', 'dir'],
      userinfoEncryptionAlgValues: ['A192KW'],
      authorizationEncryptionAlgValues: ['dir'],
    },
  } as Parameters<typeof startProvider>[0])
})

afterAll(() => running.close())

async function signIn(client_id: keyof typeof clients, options: Partial<ClientOptions>) {
  const client = await discover(running.issuer, {
    client_id,
    authentication: clientSecretBasic(client_secret),
    allowInsecure: 'loopback',
    ...clients[client_id],
    ...options,
  })
  const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid email' })
  const tokens = await authorizationCodeGrant(client, await running.login(url), transaction)
  return { client, tokens }
}

describe('tokens that oidc-provider makes with the client secret', () => {
  it.each(['hs256', 'hs512'] as const)(
    'F-K3: an ID token by %s is verified by the secret, and refused by another one',
    async (client_id) => {
      const { tokens } = await signIn(client_id, { verifyMac: verifyWithSecret(client_secret) })
      expect(tokens.claims).toMatchObject({ sub: 'alice', aud: client_id })
      const others = { verifyMac: verifyWithSecret([`${client_secret}!`, `${client_secret}?`]) }
      await expect(signIn(client_id, others)).rejects.toMatchObject({ code: 'ID_TOKEN_SIGNATURE' })
    },
  )

  it('F-J3: a UserInfo answer by HS256 is verified', async () => {
    const { client, tokens } = await signIn('hs256', { verifyMac: verifyWithSecret(client_secret) })
    expect(await fetchUserInfo(client, tokens)).toMatchObject({ sub: 'alice', aud: 'hs256', email: 'alice@example.org' })
  })

  it.each(['a128kw', 'dir'] as const)(
    'F-K12: an ID token encrypted by %s to the secret is opened and its signature verified',
    async (client_id) => {
      const { tokens } = await signIn(client_id, { decrypt: decryptWithSecret(client_secret) })
      expect(tokens.id_token?.split('.')).toHaveLength(5)
      expect(tokens.claims).toMatchObject({ sub: 'alice', aud: client_id })
      const other = { decrypt: decryptWithSecret(`${client_secret}!`) }
      await expect(signIn(client_id, other)).rejects.toMatchObject({ code: 'DECRYPTION_FAILED' })
    },
  )

  it('F-K12: with A256GCMKW and HS256, neither ID token nor UserInfo needs a key of anybody', async () => {
    const options = { decrypt: decryptWithSecret(client_secret), verifyMac: verifyWithSecret(client_secret) }
    const { client, tokens } = await signIn('a256gcmkw', options)
    expect(tokens.claims).toMatchObject({ sub: 'alice' })
    expect(await fetchUserInfo(client, tokens)).toMatchObject({ sub: 'alice', email: 'alice@example.org' })
  })

  it('F-E6: an authorization response encrypted to the secret is opened, and refused by another enc than the registered one', async () => {
    const options = { decrypt: decryptWithSecret(client_secret), use: [jarm()] }
    expect((await signIn('jarm', options)).tokens.claims).toMatchObject({ sub: 'alice' })
    const other = { ...options, authorization_encrypted_response_enc: 'A256GCM' }
    await expect(signIn('jarm', other)).rejects.toMatchObject({ code: 'JARM_ENCRYPTION' })
  })
})
