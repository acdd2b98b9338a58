import { generateKeyPairSync } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Configuration, Provider } from 'oidc-provider'
import { createUserAgent, type UserAgent } from './user-agent.ts'

export interface ProviderOptions {
  /** PEM. With it the provider speaks https; the certificate must name `localhost`. */
  readonly tls?: {
    readonly key: string
    readonly cert: string
    /** Whether clients are asked for a certificate, which they need not have. */
    readonly requestCert?: boolean
    readonly rejectUnauthorized?: boolean
  }
  /** Another version of it, for what the newest does no longer. */
  readonly Provider?: typeof Provider
  /** Sees every request first: it may answer (true), or change what the provider answers. */
  readonly intercept?: (request: http.IncomingMessage, response: http.ServerResponse) => boolean
}

export interface LoginOptions {
  /** The account, which is also the `sub`. */
  readonly login?: string
  /** The prompt at which the user cancels. */
  readonly cancelAt?: 'login' | 'consent'
  /** A user agent with the cookies of earlier walks; a fresh one by default. */
  readonly browser?: UserAgent
}

export interface RunningProvider {
  readonly issuer: string
  readonly provider: Provider
  /** Trusts the certificate of `tls`. */
  readonly fetch: typeof globalThis.fetch
  openBrowser(): UserAgent
  /** Signs in, consents, and gives the callback URL. */
  login(url: string | URL, options?: LoginOptions): Promise<URL>
  /** The same under response mode `form_post`: the request that the browser sends to the callback. */
  loginByForm(url: string | URL, options?: LoginOptions): Promise<Request>
  close(): Promise<void>
}

/**
 * Starts oidc-provider at `localhost` on a port of the system's choice. What is given stands over the defaults: keys for RS256, PS256,
 * ES256 and EdDSA, accounts that exist as soon as they sign in, and the development login pages.
 */
export async function startProvider(
  given: Configuration | ((issuer: string) => Configuration),
  { tls, Provider: Version = Provider, intercept }: ProviderOptions = {},
): Promise<RunningProvider> {
  const server = tls ? https.createServer(tls) : http.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `${tls ? 'https' : 'http'}://localhost:${(server.address() as AddressInfo).port}`
  const configuration = typeof given === 'function' ? given(issuer) : given
  const provider = new Version(issuer, {
    ...defaults(),
    ...configuration,
    features: { ...features, ...configuration.features },
  })
  const listener = provider.callback()
  server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    if (!intercept?.(request, response)) void listener(request, response)
  })
  const fetch = tls ? fetchTrusting(tls.cert) : globalThis.fetch
  const openBrowser = () => createUserAgent(fetch, issuer)
  const arrive = (url: string | URL, { login = 'alice', cancelAt, browser = openBrowser() }: LoginOptions = {}) =>
    browser.walk(url, { login, password: 'any' }, cancelAt)
  return {
    issuer,
    provider,
    fetch,
    openBrowser,
    async login(url, options) {
      const { url: callback, form, page } = await arrive(url, options)
      if (form || page !== undefined) throw new Error(`The login ended ${form ? 'with a posted form' : 'on a page'} at ${callback.href}`)
      return callback
    },
    async loginByForm(url, options) {
      const { url: callback, form } = await arrive(url, options)
      if (!form) throw new Error(`The login ended at ${callback.origin}${callback.pathname}, with no form posted`)
      return new Request(callback, { method: 'POST', body: form })
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

const features = { devInteractions: { enabled: true } } as const satisfies Configuration['features']

const defaults = (): Configuration => ({
  jwks: { keys: signingKeys() },
  cookies: { keys: ['only for tests'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (_, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, email: `${accountId}@example.org`, email_verified: true, name: accountId }),
  }),
  // The provider's own refuses loopback, where pings and logout tokens of tests go.
  fetch: (url, { dispatcher: _, ...init }: RequestInit & { dispatcher?: unknown } = {}) => globalThis.fetch(url, init),
})

let keys: NonNullable<Configuration['jwks']>['keys'] | undefined

function signingKeys() {
  keys ??= [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('ed25519'),
  ].map(({ privateKey }, i) => ({ ...privateKey.export({ format: 'jwk' }), kid: `key-${i}`, use: 'sig' }) as never)
  return keys
}

/** The platform's fetch takes no certificate authority, and no certificate of the client. */
export function fetchTrusting(ca: string, client?: { readonly key: string; readonly cert: string }): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const body = request.body ? Buffer.from(await request.arrayBuffer()) : undefined
    return new Promise((resolve, reject) => {
      const { method, signal } = request
      const sent = https.request(request.url, { method, headers: Object.fromEntries(request.headers), ...client, ca, signal }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          const { statusCode: status = 0, rawHeaders } = answer
          const headers = new Headers()
          for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
          resolve(new Response(status === 204 || status === 304 ? null : Buffer.concat(chunks), { status, headers }))
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
}
