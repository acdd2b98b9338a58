// What the tests share: a provider in memory, an Express application on a real socket, and as much of a browser as cookies need.
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Client, type ClientOptions, clientSecretBasic, createClient, type OidcError, type ServerMetadata } from '@oidc/core'
import express, { type Application, type ErrorRequestHandler } from 'express'
import session, { type SessionOptions } from 'express-session'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import passport, { type AuthenticateOptions } from 'passport'
import { generate } from 'selfsigned'
import { afterEach } from 'vitest'
import type { OpenIDStrategyOptions } from './options.js'
import { OpenIDStrategy } from './strategy.js'
import type { Verify } from './verify.js'

declare global {
  namespace Express {
    interface User {
      readonly sub: string
    }
  }
}

export const startTime = 1_800_000_000
export const issuer = 'https://as.example'

export interface MemoryProvider {
  readonly metadata: ServerMetadata
  readonly fetch: typeof globalThis.fetch
  /** Paths that were asked for, oldest first. */
  readonly requests: string[]
  /** Every secret that was given or made, for tests of what leaks. */
  readonly secrets: Set<string>
  /** Answers the token request in place of the provider. */
  tokenAnswer: (() => Response | Promise<Response>) | undefined
  /** What a user who signs in does with an authorization URL: the parameters that the browser brings back. */
  authorize(url: string, sub?: string): URLSearchParams
  sign(claims: JWTPayload): Promise<string>
}

export async function createProvider(base: string = issuer): Promise<MemoryProvider> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'k' }
  const grants = new Map<string, { readonly sub: string; readonly nonce: string; readonly scope: string }>()
  const secrets = new Set<string>()
  let serial = 0
  const secret = (name: string) => {
    const made = `canary-${name}-${++serial}-7d2f`
    secrets.add(made)
    return made
  }
  const sign = (claims: JWTPayload) => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey)

  async function redeem(form: URLSearchParams): Promise<Response> {
    const grant = grants.get(form.get('code') ?? '')
    secrets.add(form.get('code_verifier') ?? 'none')
    if (!grant) return Response.json({ error: 'invalid_grant' }, { status: 400 })
    grants.delete(form.get('code') ?? '')
    const { sub, nonce, scope } = grant
    const id_token = scope.includes('openid')
      ? await sign({ iss: base, aud: 'app', sub, nonce, email: 'canary-7d2f@example.com', iat: startTime, exp: startTime + 3600 })
      : undefined
    return Response.json({
      access_token: secret('access'),
      refresh_token: secret('refresh'),
      token_type: 'Bearer',
      expires_in: 3600,
      scope,
      id_token,
    })
  }

  const provider: MemoryProvider = {
    metadata: {
      issuer: base,
      authorization_endpoint: `${base}/authorize`,
      token_endpoint: `${base}/token`,
      userinfo_endpoint: `${base}/userinfo`,
      jwks_uri: `${base}/jwks`,
      id_token_signing_alg_values_supported: ['ES256'],
      pushed_authorization_request_endpoint: `${base}/par`,
    },
    requests: [],
    secrets,
    tokenAnswer: undefined,
    async fetch(input, init) {
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      provider.requests.push(pathname)
      if (pathname === '/jwks') return Response.json({ keys: [jwk] })
      if (pathname === '/userinfo') return Response.json({ sub: 'ada', name: 'Ada' })
      return provider.tokenAnswer?.() ?? redeem(new URLSearchParams(await request.text()))
    },
    authorize(url, sub = 'ada') {
      const { searchParams } = new URL(url)
      const code = secret('code')
      const read = (name: string) => searchParams.get(name) ?? ''
      grants.set(code, { sub, nonce: read('nonce'), scope: read('scope') })
      secrets.add(read('state')).add(read('nonce'))
      return new URLSearchParams({ code, state: read('state') })
    },
    sign,
  }
  return provider
}

export interface Clock {
  now: number
}

export interface AppSettings {
  readonly strategy?: Partial<OpenIDStrategyOptions>
  readonly verify?: Verify
  /** Of express-session; false for none. */
  readonly session?: Partial<SessionOptions> | false
  readonly provider?: MemoryProvider
  readonly client?: Partial<ClientOptions>
  readonly tls?: boolean
  /** Options of the route that begins a login, and of the callback. */
  readonly login?: AuthenticateOptions
  readonly callback?: AuthenticateOptions
  /** Routes and middleware beside the usual ones, before them. */
  readonly extend?: (app: Application, login: passport.Authenticator, origin: string) => void
}

export interface RunningApp {
  readonly origin: string
  readonly provider: MemoryProvider
  readonly client: Client
  readonly clock: Clock
  readonly sessions: session.MemoryStore
  /** What reached the application's error handler. */
  readonly errors: OidcError[]
  /** A fresh browser. */
  open(): Browser
}

const opened: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of opened.splice(0)) await close()
})

let certificate: Promise<{ private: string; cert: string }> | undefined

