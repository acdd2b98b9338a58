import { backchannelLogout, errorHandler, OpenIDStrategy } from '@oidc/passport'
import { RedisStore } from 'connect-redis'
import express, { type Application } from 'express'
import session from 'express-session'
import passport from 'passport'
import type { RedisClientType } from 'redis'
import type { ExampleSettings } from './settings.ts'

export interface RedisSettings extends ExampleSettings {
  readonly redis: RedisClientType
}

/** One of several processes: sessions, what sessions a user has, and which logout tokens came before are all in Redis. */
export function createApp({ origin, client, redis }: RedisSettings): Application {
  const store = new RedisStore({ client: redis })
  const index = {
    add: (key: string, id: string) => redis.multi().sAdd(`sessions:${key}`, id).expire(`sessions:${key}`, 86_400).exec(),
    list: (key: string) => redis.sMembers(`sessions:${key}`),
    delete: (key: string, id: string) => redis.sRem(`sessions:${key}`, id),
  }
  const replay = {
    add: async (id: string, lifetime: number) =>
      (await redis.set(`logout:${id}`, '1', { condition: 'NX', expiration: { type: 'EX', value: Math.ceil(lifetime) } })) !== null,
    delete: (id: string) => redis.del(`logout:${id}`),
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
