import { type Client, discover, privateKeyJwt } from '@oidc/core'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { par } from '@oidc/par'

export interface ClientSettings {
  readonly issuer: string
  readonly client_id: string
  /** Signs the client's assertions. */
  readonly privateKey: CryptoKey
  readonly fetch: typeof fetch
}

/** The demo's client of the provider: pushed requests, signed assertions, tokens bound to a key that never leaves this process. */
export async function connectClient({ issuer, client_id, privateKey, fetch }: ClientSettings): Promise<Client> {
  return discover(issuer, {
    client_id,
    authentication: privateKeyJwt(privateKey),
    use: [par(), dpop({ keyPair: await generateDPoPKeyPair('ES256') })],
    dpop_bound_access_tokens: true,
    require_pushed_authorization_requests: true,
    id_token_signed_response_alg: 'ES256',
    allowInsecure: 'loopback',
    fetch,
  })
}
