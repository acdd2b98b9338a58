import https from 'node:https'
import type { Plugin } from '@oidc/core/plugin'
import express from 'express'
import { describe, expect, it } from 'vitest'
import { cookieTransactions, sessionTransactions } from './index.js'
import type { Browser } from './passport.test-browser.js'
import { type AppSettings, type RunningApp, startApp } from './passport.test-server.js'

const secret = 'only for tests, and long enough for it'
const parameters = { response_mode: 'form_post' }
const withCookies = (settings: AppSettings = {}): AppSettings => ({
  tls: true,
  ...settings,
  strategy: { store: cookieTransactions({ secret }), parameters, ...settings.strategy },
})

const beginLogin = async (app: RunningApp, browser: Browser) => app.provider.authorize(await browser.begin())

describe('a response by form_post', () => {
  it('F-E2, S-C26: comes from another site, finds its transaction in a cookie of its own, and signs the user in', async () => {
    const app = await startApp(withCookies())
    const browser = app.open()
    const form = await beginLogin(app, browser)
    expect(await browser.post('/cb', form)).toMatchObject({ status: 302, location: '/home' })
    expect((await browser.get('/')).text).toBe('Hello ada')
  })

  it('S-C26: whose session cookie the browser kept back fails closed, and says what to do', async () => {
    const app = await startApp({
      tls: true,
      strategy: { parameters, store: sessionTransactions({ providerIsSameSite: true }) },
      callback: { failureMessage: true, failureRedirect: '/failed' },
    })
    const browser = app.open()
    const form = await beginLogin(app, browser)
    expect(await browser.post('/cb', form)).toMatchObject({ status: 302, location: '/failed' })
    expect(app.provider.requests).toEqual([])
    const shown = JSON.stringify((app.sessions as unknown as { sessions: object }).sessions)
    expect(shown).toContain('a POST request without a Cookie header over https')
    expect(shown).toContain('SameSite=None and Secure is kept back from a form_post (use cookieTransactions({ secret }))')
  })

  it('with the transaction in a session whose cookie comes along, for the provider is on the same site, works', async () => {
    const app = await startApp({ tls: true, strategy: { parameters, store: sessionTransactions({ providerIsSameSite: true }) } })
    const browser = app.open()
    expect(await browser.post('/cb', await beginLogin(app, browser), { crossSite: false })).toMatchObject({ location: '/home' })
  })

  it('with the transaction in a session whose cookie is SameSite=None and Secure works as well', async () => {
    const app = await startApp({ tls: true, strategy: { parameters }, session: { cookie: { sameSite: 'none', secure: true } } })
    const browser = app.open()
    expect((await browser.post('/cb', await beginLogin(app, browser))).location).toBe('/home')
  })

  it.each([
    ['urlencoded, simple', express.urlencoded({ extended: false })],
    ['urlencoded, extended', express.urlencoded({ extended: true })],
    ['text', express.text({ type: '*/*' })],
    ['raw', express.raw({ type: '*/*' })],
    ['json, which leaves forms alone', express.json()],
    [
      'one that leaves an empty object, as older ones do',
      ((req, _res, next) => {
        req.body = {}
        next()
      }) satisfies express.RequestHandler,
    ],
  ])('is read whichever body parser ran before: %s', async (_, parser) => {
    const app = await startApp(withCookies({ extend: (server) => void server.use(parser) }))
    const browser = app.open()
    expect((await browser.post('/cb', await beginLogin(app, browser))).location).toBe('/home')
  })

  it.each([
    ['without a body parser', undefined],
    ['with the simple one', express.urlencoded({ extended: false })],
    ['with the extended one', express.urlencoded({ extended: true })],
  ])('S-O23: that has a parameter twice is refused %s, and consumes nothing', async (_, parser) => {
    const app = await startApp(withCookies({ extend: (server) => void (parser && server.use(parser)) }))
    const browser = app.open()
    const form = await beginLogin(app, browser)
    for (const more of ['&code=second', '&state=second']) {
      const page = await browser.post('/cb', `${form}${more}`)
      expect(page.status).toBe(400)
      expect(page.text).toMatch(/^error (?:BODY|AUTHORIZATION_RESPONSE)_INVALID$/)
    }
    expect((await browser.post('/cb', form)).location).toBe('/home')
  })

  it.each([
    ['application/json', 'BODY_INVALID'],
    ['text/plain', 'BODY_INVALID'],
    ['multipart/form-data; boundary=x', 'BODY_INVALID'],
    ['', 'BODY_INVALID'],
  ])('S-C25: of the media type %j is refused, parsed or not', async (type, code) => {
    for (const parser of [undefined, express.json(), express.text({ type: '*/*' })]) {
      const app = await startApp(withCookies({ extend: (server) => void (parser && server.use(parser)) }))
      const body = type === 'application/json' ? '{"code":"x","state":"y"}' : 'code=x&state=y'
      expect(await app.open().post('/cb', body, { headers: { 'content-type': type } })).toMatchObject({
        status: 400,
        text: `error ${code}`,
      })
    }
  })

  it('S-C25: with a charset is one', async () => {
    const app = await startApp(withCookies())
    const browser = app.open()
    const headers = { 'content-type': 'Application/X-WWW-Form-Urlencoded ; charset=UTF-8' }
    expect((await browser.post('/cb', await beginLogin(app, browser), { headers })).location).toBe('/home')
  })

  it('that is larger than an honest one is refused, on a connection that still carries the refusal', async () => {
    const app = await startApp(withCookies())
    const page = await app.open().post('/cb', `code=${'x'.repeat(200_000)}&state=y`)
    expect(page).toMatchObject({ status: 400, text: 'error BODY_TOO_LARGE' })
  })

  it('that never ends is refused as soon as it is too large', async () => {
    const app = await startApp(withCookies())
    const { hostname, port } = new URL(app.origin)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await new Promise<string>((resolve, reject) => {
      const sent = https.request(
        { hostname, port, path: '/cb', method: 'POST', headers, agent: false, rejectUnauthorized: false },
        (response) => {
          response.setEncoding('utf8')
          response.on('data', (text: string) => {
            resolve(text)
            sent.destroy()
          })
        },
      )
      sent.on('error', reject)
      sent.write(`code=${'x'.repeat(200_000)}`)
    })
    expect(answer).toBe('error BODY_TOO_LARGE')
  })

  it('S-C24: by GET though form_post was asked for is refused', async () => {
    const app = await startApp(withCookies())
    const browser = app.open()
    expect(await browser.get(`/cb?${await beginLogin(app, browser)}`)).toMatchObject({
      status: 400,
      text: 'error AUTHORIZATION_RESPONSE_MODE',
    })
    expect(app.provider.requests).toEqual([])
  })

  it('S-C27: that is posted again makes no request', async () => {
    const app = await startApp(withCookies({ session: { cookie: { sameSite: 'none', secure: true } } }))
    const browser = app.open()
    const form = await beginLogin(app, browser)
    await browser.post('/cb', form)
    const before = app.provider.requests.length
    expect((await browser.post('/cb', form)).location).toBe('/home')
    expect(app.provider.requests).toHaveLength(before)
  })
})

