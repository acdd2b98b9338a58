import type { Clock } from '@oidc/core'
import {
  type Client,
  type ClientEvent,
  type ClientOptions,
  clientSecretBasic,
  createClient,
  type ServerMetadata,
  type Tokens,
} from '@oidc/core'

export const issuer = 'https://as.example'
export const api = 'https://api.example/orders'
export const startTime = 1_800_000_000

export const metadata: ServerMetadata = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  revocation_endpoint: `${issuer}/revoke`,
}

/** Secrets that no error may show. */
export const secrets: readonly string[] = ['canary-refresh', 'canary-access', 'canary-secret', 'canary-sub']

/** The tokens that a login gave. */
export const login: Tokens = {
  access_token: 'canary-access-0',
  token_type: 'Bearer',
  expires_in: 3600,
  expires_at: startTime + 3600,
  refresh_token: 'canary-refresh-0',
  scope: 'orders',
}

export interface TestClock extends Clock {
  advance(seconds: number): void
}

/** A clock that moves when it is told to, or slept by. */
export function testClock(): TestClock {
  let time = startTime
  return {
    now: () => time,
    advance(seconds) {
      time += seconds
    },
    async sleep(seconds, signal) {
      signal?.throwIfAborted()
      time += seconds
    },
  }
}

/** A request as the server saw it. */
export interface Seen {
  readonly url: string
  readonly method: string
  readonly authorization: string | null
  readonly form: URLSearchParams
}

export type Answer = Response | ((own: () => Response, seen: Seen) => Response | Promise<Response>)

export interface TestServer {
  readonly clock: TestClock
  readonly seen: Seen[]
  readonly events: ClientEvent[]
  readonly fetch: typeof fetch
  /** The refresh tokens that were sent, in order. */
  sent(): (string | null)[]
  to(path: string): Seen[]
  /** Answers in place of the server's own, one for each request to that path; then it answers itself again. */
  answer(path: string, ...answers: Answer[]): void
  client(options?: Partial<ClientOptions>, server?: Partial<ServerMetadata>): Client
}

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
}

export const refused = (error: string, status = 400): Response => json({ error }, status)

/**
 * A server and an API in memory. Refresh tokens rotate, and one that comes twice revokes the family, as RFC 9700, section 4.14.2, wants. The API
 * takes every token, until it is told otherwise.
 */
export function createServer({ clock = testClock() }: { readonly clock?: TestClock } = {}): TestServer {
  const seen: Seen[] = []
  const events: ClientEvent[] = []
  const queues = new Map<string, Answer[]>()
  let serial = 0
  let good = login.refresh_token
  const grant = (form: URLSearchParams): Response => {
    const isRefresh = form.get('grant_type') === 'refresh_token'
    if (isRefresh && form.get('refresh_token') !== good) {
      good = undefined
      return refused('invalid_grant')
    }
    serial++
    if (isRefresh) good = `canary-refresh-${serial}`
    return json({
      access_token: `canary-access-${serial}`,
      token_type: 'Bearer',
      expires_in: 3600,
      ...(isRefresh && { refresh_token: good }),
    })
  }
  const fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    init.signal?.throwIfAborted()
    const url = new URL(String(input))
    const request: Seen = {
      url: url.href,
      method: String(init.method),
      authorization: new Headers(init.headers).get('authorization'),
      form: new URLSearchParams(typeof init.body === 'string' ? init.body : ''),
    }
    seen.push(request)
    const own = () => {
      if (url.pathname === '/token') return grant(request.form)
      return url.pathname === '/revoke' ? new Response(null, { status: 200 }) : json({ orders: [] })
    }
    const answer = queues.get(url.pathname)?.shift()
    if (answer === undefined) return own()
    return answer instanceof Response ? answer : answer(own, request)
  }
  return {
    clock,
    seen,
    events,
    fetch,
    to: (path) => seen.filter(({ url }) => new URL(url).pathname === path),
    sent: () => seen.filter(({ url }) => url === metadata.token_endpoint).map(({ form }) => form.get('refresh_token')),
    answer: (path, ...answers) => void queues.set(path, answers),
    client: (options = {}, server = {}) =>
      createClient(
        { ...metadata, ...server },
        {
          client_id: 'app',
          authentication: clientSecretBasic('canary-secret'),
          clock,
          fetch,
          onEvent: (event) => void events.push(event),
          ...options,
        },
      ),
  }
}
