import {
  type Client,
  type ClientOptions,
  createClient,
  isOidcError,
  type OidcError,
  publicClient,
  type ServerMetadata,
  type Transaction,
} from '@oidc/core'
import { type AcceptedResponse, checkAuthorizationResponse } from '@oidc/core/plugin'
import { CompactEncrypt, CompactSign, exportJWK, generateKeyPair } from 'jose'
import { jarm } from './jarm.js'

export const issuer = 'https://as.example'
export const redirect_uri = 'https://app.example/cb'
export const startTime = 1_700_000_000

export const metadata: ServerMetadata = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  authorization_signing_alg_values_supported: ['ES256', 'RS256'],
}

const own = await generateKeyPair('ES256')
export const serverKey: CryptoKey = own.privateKey
export const foreignKey: CryptoKey = (await generateKeyPair('ES256')).privateKey
const jwks = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k', use: 'sig', alg: 'ES256' }] }

/** Publishes the keys, and knows nothing else. */
export const fetch: typeof globalThis.fetch = async (input) => {
  if (String(input) !== metadata.jwks_uri) throw new Error(`${String(input)} was asked for`)
  return Response.json(jwks)
}

/** A client with a clock that stands still and a counter for a random source. */
export function createTestClient(options: Partial<ClientOptions> = {}, server: Readonly<Record<string, unknown>> = {}): Client {
  let drawn = 0
  return createClient({ ...metadata, ...server } as ServerMetadata, {
    client_id: 'app',
    authentication: publicClient(),
    clock: { now: () => startTime, sleep: async () => undefined },
    random: (length) => new Uint8Array(length).fill(++drawn),
    fetch,
    use: [jarm()],
    ...options,
  })
}

export const transaction: Transaction = {
  issuer,
  client_id: 'app',
  state: 'state-1',
  code_verifier: 'verifier',
  redirect_uri,
  response_type: 'code',
  response_mode: 'jwt',
  created_at: startTime,
}

export const usual: Readonly<Record<string, unknown>> = { iss: issuer, aud: 'app', exp: startTime + 60, code: 'code-1', state: 'state-1' }

/** A compact JWS over any payload; a claim of undefined is left out. */
export function sign(payload: unknown, header?: object, key?: CryptoKey): Promise<string> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  return new CompactSign(new TextEncoder().encode(text)).setProtectedHeader({ alg: 'ES256', kid: 'k', ...header }).sign(key ?? serverKey)
}

export function encrypt(text: string, key: CryptoKey): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' }).encrypt(key)
}

/** What a callback makes of a JWT. */
export function take(client: Client, jwt: string): Promise<AcceptedResponse> {
  return checkAuthorizationResponse(client, new URL(`${redirect_uri}?response=${jwt}`), transaction)
}

export async function refusalOf(promise: Promise<unknown>): Promise<OidcError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isOidcError(thrown)) return thrown
  throw new Error('no OidcError was thrown', { cause: thrown })
}
