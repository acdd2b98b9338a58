import type { Client } from '@oidc/core'
import { backchannelLogout, errorHandler, OpenIDStrategy } from '@oidc/passport'
import express, { type Application, type Request } from 'express'
import session from 'express-session'
import passport from 'passport'

export interface TenantSettings {
  readonly origin: string
  /** A client for each tenant that exists. */
  readonly tenants: Readonly<Record<string, () => Promise<Client>>>
}

/** Each tenant signs its users in at a server of its own, under a path of its own. */
export function createApp({ origin, tenants }: TenantSettings): Application {
  const tenantOf = ({ params }: Request) => String(params.tenant)
  const client = (req: Request) => {
    const connect = Object.hasOwn(tenants, tenantOf(req)) ? tenants[tenantOf(req)] : undefined
    if (!connect) throw new Error('There is no such tenant')
    return connect()
  }
  const login = new passport.Passport()
  login.use(
    new OpenIDStrategy({ client, callbackURL: (req) => `${origin}/${tenantOf(req)}/cb` }, ({ claims, req }) => ({
      sub: `${claims.sub} of ${tenantOf(req)}`,
    })),
  )
  login.serializeUser((user, done) => done(null, user))
  login.deserializeUser((user: Express.User, done) => done(null, user))

  const app = express()
  const store = new session.MemoryStore()
  app.param('tenant', (_req, res, next, tenant) =>
    Object.hasOwn(tenants, String(tenant)) ? next() : void res.status(404).send('No such tenant'),
  )
  app.post('/:tenant/backchannel', backchannelLogout({ client, store }))
  app.use(session({ secret: 'only for examples', resave: false, saveUninitialized: false, store, cookie: { sameSite: 'lax' } }))
  app.use(login.session())
  app.get('/', (req, res) => {
    res.send(req.user ? `Hello ${req.user.sub}` : 'Nobody')
  })
  app.get('/:tenant/login', login.authenticate('openid'))
  app.get('/:tenant/cb', login.authenticate('openid', { successRedirect: '/', failureRedirect: '/failed' }))
  app.use(errorHandler({ explain: true }))
  return app
}
