import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Client } from '@oidc/core'
import { OpenIDStrategy, type OpenIDStrategyOptions } from '@oidc/passport'
import express, { type ErrorRequestHandler, type IRouter } from 'express'
import session from 'express-session'
import passport from 'passport'

declare global {
  namespace Express {
    interface User {
      readonly sub: string
    }
  }
}

export interface AppSettings {
  /** Made once the address of the app is known. */
  readonly connect: (origin: string) => Client | Promise<Client>
  readonly strategy?: Partial<OpenIDStrategyOptions>
  readonly cookie?: session.CookieOptions
  /** PEM. With it the app speaks https. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

export interface RunningApp {
  readonly origin: string
  /** Codes of the errors that reached the error handler. */
  readonly errors: readonly string[]
  close(): Promise<void>
}

/** An ordinary Express program at 127.0.0.1, which to a browser is another site than `localhost`. */
export async function startExpressApp({ connect, strategy, cookie, tls }: AppSettings): Promise<RunningApp> {
  const app = express()
  const server = tls ? https.createServer(tls, app) : http.createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  const errors: string[] = []
  const client = await connect(origin)
  const login = new passport.Passport()
  login.serializeUser((user, done) => done(null, user))
  login.deserializeUser((user: Express.User, done) => done(null, user))
  login.use(
    new OpenIDStrategy({ client, callbackURL: `${origin}/cb`, scope: 'openid email', ...strategy }, async ({ tokens }) => ({
      sub: tokens.claims?.sub ?? '',
    })),
  )
  app.use(session({ secret: 'only for tests', resave: false, saveUninitialized: false, cookie: { sameSite: 'lax', ...cookie } }))
  app.use(login.session())
  addRoutes(app, login)
  const showError: ErrorRequestHandler = (error, _req, res, _next) => {
    errors.push(error.code)
    res.status(500).send(`<title>error</title>${error.code}`)
  }
  app.use(showError)
  return {
    origin,
    errors,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        server.closeAllConnections()
      }),
  }
}

function addRoutes(app: IRouter, login: passport.Authenticator): void {
  const finish = login.authenticate('openid', { successRedirect: '/', failureRedirect: '/failed', failureMessage: true })
  app.get('/login', login.authenticate('openid'))
  app.get('/cb', finish)
  app.post('/cb', finish)
  app.get('/failed', (req, res) => {
    const { messages = [] } = req.session as { messages?: string[] }
    res.status(401).send(`<title>failed</title>${messages.at(-1)}`)
  })
  app.get('/logout', (req, res) => {
    req.session.destroy(() => res.redirect('/'))
  })
  app.get('/', (req, res) => {
    res.send(`<title>home</title>${req.user ? `Hello ${req.user.sub}` : 'Nobody'}`)
  })
}
