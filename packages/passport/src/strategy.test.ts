import { createAuthorizationRequest } from '@oidc/core'
import type { Plugin } from '@oidc/core/plugin'
import express, { type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { OpenIDStrategy } from './index.js'
import type { Browser } from './passport.test-browser.js'
import { createProvider, startTime } from './passport.test-provider.js'
import { createTestClient, type RunningApp, startApp } from './passport.test-server.js'

/** A whole login up to the callback's answer. */
async function signIn(app: RunningApp, browser: Browser, path?: string) {
  const url = await browser.begin(path)
  const callback = `/cb?${app.provider.authorize(url)}`
  return { url, callback, page: await browser.get(callback) }
}

const whoIs = async (browser: Browser) => (await browser.get('/')).text
const tokenRequests = ({ provider }: RunningApp) => provider.requests.filter((path) => path === '/token').length

describe('a login', () => {
  it('sends the browser to the provider and signs the user in when it comes back', async () => {
    const app = await startApp()
    const browser = app.open()
    const { url, page } = await signIn(app, browser)
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
      client_id: 'app',
      redirect_uri: `${app.origin}/cb`,
      scope: 'openid email',
      response_type: 'code',
      code_challenge_method: 'S256',
    })
    expect(page).toMatchObject({ status: 302, location: '/home' })
    expect(await whoIs(browser)).toBe('Hello ada')
    expect(app.errors).toEqual([])
  })

  it('asks for the client at every request, and for nothing before the first one', async () => {
    const provider = await createProvider()
    const asked: string[] = []
    const app = await startApp({
      provider,
      strategy: {
        client: async (req) => {
          asked.push(req.path)
          return createTestClient(provider, { now: startTime })
        },
      },
    })
    expect(asked).toEqual([])
    const browser = app.open()
    await signIn(app, browser)
    expect(asked).toEqual(['/login', '/cb'])
    expect(await whoIs(browser)).toBe('Hello ada')
  })

  it('goes on to the route where there is no successRedirect and no returnTo', async () => {
    const app = await startApp({
      extend: (server, login) => {
        server.get('/cb', login.authenticate('openid'), (req, res) => {
          res.send(`Welcome ${req.user?.sub}`)
        })
      },
    })
    expect((await signIn(app, app.open())).page).toMatchObject({ status: 200, text: 'Welcome ada' })
  })

  it('gives passport’s own callback the user, and redirects nowhere by itself', async () => {
    const app = await startApp({
      login: { returnTo: '/deep' },
      extend: (server, login) => {
        server.get('/cb', (req, res, next) => {
          login.authenticate('openid', (error: unknown, user: Express.User | undefined) => {
            if (error || !user) return next(error)
            req.logIn(user, (failed) => (failed ? next(failed) : res.send(`Own ${user.sub}`)))
          })(req, res, next)
        })
      },
    })
    const browser = app.open()
    expect((await signIn(app, browser)).page.text).toBe('Own ada')
    expect(await whoIs(browser)).toBe('Hello ada')
  })

  it('leaves req.logIn as it was, once it was called', async () => {
    const kept: boolean[] = []
    const app = await startApp({
      extend: (server, login) => {
        server.get('/cb', (req, res, next) => {
          const { logIn } = req
          login.authenticate('openid', (_error: unknown, user: Express.User) => {
            kept.push(req.logIn === logIn)
            req.logIn(user, () => {
              kept.push(req.logIn === logIn)
              res.end()
            })
          })(req, res, next)
        })
      },
    })
    await signIn(app, app.open())
    expect(kept).toEqual([false, true])
  })

  it('S-O21: passport’s own callback that throws gets the error, and the process lives', async () => {
    const app = await startApp({
      extend: (server, login) => {
        server.get('/cb', (req, res, next) => {
          login.authenticate('openid', (error: unknown) => {
            if (error) return next(error)
            throw new Error('thrown by the callback')
          })(req, res, next)
        })
      },
    })
    expect((await signIn(app, app.open())).page.text).toBe('error thrown by the callback')
    expect(app.errors).toHaveLength(1)
  })

  it('works without a login session where the call says so', async () => {
    const app = await startApp({ callback: { session: false } })
    const browser = app.open()
    expect((await signIn(app, browser)).page.location).toBe('/home')
    expect(await whoIs(browser)).toBe('Nobody')
  })

  it('keeps requests apart where the strategy itself is given to passport.authenticate', async () => {
    const provider = await createProvider()
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const app = await startApp({
      provider,
      extend: (server, login, origin) => {
        const strategy = new OpenIDStrategy(
          { client: createTestClient(provider, { now: startTime }), callbackURL: `${origin}/cb` },
          async ({ claims }) => {
            if (claims.sub === 'slow') await held
            else release()
            return { sub: claims.sub }
          },
        )
        server.get('/cb', login.authenticate(strategy), (req, res) => {
          res.send(`Welcome ${req.user?.sub}`)
        })
      },
    })
    const [slow, fast] = [app.open(), app.open()]
    const slowCallback = `/cb?${provider.authorize(await slow.begin(), 'slow')}`
    const fastCallback = `/cb?${provider.authorize(await fast.begin(), 'fast')}`
    const [slowPage, fastPage] = await Promise.all([slow.get(slowCallback), fast.get(fastCallback)])
    expect([slowPage.text, fastPage.text]).toEqual(['Welcome slow', 'Welcome fast'])
    expect([await whoIs(slow), await whoIs(fast)]).toEqual(['Hello slow', 'Hello fast'])
  })

  it('opens a protected response (JARM) to find the transaction in it', async () => {
    const jarm: Plugin = {
      name: 'test-jarm',
      authorization: {
        open: ({ place, parameters }) => ({ place, parameters: JSON.parse(atob(parameters.response ?? '')) }),
      },
    }
    const app = await startApp({ client: { use: [jarm] } })
    const browser = app.open()
    const answer = app.provider.authorize(await browser.begin())
    const response = encodeURIComponent(btoa(JSON.stringify(Object.fromEntries(answer))))
    expect(await browser.get(`/cb?response=${response}`)).toMatchObject({ status: 302, location: '/home' })
    expect(await whoIs(browser)).toBe('Hello ada')
  })
})

