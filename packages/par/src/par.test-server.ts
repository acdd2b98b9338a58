import { type Client, type ClientOptions, clientSecretBasic, createClient, type ServerMetadata } from '@oidc/core'

export const issuer = 'https://as.example'

export const metadata: ServerMetadata = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  pushed_authorization_request_endpoint: `${issuer}/par`,
}

export const redirect_uri = 'https://app.example/cb'

/** What the server got, its body decoded. */
export interface Seen {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: URLSearchParams
}

export interface MemoryServer {
  readonly seen: readonly Seen[]
  readonly fetch: typeof globalThis.fetch
}

export type Answer = { readonly status?: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }

/** A server in memory: gives its answers in turn, and keeps giving the last one. */
export function createServer(...answers: readonly Answer[]): MemoryServer {
  const seen: Seen[] = []
  const fetch = async (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const { status = 201, body, headers } = answers[Math.min(seen.length, answers.length - 1)] ?? {}
    seen.push({
      url: String(url),
      method: String(init.method),
      headers: new Headers(init.headers),
      body: new URLSearchParams(String(init.body)),
    })
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), {
      status,
      headers: { 'content-type': 'application/json', ...headers },
    })
  }
  return { seen, fetch }
}

export const pushed = (body: Readonly<Record<string, unknown>> = {}): Answer => ({
  body: { request_uri: 'urn:ietf:params:oauth:request_uri:6esc', expires_in: 60, ...body },
})

export const startTime = 1_700_000_000

export function createTestClient(options: Partial<ClientOptions> = {}, server: ServerMetadata = metadata): Client {
  let drawn = 0
  return createClient(server, {
    client_id: 'app',
    authentication: clientSecretBasic('only for tests'),
    clock: { now: () => startTime, sleep: async () => undefined },
    random: (length) => new Uint8Array(length).fill(++drawn),
    ...options,
  })
}
