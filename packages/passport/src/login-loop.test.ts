import { describe, expect, it } from 'vitest'
import type { Browser } from './passport.test-browser.js'
import { createProvider } from './passport.test-provider.js'
import { type AppSettings, startApp } from './passport.test-server.js'

const failures = (browser: Browser) => [...browser.cookies.keys()].filter((name) => name.includes('oidc-failures')).length

/** A provider that sends the browser back at once, with an error. */
async function bounce(browser: Browser, error = 'access_denied') {
  const { location, text } = await browser.get('/login')
  if (!location) return text
  const state = new URL(location).searchParams.get('state') ?? ''
  return (await browser.get(`/cb?${new URLSearchParams({ error, state })}`)).location
}

const loop: AppSettings = { callback: { successRedirect: '/home', failureRedirect: '/login' } }

describe('a login loop', () => {
  it.each(['access_denied', 'login_required'])(
    'S-O09: after five failures (%s) the login that would begin is an error; the one after that begins anew',
    async (error) => {
      const app = await startApp(loop)
      const browser = app.open()
      for (let i = 0; i < 5; i++) expect(await bounce(browser, error)).toBe('/login')
      expect(await bounce(browser, error)).toBe('error LOGIN_LOOP')
      expect(app.errors).toMatchObject([{ code: 'LOGIN_LOOP' }])
      expect(await bounce(browser, error)).toBe('/login')
    },
  )

  it('S-O09: errors and a verify that gives no user count as well', async () => {
    const app = await startApp({ ...loop, verify: () => false })
    const browser = app.open()
    for (let i = 0; i < 3; i++) await browser.get(`/cb?${app.provider.authorize(await browser.begin())}`)
    for (let i = 0; i < 2; i++) await bounce(browser, 'server_error')
    expect(await bounce(browser)).toBe('error LOGIN_LOOP')
  })

  it('a login that succeeds forgets the failures', async () => {
    const app = await startApp(loop)
    const browser = app.open()
    for (let i = 0; i < 4; i++) await bounce(browser)
    expect(failures(browser)).toBe(1)
    await browser.get(`/cb?${app.provider.authorize(await browser.begin())}`)
    expect(failures(browser)).toBe(0)
  })

  it('a stranger’s callbacks do not count: they cannot keep anybody from signing in', async () => {
    const app = await startApp(loop)
    const browser = app.open()
    for (let i = 0; i < 9; i++) await browser.get(`/cb?error=access_denied&state=forged-${i}`)
    expect(failures(browser)).toBe(0)
    expect(await browser.begin()).toContain('/authorize')
  })

  it('the cookie is forgotten after a minute, is sent with a posted form, and counts for its strategy alone', async () => {
    const app = await startApp({ ...loop, tls: true, provider: await createProvider() })
    const browser = app.open()
    await bounce(browser)
    const line = browser.cookies.get('__Host-oidc-failures.openid')?.line
    expect(line).toBe('__Host-oidc-failures.openid=failed-1; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=None')
  })

  it.each(['9', 'failed-10', 'x', 'failed-', '5'])('a cookie of %j that nobody here made counts nothing', async (value) => {
    const app = await startApp(loop)
    const { location } = await app.open().get('/login', { headers: { cookie: `oidc-failures.openid=${value}` } })
    expect(location).toContain('/authorize')
  })
})
