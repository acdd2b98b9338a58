import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cookieTransactions, OpenIDStrategy } from './index.js'
import type { Browser } from './passport.test-browser.js'
import { createProvider, startTime } from './passport.test-provider.js'
import { type AppSettings, createTestClient, type RunningApp, startApp } from './passport.test-server.js'

const secret = 'only for tests, and long enough for it'
const another = 'another one of the application, as long'

const start = (settings: AppSettings = {}, given: string | readonly string[] = secret) =>
  startApp({ ...settings, strategy: { store: cookieTransactions({ secret: given }), ...settings.strategy } })
const beginLogin = async (app: RunningApp, browser: Browser) => `/cb?${app.provider.authorize(await browser.begin())}`
const pendingNames = ({ cookies }: Browser) => [...cookies.keys()].filter((name) => name.includes('oidc.'))
const only = (browser: Browser) => {
  const [name = ''] = pendingNames(browser)
  return { name, ...(browser.cookies.get(name) ?? { value: '', line: '' }) }
}

describe('a transaction in a cookie', () => {
  it('needs no session, is used once, and is gone then', async () => {
    const app = await start({ session: false, callback: { session: false } })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    expect(browser.cookies.size).toBe(1)
    expect((await browser.get(callback)).location).toBe('/home')
    expect(browser.cookies.size).toBe(0)
    expect((await browser.get(callback)).status).toBe(403)
    expect(app.provider.requests.filter((path) => path === '/token')).toHaveLength(1)
  })

  it('leaves the session alone until somebody signs in', async () => {
    const app = await start()
    const browser = app.open()
    await browser.begin()
    await browser.get('/cb?code=x&state=unknown')
    expect(Object.keys((app.sessions as unknown as { sessions: object }).sessions)).toEqual([])
  })

  it('over http is HttpOnly, SameSite=Lax, for the whole host and 15 minutes', async () => {
    const app = await start()
    const browser = app.open()
    const url = new URL(await browser.begin())
    const id = createHash('sha256')
      .update(url.searchParams.get('state') ?? '')
      .digest('base64url')
      .slice(0, 22)
    const { line, value } = only(browser)
    expect(line).toBe(`oidc.openid.${id}=${value}; Path=/; Max-Age=900; HttpOnly; SameSite=Lax`)
  })

  it.each([
    [undefined, 'Lax'],
    ['query', 'Lax'],
    ['form_post', 'None'],
    ['form_post.jwt', 'None'],
  ])('S-C26: over https has the prefix __Host- and Secure, and for response_mode %s SameSite=%s', async (response_mode, sameSite) => {
    const app = await start({ tls: true, strategy: { parameters: { response_mode } } })
    const browser = app.open()
    await browser.begin()
    expect(only(browser).line).toMatch(
      new RegExp(`^__Host-oidc\\.openid\\.[\\w-]{22}=\\w+\\.[\\w-]+; Path=/; Max-Age=900; HttpOnly; Secure; SameSite=${sameSite}$`),
    )
  })

  it('S-O13: shows nothing of what is in it', async () => {
    const app = await start({ login: { returnTo: '/secret-path', data: 'canary' } })
    const browser = app.open()
    const state = new URL(await browser.begin()).searchParams.get('state') ?? ''
    const { name, value } = only(browser)
    const shown = `${name} ${value} ${Buffer.from(value.split('.')[1] ?? '', 'base64url').toString('latin1')}`
    for (const hidden of [state, 'canary', 'secret-path', 'code_verifier', 'app']) expect(shown).not.toContain(hidden)
  })

  it('S-O03: two tabs, and each finds its own, in any order', async () => {
    const app = await start()
    const browser = app.open()
    const callbacks = await Promise.all([beginLogin(app, browser), beginLogin(app, browser), beginLogin(app, browser)])
    expect(pendingNames(browser)).toHaveLength(3)
    for (const callback of callbacks.reverse()) expect((await browser.get(callback)).location).toBe('/home')
  })

  it('S-O05, S-C33: another state finds none, and spends none', async () => {
    const app = await start()
    const [browser, attacker] = [app.open(), app.open()]
    const callback = await beginLogin(app, browser)
    const foreign = await beginLogin(app, attacker)
    for (const path of [foreign, '/cb?code=x&state=bad', '/cb?code=x&state=__proto__', '/cb?code=x&state='])
      expect((await browser.get(path)).status).toBe(403)
    expect(app.provider.requests).toEqual([])
    expect((await browser.get(callback)).location).toBe('/home')
  })

  it('S-C27: twice at the same time redeems the code once', async () => {
    const app = await start()
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    const pages = await Promise.all([browser.get(callback), browser.get(callback)])
    expect(pages.map(({ location }) => location)).toEqual(['/home', '/home'])
    expect(app.provider.requests.filter((path) => path === '/token')).toHaveLength(1)
  })

  it('S-C27, S-O07: the callback again leads to where it led, if the session was signed in by it', async () => {
    const app = await start({ login: { returnTo: '/deep' } })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    await browser.get(callback)
    const before = app.provider.requests.length
    expect((await browser.get(callback)).location).toBe('/deep')
    await browser.get('/logout')
    expect((await browser.get(callback)).status).toBe(403)
    expect(app.provider.requests).toHaveLength(before)
  })

  it('S-C27: a browser that missed the removal of the cookie gets no second request either', async () => {
    const app = await start()
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    const { name, ...cookie } = only(browser)
    await browser.get(callback)
    browser.cookies.set(name, cookie)
    expect((await browser.get(callback)).location).toBe('/home')
    expect(pendingNames(browser)).toEqual([])
    expect(app.provider.requests.filter((path) => path === '/token')).toHaveLength(1)
  })

  it('S-C27: fails with TRANSACTION_USED where it signed nobody in', async () => {
    const app = await start({ verify: () => false, callback: { failureMessage: true, failureRedirect: '/failed' } })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    await browser.get(callback)
    await browser.get(callback)
    expect(JSON.stringify((app.sessions as unknown as { sessions: object }).sessions)).toContain('This response came before')
  })

  it('S-O27: of another strategy is not found, though both have one secret', async () => {
    const provider = await createProvider()
    const app = await start({
      provider,
      extend: (server, login, origin) => {
        const store = cookieTransactions({ secret })
        const client = createTestClient(provider, { now: startTime })
        login.use(new OpenIDStrategy({ name: 'other', client, store, callbackURL: `${origin}/other` }, () => ({ sub: 'other' })))
        server.get('/other', login.authenticate('other', { successRedirect: '/other/home' }))
      },
    })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    expect((await browser.get(callback.replace('/cb', '/other'))).status).toBe(403)
    const { name, value, line } = only(browser)
    browser.cookies.set(name.replace('openid', 'other'), { value, line })
    expect((await browser.get(callback.replace('/cb', '/other'))).status).toBe(403)
    expect(app.provider.requests).toEqual([])
    expect((await browser.get(callback)).location).toBe('/home')
  })
})