describe('parameters of the authorization request', () => {
  it('come from the options of the call, from the strategy, and from the request', async () => {
    const app = await startApp({
      strategy: {
        scope: ['openid', 'email'],
        parameters: (req) => ({ display: 'page', login_hint: String(req.query.hint), prompt: 'consent', claims_locales: 'en' }),
      },
      login: {
        scope: ['openid', 'profile'],
        prompt: 'login',
        idTokenHint: 'a.b.c',
        resource: ['https://a.example/', 'https://b.example/'],
        authorizationDetails: [{ type: 'payment' }],
        acrValues: ['gold', 'silver'],
        maxAge: 0,
        uiLocales: ['de', 'en'],
        parameters: { claims_locales: 'de', audience: 'api' },
      },
    })
    const { searchParams } = new URL(await app.open().begin('/login?hint=ada'))
    expect(Object.fromEntries(searchParams)).toMatchObject({
      scope: 'openid profile',
      prompt: 'login',
      login_hint: 'ada',
      id_token_hint: 'a.b.c',
      authorization_details: '[{"type":"payment"}]',
      acr_values: 'gold silver',
      max_age: '0',
      ui_locales: 'de en',
      display: 'page',
      claims_locales: 'de',
      audience: 'api',
    })
    expect(searchParams.getAll('resource')).toEqual(['https://a.example/', 'https://b.example/'])
  })

  it('the loginHint of the call stands over that of the strategy', async () => {
    const app = await startApp({ strategy: { parameters: { login_hint: 'strategy' } }, login: { loginHint: 'call' } })
    expect(new URL(await app.open().begin()).searchParams.get('login_hint')).toBe('call')
  })

  it('asks for openid unless told otherwise', async () => {
    const app = await startApp({ strategy: { scope: undefined } })
    expect(new URL(await app.open().begin()).searchParams.get('scope')).toBe('openid')
  })

  it.each([
    ['state', { state: 'mine' }, 'data'],
    ['redirect_uri', { parameters: { redirect_uri: 'https://evil.example/' } }, 'callbackURL'],
  ])('%s is refused, for the strategy makes it', async (_, login, remedy) => {
    const app = await startApp({ login })
    expect((await app.open().get('/login')).text).toBe('error PARAMETER_RESERVED')
    expect(app.errors[0]?.message).toContain(remedy)
  })

  it('the callbackURL may depend on the request, and never on the Host header alone', async () => {
    const app = await startApp({ strategy: { callbackURL: (req) => `https://${req.query.tenant}.example/cb` } })
    const { location } = await app.open().get('/login?tenant=acme', { headers: { host: 'evil.example' } })
    expect(new URL(location).searchParams.get('redirect_uri')).toBe('https://acme.example/cb')
  })

  it('a callbackURL that a function spoils is refused before anything is sent', async () => {
    const app = await startApp({ strategy: { callbackURL: () => '/cb' } })
    expect((await app.open().get('/login')).text).toBe('error OPTION_INVALID')
    expect(app.provider.requests).toEqual([])
  })
})