/** An ordinary Express program: `/login`, `/cb` by GET and POST, `/` says who is signed in. */
export async function startApp(settings: AppSettings = {}): Promise<RunningApp> {
  const { provider = await createProvider(), tls = false } = settings
  const app = express()
  const server = tls ? https.createServer(await certify(), app) : http.createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  const clock: Clock = { now: startTime }
  const client = createTestClient(provider, clock, settings.client)
  const login = new passport.Passport()
  login.serializeUser((user, done) => done(null, user.sub))
  login.deserializeUser((sub: string, done) => done(null, { sub }))
  login.use(
    new OpenIDStrategy(
      { client, callbackURL: `${origin}/cb`, scope: 'openid email', ...settings.strategy },
      settings.verify ?? (({ claims }) => ({ sub: claims.sub })),
    ),
  )
  const sessions = new session.MemoryStore()
  if (settings.session !== false) {
    const cookie = { sameSite: 'lax' as const, ...settings.session?.cookie }
    app.use(session({ secret: 'only for tests', resave: false, saveUninitialized: false, store: sessions, ...settings.session, cookie }))
    app.use(login.session())
  }
  const errors: OidcError[] = []
  settings.extend?.(app, login, origin)
  addRoutes(app, login, settings)
  const showError: ErrorRequestHandler = (error, _req, res, _next) => {
    errors.push(error)
    res.status(error.status ?? 500).send(`error ${error.code ?? error.message}`)
  }
  app.use(showError)
  return { origin, provider, client, clock, sessions, errors, open: () => createBrowser(origin) }
}

export function createTestClient(provider: MemoryProvider, clock: Clock, options: Partial<ClientOptions> = {}): Client {
  return createClient(provider.metadata, {
    client_id: 'app',
    authentication: clientSecretBasic('canary-client-secret-7d2f'),
    fetch: provider.fetch,
    clock: { now: () => clock.now, sleep: async () => undefined },
    ...options,
  })
}

function addRoutes(app: Application, login: passport.Authenticator, settings: AppSettings): void {
  const callback = login.authenticate('openid', { successRedirect: '/home', ...settings.callback })
  app.get('/login', login.authenticate('openid', { ...settings.login }))
  app.get('/cb', callback)
  app.post('/cb', callback)
  app.get('/logout', (req, res, next) => req.logout((error) => (error ? next(error) : res.redirect('/'))))
  app.get('/', (req, res) => {
    res.send(req.user ? `Hello ${req.user.sub}` : 'Nobody')
  })
}

async function certify(): Promise<{ key: string; cert: string }> {
  certificate ??= generate([{ name: 'commonName', value: '127.0.0.1' }])
  const { private: key, cert } = await certificate
  return { key, cert }
}

export interface Page {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly location: string
  readonly text: string
  /** The `Set-Cookie` lines. */
  readonly cookies: readonly string[]
}

export interface RequestInit {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Whether another site makes the browser send it: only cookies that are SameSite=None come along. */
  readonly crossSite?: boolean
}

export interface Browser {
  /** Name and value of every cookie. */
  readonly cookies: Map<string, { readonly value: string; readonly line: string }>
  get(path: string, init?: RequestInit): Promise<Page>
  /** Posts a form from the provider's site. */
  post(path: string, form: URLSearchParams | string, init?: RequestInit): Promise<Page>
  /** Begins a login, and gives the authorization URL. */
  begin(path?: string): Promise<string>
  /** The request and its answer, without redirects: path and query exactly as given. */
  send(path: string, init?: RequestInit): Promise<Page>
}

function createBrowser(origin: string): Browser {
  const cookies: Browser['cookies'] = new Map()
  const browser: Browser = {
    cookies,
    get: (path, init = {}) => browser.send(path, init),
    post: (path, form, init = {}) =>
      browser.send(path, {
        method: 'POST',
        body: String(form),
        crossSite: true,
        ...init,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...init.headers },
      }),
    async begin(path = '/login') {
      const { location, text } = await browser.get(path)
      if (!location) throw new Error(`No login began: ${text}`)
      return location
    },
    async send(path, { method = 'GET', headers = {}, body, crossSite = false } = {}) {
      const isSecure = origin.startsWith('https')
      const cookie = [...cookies]
        .filter(([, { line }]) => (isSecure || !/; secure/i.test(line)) && (!crossSite || /; samesite=none/i.test(line)))
        .map(([name, { value }]) => `${name}=${value}`)
        .join('; ')
      const page = await request(origin, path, method, { ...(cookie && { cookie }), ...headers }, body)
      for (const line of page.cookies) keepCookie(cookies, line)
      return page
    },
  }
  return browser
}

function keepCookie(cookies: Browser['cookies'], line: string): void {
  const [pair = ''] = line.split(';')
  const at = pair.indexOf('=')
  if (/; max-age=0/i.test(line)) cookies.delete(pair.slice(0, at))
  else cookies.set(pair.slice(0, at), { value: pair.slice(at + 1), line })
}

function request(origin: string, path: string, method: string, headers: http.OutgoingHttpHeaders, body?: string): Promise<Page> {
  const { hostname, port, protocol } = new URL(origin)
  return new Promise((resolve, reject) => {
    const start = protocol === 'https:' ? https.request : http.request
    const sent = start({ hostname, port, path, method, headers, agent: false, rejectUnauthorized: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          location: response.headers.location ?? '',
          text,
          cookies: response.headers['set-cookie'] ?? [],
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
