import { backchannelLogout, cookieTransactions, errorHandler, logout, OpenIDStrategy } from '@oidc/passport'
import express, { type Application } from 'express'
import session from 'express-session'
import passport from 'passport'
import type { ExampleSettings } from './settings.ts'

/** TLS ends at a proxy, and the provider posts its response: `trust proxy` is what tells the application that cookies may be Secure. */
export function createApp({ origin, client }: ExampleSettings): Application {
  const login = new passport.Passport()
  login.use(
    new OpenIDStrategy(
      {
        client,
        callbackURL: `${origin}/cb`,
        parameters: { response_mode: 'form_post' },
        store: cookieTransactions({ secret: 'only for examples, and at least 32 characters' }),
      },
      ({ claims }) => ({ sub: claims.sub }),
    ),
  )
  login.serializeUser((user, done) => done(null, user))
  login.deserializeUser((user: Express.User, done) => done(null, user))

  const app = express()
  app.set('trust proxy', 1)
  const store = new session.MemoryStore()
  app.post('/backchannel', backchannelLogout({ client, store }))
  app.use(
    session({ secret: 'only for examples', resave: false, saveUninitialized: false, store, cookie: { sameSite: 'lax', secure: true } }),
  )
  app.use(login.session())
  app.get('/login', login.authenticate('openid'))
  app.post('/cb', login.authenticate('openid', { successRedirect: '/', failureRedirect: '/failed' }))
  const leave = logout({ client, postLogoutRedirectURL: `${origin}/bye` })
  app.post('/logout', leave)
  app.get('/bye', leave)
  app.get('/', (req, res) => {
    res.send(req.user ? `Hello ${req.user.sub}` : 'Nobody')
  })
  app.use(errorHandler({ explain: true }))
  return app
}
