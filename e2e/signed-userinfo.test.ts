import {
  authorizationCodeGrant,
  clientSecretBasic,
  createAuthorizationRequest,
  decryptWith,
  discover,
  fetchUserInfo,
  generateKeyPair,
} from '@oidc/core'
import { exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProvider, startProvider } from './provider.ts'

const redirect_uri = 'https://app.example/cb'
let running: RunningProvider
let privateKey: CryptoKey

beforeAll(async () => {
  const pair = await generateKeyPair('RSA-OAEP-256')
  privateKey = pair.privateKey
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'RSA-OAEP-256', use: 'enc' } as never] }
  const client = { client_secret: 'only-for-tests', redirect_uris: [redirect_uri], jwks }
  running = await startProvider({
    clients: [
      { ...client, client_id: 'signed', userinfo_signed_response_alg: 'ES256' },
      {
        ...client,
        client_id: 'encrypted',
        userinfo_signed_response_alg: 'PS256',
        userinfo_encrypted_response_alg: 'RSA-OAEP-256',
        userinfo_encrypted_response_enc: 'A256GCM',
        id_token_encrypted_response_alg: 'RSA-OAEP-256',
        id_token_encrypted_response_enc: 'A128CBC-HS256',
      },
    ],
    features: { jwtUserinfo: { enabled: true }, encryption: { enabled: true } },
  } as Parameters<typeof startProvider>[0])
})

afterAll(() => running.close())

async function readUser(client_id: string, options: object) {
  const authentication = clientSecretBasic('only-for-tests')
  const client = await discover(running.issuer, { client_id, authentication, allowInsecure: 'loopback', ...options })
  const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid email' })
  const tokens = await authorizationCodeGrant(client, await running.login(url), transaction)
  return { tokens, userinfo: await fetchUserInfo(client, tokens) }
}

describe('UserInfo and ID tokens that oidc-provider signs and encrypts', () => {
  it('F-J3: a signed answer is verified', async () => {
    const { userinfo } = await readUser('signed', { userinfo_signed_response_alg: 'ES256' })
    expect(userinfo).toMatchObject({ sub: 'alice', email: 'alice@example.org', iss: running.issuer, aud: 'signed' })
  })

  it('F-J3: one that is signed and not registered here is refused', async () => {
    await expect(readUser('signed', {})).rejects.toMatchObject({ code: 'RESPONSE_CONTENT_TYPE' })
    await expect(readUser('signed', { userinfo_signed_response_alg: 'PS256' })).rejects.toMatchObject({ code: 'USERINFO_ALGORITHM' })
  })

  it('F-J4, F-G18: a signed and encrypted answer is opened, and an encrypted ID token as well', async () => {
    const { tokens, userinfo } = await readUser('encrypted', {
      userinfo_signed_response_alg: 'PS256',
      userinfo_encrypted_response_alg: 'RSA-OAEP-256',
      id_token_encrypted_response_alg: 'RSA-OAEP-256',
      decrypt: decryptWith({ key: privateKey, alg: 'RSA-OAEP-256' }),
    })
    expect(tokens.id_token?.split('.')).toHaveLength(5)
    expect(tokens.claims?.sub).toBe('alice')
    expect(userinfo).toMatchObject({ sub: 'alice', email: 'alice@example.org' })
  })
})