describe('the client', () => {
  it('S-C29: a client that cannot be had is an error, and the transaction stays', async () => {
    const provider = await createProvider()
    const good = createTestClient(provider, { now: startTime })
    let isDown = false
    const app = await startApp({
      provider,
      strategy: {
        client: async () => {
          if (isDown) throw new TypeError('the tenant database is down')
          return good
        },
      },
    })
    const browser = app.open()
    const callback = `/cb?${provider.authorize(await browser.begin())}`
    isDown = true
    expect((await browser.get(callback)).text).toBe('error CLIENT_UNAVAILABLE')
    expect(app.errors[0]).toMatchObject({ cause: { message: 'the tenant database is down' } })
    isDown = false
    expect((await browser.get(callback)).location).toBe('/home')
  })

  it('an OidcError of discovery reaches the error handler as it is', async () => {
    const provider = await createProvider()
    const app = await startApp({
      provider,
      strategy: {
        client: async () => {
          const client = createTestClient(provider, { now: startTime })
          await createAuthorizationRequest(client, {})
          return client
        },
      },
    })
    expect((await app.open().get('/login')).text).toBe('error REDIRECT_URI_INVALID')
  })

  it('a function that gives no client is told so', async () => {
    const app = await startApp({ strategy: { client: () => ({}) as never } })
    expect((await app.open().get('/login')).text).toBe('error CLIENT_INVALID')
  })
})

