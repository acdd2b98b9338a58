import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { OpenIDStrategy, sessionTransactions } from './index.js'
import type { Browser } from './passport.test-browser.js'
import { createProvider, startTime } from './passport.test-provider.js'
import { createTestClient, type RunningApp, startApp } from './passport.test-server.js'
import { findUse } from './session-entry.js'

const whoIs = async (browser: Browser) => (await browser.get('/')).text
const tokenRequests = ({ provider }: RunningApp) => provider.requests.filter((path) => path === '/token').length

/** Begins a login, and gives the callback that the provider would send the browser to. */
async function beginLogin(app: RunningApp, browser: Browser, { path = '/login', sub = 'ada' } = {}) {
  return `/cb?${app.provider.authorize(await browser.begin(path), sub)}`
}

/** What the store of express-session holds, by session id. */
function storedSessions({ sessions }: RunningApp): Record<string, Record<string, unknown>> {
  const { sessions: texts } = sessions as unknown as { readonly sessions: Readonly<Record<string, string>> }
  return Object.fromEntries(Object.entries(texts).map(([id, text]) => [id, JSON.parse(text)]))
}

/** A promise that the test resolves. */
function createGate() {
  let open: () => void = () => undefined
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

describe('session fixation', () => {
  it('S-O01: the session that a user signs in with is another one than before, and the old one is gone', async () => {
    const app = await startApp()
    const [attacker, victim] = [app.open(), app.open()]
    const callback = await beginLogin(app, attacker)
    for (const [name, cookie] of attacker.cookies) victim.cookies.set(name, cookie)
    expect((await victim.get(callback)).location).toBe('/home')
    expect(await whoIs(victim)).toBe('Hello ada')
    expect(await whoIs(attacker)).toBe('Nobody')
    expect(Object.keys(storedSessions(app))).toHaveLength(1)
  })

  it('S-O20: a session of another user is replaced and never merged', async () => {
    const app = await startApp({
      extend: (server) => {
        server.get('/basket', (req, res) => {
          Object.assign(req.session, { basket: 'of eve' })
          res.end()
        })
      },
    })
    const browser = app.open()
    await browser.get(await beginLogin(app, browser, { sub: 'eve' }))
    await browser.get('/basket')
    expect(await whoIs(browser)).toBe('Hello eve')
    await browser.get(await beginLogin(app, browser, { sub: 'ada' }))
    expect(await whoIs(browser)).toBe('Hello ada')
    expect(inspect(storedSessions(app), { depth: 9 })).not.toContain('eve')
  })

  it('keepSessionInfo of passport keeps what the application has in the session, and spoils nothing of the strategy’s', async () => {
    const app = await startApp({
      callback: { keepSessionInfo: true },
      extend: (server) => {
        server.get('/basket', (req, res) => {
          Object.assign(req.session, { basket: 'full' })
          res.end()
        })
      },
    })
    const browser = app.open()
    await browser.get('/basket')
    const [first, second] = [await beginLogin(app, browser), await beginLogin(app, browser)]
    expect((await browser.get(first)).location).toBe('/home')
    expect(Object.values(storedSessions(app))).toEqual([expect.objectContaining({ basket: 'full' })])
    expect((await browser.get(first)).location).toBe('/home')
    expect((await browser.get(second)).location).toBe('/home')
    expect(tokenRequests(app)).toBe(2)
  })
})

describe('two tabs', () => {
  it('S-O03: both begin a login in one session, and both finish, also after the first has replaced the session', async () => {
    const app = await startApp()
    const browser = app.open()
    const [first, second] = [await beginLogin(app, browser), await beginLogin(app, browser)]
    expect((await browser.get(second)).location).toBe('/home')
    expect((await browser.get(first)).location).toBe('/home')
    expect(await whoIs(browser)).toBe('Hello ada')
    expect(app.errors).toEqual([])
  })

  it('S-O03: all tabs of a restored browser begin at once, and none loses its transaction', async () => {
    const app = await startApp({
      extend: (server) => {
        server.get('/visit', (req, res) => {
          Object.assign(req.session, { visited: true })
          res.end()
        })
      },
    })
    const browser = app.open()
    await browser.get('/visit')
    slowDown(app)
    const callbacks = await Promise.all(Array.from({ length: 8 }, () => beginLogin(app, browser)))
    for (const callback of callbacks) expect((await browser.get(callback)).location).toBe('/home')
  })

  /** The session store answers with what it held a while ago, so that requests which do not wait for one another overwrite each other. */
  function slowDown({ sessions }: RunningApp) {
    const { get } = sessions
    sessions.get = (id, callback) =>
      get.call(sessions, id, (error, session) => {
        let turns = 20
        const wait = () => (turns-- ? setImmediate(wait) : callback(error, session))
        wait()
      })
  }

  it('S-O03: a login that begins while another one is being finished is not lost with the old session', async () => {
    const [reached, go] = [createGate(), createGate()]
    const app = await startApp({
      verify: async ({ claims }) => {
        reached.open()
        await go.passed
        return { sub: claims.sub }
      },
    })
    const browser = app.open()
    const first = browser.get(await beginLogin(app, browser))
    await reached.passed
    const second = await beginLogin(app, browser)
    go.open()
    expect((await first).location).toBe('/home')
    expect((await browser.get(second)).location).toBe('/home')
  })

  it('F-U11: at most ten logins are pending, and the oldest gives way', async () => {
    const app = await startApp()
    const browser = app.open()
    const callbacks: string[] = []
    for (let each = 0; each < 11; each++) callbacks.push(await beginLogin(app, browser))
    const [oldest = '', next = '', ...others] = callbacks
    expect((await browser.get(oldest)).status).toBe(403)
    expect((await browser.get(next)).location).toBe('/home')
    expect((await browser.get(others.at(-1) ?? '')).location).toBe('/home')
  })

  it('F-U11: transactions that are too old are cleared away when the next login begins', async () => {
    const app = await startApp()
    const browser = app.open()
    await browser.begin()
    app.clock.now += 901
    await browser.begin()
    const [session] = Object.values(storedSessions(app))
    expect(session).toMatchObject({ '@oidc/passport:openid': { pending: [{ created_at: startTime + 901 }] } })
  })
})

describe('responses that do not belong here', () => {
  it('S-O05: a callback with another state consumes nothing, and the real login still finishes', async () => {
    const app = await startApp()
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    expect((await browser.get('/cb?code=stolen&state=bad')).status).toBe(403)
    expect((await browser.get('/cb?error=access_denied&state=bad')).status).toBe(403)
    expect(app.provider.requests).toEqual([])
    expect((await browser.get(callback)).location).toBe('/home')
  })

  it('S-C33: a state that is pending in another browser is refused, and stays pending there', async () => {
    const app = await startApp()
    const [attacker, victim] = [app.open(), app.open()]
    const callback = await beginLogin(app, attacker)
    await victim.begin()
    expect((await victim.get(callback)).status).toBe(403)
    expect(app.provider.requests).toEqual([])
    expect(await whoIs(victim)).toBe('Nobody')
    expect((await attacker.get(callback)).location).toBe('/home')
  })

  it.each([
    ['a state that nobody sent', '/cb?code=x&state=unknown', 'TRANSACTION_NOT_FOUND'],
    ['no state', '/cb?code=x', 'STATE_MISSING'],
  ])('S-C37: an unsolicited response, with %s, is refused without a request', async (_, path, code) => {
    const app = await startApp({ callback: { failureMessage: true, failureRedirect: '/failed' } })
    expect((await app.open().get(path)).location).toBe('/failed')
    expect(inspect(storedSessions(app), { depth: 9 })).toContain(code === 'STATE_MISSING' ? 'no state' : 'No login is pending')
    expect(app.provider.requests).toEqual([])
  })

  it('S-O19, S-C29: without the session’s cookie the login fails closed, says what was seen, and does not begin anew', async () => {
    const app = await startApp({ callback: { failureMessage: true, failureRedirect: '/failed' } })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    browser.cookies.clear()
    expect((await browser.get(callback)).location).toBe('/failed')
    const [message] = Object.values(storedSessions(app)).flatMap(({ messages = [] }) => messages as string[])
    expect(message).toBe(
      'No login is pending in this browser that the response belongs to. Seen: a GET request without a Cookie header over http, no other pending logins. ' +
        'Usual causes: a Secure cookie does not come over http (if TLS ends at a proxy, set trust proxy); ' +
        'the login began at another host name than that of the callbackURL; the callback was loaded again, or opened in another browser; ' +
        'the sign-in took longer than 15 minutes, or the session ended meanwhile. Start a new login.',
    )
    expect(app.provider.requests).toEqual([])
  })

  it('S-O19: it says how many other logins are pending', async () => {
    const app = await startApp({ callback: { failureMessage: true, failureRedirect: '/failed' } })
    const browser = app.open()
    await browser.begin()
    await browser.begin()
    await browser.get('/cb?code=x&state=unknown')
    const shown = inspect(storedSessions(app), { depth: 9, maxStringLength: null, breakLength: Number.POSITIVE_INFINITY })
    expect(shown).toContain('a GET request with a Cookie header over http, 2 other pending logins')
    expect(shown).toContain('do not share a session store')
  })
})

describe('the same callback again', () => {
  it('S-C27, S-O06, S-O07: makes no request, and leads to where it led the first time', async () => {
    const app = await startApp({ login: { returnTo: '/deep?x=1' } })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    expect((await browser.get(callback)).location).toBe('/deep?x=1')
    const before = app.provider.requests.length
    expect(await browser.get(callback)).toMatchObject({ status: 302, location: '/deep?x=1' })
    expect(app.provider.requests).toHaveLength(before)
    expect(await whoIs(browser)).toBe('Hello ada')
    expect(app.errors).toEqual([])
  })

  it.each([
    ['successRedirect', { successRedirect: '/start' }, '/start'],
    ['successReturnToOrRedirect', { successRedirect: undefined, successReturnToOrRedirect: '/back' }, '/back'],
    ['/', { successRedirect: undefined }, '/'],
  ])('S-O07: leads to %s where there was no returnTo', async (_, callbackOptions, location) => {
    const app = await startApp({ callback: callbackOptions as { successRedirect?: string } })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    await browser.get(callback)
    expect((await browser.get(callback)).location).toBe(location)
    expect(tokenRequests(app)).toBe(1)
  })

  it('S-C27: it still does after another tab has signed in', async () => {
    const app = await startApp()
    const browser = app.open()
    const [first, second] = [await beginLogin(app, browser), await beginLogin(app, browser)]
    await browser.get(first)
    await browser.get(second)
    expect((await browser.get(first)).location).toBe('/home')
    expect(tokenRequests(app)).toBe(2)
  })

  it('S-C27: fails with TRANSACTION_USED where it signed nobody in', async () => {
    const app = await startApp({ verify: () => false, callback: { failureMessage: true, failureRedirect: '/failed' } })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    await browser.get(callback)
    expect((await browser.get(callback)).location).toBe('/failed')
    expect(inspect(storedSessions(app), { depth: 9 })).toContain('This response came before')
    expect(tokenRequests(app)).toBe(1)
  })

  it('S-C27: fails with TRANSACTION_USED where the session is signed in by another login', async () => {
    const app = await startApp({
      extend: (server, login) => {
        server.get('/cb', (req, res, next) => {
          login.authenticate('openid', { session: !req.query.once, successRedirect: '/home' })(req, res, next)
        })
      },
    })
    const browser = app.open()
    const [first, denied, once] = [await beginLogin(app, browser), await beginLogin(app, browser), await beginLogin(app, browser)]
    expect((await browser.get(first)).location).toBe('/home')
    const refusal = denied.replace(/code=[^&]+/, 'error=access_denied')
    for (const status of [401, 403]) expect((await browser.get(refusal)).status).toBe(status)
    for (const status of [302, 403]) expect((await browser.get(`${once}&once=1`)).status).toBe(status)
    expect(await whoIs(browser)).toBe('Hello ada')
  })

  it('S-C27: fails where the session is signed in no longer, whatever way the application signed out', async () => {
    const app = await startApp({
      extend: (server) => {
        server.get('/forget', (req, res) => {
          delete (req.session as { passport?: object }).passport
          res.end()
        })
      },
    })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    await browser.get(callback)
    await browser.get('/forget')
    expect((await browser.get(callback)).status).toBe(403)
    await browser.get('/logout')
    expect((await browser.get(callback)).status).toBe(403)
    expect(tokenRequests(app)).toBe(1)
  })

  it('S-C27: no state is kept in the session once it is used', async () => {
    const app = await startApp()
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    await browser.get(callback)
    const state = new URLSearchParams(callback.slice(4)).get('state') ?? 'none'
    expect(JSON.stringify(storedSessions(app))).not.toContain(state)
  })

  it('S-C27: twice at once redeems the code once, and both are signed in', async () => {
    const [reached, go] = [createGate(), createGate()]
    let verified = 0
    const app = await startApp({
      login: { returnTo: '/deep' },
      verify: async ({ claims }) => {
        verified++
        reached.open()
        await go.passed
        return { sub: claims.sub }
      },
    })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    const other = app.open()
    for (const [name, cookie] of browser.cookies) other.cookies.set(name, cookie)
    const first = browser.get(callback)
    await reached.passed
    const loads = countLoads(app)
    const second = other.get(callback)
    await loads.atLeast(2)
    go.open()
    expect([(await first).location, (await second).location]).toEqual(['/deep', '/deep'])
    expect([await whoIs(browser), await whoIs(other)]).toEqual(['Hello ada', 'Hello ada'])
    expect([tokenRequests(app), verified]).toEqual([1, 1])
  })

  it('S-C27: twice at the very same time redeems the code once', async () => {
    const app = await startApp()
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    const pages = await Promise.all([browser.get(callback), browser.get(callback), browser.get(callback)])
    expect(tokenRequests(app)).toBe(1)
    expect(pages.some(({ location }) => location === '/home')).toBe(true)
  })

  it('S-C33: whoever had no part in the transaction does not get the result that is under way', async () => {
    const [reached, go] = [createGate(), createGate()]
    const app = await startApp({
      verify: async ({ claims }) => {
        reached.open()
        await go.passed
        return { sub: claims.sub }
      },
    })
    const [victim, attacker] = [app.open(), app.open()]
    const callback = await beginLogin(app, victim)
    await attacker.begin()
    const page = victim.get(callback)
    await reached.passed
    expect((await attacker.get(callback)).status).toBe(403)
    go.open()
    expect((await page).location).toBe('/home')
    expect(await whoIs(attacker)).toBe('Nobody')
  })

  /** Waits until the session store was read so often from now on. */
  function countLoads({ sessions }: RunningApp) {
    const { get } = sessions
    let count = 0
    let wake: () => void = () => undefined
    sessions.get = (id, callback) =>
      get.call(sessions, id, (error, session) => {
        callback(error, session)
        count++
        setImmediate(wake)
      })
    return {
      async atLeast(wanted: number) {
        while (count < wanted)
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      },
    }
  }
})

describe('a session store that fails', () => {
  const failing = (_: unknown, ...rest: readonly unknown[]) => {
    const callback = rest.at(-1) as (error: Error) => void
    callback(Object.assign(new Error('canary-session-content'), { code: 'ECONNREFUSED' }))
  }

  it('S-O18: down when the response comes, it is a 503, nobody is signed in, and the same response works later', async () => {
    const app = await startApp()
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    const { set } = app.sessions
    app.sessions.set = failing
    expect(await browser.get(callback)).toMatchObject({ status: 503, text: 'error STORE_FAILED' })
    expect(app.errors[0]?.message).toContain('ECONNREFUSED')
    expect(inspect(app.errors[0])).not.toContain('canary')
    expect(app.provider.requests).toEqual([])
    app.sessions.set = set
    expect(await whoIs(browser)).toBe('Nobody')
    expect((await browser.get(callback)).location).toBe('/home')
  })

  it('S-O18: down when a login begins, the browser is not sent away', async () => {
    const app = await startApp()
    app.sessions.set = failing
    expect(await app.open().get('/login')).toMatchObject({ status: 503, location: '', text: 'error STORE_FAILED' })
  })

  it('S-O02: where the session cannot be replaced, the login fails closed', async () => {
    const app = await startApp()
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    const { destroy } = app.sessions
    app.sessions.destroy = failing
    expect((await browser.get(callback)).status).toBe(500)
    app.sessions.destroy = destroy
    expect(await whoIs(browser)).toBe('Nobody')
  })

  it('S-O02: where the new session cannot be saved, the login fails closed', async () => {
    const app = await startApp({
      verify: ({ claims }) => {
        app.sessions.set = failing
        return { sub: claims.sub }
      },
    })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    const { set } = app.sessions
    expect(await browser.get(callback)).toMatchObject({ status: 500, location: '' })
    app.sessions.set = set
    expect(await whoIs(browser)).toBe('Nobody')
  })

  it('S-O02: where the old session cannot be read any more, the login fails closed', async () => {
    const app = await startApp({
      verify: ({ claims }) => {
        app.sessions.get = failing
        return { sub: claims.sub }
      },
    })
    const browser = app.open()
    const callback = await beginLogin(app, browser)
    const { get } = app.sessions
    expect(await browser.get(callback)).toMatchObject({ status: 500, text: 'error STORE_FAILED' })
    app.sessions.get = get
    expect(await whoIs(browser)).toBe('Nobody')
  })

  it('S-O02: one write holds the user, the pending logins and the used one', async () => {
    const app = await startApp()
    const browser = app.open()
    const [callback] = [await beginLogin(app, browser), await browser.begin()]
    const writes: string[] = []
    const { set } = app.sessions
    app.sessions.set = (id, session, done) => {
      writes.push(Object.keys(session).sort().join())
      set.call(app.sessions, id, session, done)
    }
    await browser.get(callback)
    // The last one is of express-session itself, when the response ends.
    const whole = '@oidc/passport/login,@oidc/passport:openid,cookie,passport'
    expect(writes).toEqual(['@oidc/passport:openid,cookie', whole, whole])
  })

  it('a session that another tab has ended is not stored again', async () => {
    const [reached, go] = [createGate(), createGate()]
    const app = await startApp({
      verify: async ({ claims }) => {
        if (claims.sub === 'slow') {
          reached.open()
          await go.passed
        }
        return { sub: claims.sub }
      },
    })
    const browser = app.open()
    const slow = await beginLogin(app, browser, { sub: 'slow' })
    const fast = await beginLogin(app, browser, { sub: 'fast' })
    const stale = app.open()
    for (const [name, cookie] of browser.cookies) stale.cookies.set(name, cookie)
    const [old = ''] = Object.keys(storedSessions(app))
    const page = stale.get(slow)
    await reached.passed
    await browser.get(fast)
    go.open()
    expect((await page).location).toBe('/home')
    expect(Object.keys(storedSessions(app))).not.toContain(old)
    expect([await whoIs(browser), await whoIs(stale)]).toEqual(['Hello fast', 'Hello slow'])
  })
})

describe('without session middleware', () => {
  it('both routes say so, and what to do', async () => {
    const app = await startApp({ session: false })
    const browser = app.open()
    expect((await browser.get('/login')).text).toBe('error SESSION_MISSING')
    expect((await browser.get('/cb?code=x&state=y')).text).toBe('error SESSION_MISSING')
    expect(app.errors[0]?.message).toContain('app.use(session({ … })) of express-session')
    expect(app.provider.requests).toEqual([])
  })
})

describe('two strategies on one host', () => {
  it('S-O27: each has its own transactions, and both finish, whichever replaced the session', async () => {
    const [first, second] = [await createProvider(), await createProvider('https://other.example')]
    const app = await startApp({
      provider: first,
      extend: (server, login, origin) => {
        const client = createTestClient(second, { now: startTime })
        login.use(
          new OpenIDStrategy({ name: 'other', client, callbackURL: `${origin}/other/cb` }, ({ claims }) => ({
            sub: `other ${claims.sub}`,
          })),
        )
        server.get('/other/login', login.authenticate('other'))
        server.get('/other/cb', login.authenticate('other', { successRedirect: '/other' }))
      },
    })
    const browser = app.open()
    const own = await beginLogin(app, browser)
    const other = second.authorize(await browser.begin('/other/login'))
    const keys = Object.values(storedSessions(app)).flatMap(Object.keys)
    expect(keys).toEqual(expect.arrayContaining(['@oidc/passport:openid', '@oidc/passport:other']))
    expect((await browser.get(`/cb?${other}`)).status).toBe(403)
    expect([first.requests, second.requests]).toEqual([[], []])
    expect((await browser.get(own)).location).toBe('/home')
    expect((await browser.get(`/other/cb?${other}`)).location).toBe('/other')
    expect(await whoIs(browser)).toBe('Hello other ada')
  })
})

describe('other session middleware', () => {
  it('that has neither store nor save, as signed cookies have, keeps transactions as well', async () => {
    const context = { req: { session: {} } as never, strategy: 'openid', now: startTime }
    const store = sessionTransactions()
    const transaction = { state: 's', created_at: startTime } as never
    await store.put(context, transaction)
    expect(await store.take(context, 'other')).toEqual({ transaction: undefined, others: 1 })
    expect(await store.take(context, 's')).toEqual({ transaction, others: 0 })
    expect(await store.take(context, 's')).toEqual({ transaction: undefined, others: 0 })
  })

  it.each([[null], ['x'], [5], [{ pending: 'x', used: {} }], [[]]])(
    'that gives back %j where the entry was is taken as empty',
    async (entry) => {
      const context = { req: { session: { '@oidc/passport:openid': entry } } as never, strategy: 'openid', now: startTime }
      expect(await sessionTransactions().take(context, 's')).toEqual({ transaction: undefined, others: 0 })
      expect(findUse(context.req, 'openid', 's')).toBeUndefined()
    },
  )
})
