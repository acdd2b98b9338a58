// Rows of the catalogue that several parts hold together, each seen from outside.
import { inspect } from 'node:util'
import { extend } from '@oidc/core'
import type { Plugin } from '@oidc/core/plugin'
import { describe, expect, it } from 'vitest'
import { cookieTransactions } from './cookie-transactions.js'
import { OpenIDStrategy } from './index.js'
import { signIn, whoIs } from './passport.test-logout.js'
import { createProvider, startTime } from './passport.test-provider.js'
import { createTestClient, startApp } from './passport.test-server.js'

const secret = 'a secret of at least 32 characters'
const asked = (url: string) => new URL(url).searchParams

describe('the strategy', () => {
  it('F-P1: takes a client, or a function of the request that finds one for each tenant', async () => {
    const providers = { a: await createProvider('https://a.example'), b: await createProvider('https://b.example') }
    const app = await startApp({
      strategy: {
        client: async (req) =>
          createTestClient(req.query.tenant === 'b' || req.path === '/cb-b' ? providers.b : providers.a, { now: startTime }),
      },
    })
    expect(await app.open().begin('/login?tenant=a')).toContain('https://a.example/authorize')
    expect(await app.open().begin('/login?tenant=b')).toContain('https://b.example/authorize')
  })

  it('F-P2: is known by openid, or by the name that is given', () => {
    const options = { client: () => Promise.reject(new Error()), callbackURL: 'https://app.example/cb' }
    expect(new OpenIDStrategy(options, () => false).name).toBe('openid')
    expect(new OpenIDStrategy({ ...options, name: 'work' }, () => false).name).toBe('work')
  })

  it('F-P3: keeps pending logins in the session under its name, beside each other', async () => {
    const app = await startApp()
    const browser = app.open()
    await browser.begin()
    await browser.begin()
    const [text = '{}'] = Object.values((app.sessions as unknown as { sessions: Record<string, string> }).sessions)
    expect(JSON.parse(text)['@oidc/passport:openid'].pending).toHaveLength(2)
  })

  it('F-P4: callbackURL is fixed, or a function of the request', async () => {
    const fixed = await startApp()
    expect(asked(await fixed.open().begin()).get('redirect_uri')).toBe(`${fixed.origin}/cb`)
    const app = await startApp({ strategy: { callbackURL: (req) => `https://${req.query.tenant}.example/cb` } })
    expect(asked(await app.open().begin('/login?tenant=x')).get('redirect_uri')).toBe('https://x.example/cb')
  })

  it('F-P5, F-P6, F-P11, F-P13: scope, resource, authorization_details, hints, prompt and any other parameter, in general and for one login', async () => {
    const general = { scope: ['openid', 'a'], parameters: { resource: 'https://api.example/', login_hint: 'general', vendor: '1' } }
    const details = [{ type: 'payment' }]
    const app = await startApp({
      strategy: general,
      login: {
        scope: ['openid', 'b'],
        resource: ['https://one.example/', 'https://two.example/'],
        authorizationDetails: details,
        loginHint: 'ada',
        idTokenHint: 'hint',
        prompt: 'login',
        acrValues: ['x', 'y'],
        uiLocales: 'de',
        maxAge: 60,
        parameters: { own: '2' },
      },
    })
    const sent = asked(await app.open().begin())
    expect(sent.getAll('resource')).toEqual(['https://one.example/', 'https://two.example/'])
    expect(JSON.parse(sent.get('authorization_details') ?? '')).toEqual(details)
    const others = Object.fromEntries(
      ['scope', 'login_hint', 'id_token_hint', 'prompt', 'acr_values', 'ui_locales', 'max_age', 'own', 'vendor'].map((name) => [
        name,
        sent.get(name),
      ]),
    )
    expect(others).toEqual({
      scope: 'openid b',
      login_hint: 'ada',
      id_token_hint: 'hint',
      prompt: 'login',
      acr_values: 'x y',
      ui_locales: 'de',
      max_age: '60',
      own: '2',
      vendor: '1',
    })
    const plain = await startApp({ strategy: general })
    const usual = asked(await plain.open().begin())
    expect([usual.get('scope'), usual.get('resource'), usual.get('login_hint')]).toEqual(['openid a', 'https://api.example/', 'general'])
  })

  it('F-P6: the resource is repeated when the code is redeemed', async () => {
    const app = await startApp({ login: { resource: 'https://one.example/' } })
    await signIn(app, app.open())
    expect(app.provider.forms).toMatchObject([{ grant_type: 'authorization_code', resource: 'https://one.example/' }])
  })

  it('F-P10: verify has the request', async () => {
    const app = await startApp({ verify: ({ req, claims }) => ({ sub: `${claims.sub} by ${req.method} ${req.path}` }) })
    const browser = app.open()
    await signIn(app, browser)
    expect(await whoIs(browser)).toBe('Hello ada by GET /cb')
  })

  it('F-P12: state cannot be given, and the option is refused by name', async () => {
    const app = await startApp({ login: { state: 'own' } })
    expect((await app.open().get('/login')).text).toBe('error PARAMETER_RESERVED')
    expect(app.errors[0]?.message).toContain('give data')
  })

  it('F-P14: any parameter of the token request, fixed or by request', async () => {
    const fixed = await startApp({ strategy: { tokenParameters: { audience: 'api' } } })
    await signIn(fixed, fixed.open())
    expect(fixed.provider.forms).toMatchObject([{ audience: 'api' }])
    const app = await startApp({ strategy: { tokenParameters: async (req) => ({ from: req.path }) } })
    await signIn(app, app.open())
    expect(app.provider.forms).toMatchObject([{ from: '/cb' }])
    const refused = await startApp({ strategy: { tokenParameters: { code_verifier: 'own' } } })
    await signIn(refused, refused.open())
    expect(refused.errors).toMatchObject([{ code: 'PARAMETER_RESERVED' }])
  })

  it('F-P15: behind a proxy the callback is that of callbackURL, whatever Host and X-Forwarded-Host say', async () => {
    const app = await startApp({
      strategy: { callbackURL: 'https://app.example/cb' },
      extend: (server) => void server.set('trust proxy', 1),
    })
    const browser = app.open()
    const headers = { host: 'inside:3000', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' }
    const { location } = await browser.get('/login', { headers })
    expect(asked(location).get('redirect_uri')).toBe('https://app.example/cb')
    expect(await browser.get(`/cb?${app.provider.authorize(location)}`, { headers })).toMatchObject({ status: 302, location: '/home' })
    expect(app.provider.forms).toMatchObject([{ redirect_uri: 'https://app.example/cb' }])
  })

  it('F-P16: a GET of another path without code, error, response and state begins a login; all else is a callback', async () => {
    const app = await startApp({ extend: (server, login) => void server.all('/any', login.authenticate('openid')) })
    expect((await app.open().get('/any?x=1')).location).toContain('/authorize')
    for (const query of ['code=1', 'error=1', 'response=1', 'state=1']) expect((await app.open().get(`/any?${query}`)).location).toBe('')
    expect((await app.open().post('/any', 'x=1')).location).toBe('')
  })

  it('F-P18: state, nonce and PKCE S256 at every login, each time others', async () => {
    const app = await startApp()
    const [first, second] = [asked(await app.open().begin()), asked(await app.open().begin())]
    expect(first.get('code_challenge_method')).toBe('S256')
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(first.get(name)).toMatch(/^[\w-]{43}$/)
      expect(first.get(name)).not.toBe(second.get(name))
    }
    await signIn(app, app.open())
    expect(app.provider.forms[0]?.code_verifier).toMatch(/^[\w-]{43}$/)
  })

  it('F-P20: a posted response is read, whether a parser ran before or not', async () => {
    for (const parser of [false, true]) {
      const app = await startApp({
        tls: true,
        strategy: { parameters: { response_mode: 'form_post' }, store: cookieTransactions({ secret }) },
        extend: (server) => {
          if (parser)
            server.use(
              (req, _res, next) =>
                void collect(req).then((text) => next(void Object.assign(req, { body: Object.fromEntries(new URLSearchParams(text)) }))),
            )
        },
      })
      const browser = app.open()
      expect((await browser.post('/cb', app.provider.authorize(await browser.begin()))).location).toBe('/home')
    }
  })

  it('F-P21: a user who said no is a failure with info, what is broken an error', async () => {
    const app = await startApp({ callback: { failureRedirect: '/failed' } })
    const browser = app.open()
    const state = async () => asked(await browser.begin()).get('state')
    expect((await browser.get(`/cb?error=access_denied&state=${await state()}`)).location).toBe('/failed')
    expect((await browser.get(`/cb?error=server_error&state=${await state()}`)).text).toBe('error AUTHORIZATION_ERROR')
  })

  it('F-P22: a pending login is taken once', async () => {
    const app = await startApp({ verify: () => false })
    const browser = app.open()
    const callback = `/cb?${app.provider.authorize(await browser.begin())}`
    await browser.get(callback)
    await browser.get(callback)
    expect(app.provider.requests.filter((path) => path === '/token')).toHaveLength(1)
  })
})