describe('which requests are callbacks', () => {
  it('S-O08: the callback without parameters is an error, and no new login', async () => {
    const app = await startApp()
    const browser = app.open()
    for (const path of ['/cb', '/cb/', '/cb?', '/cb?utm_source=x']) {
      const page = await browser.get(path)
      expect(page).toMatchObject({ status: 400, text: 'error CALLBACK_EMPTY', location: '' })
    }
    expect(await browser.post('/cb', '', { crossSite: false })).toMatchObject({ status: 400, text: 'error CALLBACK_EMPTY' })
    expect(app.provider.requests).toEqual([])
    expect(browser.cookies.size).toBe(0)
  })

  it.each(['code=x', 'error=x', 'response=x', 'state=x'])('S-O08: nor does a request with %s begin one, at any path', async (query) => {
    const page = await (await startApp()).open().get(`/login?${query}`)
    expect(page.location).toBe('')
    expect(page.status).toBe(403)
  })

  it.each([
    ['HEAD', 204, { method: 'HEAD' }],
    ['a prefetch', 503, { headers: { 'sec-purpose': 'prefetch' } }],
    ['a prerender', 503, { headers: { 'sec-purpose': 'prefetch;prerender' } }],
    ['an old prefetch', 503, { headers: { purpose: 'prefetch' } }],
  ])('S-O10: %s of the callback redeems nothing and keeps the state', async (_, status, init) => {
    const app = await startApp()
    const browser = app.open()
    const callback = `/cb?${app.provider.authorize(await browser.begin())}`
    expect(await browser.get(callback, init)).toMatchObject({ status, location: '', headers: { 'cache-control': 'no-store' } })
    expect(app.provider.requests).toEqual([])
    expect((await browser.get(callback)).location).toBe('/home')
  })

  it.each([
    ['HEAD', { method: 'HEAD' }],
    ['a prefetch', { headers: { 'sec-purpose': 'prefetch' } }],
  ])('S-O11: %s of the login route creates no transaction', async (_, init) => {
    const app = await startApp()
    const page = await app.open().get('/login', init)
    expect(page).toMatchObject({ location: '', cookies: [] })
    expect(Object.keys((app.sessions as unknown as { sessions: object }).sessions)).toEqual([])
  })

  it('S-O10: a tentative request does not go on to the route as if somebody had signed in', async () => {
    const reached: string[] = []
    const app = await startApp({
      extend: (server, login) => {
        const seen: RequestHandler = (req, res) => {
          reached.push(req.method)
          res.end()
        }
        server.get('/cb', login.authenticate('openid'), seen)
      },
    })
    await app.open().get('/cb?code=x&state=y', { method: 'HEAD' })
    expect(reached).toEqual([])
  })

  it('S-O08: nor does any POST, at any path', async () => {
    const app = await startApp({ extend: (server, login) => void server.post('/login', login.authenticate('openid')) })
    expect(await app.open().post('/login', 'x=y')).toMatchObject({ status: 400, text: 'error CALLBACK_EMPTY', location: '' })
  })

  it.each(['PUT', 'DELETE'])('refuses the method %s', async (method) => {
    const app = await startApp({ extend: (server, login) => void server.all('/cb', login.authenticate('openid')) })
    expect(await app.open().send('/cb?code=x&state=y', { method })).toMatchObject({
      status: 400,
      text: 'error AUTHORIZATION_RESPONSE_INVALID',
    })
  })
})

describe('the response', () => {
  it.each([
    ['error=a&error=b', 400, 'error AUTHORIZATION_RESPONSE_INVALID'],
    ['code=a&state=b&state=c', 400, 'error AUTHORIZATION_RESPONSE_INVALID'],
    ['error[]=a&error[b]=c', 400, 'error CALLBACK_EMPTY'],
    ['error[]=a&state=x', 403, 'Forbidden'],
  ])('S-O23: the query %s, of which a parser makes arrays and objects, is refused by code', async (query, status, text) => {
    expect(await (await startApp()).open().get(`/cb?${query}`)).toMatchObject({ status, text })
  })

  it.each(['__proto__', 'constructor', 'toString', 'length', '0'])('the state %s finds nothing', async (state) => {
    const app = await startApp()
    const browser = app.open()
    await browser.begin()
    expect(await browser.get(`/cb?code=x&state=${state}`)).toMatchObject({ status: 403, text: 'Forbidden' })
    expect(app.provider.requests).toEqual([])
  })

  it('is read from the request line, whatever a router or a middleware made of it', async () => {
    const app = await startApp({
      extend: (server, login) => {
        const router = express.Router()
        router.use((req, _res, next) => {
          Object.defineProperty(req, 'query', { value: { state: 'other' } })
          next()
        })
        router.get('/', login.authenticate('openid', { successRedirect: '/mounted' }))
        server.use('/cb', router)
      },
    })
    expect((await signIn(app, app.open())).page.location).toBe('/mounted')
    expect((await app.open().get('/cb')).text).toBe('error CALLBACK_EMPTY')
  })
})

