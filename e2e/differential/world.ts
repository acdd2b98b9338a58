// One login with UserInfo, as an honest server would serve it, and the places where a case may spoil it.
import { exportJWK, generateKeyPair, type JWK } from 'jose'

export const issuer = 'https://as.example'
export const redirect_uri = 'https://app.example/callback'
export const client_id = 'client-1'
/** Epoch seconds at which every login happens. */
export const time = 1_800_000_000

type Members = Readonly<Record<string, unknown>>

/** What a client must know of its own login, and the server puts into its answers. */
export interface Secrets {
  readonly state: string
  readonly nonce: string
}

/** What an ID token is made of; `sign` makes a true signature over any two texts. */
export interface Parts {
  readonly header: Members
  readonly claims: Members
  readonly keys: ServerKeys
  sign(header: Members | string, claims: unknown): Promise<string>
}

/** One input, honest but for what is said here. A part that is given as a Response is sent as it is, everything else as JSON. */
export interface Case {
  readonly title: string
  readonly metadata?: (honest: Members) => unknown
  readonly keySet?: (honest: readonly JWK[], keys: ServerKeys) => unknown
  readonly callback?: (honest: URLSearchParams, secrets: Secrets) => URLSearchParams | URL
  readonly header?: (honest: Members) => Members
  readonly claims?: (honest: Members) => Members
  readonly idToken?: (parts: Parts) => unknown
  readonly tokens?: (honest: Members) => unknown
  readonly userInfo?: (honest: Members) => unknown
  /** Seconds since sign-in that the request allows. */
  readonly max_age?: number
}

export interface ServerKeys {
  readonly signing: CryptoKeyPair
  readonly rsa: CryptoKeyPair
  readonly other: CryptoKeyPair
  readonly jwk: JWK
  readonly rsaJwk: JWK
  readonly otherJwk: JWK
  /** With its private part. */
  readonly privateJwk: JWK
}

export async function makeKeys(): Promise<ServerKeys> {
  const [signing, rsa, other] = await Promise.all([
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('ES256', { extractable: true }),
  ])
  return {
    signing,
    rsa,
    other,
    jwk: { ...(await exportJWK(signing.publicKey)), kid: 'key-1', alg: 'ES256', use: 'sig' },
    rsaJwk: { ...(await exportJWK(rsa.publicKey)), kid: 'key-2', alg: 'RS256', use: 'sig' },
    otherJwk: { ...(await exportJWK(other.publicKey)), kid: 'key-3', alg: 'ES256', use: 'sig' },
    privateJwk: { ...(await exportJWK(signing.privateKey)), kid: 'key-1', alg: 'ES256', use: 'sig' },
  }
}

/** The server of one login. Every client gets one of its own, so that nothing that a client keeps by fetch or issuer outlives the case. */
export interface World {
  readonly fetch: typeof globalThis.fetch
  /** Where the browser comes back to, once the client has its secrets. */
  callback(secrets: Secrets): URL
}

export function makeWorld(keys: ServerKeys, one: Case): World {
  let secrets: Secrets = { state: '', nonce: '' }
  let { sub }: Members = { sub: 'user-1' }
  const answers: Readonly<Record<string, () => unknown>> = {
    '/.well-known/openid-configuration': () => (one.metadata ?? same)(metadata),
    '/jwks': () => (one.keySet ?? (() => ({ keys: [keys.jwk] })))([keys.jwk], keys),
    '/token': async () => {
      const { id_token, claims } = await makeIdToken(keys, one, secrets)
      sub = claims.sub
      return (one.tokens ?? same)({ access_token: 'access-token-1', token_type: 'Bearer', expires_in: 3600, id_token })
    },
    '/userinfo': () => (one.userInfo ?? same)({ sub, name: 'Ada' }),
  }
  return {
    async fetch(input, init) {
      const { pathname } = new URL(new Request(input, init).url)
      const answer = await answers[pathname]?.()
      if (answer === undefined) return new Response('not found', { status: 404 })
      return answer instanceof Response ? answer : json(JSON.stringify(answer))
    },
    callback(own) {
      secrets = own
      const honest = new URLSearchParams({ code: 'code-1', state: own.state, iss: issuer })
      const changed = one.callback?.(honest, own) ?? honest
      return changed instanceof URL ? changed : new URL(`${redirect_uri}?${changed}`)
    },
  }
}

async function makeIdToken(keys: ServerKeys, one: Case, { nonce }: Secrets): Promise<{ id_token: unknown; claims: Members }> {
  const header = (one.header ?? same)({ alg: 'ES256', kid: 'key-1' })
  const honest = { iss: issuer, sub: 'user-1', aud: client_id, exp: time + 300, iat: time, nonce }
  const claims = (one.claims ?? same)(honest)
  const sign: Parts['sign'] = (head, body) => signAs(keys.signing.privateKey, head, body)
  return { id_token: await (one.idToken ? one.idToken({ header, claims, keys, sign }) : sign(header, claims)), claims }
}

/** A compact JWS with a true ES256 signature, whatever its two texts are. Strings go in as they are, everything else as JSON. */
export async function signAs(key: CryptoKey, header: unknown, payload: unknown): Promise<string> {
  const input = `${segment(header)}.${segment(payload)}`
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, Buffer.from(input))
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

export function segment(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

/** An answer with exactly this body. */
export function json(body: BodyInit | null, { status = 200, type = 'application/json', ...more }: Answer = {}): Response {
  return new Response(body, { status, headers: { ...(type !== null && { 'content-type': type }), ...more.headers } })
}

export interface Answer {
  readonly status?: number
  /** The content type; null for none. */
  readonly type?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

const metadata: Members = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  userinfo_endpoint: `${issuer}/userinfo`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
}

function same<T>(value: T): T {
  return value
}
