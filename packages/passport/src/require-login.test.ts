import { describe, expect, it } from 'vitest'
import { startApp } from './passport.test-server.js'
import { requireLogin } from './require-login.js'

const html = { accept: 'text/html,*/*' }

const start = () =>
  startApp({
    extend: (app, login) => {
      app.use('/private', requireLogin({ passport: login }), (req, res) => {
        res.send(`Private of ${req.user?.sub}`)
      })
      app.get('/staff', requireLogin({ passport: login, authenticate: { prompt: 'login', returnTo: '/elsewhere' } }))
    },
  })

describe('requireLogin', () => {
  it('leads a page to the login and back to where the user wanted to go, query and all', async () => {
    const app = await start()
    const browser = app.open()
    const { location } = await browser.get('/private/page?x=1', { headers: html })
    expect(await browser.get(`/cb?${app.provider.authorize(location)}`)).toMatchObject({ status: 302, location: '/private/page?x=1' })
    expect((await browser.get('/private/page?x=1')).text).toBe('Private of ada')
    expect((await browser.send('/private/page', { method: 'POST' })).text).toBe('Private of ada')
  })

  it('gives further options to the login', async () => {
    const app = await start()
    const browser = app.open()
    const { location } = await browser.get('/staff', { headers: html })
    expect(new URL(location).searchParams.get('prompt')).toBe('login')
    expect((await browser.get(`/cb?${app.provider.authorize(location)}`)).location).toBe('/elsewhere')
  })

  it.each([
    ['POST', html],
    ['HEAD', html],
    ['GET', { accept: 'application/json' }],
    ['GET', {}],
    ['GET', { accept: '*/*', 'sec-fetch-mode': 'cors' }],
    ['DELETE', html],
  ])('refuses %s with %j, which no login can interrupt, with 401', async (method, headers) => {
    const app = await start()
    const page = await app.open().send('/private', { method, headers })
    expect([page.status, page.cookies]).toEqual([401, []])
    expect(app.errors).toMatchObject([{ code: 'LOGIN_REQUIRED' }])
  })

  it('S-O11: a look ahead at a page begins no login', async () => {
    const app = await start()
    const page = await app.open().get('/private', { headers: { ...html, 'sec-purpose': 'prefetch' } })
    expect([page.status, page.cookies]).toEqual([503, []])
  })

  it('refuses unknown options, and goes by passport’s own where none is given', () => {
    expect(() => requireLogin({ stratgy: 'x' } as never)).toThrow(expect.objectContaining({ code: 'OPTION_UNKNOWN' }))
    expect(requireLogin()).toBeTypeOf('function')
  })
})