describe('a login that asks for form_post', () => {
  it.each([
    ['cookies', cookieTransactions({ secret })],
    ['the session', sessionTransactions({ providerIsSameSite: true })],
  ])('S-C26: over plain http is refused before anything is sent, with transactions in %s', async (_, store) => {
    const app = await startApp({ strategy: { parameters, store } })
    const page = await app.open().get('/login')
    expect(page).toMatchObject({ status: 500, location: '', cookies: [], text: 'error FORM_POST_INSECURE' })
    expect(app.errors[0]?.message).toBe(
      'The response_mode form_post was asked for over plain http: the cookie that finds the login again must be SameSite=None to come with a post ' +
        'from the provider’s site, SameSite=None needs Secure, and Secure needs https. Serve the application over https, or leave response_mode ' +
        'away; if TLS ends at a proxy, set trust proxy.',
    )
  })

  it('S-C26: behind a proxy that ends TLS is believed only with trust proxy', async () => {
    const headers = { 'x-forwarded-proto': 'https' }
    const closed = await startApp(withCookies({ tls: false }))
    expect((await closed.open().get('/login', { headers })).text).toBe('error FORM_POST_INSECURE')
    const trusting = await startApp(withCookies({ tls: false, extend: (server) => void server.set('trust proxy', true) }))
    const [line] = (await trusting.open().get('/login', { headers })).cookies
    expect(line).toMatch(/^__Host-oidc\.openid\.[\w-]{22}=.*; Secure; SameSite=None$/)
  })

  it.each([
    ['lax', true],
    ['strict', true],
    [undefined, true],
    [false, true],
    ['none', false],
  ] as const)(
    'S-C26: with the transaction in a session whose cookie is SameSite=%s and Secure=%s is refused before anything is sent',
    async (sameSite, secure) => {
      const app = await startApp({ tls: true, strategy: { parameters }, session: { cookie: { sameSite, secure } } })
      const page = await app.open().get('/login')
      expect(page).toMatchObject({ location: '', cookies: [], text: 'error FORM_POST_COOKIE' })
      expect(app.errors[0]?.message).toContain('Give the strategy store: cookieTransactions({ secret })')
      expect(app.provider.requests).toEqual([])
    },
  )

  it.each(['form_post.jwt', 'form_post'])('S-C26: a plugin that chooses %s is no way around', async (response_mode) => {
    const plugin: Plugin = { name: 'chooses', authorization: { parameters: () => ({ response_mode }) } }
    const app = await startApp({ tls: true, client: { use: [plugin] }, strategy: { parameters: {} } })
    expect(await app.open().get('/login')).toMatchObject({ location: '', text: 'error FORM_POST_COOKIE' })
  })

  it('that is given with the call is one as well', async () => {
    const app = await startApp({ login: { parameters } })
    expect((await app.open().get('/login')).text).toBe('error FORM_POST_INSECURE')
  })
})
