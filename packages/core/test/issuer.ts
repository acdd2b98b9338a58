// What the tests of core share: an authorization server and an API in memory, a clock that stands still, randomness that repeats.
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import type { Clock } from '../src/base/clock.js'
import { sha256 } from '../src/base/digest.js'
import type { Random } from '../src/base/random.js'
import { type ClientOptions, publicClient, type ServerMetadata } from '../src/index.js'

/** The time at which every test begins, in epoch seconds. */
export const startOfTime = 1_800_000_000

export interface FixedClock extends Clock {
  /** Every wait that was asked for, in seconds. */
  readonly slept: number[]
  advance(seconds: number): void
}

/** A clock that moves only when it is told to, or slept by. */
export function fixedClock(start: number = startOfTime): FixedClock {
  let time = start
  const slept: number[] = []
  return {
    slept,
    now: () => time,
    advance(seconds) {
      time += seconds
    },
    async sleep(seconds, signal) {
      slept.push(seconds)
      signal?.throwIfAborted()
      time += seconds
    },
  }
}

/** Bytes that are the same in every run and differ at every call: the number of the call, then filler. */
export function countingRandom(): Random {
  let calls = 0
  return (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + calls * 11 + 5) & 255)
    new DataView(bytes.buffer).setUint32(0, ++calls)
    return bytes
  }
}

/** A request as the server saw it. */
export interface Recorded {
  readonly endpoint: EndpointKey
  readonly method: string
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The body read as a form. */
  readonly form: URLSearchParams
  readonly redirect: RequestRedirect
}

export type EndpointKey = 'discovery' | 'jwks' | 'token' | 'userinfo' | 'revocation' | 'par' | 'resource' | 'unknown'

/** An answer in place of the server's own, which `own` gives. A Response is cloned, so it may answer several times. */
export type Answer = Response | ((request: Recorded, own: () => Promise<Response>) => Response | Promise<Response>)

/** What the server remembers of a code. */
interface Grant {
  readonly client_id: string
  readonly redirect_uri: string
  readonly code_challenge: string
  readonly scope: string
  readonly nonce: string | undefined
}

export interface Issuer {
  /** `https://as.example` */
  readonly issuer: string
  /** Complete, with every endpoint below; make a changed copy by spreading it. */
  readonly metadata: ServerMetadata
  /** The API that takes its access tokens. */
  readonly resource: string
  /** Give it to the client. Each issuer has its own, so nothing that core shares by `fetch` is shared between tests. */
  readonly fetch: typeof globalThis.fetch
  /** Every request, oldest first. */
  readonly requests: readonly Recorded[]
  readonly clock: FixedClock
  /** The private key of the ID tokens, ES256, and the public one of `/jwks`. */
  readonly key: CryptoKey
  readonly publicJwk: JWK
  /** The requests that came to one endpoint. */
  requestsTo(endpoint: EndpointKey): readonly Recorded[]
  /** Answers the next requests to an endpoint, one each; the last answer stays for all that follow. None: the server's own again. */
  answer(endpoint: EndpointKey, ...answers: readonly Answer[]): void
  /** Options of a public client of this server, with its fetch, clock and a counting random. */
  options(options?: Partial<ClientOptions>): ClientOptions
  /** What a user who signs in and consents does with an authorization URL: gives the URL that the browser comes back to. */
  authorize(url: URL): URL
  /** Signs a JWT with the server's key. */
  sign(claims: JWTPayload, header?: { readonly alg?: string; readonly kid?: string; readonly typ?: string }): Promise<string>
  /** An ID token for `client-1` that is good now; a claim of undefined is left out. */
  idToken(claims?: JWTPayload, header?: { readonly kid?: string; readonly typ?: string }): Promise<string>
}

export interface IssuerSettings {
  readonly clock?: FixedClock
  /** Members of the metadata beside or in place of the usual ones; undefined takes one away. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Claims of every ID token beside or in place of the usual ones. */
  readonly claims?: JWTPayload
}

const base = 'https://as.example'
const api = 'https://api.example/things'

const paths: Readonly<Record<string, EndpointKey>> = {
  '/.well-known/openid-configuration': 'discovery',
  '/.well-known/oauth-authorization-server': 'discovery',
  '/jwks': 'jwks',
  '/token': 'token',
  '/userinfo': 'userinfo',
  '/revoke': 'revocation',
  '/par': 'par',
}

