import { describe, expect, it } from 'vitest'
import { logout } from './logout.js'
import type { Browser } from './passport.test-browser.js'
import { type LogoutAppSettings, signIn, startLogoutApp, whoIs } from './passport.test-logout.js'
import { createProvider, issuer } from './passport.test-provider.js'
import { createTestClient } from './passport.test-server.js'

const leave = (browser: Browser, path = '/leave') => browser.send(path, { method: 'POST' })
const search = (location: string) => Object.fromEntries(new URL(location).searchParams)

async function signedIn(settings: LogoutAppSettings = {}) {
  const app = await startLogoutApp(settings)
  const browser = app.open()
  await signIn(app, browser, 'ada', 's1')
  return { app, browser }
}

describe('logout by the user', () => {
  it('F-S3: ends the session here, then leads to the provider with the ID token as a hint, and back', async () => {
    const { app, browser } = await signedIn({ leave: { returnTo: '/start', parameters: { ui_locales: 'de' } } })
    const old = browser.cookies.get('connect.sid')?.value
    const { status, location, headers } = await leave(browser)
    expect([status, headers['cache-control']]).toEqual([303, 'no-store'])
    expect(location.startsWith(`${issuer}/end?`)).toBe(true)
    const { id_token_hint = '', state, ...rest } = search(location)
    expect(rest).toEqual({ client_id: 'app', post_logout_redirect_uri: `${app.origin}/bye`, ui_locales: 'de' })
    expect(JSON.parse(atob(id_token_hint.split('.')[1] ?? ''))).toMatchObject({ sub: 'ada', sid: 's1' })
    expect(await whoIs(browser)).toBe('Nobody')
    expect(browser.cookies.get('connect.sid')?.value).not.toBe(old)
    expect(await browser.get(`/bye?state=${state}`)).toMatchObject({ status: 303, location: '/start' })
  })

  it('S-N01, F-S3: a return without the state, with another one, or a second time is refused with 400', async () => {
    const { app, browser } = await signedIn()
    const { state } = search((await leave(browser)).location)
    for (const path of ['/bye', '/bye?state=', '/bye?state=other', `/bye?STATE=${state}`])
      expect((await browser.get(path)).status).toBe(400)
    expect((await browser.get(`/bye?state=${state}&state=${state}`)).status).toBe(400)
    expect((await app.open().get(`/bye?state=${state}`)).status).toBe(400)
    expect(await browser.get(`/bye?state=${state}`)).toMatchObject({ status: 303, location: '/' })
    expect((await browser.get(`/bye?state=${state}`)).status).toBe(400)
    const codes = app.errors.map(({ code }) => code)
    expect(new Set(codes)).toEqual(new Set(['LOGOUT_NOT_FOUND', 'END_SESSION_RESPONSE_INVALID']))
    expect(JSON.stringify(app.errors) + app.errors.map(({ message }) => message)).not.toContain(state)
  })

  it('two tabs log out, and both come back', async () => {
    const { browser } = await signedIn()
    const states = [search((await leave(browser)).location).state, search((await leave(browser)).location).state]
    for (const state of states) expect((await browser.get(`/bye?state=${state}`)).status).toBe(303)
  })

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', '/\t/evil.example', ['/x'], undefined])(
    'S-N02: a returnTo of %j from the query is left out',
    async (target) => {
      const { browser } = await signedIn({ leave: { returnTo: () => target } })
      const { location } = await leave(browser)
      expect(location).not.toContain('evil')
      expect((await browser.get(`/bye?state=${search(location).state}`)).location).toBe('/')
    },
  )

  it('S-N02: where the user comes back to is never taken from the request', async () => {
    const { app, browser } = await signedIn()
    const path = '/leave?post_logout_redirect_uri=https://evil.example&returnTo=https://evil.example'
    expect(search((await leave(browser, path)).location).post_logout_redirect_uri).toBe(`${app.origin}/bye`)
  })

  it('without postLogoutRedirectURL the user stays at the provider; without end_session_endpoint they stay here', async () => {
    const { browser } = await signedIn({ leave: { postLogoutRedirectURL: undefined } })
    expect(Object.keys(search((await leave(browser)).location)).sort()).toEqual(['client_id', 'id_token_hint'])
    const provider = await createProvider()
    const { end_session_endpoint: _, ...metadata } = provider.metadata
    const bare = await signedIn({ provider: { ...provider, metadata }, leave: { returnTo: '/start' } })
    expect((await leave(bare.browser)).location).toBe('/start')
    expect(await whoIs(bare.browser)).toBe('Nobody')
  })

  it('S-N03: an ID token that is too long for an address is posted by a page that needs no other script', async () => {
    const provider = await createProvider()
    const app = await startLogoutApp({ provider })
    const browser = app.open()
    provider.claims = { long: `"<&'>${'x'.repeat(9000)}` }
    await browser.get(`/cb?${provider.authorize(await browser.begin())}`)
    const { status, text, headers } = await leave(browser)
    expect(status).toBe(200)
    expect(text).toContain(`<form method="post" action="${issuer}/end">`)
    expect(text).toMatch(/name="id_token_hint" value="[\w.-]{9000,}"/)
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/=]{44}'; frame-ancestors 'none'$/)
    const [, state] = /name="state" value="([\w-]+)"/.exec(text) ?? []
    expect((await browser.get(`/bye?state=${state}`)).status).toBe(303)
  })

  it.each([
    ['HEAD', {}, 204],
    ['GET', { 'sec-purpose': 'prefetch' }, 503],
  ])('a look ahead (%s %j) logs nobody out', async (method, headers, status) => {
    const { browser } = await signedIn()
    expect((await browser.send('/leave', { method, headers })).status).toBe(status)
    expect(await whoIs(browser)).toBe('Hello ada')
  })

  it('S-N17: a session that cannot be ended is 503, and the browser is not sent away', async () => {
    const { app, browser } = await signedIn()
    const { destroy } = app.sessions
    app.sessions.destroy = (_id, done) => done?.(new Error('canary'))
    expect(await leave(browser)).toMatchObject({ status: 503, location: '' })
    app.sessions.destroy = destroy
    expect(app.errors).toMatchObject([{ code: 'STORE_FAILED' }])
  })

  it('a provider that is down keeps nobody signed in here', async () => {
    const { app, browser } = await signedIn({ leave: { client: () => Promise.reject(new Error('down')) } })
    expect((await leave(browser)).status).toBe(500)
    expect(app.errors).toMatchObject([{ code: 'CLIENT_UNAVAILABLE' }])
    expect(await whoIs(browser)).toBe('Nobody')
  })

  it('the ID token of another provider is not sent to this one', async () => {
    const other = createTestClient(await createProvider('https://other.example'), { now: 1_800_000_000 })
    const { browser } = await signedIn({ leave: { client: other } })
    const { location } = await leave(browser)
    expect(location).toContain('https://other.example/end')
    expect(location).not.toContain('id_token_hint')
  })

  it('where nobody is signed in it does no harm, and without a session it still leads to the provider', async () => {
    const app = await startLogoutApp()
    expect((await leave(app.open())).status).toBe(303)
    const without = await startLogoutApp({ session: false })
    expect((await leave(without.open())).location).toContain(`${issuer}/end`)
  })

  it('the address may depend on the request', async () => {
    const { app, browser } = await signedIn({ leave: { postLogoutRedirectURL: (req) => `http://${req.headers.host}/bye` } })
    expect(search((await leave(browser)).location).post_logout_redirect_uri).toBe(`${app.origin}/bye`)
  })

  it.each([{ postLogoutRedirectURL: '/bye' }, { postLogoutRedirectUrl: 'https://app.example' }, { client: undefined }])(
    '%j is told at once',
    (options) => {
      expect(() => logout({ client: () => undefined, ...options } as never)).toThrow(/^The option/)
    },
  )
})
