import { describe, expect, it } from 'vitest'
import { startApp } from './passport.test-server.js'
import type { Login, Verify } from './verify.js'

async function signIn(verify: Verify, settings: Parameters<typeof startApp>[0] = {}) {
  const seen: { info?: unknown; status?: unknown } = {}
  const app = await startApp({
    verify,
    extend: (server, login) => {
      server.get('/cb', (req, res, next) => {
        login.authenticate('openid', (error: unknown, user?: Express.User | false | null, info?: unknown, status?: unknown) => {
          Object.assign(seen, { info, status })
          if (error) next(error)
          else res.send(user ? `Welcome ${user.sub}` : 'refused')
        })(req, res, next)
      })
    },
    ...settings,
  })
  const browser = app.open()
  const page = await browser.get(`/cb?${app.provider.authorize(await browser.begin())}`)
  return { app, page, seen }
}

describe('verify gives a user', () => {
  it.each<[string, Verify]>([
    ['returned', ({ claims }) => ({ sub: claims.sub })],
    ['promised', async ({ claims }) => ({ sub: claims.sub })],
    ['given to done', ({ claims }, done) => done(null, { sub: claims.sub }) as undefined],
    ['given to done later', ({ claims }, done) => void setImmediate(() => done(null, { sub: claims.sub })) as undefined],
    ['given to done by an async function', async ({ claims }, done) => done(null, { sub: claims.sub }) as undefined],
    ['with info', () => ({ user: { sub: 'ada' }, info: { from: 'verify' } })],
  ])('%s', async (_, verify) => {
    expect((await signIn(verify)).page.text).toBe('Welcome ada')
  })

  it('with info, which passport hands on', async () => {
    expect((await signIn(() => ({ user: { sub: 'ada' }, info: { from: 'verify' } }))).seen.info).toEqual({ from: 'verify' })
    expect((await signIn((_login, done) => done(null, { sub: 'ada' }, { from: 'done' }) as undefined)).seen.info).toEqual({ from: 'done' })
  })

  it('that has a member user or info of its own, as a whole', async () => {
    const user = { sub: 'ada', user: 'x', info: 'y' }
    expect((await signIn(() => user)).page.text).toBe('Welcome ada')
  })

  it('and done counts once, the first time', async () => {
    const { page, app } = await signIn((_login, done) => {
      done(null, { sub: 'first' })
      done(null, { sub: 'second' })
      done(new Error('third'))
      return undefined
    })
    expect(page.text).toBe('Welcome first')
    expect(app.errors).toEqual([])
  })
})

describe('verify gives no user', () => {
  it.each<[string, Verify]>([
    ['false', () => false],
    ['null', async () => null],
    ['undefined', () => undefined],
    ['false to done', (_login, done) => done(null, false) as undefined],
    ['nothing to done', (_login, done) => done(null) as undefined],
  ])('but %s: a failure with 401 and a code', async (_, verify) => {
    const { page, seen } = await signIn(verify)
    expect(page.text).toBe('refused')
    expect(seen).toMatchObject({ status: 401, info: { code: 'USER_REFUSED' } })
  })

  it.each<[string, Verify]>([
    ['returned', () => ({ user: false, info: { message: 'Closed' } })],
    ['given to done', (_login, done) => done(null, false, { message: 'Closed' }) as undefined],
    ['a string', async () => ({ user: false, info: 'Closed' })],
  ])('but info, %s: an object with its message', async (_, verify) => {
    expect((await signIn(verify)).seen).toEqual({ status: 401, info: { message: 'Closed' } })
  })

  it('and info that is a string stays out of the headers', async () => {
    const { page } = await signIn(() => ({ user: false, info: 'Closed\r\nx: y' }), { extend: () => undefined })
    expect(page.status).toBe(401)
    expect(page.headers['www-authenticate']).toBeUndefined()
  })
})