/** Starts a server in memory. It grants what it is asked for, checks codes and PKCE, and leaves client authentication to the test. */
export async function createIssuer({ clock = fixedClock(), metadata: changes = {}, claims = {} }: IssuerSettings = {}): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const publicJwk: JWK = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'ES256', use: 'sig' }
  const metadata = withoutUndefined({ ...usualMetadata, ...changes }) as unknown as ServerMetadata
  const requests: Recorded[] = []
  const overrides = new Map<EndpointKey, Answer[]>()
  const grants = new Map<string, Grant>()
  const pushed = new Map<string, URLSearchParams>()
  let serial = 0

  const sign: Issuer['sign'] = (payload, header = {}) =>
    new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'key-1', ...header }).sign(privateKey)
  const idToken: Issuer['idToken'] = (changed = {}, header = {}) => {
    const now = clock.now()
    const usual = { iss: base, sub: 'user-1', aud: 'client-1', iat: now, exp: now + 300 }
    return sign(withoutUndefined({ ...usual, ...claims, ...changed }), header)
  }

  const grantTokens = async (form: URLSearchParams): Promise<Response> => {
    const code = form.get('code')
    const grant = code === null ? undefined : grants.get(code)
    if (form.get('grant_type') === 'authorization_code') {
      const challenge = Buffer.from(await sha256(form.get('code_verifier') ?? '')).toString('base64url')
      if (!grant || grant.code_challenge !== challenge || grant.redirect_uri !== form.get('redirect_uri'))
        return jsonResponse({ error: 'invalid_grant' }, 400)
      grants.delete(code ?? '')
    }
    const access_token = `access-${++serial}`
    const at_hash = Buffer.from(await sha256(access_token))
      .subarray(0, 16)
      .toString('base64url')
    const isRefreshable = grant !== undefined || form.get('grant_type') === 'refresh_token'
    return jsonResponse({
      access_token,
      token_type: 'Bearer',
      expires_in: 3600,
      ...(isRefreshable && { refresh_token: `refresh-${serial}` }),
      ...(grant && { scope: grant.scope }),
      ...(grant?.scope.split(' ').includes('openid') && {
        id_token: await idToken({ aud: grant.client_id, at_hash, ...(grant.nonce !== undefined && { nonce: grant.nonce }) }),
      }),
    })
  }

  const own = async ({ endpoint, form }: Recorded): Promise<Response> => {
    switch (endpoint) {
      case 'discovery':
        return jsonResponse(metadata)
      case 'jwks':
        return jsonResponse({ keys: [publicJwk] })
      case 'token':
        return grantTokens(form)
      case 'userinfo':
        return jsonResponse({ sub: claims.sub ?? 'user-1', name: 'Ada' })
      case 'revocation':
        return new Response(null, { status: 200 })
      case 'par': {
        const request_uri = `urn:ietf:params:oauth:request_uri:${++serial}`
        pushed.set(request_uri, form)
        return jsonResponse({ request_uri, expires_in: 60 }, 201)
      }
      case 'resource':
        return jsonResponse({ things: [] })
      default:
        return new Response('not found', { status: 404, headers: { 'content-type': 'text/plain' } })
    }
  }

  const fetch: typeof globalThis.fetch = async (input, init) => {
    init?.signal?.throwIfAborted()
    const recorded = await record(new Request(input, init))
    requests.push(recorded)
    const queue = overrides.get(recorded.endpoint)
    const answer = queue && queue.length > 1 ? queue.shift() : queue?.[0]
    if (answer === undefined) return own(recorded)
    return answer instanceof Response ? answer.clone() : answer(recorded, () => own(recorded))
  }

  return {
    issuer: base,
    metadata,
    resource: api,
    fetch,
    requests,
    clock,
    key: privateKey,
    publicJwk,
    requestsTo: (endpoint) => requests.filter((request) => request.endpoint === endpoint),
    answer(endpoint, ...answers) {
      overrides.set(endpoint, [...answers])
    },
    options: (options = {}) => ({
      client_id: 'client-1',
      authentication: publicClient(),
      fetch,
      clock,
      random: countingRandom(),
      ...options,
    }),
    authorize(url) {
      const request = pushed.get(url.searchParams.get('request_uri') ?? '') ?? url.searchParams
      const read = (name: string) => request.get(name) ?? ''
      const code = `code-${++serial}`
      grants.set(code, {
        client_id: read('client_id'),
        redirect_uri: read('redirect_uri'),
        code_challenge: read('code_challenge'),
        scope: read('scope'),
        nonce: request.get('nonce') ?? undefined,
      })
      const back = new URL(read('redirect_uri'))
      back.search = new URLSearchParams({ code, state: read('state'), iss: base }).toString()
      return back
    },
    sign,
    idToken,
  }
}

const usualMetadata = {
  issuer: base,
  authorization_endpoint: `${base}/authorize`,
  token_endpoint: `${base}/token`,
  jwks_uri: `${base}/jwks`,
  userinfo_endpoint: `${base}/userinfo`,
  revocation_endpoint: `${base}/revoke`,
  pushed_authorization_request_endpoint: `${base}/par`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
}

/** A JSON answer. */
export function jsonResponse(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
}

async function record(request: Request): Promise<Recorded> {
  const { origin, pathname } = new URL(request.url)
  const body = await request.text()
  return {
    endpoint: origin === base ? (paths[pathname] ?? 'unknown') : request.url.startsWith(api) ? 'resource' : 'unknown',
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body,
    form: new URLSearchParams(body),
    redirect: request.redirect,
  }
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T
}