describe('many pending logins', () => {
  it('F-U11: are ten at most, and the oldest gives way', async () => {
    const app = await start()
    const browser = app.open()
    const callbacks: string[] = []
    for (let each = 0; each < 12; each++) {
      app.clock.now += 1
      callbacks.push(await beginLogin(app, browser))
      expect(pendingNames(browser).length).toBeLessThanOrEqual(10)
    }
    expect((await browser.get(callbacks[0] ?? '')).status).toBe(403)
    expect((await browser.get(callbacks.at(-1) ?? '')).location).toBe('/home')
  })

  it('stay below what servers take as a Cookie header', async () => {
    const app = await start({ login: { data: 'x'.repeat(1500) } })
    const browser = app.open()
    let last = ''
    for (let each = 0; each < 8; each++) {
      app.clock.now += 1
      last = await beginLogin(app, browser)
      const together = pendingNames(browser).reduce((sum, name) => sum + name.length + (browser.cookies.get(name)?.value.length ?? 0), 0)
      expect(together).toBeLessThanOrEqual(6144)
    }
    expect((await browser.get(last)).location).toBe('/home')
  })

  it('that somebody else has planted give way first', async () => {
    const app = await start()
    const browser = app.open()
    for (let each = 0; each < 12; each++) browser.cookies.set(`oidc.openid.planted${each}`, { value: '!!!.x', line: '' })
    const callback = await beginLogin(app, browser)
    expect(pendingNames(browser)).toHaveLength(10)
    await browser.begin()
    expect((await browser.get(callback)).location).toBe('/home')
  })
})

describe('a transaction that is too large for a cookie', () => {
  it('S-O15: is refused when the login begins, and never cut', async () => {
    const app = await start({ login: { data: 'x'.repeat(3000) } })
    const page = await app.open().get('/login')
    expect(page).toMatchObject({ location: '', cookies: [], text: 'error COOKIE_TOO_LARGE' })
    expect(app.errors[0]?.message).toMatch(/a cookie of \d{4} characters, and browsers keep at most 4096/)
  })

  it('S-O15: is kept whole right below that', async () => {
    const app = await start({ login: { data: 'x'.repeat(2450) } })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    expect(only(browser).line.length).toBeLessThanOrEqual(4096)
    expect((await browser.get(callback)).location).toBe('/home')
  })
})