describe('the outcome', () => {
  it.each(['access_denied', 'login_required', 'interaction_required', 'consent_required', 'account_selection_required'])(
    'the error %s of the provider fails with 401, and passport’s failureRedirect is followed',
    async (error) => {
      const app = await startApp({ callback: { failureRedirect: '/failed', failureMessage: true } })
      const browser = app.open()
      const state = app.provider.authorize(await browser.begin()).get('state')
      expect(await browser.get(`/cb?error=${error}&state=${state}`)).toMatchObject({ status: 302, location: '/failed' })
      expect(JSON.stringify((app.sessions as unknown as { sessions: object }).sessions)).toContain(error)
      expect(app.errors).toEqual([])
    },
  )

  it('nothing that the provider says goes into a header', async () => {
    const app = await startApp()
    const browser = app.open()
    const state = app.provider.authorize(await browser.begin()).get('state')
    const page = await browser.get(`/cb?error=access_denied&error_description=${encodeURIComponent('canary "\r\nx: y')}&state=${state}`)
    expect(page).toMatchObject({ status: 401, text: 'Unauthorized' })
    expect(JSON.stringify(page.headers)).not.toMatch(/canary|www-authenticate/i)
  })

  it.each(['server_error', 'invalid_scope', 'unauthorized_client'])(
    'the error %s of the provider goes to the error handler',
    async (error) => {
      const app = await startApp({ callback: { failureRedirect: '/failed' } })
      const browser = app.open()
      const state = app.provider.authorize(await browser.begin()).get('state')
      expect((await browser.get(`/cb?error=${error}&state=${state}`)).text).toBe('error AUTHORIZATION_ERROR')
      expect(app.errors[0]).toMatchObject({ error })
    },
  )

  it('a provider that is down goes to the error handler', async () => {
    const app = await startApp()
    const browser = app.open()
    const url = await browser.begin()
    app.provider.tokenAnswer = () => Promise.reject(new TypeError('fetch failed'))
    expect((await browser.get(`/cb?${app.provider.authorize(url)}`)).text).toBe('error NETWORK_ERROR')
    expect(await whoIs(browser)).toBe('Nobody')
  })

  it.each(['null', '5', '"x"', '[]', '{}', '{"access_token":{}}'])(
    'S-O22: the token answer %s leaves nobody signed in and the process alive',
    async (body) => {
      const app = await startApp()
      const browser = app.open()
      const url = await browser.begin()
      app.provider.tokenAnswer = () => new Response(body, { headers: { 'content-type': 'application/json' } })
      expect((await browser.get(`/cb?${app.provider.authorize(url)}`)).text).toMatch(/^error [A-Z_]+$/)
      expect(await whoIs(browser)).toBe('Nobody')
      expect(tokenRequests(app)).toBe(1)
    },
  )

  it('S-C32: a login that took longer than 15 minutes fails with 403', async () => {
    const app = await startApp({ callback: { failureRedirect: '/failed', failureMessage: true } })
    const browser = app.open()
    const callback = `/cb?${app.provider.authorize(await browser.begin())}`
    app.clock.now += 901
    expect((await browser.get(callback)).location).toBe('/failed')
    expect(JSON.stringify((app.sessions as unknown as { sessions: object }).sessions)).toContain('901 seconds old')
    expect(app.provider.requests).toEqual([])
  })

  it('S-C28: a response that reaches another client than the one that began fails with 403', async () => {
    const [first, second] = [await createProvider(), await createProvider('https://other.example')]
    const clients = [first, second].map((provider) => createTestClient(provider, { now: startTime }))
    const app = await startApp({ provider: first, strategy: { client: (req) => clients[req.path === '/cb' ? 1 : 0] as never } })
    expect((await signIn(app, app.open())).page.status).toBe(403)
    expect([first.requests, second.requests]).toEqual([[], []])
  })
})
