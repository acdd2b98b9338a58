import { createHash } from 'node:crypto'
import { type Client, type ClientOptions, createAuthorizationRequest, createClient, publicClient, type Transaction } from '@oidc/core'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { hybrid } from './hybrid.js'
import type { HybridOptions } from './options.js'

export const issuer = 'https://as.example'
export const redirect_uri = 'https://app.example/cb'
export const startTime = 1_800_000_000

export interface Login {
  readonly client: Client
  readonly url: URL
  readonly transaction: Transaction
  /** Requests to the token endpoint. */
  readonly redeemed: readonly URLSearchParams[]
  /** A good response; members in place of the good ones, undefined takes one away. `claims` are those of its ID token. */
  respond(changes?: Readonly<Record<string, string | undefined>>, claims?: JWTPayload): Promise<URL>
  /** The same, for the ID token alone. */
  idToken(claims?: JWTPayload): Promise<string>
}

export interface LoginSettings {
  readonly options: HybridOptions
  readonly client?: Partial<ClientOptions>
  readonly server?: Readonly<Record<string, unknown>>
  /** Claims of the ID token of the token endpoint. */
  readonly backChannel?: JWTPayload
}

const keys = generateKeyPair('ES256')

export const halfHash = (value: string): string => createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url')

/** A login up to the response. */
export async function startLogin({ options, client: more = {}, server = {}, backChannel = {} }: LoginSettings): Promise<Login> {
  const { privateKey, publicKey } = await keys
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }
  const redeemed: URLSearchParams[] = []
  const sign = (claims: JWTPayload) => new SignJWT(withoutUndefined(claims)).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey)
  const usual = { iss: issuer, sub: 'user', aud: 'app', iat: startTime, exp: startTime + 300 }
  const client = createClient(
    {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      id_token_signing_alg_values_supported: ['ES256'],
      ...server,
    },
    {
      client_id: 'app',
      authentication: publicClient(),
      clock: { now: () => startTime, sleep: async () => undefined },
      use: [hybrid(options)],
      fetch: async (input, init) => {
        if (new URL(String(input)).pathname === '/jwks') return Response.json({ keys: [jwk] })
        redeemed.push(new URLSearchParams(String(init?.body)))
        const id_token = await sign({ ...usual, nonce: transaction.nonce, ...backChannel })
        return Response.json({ access_token: 'at', token_type: 'Bearer', id_token })
      },
      ...more,
    },
  )
  const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
  const { response_type, state, nonce } = transaction
  const has = (part: string) => response_type.split(' ').includes(part)
  const idToken = (claims: JWTPayload = {}) =>
    sign({
      ...usual,
      nonce,
      ...(has('code') && { c_hash: halfHash('the code') }),
      ...(has('token') && { at_hash: halfHash('front.token') }),
      ...claims,
    })
  return {
    client,
    url,
    transaction,
    redeemed,
    idToken,
    async respond(changes = {}, claims = {}) {
      const parameters = withoutUndefined({
        state,
        ...(has('code') && { code: 'the code' }),
        ...(has('token') && { access_token: 'front.token', token_type: 'bearer', expires_in: '60' }),
        ...(has('id_token') && { id_token: await idToken(claims) }),
        ...changes,
      })
      return new URL(`${redirect_uri}#${new URLSearchParams(parameters as Record<string, string>)}`)
    },
  }
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T
}
