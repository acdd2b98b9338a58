import {
  backchannelLogout,
  errorHandler,
  frontchannelLogout,
  logout,
  memorySessionIndex,
  OpenIDStrategy,
  requireLogin,
  tokens,
} from '@oidc/passport'
import { memoryStore } from '@oidc/session'
import express, { type Application } from 'express'
import session from 'express-session'
import passport from 'passport'
import type { ExampleSettings } from './settings.ts'

/** Express 5 with everything: pages that need a login, calls of an API with the user's tokens, and logout in all directions. */
export function createApp({ origin, client }: ExampleSettings): Application {
  const login = new passport.Passport()
  const store = new session.MemoryStore()
  const keep = { store: memoryStore() }
  const index = memorySessionIndex()
  login.use(
    new OpenIDStrategy({ client, callbackURL: `${origin}/cb`, scope: 'openid email', tokens: keep, index }, ({ claims }) => ({
      sub: claims.sub,
    })),
  )
  login.serializeUser((user, done) => done(null, user))
  login.deserializeUser((user: Express.User, done) => done(null, user))

  const app = express()
  const place = { client, store, index, tokens: keep }
  app.post('/backchannel', backchannelLogout(place))
  app.use(session({ secret: 'only for examples', resave: false, saveUninitialized: false, store, cookie: { sameSite: 'lax' } }))
  app.use(login.session())
  app.use(tokens({ client, ...keep }))
  app.get('/frontchannel', frontchannelLogout(place))

  app.get('/login', login.authenticate('openid'))
  app.get('/cb', login.authenticate('openid', { successRedirect: '/', failureRedirect: '/failed' }))
  const leave = logout({ client, postLogoutRedirectURL: `${origin}/bye`, returnTo: '/', tokens: keep })
  app.post('/logout', leave)
  app.get('/bye', leave)

  app.get('/', (req, res) => {
    res.send(req.user ? `Hello ${req.user.sub}` : 'Nobody')
  })
  app.get('/api', requireLogin({ passport: login }), async (req, res) => {
    const { server } = await client()
    const answer = await req.tokens?.fetch(String(server.userinfo_endpoint))
    res.json(await answer?.json())
  })
  app.use(errorHandler({ explain: true }))
  return app
}
