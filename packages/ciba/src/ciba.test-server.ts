import { type Client, type ClientOptions, clientSecretBasic, createClient, type ServerMetadata } from '@oidc/core'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { type CIBAOptions, ciba } from './ciba.js'
import { hash } from './pending.js'
import { type CIBAStore, createCIBAStore, type PendingAuthentication } from './store.js'

export const issuer = 'https://as.example'
export const startTime = 1_700_000_000
export const access_token = 'access-canary'
export const refresh_token = 'refresh-canary'
export const auth_req_id = 'req-canary-1'

export const metadata: ServerMetadata = {
  issuer,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  backchannel_authentication_endpoint: `${issuer}/bc-authorize`,
  id_token_signing_alg_values_supported: ['ES256'],
}

/** What the server got, its body decoded. */
export interface Seen {
  readonly url: string
  readonly headers: Headers
  readonly body: URLSearchParams
  /** Epoch seconds. */
  readonly at: number
}

export type Answer = () => Response | Promise<Response>

export function reply(body: unknown, status = 200): Answer {
  return () => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
}

export const accepted = (more: Readonly<Record<string, unknown>> = {}): Answer =>
  reply({ auth_req_id, expires_in: 120, interval: 5, ...more })
export const failed = (error: string): Answer => reply({ error }, 400)
export const pending: Answer = failed('authorization_pending')

const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'ES256', use: 'sig' }] }

/** Another key, which the server does not publish. */
export const foreignKey: CryptoKey = (await generateKeyPair('ES256', { extractable: true })).privateKey

/** The left half of a hash. */
export async function half(value: string): Promise<string> {
  return Buffer.from(await hash(value), 'base64url')
    .subarray(0, 16)
    .toString('base64url')
}

/** An ID token that is good now; a claim of undefined is left out. */
export function signIdToken(claims: JWTPayload = {}, key: CryptoKey = privateKey, at: number = startTime): Promise<string> {
  const all = { iss: issuer, aud: 'app', sub: 'user-canary', iat: at, exp: at + 300, ...claims }
  return new SignJWT(JSON.parse(JSON.stringify(all))).setProtectedHeader({ alg: 'ES256', kid: 'key-1' }).sign(key)
}

export const claimNames = {
  auth_req_id: 'urn:openid:params:jwt:claim:auth_req_id',
  rt_hash: 'urn:openid:params:jwt:claim:rt_hash',
} as const

/** The claims that bind a push. */
export async function bindingClaims(): Promise<JWTPayload> {
  return { [claimNames.auth_req_id]: auth_req_id, [claimNames.rt_hash]: await half(refresh_token), at_hash: await half(access_token) }
}

export const granted = (claims: JWTPayload = {}, more: Readonly<Record<string, unknown>> = {}): Answer => {
  return async () =>
    (await reply({ access_token, token_type: 'Bearer', expires_in: 60, id_token: await signIdToken(claims), ...more })()) as Response
}

export interface World {
  readonly client: Client
  readonly seen: readonly Seen[]
  readonly slept: readonly number[]
  readonly entries: ReadonlyMap<string, PendingAuthentication>
  advance(seconds: number): void
  /** Answers in turn, and keeps giving the last one. */
  answer(path: '/bc-authorize' | '/token' | '/jwks', ...answers: readonly Answer[]): void
  seenAt(path: string): readonly Seen[]
  /** The token of the newest request. */
  notificationToken(): string
  /** A call to the notification endpoint. */
  call(body?: unknown, init?: { readonly token?: string | null; readonly method?: string; readonly type?: string | null }): Request
}

export interface WorldOptions {
  readonly ciba?: Partial<CIBAOptions>
  readonly client?: Partial<ClientOptions>
  readonly server?: Readonly<Record<string, unknown>>
}

/** A server in memory, a client of it, and a clock that moves only when it is slept by. */
export function createWorld({ ciba: options = {}, client: more = {}, server = {} }: WorldOptions = {}): World {
  const seen: Seen[] = []
  const slept: number[] = []
  let time = startTime
  let drawn = 0
  const answers = new Map<string, readonly Answer[]>([
    ['/bc-authorize', [accepted()]],
    ['/token', [granted()]],
    ['/jwks', [reply(jwks)]],
  ])
  const seenAt = (path: string) => seen.filter(({ url }) => url === issuer + path)
  const fetch = async (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const path = new URL(String(url)).pathname
    const queue = answers.get(path) ?? []
    const { length } = seenAt(path)
    seen.push({ url: String(url), headers: new Headers(init.headers), body: new URLSearchParams(String(init.body ?? '')), at: time })
    return (queue[Math.min(length, queue.length - 1)] ?? reply({}, 404))()
  }
  const entries = new Map<string, PendingAuthentication>()
  const memory = createCIBAStore({ now: () => time })
  const store: CIBAStore = {
    set: (key, value, seconds) => {
      entries.set(key, value)
      memory.set(key, value, seconds)
    },
    get: memory.get,
    take: (key) => {
      entries.delete(key)
      return memory.take(key)
    },
    delete: (key) => {
      entries.delete(key)
      memory.delete(key)
    },
  }
  const client = createClient(
    { ...metadata, ...server },
    {
      client_id: 'app',
      authentication: clientSecretBasic('only for tests'),
      clock: {
        now: () => time,
        sleep: async (seconds, signal) => {
          slept.push(seconds)
          signal?.throwIfAborted()
          time += seconds
        },
      },
      random: (length) => new Uint8Array(length).fill(++drawn),
      fetch,
      use: [ciba({ mode: 'poll', store, ...options })],
      ...more,
    },
  )
  const notificationToken = () => seenAt('/bc-authorize').at(-1)?.body.get('client_notification_token') ?? ''
  return {
    client,
    seen,
    slept,
    entries,
    advance: (seconds) => {
      time += seconds
    },
    answer: (path, ...given) => {
      answers.set(path, [...Array.from({ length: seenAt(path).length }, () => pending), ...given])
    },
    seenAt,
    notificationToken,
    call(body = { auth_req_id }, { token = notificationToken(), method = 'POST', type = 'application/json' } = {}) {
      const headers = new Headers()
      if (token !== null) headers.set('authorization', `Bearer ${token}`)
      if (type !== null) headers.set('content-type', type)
      const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
      return new Request('https://app.example/ciba', { method, headers, ...(method === 'POST' && { body: text as BodyInit }) })
    },
  }
}

export const parameters = { scope: 'openid', login_hint: 'hint-canary' }

/** A push with everything that it must have; members and claims of undefined are left out. */
export async function pushBody(
  members: Readonly<Record<string, unknown>> = {},
  claims: JWTPayload = {},
  key: CryptoKey = privateKey,
): Promise<Readonly<Record<string, unknown>>> {
  const id_token = await signIdToken({ ...(await bindingClaims()), ...claims }, key)
  return { auth_req_id, access_token, token_type: 'Bearer', refresh_token, expires_in: 60, id_token, ...members }
}