async function collect(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += chunk
  return text
}

describe('onError', () => {
  it('F-P21: changes what becomes of a failure and of an error, in one place', async () => {
    const seen: unknown[] = []
    const app = await startApp({
      callback: { successRedirect: '/home', failureRedirect: '/failed' },
      strategy: {
        onError(error, { type, req }) {
          const { code, error: word } = error as { code: string; error?: string }
          seen.push([type, code, req.path])
          if (word === 'access_denied') return { type: 'redirect', url: '/denied' }
          if (word === 'login_required') return { type: 'error' }
          if (word === 'server_error') return { type: 'fail', status: 418 }
          return undefined
        },
      },
    })
    const browser = app.open()
    const bounce = async (error: string) => browser.get(`/cb?error=${error}&state=${asked(await browser.begin()).get('state')}`)
    expect((await bounce('access_denied')).location).toBe('/denied')
    expect((await bounce('login_required')).text).toBe('error AUTHORIZATION_ERROR')
    expect((await bounce('server_error')).location).toBe('/failed')
    expect((await bounce('consent_required')).location).toBe('/failed')
    expect(seen).toEqual(['fail', 'fail', 'error', 'fail'].map((type) => [type, 'AUTHORIZATION_ERROR', '/cb']))
  })

  it('that throws, or rejects, gets what it threw to the error handler', async () => {
    const app = await startApp({ strategy: { onError: () => Promise.reject(new Error('own')) } })
    expect((await app.open().get('/cb?code=x&state=y')).text).toBe('error own')
  })
})

