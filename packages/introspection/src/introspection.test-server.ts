import {
  type Client,
  type ClientOptions,
  clientSecretBasic,
  createClient,
  isOidcError,
  type OidcError,
  type ServerMetadata,
} from '@oidc/core'
import { CompactEncrypt, CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose'
import { introspection } from './introspection.js'

export const issuer = 'https://as.example'
export const startTime = 1_700_000_000
/** Whatever holds one of these is a leak. */
export const canaries = { token: 'canary-token', sub: 'canary-subject', secret: 'canary-secret' }

export const metadata: ServerMetadata = {
  issuer,
  introspection_endpoint: `${issuer}/introspect`,
  revocation_endpoint: `${issuer}/revoke`,
  jwks_uri: `${issuer}/jwks`,
  introspection_signing_alg_values_supported: ['ES256'],
}

/** What the server got at its introspection endpoint, its body decoded. */
export interface Seen {
  readonly method: string
  readonly headers: Headers
  readonly body: URLSearchParams
}

export interface Answer {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface MemoryServer {
  readonly seen: readonly Seen[]
  readonly fetch: typeof globalThis.fetch
}

const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
const stranger = await generateKeyPair('ES256')
/** Opens what is encrypted to the client. */
export const opening: CryptoKeyPair = await generateKeyPair('ECDH-ES', { extractable: true })
const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'key-1', use: 'sig' }

/** A server in memory: gives its answers in turn, and keeps giving the last one. An answer may be a promise. */
export function createServer(...answers: readonly (Answer | Promise<Answer>)[]): MemoryServer {
  const seen: Seen[] = []
  const fetch = async (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    if (String(url) === metadata.jwks_uri) return Response.json({ keys: [jwk] })
    if (String(url) === metadata.revocation_endpoint) return new Response()
    const answer = answers[Math.min(seen.length, answers.length - 1)] ?? {}
    seen.push({ method: String(init.method), headers: new Headers(init.headers), body: new URLSearchParams(String(init.body)) })
    const { status = 200, body, headers } = await answer
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), {
      status,
      headers: { 'content-type': 'application/json', ...headers },
    })
  }
  return { seen, fetch }
}

export interface Forged {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly by?: 'stranger'
  /** Makes an HMAC in place of a signature. */
  readonly secret?: string
  readonly encrypt?: { readonly alg: string; readonly enc: string }
}

/** A signed answer about a token, with whatever an attacker changes. */
export async function signed(token_introspection: unknown, { header, claims, by, secret, encrypt }: Forged = {}): Promise<Answer> {
  const payload = { iss: issuer, aud: 'api', iat: startTime, token_introspection, ...claims }
  let body = await new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', kid: 'key-1', typ: 'token-introspection+jwt', ...header })
    .sign(secret === undefined ? (by ? stranger.privateKey : privateKey) : new TextEncoder().encode(secret))
  if (encrypt) body = await new CompactEncrypt(new TextEncoder().encode(body)).setProtectedHeader(encrypt).encrypt(opening.publicKey)
  return { body, headers: { 'content-type': 'application/token-introspection+jwt' } }
}

export interface TestClock {
  now(): number
  sleep(): Promise<void>
  advance(seconds: number): void
}

export function createClock(): TestClock {
  let time = startTime
  return {
    now: () => time,
    sleep: async () => undefined,
    advance: (seconds) => {
      time += seconds
    },
  }
}

export function createTestClient(options: Partial<ClientOptions> = {}, server: ServerMetadata = metadata): Client {
  return createClient(server, {
    client_id: 'api',
    authentication: clientSecretBasic(canaries.secret),
    use: [introspection()],
    clock: createClock(),
    ...options,
  })
}

export async function refusalOf(promise: Promise<unknown>): Promise<OidcError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isOidcError(thrown)) return thrown
  throw new Error('no OidcError was thrown', { cause: thrown })
}

/** An answer that comes when the test wants it. */
export function createDeferred(): { readonly promise: Promise<Answer>; resolve(answer: Answer): void } {
  let settle: (answer: Answer) => void = () => undefined
  const promise = new Promise<Answer>((resolve) => {
    settle = resolve
  })
  return { promise, resolve: (answer) => settle(answer) }
}