describe('a cookie that is not as it was', () => {
  const spoil = async (change: (value: string) => string, settings: AppSettings = {}) => {
    const app = await start(settings)
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    const { name, value, line } = only(browser)
    const changed = change(value)
    expect(changed).not.toBe(value)
    browser.cookies.set(name, { value: changed, line })
    const page = await browser.get(callback)
    expect(app.provider.requests).toEqual([])
    expect(app.errors).toEqual([])
    return page
  }

  it.each<[string, (value: string) => string]>([
    ['cut off', (value) => value.slice(0, -10)],
    ['cut to its time', (value) => value.split('.')[0] ?? ''],
    ['cut within its tag', (value) => value.slice(0, 30)],
    ['of a later time', (value) => value.replace(/^\w+/, (startTime + 60).toString(36))],
    ['without its time', (value) => value.replace(/^\w+/, '')],
    ['longer', (value) => `${value}AAAA`],
    ['another text', () => 'x.y.z'],
    ['empty', () => ''],
    ['in quotes', (value) => `"${value}"`],
  ])('S-O17: %s, is as if it were not there', async (_, change) => {
    expect(await spoil(change)).toMatchObject({ status: 403, text: 'Forbidden' })
  })

  it('S-O17: any bit of it changed, is as if it were not there', async () => {
    const app = await start()
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    const state = new URLSearchParams(callback.slice(4)).get('state') ?? ''
    const { name, value } = only(browser)
    const [time = '', sealed = ''] = value.split('.')
    const bytes = Buffer.from(sealed, 'base64url')
    const store = cookieTransactions({ secret })
    const res = { getHeader: () => undefined, setHeader: () => undefined }
    const take = (text: string) =>
      store.take(
        { req: { headers: { cookie: `${name}=${time}.${text}` }, secure: false, res } as never, strategy: 'openid', now: startTime },
        state,
      )
    expect((await take(sealed)).transaction).toMatchObject({ state })
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const changed = Buffer.from(bytes)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(await take(changed.toString('base64url'))).toEqual({ transaction: undefined, others: 1 })
      }),
    )
  })

  it('S-O17: made with an earlier secret, opens while that is still among the secrets, and not later', async () => {
    const old = await start({}, secret)
    const browser = old.open()
    const callback = await beginLogin(old, browser)
    const { provider } = old
    const rotate = async (secrets: readonly string[]) => {
      const app = await start({ provider }, secrets)
      const moved = app.open()
      for (const [name, cookie] of browser.cookies) moved.cookies.set(name, cookie)
      return moved.get(callback)
    }
    expect((await rotate([another])).status).toBe(403)
    expect(provider.requests).toEqual([])
    expect((await rotate([another, secret])).location).toBe('/home')
  })

  it('S-C29: lost, fails closed', async () => {
    const app = await start()
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    browser.cookies.clear()
    expect((await browser.get(callback)).status).toBe(403)
    expect(app.provider.requests).toEqual([])
  })
})

describe('cookieTransactions', () => {
  it.each([[undefined], [''], ['too short'], [[]], [[secret, 'too short']], [5], [[5]]])('refuses the secret %j', (given) => {
    expect(() => cookieTransactions({ secret: given as string })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })

  it('says so where the request is not of Express', async () => {
    const context = { req: { headers: {}, secure: true } as never, strategy: 'openid', now: startTime }
    const transaction = { state: 's', created_at: startTime } as never
    await expect(cookieTransactions({ secret }).put(context, transaction)).rejects.toMatchObject({ code: 'EXPRESS_MISSING' })
  })

  it('keeps the cookies that others have set on the same response', async () => {
    const app = await start({
      extend: (server) =>
        void server.use((_req, res, next) => {
          res.setHeader('Set-Cookie', 'own=1')
          next()
        }),
    })
    const page = await app.open().get('/login')
    expect(page.cookies[0]).toBe('own=1')
    expect(page.cookies[1]).toMatch(/^oidc\./)
  })

  it('names the cookie of a strategy with any name', async () => {
    const app = await start({
      strategy: { name: 'a b;=é' },
      extend: (server, login) => {
        server.get('/begin', login.authenticate('a b;=é'))
        server.get('/cb', login.authenticate('a b;=é', { successRedirect: '/home' }))
      },
    })
    const browser = app.open()
    const callback = `/cb?${app.provider.authorize(await browser.begin('/begin'))}`
    expect(only(browser).name).toMatch(/^oidc\.a_b___\.[\w-]{22}$/)
    expect((await browser.get(callback)).location).toBe('/home')
  })
})
