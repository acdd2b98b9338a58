import { backchannelLogout, errorHandler, OpenIDStrategy } from '@oidc/passport'
import { RedisStore } from 'connect-redis'
import express, { type Application } from 'express'
import session from 'express-session'
import passport from 'passport'
import type { RedisClientType } from 'redis'
import type { ExampleSettings } from './settings.ts'

export interface RedisSettings extends ExampleSettings {
  readonly redis: RedisClientType
  /** What every key begins with. */
  readonly prefix: string
}

/** One of several processes: sessions, what sessions a user has, and which logout tokens came before are all in Redis. */
export function createApp({ origin, client, redis, prefix }: RedisSettings): Application {
  const store = new RedisStore({ client: redis, prefix: `${prefix}session:` })
  const index = {
    add: (key: string, id: string) => redis.multi().sAdd(`${prefix}user:${key}`, id).expire(`${prefix}user:${key}`, 86_400).exec(),
    list: (key: string) => redis.sMembers(`${prefix}user:${key}`),
    delete: (key: string, id: string) => redis.sRem(`${prefix}user:${key}`, id),
  }
  const replay = {
    add: async (id: string, lifetime: number) =>
      (await redis.set(`${prefix}logout:${id}`, '1', { condition: 'NX', expiration: { type: 'EX', value: Math.ceil(lifetime) } })) !== null,
    delete: (id: string) => redis.del(`${prefix}logout:${id}`),
  }
  const login = new passport.Passport()
  login.use(new OpenIDStrategy({ client, callbackURL: `${origin}/cb`, index }, ({ claims }) => ({ sub: claims.sub })))
  login.serializeUser((user, done) => done(null, user))
  login.deserializeUser((user: Express.User, done) => done(null, user))

  const app = express()
  app.post('/backchannel', backchannelLogout({ client, store, index, replay }))
  app.use(session({ secret: 'only for examples', resave: false, saveUninitialized: false, store, cookie: { sameSite: 'lax' } }))
  app.use(login.session())
  app.get('/login', login.authenticate('openid'))
  app.get('/cb', login.authenticate('openid', { successRedirect: '/', failureRedirect: '/failed' }))
  app.get('/', (req, res) => {
    res.send(req.user ? `Hello ${req.user.sub}` : 'Nobody')
  })
  app.use(errorHandler({ explain: true }))
  return app
}
