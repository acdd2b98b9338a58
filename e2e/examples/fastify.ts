import type { RequestListener } from 'node:http'
import { Authenticator } from '@fastify/passport'
import secureSession from '@fastify/secure-session'
import { OpenIDStrategy } from '@oidc/passport'
import fastify from 'fastify'
import type { ExampleSettings } from './settings.ts'

/** Fastify through @fastify/passport, with sessions in encrypted cookies. */
export async function createApp({ origin, client }: ExampleSettings): Promise<RequestListener> {
  const app = fastify()
  const login = new Authenticator()
  await app.register(secureSession, { key: Buffer.alloc(32, 7), cookie: { path: '/', httpOnly: true, sameSite: 'lax' } })
  await app.register(login.initialize())
  await app.register(login.secureSession())
  login.registerUserSerializer(async (user) => user)
  login.registerUserDeserializer(async (user) => user)
  login.use('openid', new OpenIDStrategy({ client, callbackURL: `${origin}/cb` }, ({ claims }) => ({ sub: claims.sub })))

  // What a button of a page posts.
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async (_request: unknown, body: string | Buffer) =>
    Object.fromEntries(new URLSearchParams(String(body))),
  )

  app.get('/login', { preValidation: login.authenticate('openid', { returnTo: '/?back' } as object) }, () => undefined)
  app.get('/cb', { preValidation: login.authenticate('openid', { successRedirect: '/', failureRedirect: '/failed' }) }, () => undefined)
  app.post('/logout', async (request, reply) => {
    await request.logOut()
    return reply.redirect('/', 303)
  })
  app.get('/', (request) => (request.user ? `Hello ${(request.user as Express.User).sub}` : 'Nobody'))
  await app.ready()
  return (request, response) => app.routing(request, response)
}
