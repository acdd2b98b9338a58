// What the tests share: an Express application on a real socket, beside a provider in memory and a browser.
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Client, type ClientOptions, clientSecretBasic, createClient, type OidcError } from '@oidc/core'
import express, { type Application, type ErrorRequestHandler } from 'express'
import session, { type SessionOptions } from 'express-session'
import passport, { type AuthenticateOptions } from 'passport'
import { generate } from 'selfsigned'
import { afterEach } from 'vitest'
import type { OpenIDStrategyOptions } from './options.js'
import { type Browser, createBrowser } from './passport.test-browser.js'
import { createProvider, type MemoryProvider, startTime } from './passport.test-provider.js'
import { OpenIDStrategy } from './strategy.js'
import type { Verify } from './verify.js'

declare global {
  namespace Express {
    interface User {
      readonly sub: string
    }
  }
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
  readonly extend?: (app: Application, login: passport.Authenticator, origin: string, sessions: session.MemoryStore) => void
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
  settings.extend?.(app, login, origin, sessions)
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
