import {
  type Client,
  type ClientOptions,
  clientSecretBasic,
  createClient,
  isOidcError,
  type OidcError,
  type ServerMetadata,
} from '@oidc/core'
import { json, type Operation } from '@oidc/core/plugin'
import { compactVerify, EmbeddedJWK, type JWK } from 'jose'
import { type DPoPOptions, dpop } from './dpop.js'
import { type DPoPKeyPair, generateDPoPKeyPair } from './key-pair.js'

export const issuer = 'https://as.example'
export const api = 'https://api.example/accounts'

export const metadata: ServerMetadata = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/userinfo`,
  revocation_endpoint: `${issuer}/revoke`,
  pushed_authorization_request_endpoint: `${issuer}/par`,
  device_authorization_endpoint: `${issuer}/device`,
}

export const redirect_uri = 'https://app.example/cb'
export const startTime = 1_700_000_000

/** What the server got. */
export interface Seen {
  readonly url: string
  readonly method: string
  readonly redirect: RequestRedirect | undefined
  readonly headers: Headers
  readonly body: string
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

/** A server in memory: gives its answers in turn, and keeps giving the last one. An answer may depend on the request. */
export function createServer(...answers: readonly (Answer | ((seen: Seen) => Answer | Promise<Answer>))[]): MemoryServer {
  const seen: Seen[] = []
  const fetch = async (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const answer = answers[Math.min(seen.length, answers.length - 1)] ?? {}
    const request = {
      url: String(url),
      method: String(init.method),
      redirect: init.redirect,
      headers: new Headers(init.headers),
      body: String(init.body ?? ''),
    }
    seen.push(request)
    const { status = 200, body = {}, headers } = typeof answer === 'function' ? await answer(request) : answer
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), {
      status,
      headers: { 'content-type': 'application/json', ...headers },
    })
  }
  return { seen, fetch }
}

export const issued = (body: Readonly<Record<string, unknown>> = {}, headers: Readonly<Record<string, string>> = {}): Answer => ({
  body: { access_token: 'at', token_type: 'DPoP', ...body },
  headers,
})

/** RFC 9449, section 8. */
export const wantsNonce = (nonce?: string): Answer => ({
  status: 400,
  body: { error: 'use_dpop_nonce' },
  headers: nonce === undefined ? {} : { 'dpop-nonce': nonce },
})

/** RFC 9449, section 9. */
export const challenges = (challenge: string, nonce?: string): Answer => ({
  status: 401,
  body: '',
  headers: { 'www-authenticate': challenge, ...(nonce !== undefined && { 'dpop-nonce': nonce }) },
})

export const keyPair: DPoPKeyPair = await generateDPoPKeyPair()

/** A client with a counter for a random source and dpop() with one key, which an option replaces. */
export function createTestClient(options: Partial<ClientOptions> & { readonly dpop?: Partial<DPoPOptions> } = {}): Client {
  const { dpop: dpopOptions, ...rest } = options
  return createBareClient({ use: [dpop({ keyPair, ...dpopOptions })], ...rest })
}

/** The same without a plugin. */
export function createBareClient(options: Partial<ClientOptions> = {}, server: ServerMetadata = metadata): Client {
  let drawn = 0
  return createClient(server, {
    client_id: 'app',
    authentication: clientSecretBasic('only for tests'),
    clock: { now: () => startTime, sleep: async () => undefined },
    random: (length) => {
      drawn++
      return Uint8Array.from({ length }, (_, at) => (at < 4 ? drawn >> (8 * at) : at))
    },
    ...options,
  })
}

export interface Proof {
  readonly header: Readonly<Record<string, unknown>> & { readonly jwk: JWK }
  readonly claims: Readonly<Record<string, unknown>>
}

/** The proof of a request, its signature verified with the key that stands in it. */
export async function proofOf(seen: Seen | undefined): Promise<Proof> {
  const { payload, protectedHeader } = await compactVerify(seen?.headers.get('dpop') ?? '', EmbeddedJWK)
  return { header: protectedHeader as Proof['header'], claims: JSON.parse(new TextDecoder().decode(payload)) }
}

export async function claimsOf(seen: Seen | undefined): Promise<Proof['claims']> {
  return (await proofOf(seen)).claims
}

/** An operation that dpop() knows nothing of. */
export const deviceOperation: Operation<unknown> = {
  name: 'device_authorization',
  endpoint: 'device_authorization_endpoint',
  method: 'POST',
  credential: 'client',
  body: 'form',
  status: [200],
  replay: 'if_refused',
  accept: { 'application/json': json },
  parse: (body) => body,
}

export async function refusalOf(promise: Promise<unknown>): Promise<OidcError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isOidcError(thrown)) return thrown
  throw new Error('no OidcError was thrown', { cause: thrown })
}

/** A JWT that nobody need verify. */
export function fakeJwt(claims: unknown): string {
  const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${segment({ alg: 'ES256', typ: 'at+jwt' })}.${segment(claims)}.c2ln`
}
