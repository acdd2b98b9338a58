import { type Client, type ClientOptions, createClient, isOidcError, type OidcError, publicClient, type ServerMetadata } from '@oidc/core'
import { createClient as createOAuthClient } from '@oidc/core/oauth'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { device } from './device.js'

export const issuer = 'https://as.example'

export const metadata: ServerMetadata = {
  issuer,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  device_authorization_endpoint: `${issuer}/device_authorization`,
}

export const startTime = 1_700_000_000

/** What must stand in no error, event or log. */
export const canary = 'canary-device-code'

/** What the server got, its body decoded. */
export interface Seen {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: URLSearchParams
  /** Seconds since the start. */
  readonly at: number
}

export type Answer = { readonly status?: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } | Error

export interface MemoryServer {
  readonly seen: readonly Seen[]
  readonly slept: readonly number[]
  readonly fetch: typeof globalThis.fetch
  readonly clock: NonNullable<ClientOptions['clock']>
  advance(seconds: number): void
  client(options?: Partial<ClientOptions>, server?: ServerMetadata): Client
  oauthClient(options?: Partial<ClientOptions>): Client
}

/** A server in memory with a clock that moves when it is slept by: gives its answers in turn, and keeps giving the last one. */
export function createServer(...answers: readonly Answer[]): MemoryServer {
  const seen: Seen[] = []
  const slept: number[] = []
  let time = startTime
  const clock = {
    now: () => time,
    sleep: async (seconds: number, signal?: AbortSignal) => {
      slept.push(seconds)
      signal?.throwIfAborted()
      time += seconds
    },
  }
  const fetch = async (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    if (String(url).endsWith('/jwks')) return Response.json({ keys: [(await keys).jwk] })
    const answer = answers[Math.min(seen.length, answers.length - 1)] ?? {}
    seen.push({
      url: String(url),
      method: String(init.method),
      headers: new Headers(init.headers),
      body: new URLSearchParams(String(init.body)),
      at: time - startTime,
    })
    if (answer instanceof Error) throw answer
    const { status = 200, body, headers } = answer
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), {
      status,
      headers: { 'content-type': 'application/json', ...headers },
    })
  }
  const usual: ClientOptions = {
    client_id: 'tv',
    authentication: publicClient(),
    use: [device()],
    fetch,
    clock,
    id_token_signed_response_alg: 'ES256',
  }
  return {
    seen,
    slept,
    fetch,
    clock,
    advance(seconds) {
      time += seconds
    },
    client: (options = {}, server = metadata) => createClient(server, { ...usual, ...options }),
    oauthClient: (options = {}) => createOAuthClient(metadata, { ...usual, ...options }),
  }
}

export const started = (body: Readonly<Record<string, unknown>> = {}): Answer => ({
  body: {
    device_code: canary,
    user_code: 'WDJB-MJHT',
    verification_uri: `${issuer}/device`,
    verification_uri_complete: `${issuer}/device?user_code=WDJB-MJHT`,
    expires_in: 600,
    interval: 5,
    ...body,
  },
})

export const refused = (
  error: string,
  more: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Answer => ({
  status: 400,
  body: { error },
  ...more,
})

export const issued = (body: Readonly<Record<string, unknown>> = {}): Answer => ({
  body: { access_token: 'at', token_type: 'Bearer', expires_in: 3600, ...body },
})

const keys = /* @__PURE__ */ generateKeyPair('ES256').then(async ({ privateKey, publicKey }) => ({
  privateKey,
  jwk: { ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: 'k1' },
}))

/** An ID token that is good at the start, for the client `tv`. */
export async function idToken(claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const usual = { iss: issuer, sub: 'user-1', aud: 'tv', iat: startTime, exp: startTime + 900 }
  return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign((await keys).privateKey)
}

export async function refusalOf(promise: Promise<unknown>): Promise<OidcError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isOidcError(thrown)) return thrown
  throw new Error('no OidcError was thrown', { cause: thrown })
}
