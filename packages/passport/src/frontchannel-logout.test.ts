import { describe, expect, it } from 'vitest'
import { frontchannelLogout } from './frontchannel-logout.js'
import { signIn, startLogoutApp, whoIs } from './passport.test-logout.js'
import { issuer } from './passport.test-provider.js'

const query = (sid: string, iss = issuer) => `/front?${new URLSearchParams({ iss, sid })}`

describe('front-channel logout', () => {
  it('F-S2: ends the session that is named, also where the browser keeps the cookie back', async () => {
    const app = await startLogoutApp()
    const [browser, other] = [app.open(), app.open()]
    await signIn(app, browser, 'ada', 's1')
    await signIn(app, other, 'ada', 's2')
    const page = await browser.get(query('s1'), { crossSite: true })
    expect(page.status).toBe(200)
    expect(page.headers['cache-control']).toBe('no-cache, no-store')
    expect([await whoIs(browser), await whoIs(other)]).toEqual(['Nobody', 'Hello ada'])
  })

  it('S-N22: only the provider may frame the page, whatever else was set before', async () => {
    const app = await startLogoutApp({
      extend: (server) =>
        void server.use((_req, res, next) => next(void res.set({ 'X-Frame-Options': 'DENY', 'Content-Security-Policy': 'x' }))),
    })
    for (const path of [query('s1'), '/front', query('s1', 'https://evil.example')]) {
      const { headers } = await app.open().get(path)
      expect(headers['content-security-policy']).toBe(`default-src 'none'; frame-ancestors ${issuer}`)
      expect(headers['x-frame-options']).toBeUndefined()
    }
  })

  it('S-N22: where the client cannot be had nobody may frame it', async () => {
    const app = await startLogoutApp({ front: { client: () => Promise.reject(new Error('x')) } })
    const { status, headers } = await app.open().get(query('s1'))
    expect([status, headers['content-security-policy']]).toEqual([400, "default-src 'none'; frame-ancestors 'none'"])
  })

  it('S-N21: another issuer, half of it, or what stands twice is ignored', async () => {
    const app = await startLogoutApp()
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    const requests = [query('s1', `${issuer}/`), '/front?sid=s1', `/front?iss=${issuer}`, `${query('s1')}&sid=s1`, query('s2')]
    for (const path of requests) await browser.get(path)
    expect((await browser.send(query('s1'), { method: 'POST' })).status).toBe(400)
    expect(await whoIs(browser)).toBe('Hello ada')
    expect(app.seen.map((error) => (error as { code: string }).code)).toEqual([
      'FRONT_CHANNEL_LOGOUT_ISSUER',
      'FRONT_CHANNEL_LOGOUT_MISSING',
      'FRONT_CHANNEL_LOGOUT_MISSING',
      'FRONT_CHANNEL_LOGOUT_INVALID',
      'FRONT_CHANNEL_LOGOUT_INVALID',
    ])
  })

  it('S-N23: without iss and sid nothing ends where they are required', async () => {
    const app = await startLogoutApp({ client: { frontchannel_logout_session_required: true } })
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    expect((await browser.get('/front')).status).toBe(400)
    expect(await whoIs(browser)).toBe('Hello ada')
  })

  it('S-N23: where they are not, the session of this browser ends, but not for an image or a script', async () => {
    const app = await startLogoutApp()
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    for (const destination of ['image', 'script', 'empty', 'style'])
      await browser.get('/front', { headers: { 'sec-fetch-dest': destination } })
    expect(await whoIs(browser)).toBe('Hello ada')
    expect((await browser.get('/front', { headers: { 'sec-fetch-dest': 'iframe' } })).status).toBe(200)
    expect(await whoIs(browser)).toBe('Nobody')
    expect((await app.open().get('/front')).status).toBe(200)
  })

  it('S-N17: a store that is down is 503, and ends nothing', async () => {
    const app = await startLogoutApp()
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    const { all } = app.sessions
    app.sessions.all = (done) => done(new Error('canary'))
    expect((await browser.get(query('s1'))).status).toBe(503)
    app.sessions.all = all
    expect(await whoIs(browser)).toBe('Hello ada')
  })

  it('tells a mistake at once', () => {
    expect(() => frontchannelLogout({ cleint: 1 } as never)).toThrow(expect.objectContaining({ code: 'OPTION_UNKNOWN' }))
    expect(() => frontchannelLogout({ client: () => undefined } as never)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })
})
