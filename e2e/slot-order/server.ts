import type { Clock, ServerMetadata } from '@oidc/core'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** A server in memory whose answers depend on nothing but what it was asked since the last reset, so that two runs can be compared to the byte. */
export interface TracedServer {
  readonly metadata: ServerMetadata
  readonly api: string
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  /** Every message since the last reset, as it came to the wire, and every wait. */
  readonly trace: readonly string[]
  reset(): void
  /** Where the browser comes back to: the response stands in one parameter, sealed by the server. */
  authorize(url: URL): URL
}

const issuer = 'https://as.example'
const api = 'https://api.example/things'
const start = 1_800_000_000

/** Its token endpoint refuses every nonce once, and asks for patience with the first refresh: both kinds of retry happen. */
export async function createTracedServer(): Promise<TracedServer> {
  const { privateKey, publicKey } = await generateKeyPair('Ed25519')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA', use: 'sig' }
  const trace: string[] = []
  const challenged = new Set<string>()
  let time = start
  let wasImpatient = false
  let pushed = new URLSearchParams()

  const challenge = (place: string, status: number): Response | undefined => {
    if (challenged.has(place)) return undefined
    challenged.add(place)
    const headers = { 'dpop-nonce': `nonce-for-${place}`, 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'x-sealed': 'yes' }
    return Response.json({ error: 'use_dpop_nonce' }, { status, headers })
  }

  const grantTokens = async (form: URLSearchParams): Promise<Response> => {
    if (form.get('grant_type') === 'refresh_token' && !wasImpatient) {
      wasImpatient = true
      return Response.json({ error: 'slow_down' }, { status: 429, headers: { 'x-sealed': 'yes' } })
    }
    const id_token = await new SignJWT({ sub: 'user', nonce: pushed.get('nonce') })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'k' })
      .setIssuer(issuer)
      .setAudience('app')
      .setIssuedAt(time)
      .setExpirationTime(time + 300)
      .sign(privateKey)
    const tokens = { access_token: 'at', token_type: 'DPoP', refresh_token: 'rt', expires_in: 300 }
    return answer(form.get('grant_type') === 'refresh_token' ? tokens : { ...tokens, id_token }, 200, 'application/vnd.tokens+json')
  }

  const respond = async (path: string, form: URLSearchParams): Promise<Response> => {
    if (path === '/jwks') return Response.json({ keys: [jwk] })
    if (path === '/par') {
      const refusal = challenge('par', 400)
      pushed = new URLSearchParams(atob(form.get('request') ?? ''))
      return refusal ?? answer({ request_uri: 'urn:pushed', expires_in: 60 }, 201)
    }
    if (path === '/alias/token') return challenge('token', 400) ?? grantTokens(form)
    if (path === '/userinfo') return answer({ sub: 'user' })
    return challenge('api', 401) ?? answer({ things: [] })
  }

  return {
    api,
    trace,
    metadata: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      pushed_authorization_request_endpoint: `${issuer}/par`,
      id_token_signing_alg_values_supported: ['EdDSA'],
    },
    clock: {
      now: () => time,
      async sleep(seconds) {
        trace.push(`waits ${seconds}`)
        time += seconds
      },
    },
    async fetch(input, { method = 'GET', headers, body } = {}) {
      const url = new URL(String(input))
      // The key set is shared by the process, so only the first run asks for it.
      if (url.pathname !== '/jwks') trace.push(JSON.stringify([method, url.href, headers, String(body ?? '')]))
      return respond(url.pathname, new URLSearchParams(String(body ?? '')))
    },
    reset() {
      trace.length = 0
      challenged.clear()
      time = start
      wasImpatient = false
    },
    authorize(url) {
      trace.push(url.href)
      const response = new URLSearchParams({ code: 'code', state: pushed.get('state') ?? '' })
      return new URL(`${pushed.get('redirect_uri')}?response=${encodeURIComponent(btoa(response.toString()))}`)
    },
  }
}

function answer(body: unknown, status = 200, type = 'application/json'): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': type, 'x-sealed': 'yes' } })
}
