import type { Request } from 'express'
import { describe, expect, it } from 'vitest'
import { parseRecord } from './login-record.js'
import { postToken, signIn, signLogout, startLogoutApp, whoIs } from './passport.test-logout.js'
import { startApp } from './passport.test-server.js'
import { endLocalSession } from './sign-out.js'

describe('what a session remembers of its login', () => {
  it('is that of the latest one, also where keepSessionInfo copies the old session over the new', async () => {
    const app = await startLogoutApp({ callback: { successRedirect: '/home', keepSessionInfo: true } })
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    await signIn(app, browser, 'bob', 's2')
    await postToken(app.open(), await signLogout(app.provider, { sid: 's1' }))
    expect(await whoIs(browser)).toBe('Hello bob')
    await postToken(app.open(), await signLogout(app.provider, { sid: 's2' }))
    expect(await whoIs(browser)).toBe('Nobody')
  })

  it('holds no ID token where the session lives in a cookie, which has no room for it', async () => {
    const sessions: Record<string, unknown>[] = []
    const app = await startApp({
      session: false,
      extend: (server, login) => {
        const session: Record<string, unknown> = {
          regenerate: (done: () => void) => done(),
          save: (done: () => void) => done(),
        }
        sessions.push(session)
        server.use((req, _res, next) => {
          Object.assign(req, { session })
          next()
        })
        server.use(login.session())
      },
    })
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    expect(sessions[0]?.['@oidc/passport/login']).toEqual({ iss: 'https://as.example', client_id: 'app', sub: 'ada', sid: 's1' })
  })

  it('ends with the session: a login that begins at that moment brings back no user', async () => {
    const app = await startLogoutApp({
      extend: (server, login, _origin, sessions) =>
        void server.get('/again', (req, _res, next) => sessions.destroy(req.sessionID, next), login.authenticate('openid')),
    })
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    const { location } = await browser.get('/again')
    expect(await whoIs(browser)).toBe('Nobody')
    expect((await browser.get(`/cb?${app.provider.authorize(location)}`)).location).toBe('/home')
    expect(await whoIs(browser)).toBe('Hello ada')
  })

  it.each([undefined, null, 'x', 5, [], {}, { iss: 'x', client_id: 'y' }, { iss: 1, client_id: 'y', sub: 'z' }])('%j is none', (value) => {
    expect(parseRecord(value)).toBeUndefined()
  })
})

describe('the end of a session', () => {
  it('is passport’s own where it is there: with a callback in Express, with a promise in Fastify', async () => {
    const done: string[] = []
    const note = (name: string, callback?: () => void) => {
      done.push(name)
      callback?.()
    }
    const express = { logOut: (_options: object, callback: () => void) => note('express', callback) }
    const fastify = { logOut: async () => note('fastify') }
    const bare = { session: { regenerate: (callback: () => void) => note('session', callback) } }
    for (const req of [express, fastify, bare, {}]) await endLocalSession(req as unknown as Request)
    expect(done).toEqual(['express', 'fastify', 'session'])
    const failing = { logOut: () => Promise.reject(new Error('own')) } as unknown as Request
    await expect(endLocalSession(failing)).rejects.toThrow('own')
  })
})