describe('verify fails', () => {
  it.each<[string, Verify]>([
    [
      'by throwing',
      () => {
        throw new Error('no database')
      },
    ],
    ['by rejecting', () => Promise.reject(new Error('no database'))],
    ['by done', (_login, done) => done(new Error('no database')) as undefined],
    [
      'by throwing though it has done',
      (_login, _done) => {
        throw new Error('no database')
      },
    ],
    ['by rejecting though it has done', async (_login, _done) => Promise.reject(new Error('no database'))],
    [
      'by throwing after done failed',
      (_login, done) => {
        done(new Error('no database'))
        throw new Error('again')
      },
    ],
  ])('S-O21: %s, which reaches the error handler once', async (_, verify) => {
    const { app, page } = await signIn(verify, { extend: () => undefined })
    expect(page).toMatchObject({ status: 500, text: 'error no database' })
    expect(app.errors).toHaveLength(1)
  })

  it('S-O21: after it gave a user, too late to count', async () => {
    const { page, app } = await signIn(async (_login, done) => {
      done(null, { sub: 'ada' })
      throw new Error('too late')
    })
    expect(page.text).toBe('Welcome ada')
    expect(app.errors).toEqual([])
  })

  it.each([undefined, null, '', 0, 'route', 'router', false])(
    'S-O21: with %j, which Express would take for no error or for a jump',
    async (thrown) => {
      const reached: string[] = []
      const { app, page } = await signIn(() => Promise.reject(thrown), {
        extend: (server, login) => {
          server.get('/cb', login.authenticate('openid'), (_req, res) => {
            reached.push('route')
            res.end()
          })
        },
      })
      expect(page.text).toBe('error VERIFY_FAILED')
      expect(reached).toEqual([])
      expect(app.errors).toHaveLength(1)
    },
  )
})

describe('what verify gets', () => {
  it('tokens, claims, UserInfo when it asks, client, request, transaction, and what the application gave along', async () => {
    let login: Login | undefined
    const userinfo: unknown[] = []
    const app = await startApp({
      login: { returnTo: '/deep', data: (req) => ({ basket: String(req.query.basket) }) },
      verify: async (given) => {
        login = given
        userinfo.push(app.provider.requests.includes('/userinfo'), await given.userinfo())
        return { sub: given.claims.sub }
      },
    })
    const browser = app.open()
    await browser.get(`/cb?${app.provider.authorize(await browser.begin('/login?basket=7'))}`)
    expect(login).toMatchObject({
      tokens: { token_type: 'Bearer' },
      claims: { sub: 'ada', iss: 'https://as.example' },
      req: { method: 'GET' },
      transaction: { redirect_uri: `${app.origin}/cb`, data: { returnTo: '/deep', data: { basket: '7' } } },
      returnTo: '/deep',
      data: { basket: '7' },
    })
    expect(login?.client).toBe(app.client)
    expect(userinfo).toEqual([false, { sub: 'ada', name: 'Ada' }])
  })

  it('no data and no returnTo where none was given', async () => {
    const { seen } = await signIn(({ transaction, returnTo, data }) => ({
      user: { sub: 'ada' },
      info: { hasData: 'data' in transaction, returnTo, data },
    }))
    expect(seen.info).toEqual({ hasData: false, returnTo: undefined, data: undefined })
  })

  it('data that is false or null comes back as it was', async () => {
    for (const data of [false, null, 0, '']) {
      const given: unknown[] = []
      await signIn(
        ({ data }) => {
          given.push(data)
          return false
        },
        { login: { data } },
      )
      expect(given).toEqual([data])
    }
  })

  it('an error of its own when it reads the claims of a login without an ID token', async () => {
    const settings = { strategy: { scope: 'email' }, extend: () => undefined }
    expect((await signIn(({ claims }) => ({ sub: claims.sub }), settings)).page.text).toBe('error ID_TOKEN_MISSING')
    expect((await signIn(({ tokens }) => ({ sub: tokens.token_type }), settings)).page.location).toBe('/home')
  })
})
