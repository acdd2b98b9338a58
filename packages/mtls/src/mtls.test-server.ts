import { type Client, type ClientOptions, createClient, isOidcError, type OidcError, publicClient, type ServerMetadata } from '@oidc/core'
import { generate } from 'selfsigned'

export const issuer = 'https://as.example'
export const alias = 'https://mtls.as.example'

/** Every endpoint that a request goes to, by the operation's name for it. */
export const endpoints = {
  token_endpoint: 'token',
  introspection_endpoint: 'introspect',
  revocation_endpoint: 'revoke',
  pushed_authorization_request_endpoint: 'par',
  device_authorization_endpoint: 'device',
  backchannel_authentication_endpoint: 'ciba',
  userinfo_endpoint: 'userinfo',
} as const

const addresses = (base: string) => Object.fromEntries(Object.entries(endpoints).map(([name, path]) => [name, `${base}/${path}`]))

export const metadata: ServerMetadata = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  ...addresses(issuer),
  mtls_endpoint_aliases: addresses(alias),
}

export interface Seen {
  readonly url: string
  readonly headers: Headers
  readonly body: URLSearchParams
}

export type Answer = { readonly status?: number; readonly body?: unknown } | Error

/** A server in memory: gives its answers in turn, and keeps giving the last one. */
export function createServer(...answers: readonly Answer[]): { readonly seen: readonly Seen[]; readonly fetch: typeof globalThis.fetch } {
  const seen: Seen[] = []
  const fetch = async (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const answer = answers[Math.min(seen.length, answers.length - 1)] ?? {}
    seen.push({ url: String(url), headers: new Headers(init.headers), body: new URLSearchParams(String(init.body)) })
    if (answer instanceof Error) throw answer
    return Response.json(answer.body ?? {}, { status: answer.status ?? 200 })
  }
  return { seen, fetch }
}

export const issued = (body: Readonly<Record<string, unknown>> = {}): Answer => ({
  body: { access_token: 'at', token_type: 'Bearer', expires_in: 3600, ...body },
})

export function createTestClient(options: Partial<ClientOptions> = {}, server: ServerMetadata = metadata): Client {
  return createClient(server, { client_id: 'app', authentication: publicClient(), ...options })
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

export interface KeyAndCertificate {
  readonly key: string
  readonly cert: string
}

/** A certificate that signs itself, for `localhost`. */
export async function certify(commonName: string): Promise<KeyAndCertificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  })
  return { key, cert }
}