describe('the session and what surrounds it', () => {
  /** Signs the response, as jarm() wants it; here it is only encoded. */
  const open: Plugin = {
    name: 'opener',
    authorization: {
      open: ({ place, parameters }) => ({ place, parameters: JSON.parse(Buffer.from(parameters.response ?? '', 'base64url').toString()) }),
    },
  }

  it('S-H14: the same protected response twice finds its transaction spent: no request', async () => {
    const provider = await createProvider()
    const app = await startApp({ strategy: { client: extend(createTestClient(provider, { now: startTime }), open) }, verify: () => false })
    const browser = app.open()
    const parameters = Object.fromEntries(provider.authorize(await browser.begin()))
    const callback = `/cb?response=${Buffer.from(JSON.stringify(parameters)).toString('base64url')}`
    await browser.get(callback)
    expect((await browser.get(callback)).status).toBe(403)
    expect(provider.requests.filter((path) => path === '/token')).toHaveLength(1)
  })

  it('S-O16: cookies without number, or numbered up to 10^8, cost nothing and keep nobody from signing in', async () => {
    const app = await startApp({ strategy: { store: cookieTransactions({ secret }) } })
    const browser = app.open()
    const planted = Array.from({ length: 400 }, (_, i) => `oidc.openid.${i * 250_000}=x`).join('; ')
    const begun = await browser.get('/login', { headers: { cookie: `${planted}; oidc.openid.chunks=100000000` } })
    expect(begun.location).toContain('/authorize')
    expect(begun.cookies.length).toBeLessThanOrEqual(21)
    const own = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ')
    const callback = `/cb?${app.provider.authorize(begun.location)}`
    expect((await browser.get(callback, { headers: { cookie: `${planted}; ${own}` } })).location).toBe('/home')
  })

  it('S-O26: the causes of errors hold no code, state, nonce, token or claim, however deep one looks', async () => {
    const app = await startApp({ strategy: { client: () => Promise.reject(new Error('no tenant')) } })
    await app.open().get('/login')
    const running = await startApp()
    const browser = running.open()
    const finish = async (prepare: (parameters: URLSearchParams) => void) => {
      const parameters = running.provider.authorize(await browser.begin())
      prepare(parameters)
      await browser.get(`/cb?${parameters}`)
    }
    const answer = (body: object) => () => {
      running.provider.tokenAnswer = () => Response.json(body)
    }
    await finish(answer({ access_token: 'canary-access-7d2f', token_type: 'Bearer', id_token: 'canary-id.token.7d2f' }))
    await finish(answer({ access_token: ['canary-access-7d2f'], email: 'canary-7d2f@example.com' }))
    running.provider.tokenAnswer = undefined
    running.provider.claims = { nonce: 'canary-nonce-7d2f' }
    await finish(() => undefined)
    running.provider.claims = { iss: 'https://other.example', email: 'canary-7d2f@example.com' }
    await finish(() => undefined)
    await finish((parameters) => parameters.append('code', 'canary-code-7d2f'))
    expect(running.errors.length).toBeGreaterThanOrEqual(5)
    for (const error of [...app.errors, ...running.errors]) {
      const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(error)
      for (const hidden of [...running.provider.secrets, 'canary']) expect(shown).not.toContain(hidden)
    }
  })
})
