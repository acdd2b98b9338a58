import { inspect } from 'node:util'
import { isOidcError, type OidcError } from '@oidc/core'
import { describe, expect, it } from 'vitest'
import { errorCodes, type PassportErrorCode } from './error-codes.js'
import { cookieTransactions, logout, requireLogin, sessionTransactions } from './index.js'
import type { Browser } from './passport.test-browser.js'
import { startTime } from './passport.test-provider.js'
import { type AppSettings, type RunningApp, startApp } from './passport.test-server.js'

const secret = 'canary-cookie-secret-7d2f-and-some-more'
const canary = 'canary-thrown-7d2f'

/** Starts an app whose routes give every outcome to `seen`, whether passport takes it for an error or a failure. */
async function watch(settings: AppSettings = {}) {
  const seen: unknown[] = []
  const app = await startApp({
    ...settings,
    extend: (server, login, origin, sessions) => {
      settings.extend?.(server, login, origin, sessions)
      server.all(['/login', '/cb'], (req, res, next) => {
        const options = { ...(req.path === '/login' ? settings.login : settings.callback) }
        login.authenticate('openid', options, (error: unknown, user: unknown, info: unknown) => {
          seen.push(error ?? (user ? user : info))
          res.end()
        })(req, res, next)
      })
    },
  })
  return { app, seen, browser: app.open() }
}

type Watched = Awaited<ReturnType<typeof watch>>

async function begin(settings: AppSettings): Promise<Watched> {
  const watched = await watch(settings)
  await watched.browser.get('/login')
  return watched
}

async function call(path: (app: RunningApp, browser: Browser) => string | Promise<string>, settings: AppSettings = {}): Promise<Watched> {
  const watched = await watch(settings)
  await watched.browser.get(await path(watched.app, watched.browser))
  return watched
}

const callback = async (app: RunningApp, browser: Browser) => `/cb?${app.provider.authorize(await browser.begin())}`
const parameters = { response_mode: 'form_post' }

const raised: Readonly<Record<PassportErrorCode, () => Promise<Watched>>> = {
  SESSION_MISSING: () => begin({ session: false }),
  EXPRESS_MISSING: () =>
    begin({
      strategy: { store: cookieTransactions({ secret }) },
      extend: (server) =>
        void server.use((req, _res, next) => {
          Reflect.deleteProperty(req, 'res')
          next()
        }),
    }),
  CLIENT_UNAVAILABLE: () => begin({ strategy: { client: () => Promise.reject(new Error('no tenant')) } }),
  FORM_POST_INSECURE: () => begin({ strategy: { parameters } }),
  FORM_POST_COOKIE: () => begin({ tls: true, strategy: { parameters } }),
  COOKIE_TOO_LARGE: () => begin({ strategy: { store: cookieTransactions({ secret }) }, login: { data: canary.repeat(300) } }),
  CALLBACK_EMPTY: () => call(() => '/cb'),
  TRANSACTION_NOT_FOUND: () => call(() => `/cb?code=${canary}&state=${canary}`),
  TRANSACTION_USED: () =>
    call(
      async (app, browser) => {
        const path = await callback(app, browser)
        await browser.get(path)
        return path
      },
      { verify: () => false },
    ),
  LOGIN_LOOP: () =>
    begin({
      extend: (server) =>
        void server.use((req, _res, next) => {
          Object.assign(req.headers, { cookie: 'oidc-failures.openid=failed-5' })
          next()
        }),
    }),
  LOGIN_REQUIRED: async () => {
    const watched = await watch({
      extend: (server, login) => {
        server.post('/private', requireLogin({ passport: login }), (_req, res) => void res.end())
      },
    })
    await watched.browser.post('/private', `x=${canary}`)
    watched.seen.push(...watched.app.errors)
    return watched
  },
  LOGOUT_NOT_FOUND: async () => {
    const watched = await watch({
      extend: (server, _login, origin) =>
        void server.get('/bye', logout({ client: () => watched.app.client, postLogoutRedirectURL: `${origin}/bye` })),
    })
    await watched.browser.get(`/bye?state=${canary}`)
    watched.seen.push(...watched.app.errors)
    return watched
  },
  STORE_FAILED: () =>
    begin({
      strategy: { store: { ...sessionTransactions(), put: () => Promise.reject(Object.assign(new Error(canary), { command: [canary] })) } },
    }),
  USER_REFUSED: () => call(callback, { verify: () => false }),
  VERIFY_FAILED: () => call(callback, { verify: () => Promise.reject(canary) }),
}

/** How else an application may see the outcome of a login that failed: errors of core. */
const others: Readonly<Record<string, () => Promise<Watched>>> = {
  AUTHORIZATION_ERROR: () =>
    call(async (app, browser) => `${(await callback(app, browser)).replace(/code=[^&]+/, 'error=access_denied')}&code=${canary}`),
  STATE_MISSING: () => call(() => `/cb?code=${canary}`),
  OAUTH_ERROR: () =>
    call(async (app, browser) => {
      const path = await callback(app, browser)
      app.provider.tokenAnswer = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
      return path
    }),
  TOKEN_RESPONSE_INVALID: () =>
    call(async (app, browser) => {
      const path = await callback(app, browser)
      app.provider.tokenAnswer = () => Response.json({ access_token: [canary], refresh_token: canary })
      return path
    }),
  TRANSACTION_EXPIRED: () =>
    call(async (app, browser) => {
      const path = await callback(app, browser)
      app.clock.now = startTime + 1000
      return path
    }),
  AUTHORIZATION_RESPONSE_INVALID: () => call(() => `/cb?code=${canary}&code=${canary}&state=${canary}`),
}

function lastOf({ seen }: Watched): OidcError {
  const error = seen.at(-1)
  if (isOidcError(error)) return error
  throw new Error(`no OidcError came, but ${inspect(error)}`)
}

describe('every code', () => {
  it.each(Object.keys(errorCodes) as PassportErrorCode[])('%s is raised, and its message ends with a remedy', async (code) => {
    const error = lastOf(await raised[code]())
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/\. [A-Z](?:[^.]|\.(?! ))*\.$/)
  })

  it.each([...Object.entries(raised), ...Object.entries(others)])(
    'S-O25: %s shows no token, code, secret, state, cookie or claim',
    async (code, raise) => {
      const watched = await raise()
      const error = lastOf(watched)
      expect(error.code).toBe(code)
      const shown = [inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }), JSON.stringify(error), String(error)].join('\n')
      const cookies = [...watched.browser.cookies.values()].map(({ value }) => value)
      const { provider } = watched.app
      for (const hidden of [...provider.secrets, ...cookies, 'canary']) expect(shown).not.toContain(hidden)
    },
  )
})
