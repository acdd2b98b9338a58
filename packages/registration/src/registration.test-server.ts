import { isOidcError, type OidcError, type ServerMetadata } from '@oidc/core'
import type { Registration } from './registration-response.js'

export const issuer = 'https://as.example'
/** Whatever shows one of these is a leak. */
export const canaries = { secret: 'canary-secret', token: 'canary-registration-token', initial: 'canary-initial-token' }

export const metadata: ServerMetadata = {
  issuer,
  token_endpoint: `${issuer}/token`,
  registration_endpoint: `${issuer}/register`,
}

/** What the server got. */
export interface Seen {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>> | undefined
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

/** A server in memory: gives its answers in turn, and keeps giving the last one. Discovery is not counted. */
export function createServer(...answers: readonly Answer[]): MemoryServer {
  const seen: Seen[] = []
  const fetch = async (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    if (String(url).includes('/.well-known/')) return Response.json(metadata)
    const { status = 200, body, headers } = answers[Math.min(seen.length, answers.length - 1)] ?? {}
    seen.push({
      url: String(url),
      method: String(init.method),
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    })
    const text = typeof body === 'string' ? body : body === undefined ? null : JSON.stringify(body)
    return new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } })
  }
  return { seen, fetch }
}

export const whole: Registration & { readonly registration_client_uri: string } = {
  client_id: 'client-1',
  client_id_issued_at: 1_700_000_000,
  client_secret: canaries.secret,
  client_secret_expires_at: 0,
  registration_access_token: canaries.token,
  registration_client_uri: `${issuer}/register/client-1`,
  redirect_uris: ['https://app.example/cb'],
  token_endpoint_auth_method: 'client_secret_basic',
}

export const registered = (more: Readonly<Record<string, unknown>> = {}): Answer => ({ status: 201, body: { ...whole, ...more } })

export async function refusalOf(promise: Promise<unknown>): Promise<OidcError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isOidcError(thrown)) return thrown
  throw new Error('no OidcError was thrown', { cause: thrown })
}
