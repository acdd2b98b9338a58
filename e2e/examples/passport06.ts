import { backchannelLogout, errorHandler, logout, OpenIDStrategy, requireLogin } from '@oidc/passport'
import type { Application } from 'express'
import express from 'express'
import session from 'express-session'
import passport from 'passport06'
import type { ExampleSettings } from './settings.ts'

/** The same life with passport 0.6. */
export function createApp({ origin, client }: ExampleSettings): Application {
  const login = new passport.Passport()
  login.use(new OpenIDStrategy({ client, callbackURL: `${origin}/cb`, scope: 'openid email' }, async ({ claims }) => ({ sub: claims.sub })))
  login.serializeUser((user, done) => done(null, user))
  login.deserializeUser((user: Express.User, done) => done(null, user))

  const app = express()
  const store = new session.MemoryStore()
  app.post('/backchannel', backchannelLogout({ client, store }))
  app.use(session({ secret: 'only for examples', resave: false, saveUninitialized: false, store, cookie: { sameSite: 'lax' } }))
  app.use(login.session())

  app.get('/login', login.authenticate('openid'))
  app.get('/cb', login.authenticate('openid', { successRedirect: '/', failureRedirect: '/failed' }))
  const leave = logout({ client, postLogoutRedirectURL: `${origin}/bye` })
  app.post('/logout', leave)
  app.get('/bye', leave)
  app.get('/', (req, res) => {
    res.send(req.user ? `Hello ${req.user.sub}` : 'Nobody')
  })
  app.get('/private', requireLogin({ passport: login }), (req, res) => {
    res.send(`Private of ${req.user?.sub}`)
  })
  app.use(errorHandler({ explain: true }))
  return app
}
