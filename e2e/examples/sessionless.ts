import { createHmac, timingSafeEqual } from 'node:crypto'
import { cookieTransactions, errorHandler, OpenIDStrategy } from '@oidc/passport'
import express, { type Application, type Request } from 'express'
import passport from 'passport'
import type { ExampleSettings } from './settings.ts'

const secret = 'only for examples, and at least 32 characters'
const mac = (text: string) => createHmac('sha256', secret).update(text).digest('base64url')

/** No session at all: pending logins live in encrypted cookies, and who is signed in stands in a signed one. */
export function createApp({ origin, client }: ExampleSettings): Application {
  const login = new passport.Passport()
  login.use(
    new OpenIDStrategy({ client, callbackURL: `${origin}/cb`, store: cookieTransactions({ secret }) }, ({ claims }) => ({
      sub: claims.sub,
    })),
  )
  const app = express()
  app.get('/login', login.authenticate('openid', { session: false }))
  app.get('/cb', login.authenticate('openid', { session: false, failureRedirect: '/failed' }), (req, res) => {
    const value = Buffer.from(String(req.user?.sub)).toString('base64url')
    res.cookie('user', `${value}.${mac(value)}`, { httpOnly: true, sameSite: 'lax', maxAge: 3_600_000 })
    res.redirect('/')
  })
  app.post('/logout', (_req, res) => {
    res.clearCookie('user')
    res.redirect(303, '/')
  })
  app.get('/', (req, res) => {
    res.send(readUser(req) ?? 'Nobody')
  })
  app.use(errorHandler({ explain: true }))
  return app
}

function readUser({ headers }: Request): string | undefined {
  const [, value = '', seen = ''] = /(?:^|; )user=([\w-]+)\.([\w-]+)/.exec(headers.cookie ?? '') ?? []
  const [a, b] = [Buffer.from(mac(value)), Buffer.from(seen)]
  return a.length === b.length && timingSafeEqual(a, b) ? `Hello ${Buffer.from(value, 'base64url')}` : undefined
}
