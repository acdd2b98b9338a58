import express from 'express'
import { describe, expect, it } from 'vitest'
import { backchannelLogout } from './backchannel-logout.js'
import { postToken, signIn, signLogout, startLogoutApp, whoIs } from './passport.test-logout.js'
import { createProvider, issuer, startTime } from './passport.test-provider.js'
import { createTestClient, startApp } from './passport.test-server.js'
import { memorySessionIndex } from './session-index.js'

const down = (): never => {
  throw new Error('canary: the store is down')
}

describe.each(['that is searched', 'with an index'])('back-channel logout, with a store %s', (kind) => {
  const withIndex = () => {
    const index = memorySessionIndex()
    return kind === 'with an index' ? { strategy: { index }, back: { index }, index } : { index }
  }
  /** What is asked first when sessions are looked for. */
  const breakStore = (app: { sessions: object }, index: object) =>
    kind === 'with an index' ? Object.assign(index, { list: down }) : Object.assign(app.sessions, { all: down })

  it('F-S1: ends the session that the token names, before it answers 200, and no other one', async () => {
    const app = await startLogoutApp(withIndex())
    const [first, second] = [app.open(), app.open()]
    await signIn(app, first, 'ada', 's1')
    await signIn(app, second, 'ada', 's2')
    const { status, text, headers } = await postToken(app.open(), await signLogout(app.provider, { sub: 'ada', sid: 's1' }))
    expect([status, text, headers['cache-control']]).toEqual([200, '', 'no-store'])
    expect([await whoIs(first), await whoIs(second)]).toEqual(['Nobody', 'Hello ada'])
    expect(app.seen).toEqual([])
  })

  it('F-S1: with sid alone it is found as well; what nobody has is no failure', async () => {
    const app = await startLogoutApp(withIndex())
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    expect((await postToken(app.open(), await signLogout(app.provider, { sid: 'unknown' }))).status).toBe(200)
    expect(await whoIs(browser)).toBe('Hello ada')
    expect((await postToken(app.open(), await signLogout(app.provider, { sid: 's1' }))).status).toBe(200)
    expect(await whoIs(browser)).toBe('Nobody')
  })

  it('S-N16: with sub alone all sessions of the user end, and none of another user', async () => {
    const app = await startLogoutApp(withIndex())
    const browsers = [app.open(), app.open(), app.open()]
    for (const [at, browser] of browsers.entries()) await signIn(app, browser, at < 2 ? 'ada' : 'bob', `s${at}`)
    expect((await postToken(app.open(), await signLogout(app.provider, { sub: 'ada' }))).status).toBe(200)
    expect(await Promise.all(browsers.map(whoIs))).toEqual(['Nobody', 'Nobody', 'Hello bob'])
  })

  it('a session that knows no sid ends with any of its user’s', async () => {
    const app = await startLogoutApp(withIndex())
    const [without, other] = [app.open(), app.open()]
    await signIn(app, without, 'ada')
    await signIn(app, other, 'bob')
    await postToken(app.open(), await signLogout(app.provider, { sub: 'ada', sid: 's1' }))
    expect([await whoIs(without), await whoIs(other)]).toEqual(['Nobody', 'Hello bob'])
  })

  it('S-N15: the same sid and sub of another issuer have no effect', async () => {
    const other = await createProvider('https://other.example')
    const settings = withIndex()
    const stranger = createTestClient(other, { now: startTime })
    const app = await startLogoutApp({
      ...settings,
      extend: (server, _login, _origin, store) =>
        void server.post(
          '/other',
          backchannelLogout({ client: stranger, store, ...(kind === 'with an index' && { index: settings.index }) }),
        ),
    })
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    for (const claims of [{ sid: 's1' }, { sub: 'ada' }, { sub: 'ada', sid: 's1' }]) {
      const token = await signLogout(other, { iss: 'https://other.example', ...claims })
      expect((await postToken(app.open(), token, '/other')).status).toBe(200)
      expect((await postToken(app.open(), token)).status).toBe(400)
    }
    expect(await whoIs(browser)).toBe('Hello ada')
  })

  it('S-N17: a store that is down answers 400, ends nothing, and the same token works once it is up again', async () => {
    const { index, ...settings } = withIndex()
    const app = await startLogoutApp(settings)
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    const token = await signLogout(app.provider, { sid: 's1' })
    const { all } = app.sessions
    const { list } = index
    breakStore(app, index)
    const { status, text } = await postToken(app.open(), token)
    expect([status, text]).toEqual([400, '{"error":"invalid_request"}'])
    expect(app.seen).toMatchObject([{ code: 'STORE_FAILED' }])
    Object.assign(app.sessions, { all })
    Object.assign(index, { list })
    expect(await whoIs(browser)).toBe('Hello ada')
    expect((await postToken(app.open(), token)).status).toBe(200)
    expect(await whoIs(browser)).toBe('Nobody')
  })

  it('S-N17: where a session cannot be ended it is not 200 either', async () => {
    const app = await startLogoutApp(withIndex())
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    const { destroy } = app.sessions
    const token = await signLogout(app.provider, { sid: 's1' })
    app.sessions.destroy = (_id, done) => done?.(new Error('canary'))
    expect((await postToken(app.open(), token)).status).toBe(400)
    app.sessions.destroy = destroy
    expect((await postToken(app.open(), token)).status).toBe(200)
    expect(await whoIs(browser)).toBe('Nobody')
  })

  it('a session that has signed in anew is another one', async () => {
    const app = await startLogoutApp(withIndex())
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    await signIn(app, browser, 'ada', 's2')
    await postToken(app.open(), await signLogout(app.provider, { sid: 's1' }))
    expect(await whoIs(browser)).toBe('Hello ada')
    await postToken(app.open(), await signLogout(app.provider, { sid: 's2' }))
    expect(await whoIs(browser)).toBe('Nobody')
  })
})

describe('a back-channel logout request that is refused', () => {
  it('S-N18: whatever is wrong, the answer is not stored and says nothing of why; the application hears of it', async () => {
    const app = await startLogoutApp()
    const token = await signLogout(app.provider, { sid: 's1' })
    await postToken(app.open(), token)
    const refused = [
      await signLogout(app.provider, { sid: 's1', nonce: 'n' }),
      await signLogout(app.provider, { aud: 'other', sid: 's1' }),
      await signLogout(app.provider, {}),
      'x',
      token,
    ]
    for (const each of refused) {
      const { status, text, headers } = await postToken(app.open(), each)
      expect([status, text, headers['cache-control']]).toEqual([400, '{"error":"invalid_request"}', 'no-store'])
    }
    const codes = ['LOGOUT_TOKEN_NONCE', 'LOGOUT_TOKEN_AUDIENCE', 'LOGOUT_TOKEN_SUBJECT', 'LOGOUT_TOKEN_MALFORMED', 'LOGOUT_TOKEN_REPLAYED']
    expect(app.seen.map((error) => (error as { code: string }).code)).toEqual(codes)
  })

  it.each<[string, express.RequestHandler | undefined]>([
    ['nothing', undefined],
    ['express.urlencoded', express.urlencoded({ extended: true })],
    ['express.json', express.json()],
    ['express.text', express.text({ type: () => true })],
    ['express.raw', express.raw({ type: () => true })],
  ])('S-N13, S-N14: wrong places and repeated tokens are refused, and a right one taken, where %s ran before', async (_, parser) => {
    const app = await startLogoutApp({ extend: (server) => void (parser && server.use('/backchannel', parser)) })
    const token = await signLogout(app.provider, { sid: 's1' })
    const browser = app.open()
    const status = async (...given: Parameters<typeof browser.send>) => (await browser.send(...given)).status
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = `logout_token=${token}`
    expect(await status(`/backchannel?${body}`)).toBe(405)
    expect(await status('/backchannel', { method: 'PUT', headers: form, body })).toBe(405)
    expect(await status(`/backchannel?${body}`, { method: 'POST', headers: form, body: 'x=1' })).toBe(400)
    const json = JSON.stringify({ logout_token: token })
    expect(await status('/backchannel', { method: 'POST', headers: { 'content-type': 'application/json' }, body: json })).toBe(415)
    expect(await status('/backchannel', { method: 'POST', headers: form, body: `${body}&${body}` })).toBe(400)
    expect(await status('/backchannel', { method: 'POST', headers: form, body: `logout_token[0]=${token}` })).toBe(400)
    expect((await browser.send('/backchannel')).headers.allow).toBe('POST')
    expect(await status('/backchannel', { method: 'POST', headers: form, body })).toBe(200)
  })

  it('a client that cannot be had is no success', async () => {
    const app = await startLogoutApp({ back: { client: () => Promise.reject(new Error('no tenant')) } })
    expect((await postToken(app.open(), await signLogout(app.provider, { sid: 's1' }))).status).toBe(400)
    expect(app.seen).toMatchObject([{ code: 'CLIENT_UNAVAILABLE' }])
  })

  it('a body that is too large is refused', async () => {
    const app = await startLogoutApp()
    expect((await postToken(app.open(), 'x'.repeat(140000))).status).toBe(400)
    expect(app.seen).toMatchObject([{ code: 'BODY_TOO_LARGE' }])
  })
})

describe('backchannelLogout', () => {
  it('tells a mistake at once', async () => {
    const { client, sessions } = await startApp()
    const codeOf = (options: object) => {
      try {
        backchannelLogout(options as never)
      } catch (error) {
        return (error as { code: string }).code
      }
      return undefined
    }
    expect(codeOf({ client, store: sessions })).toBeUndefined()
    expect(codeOf(undefined as never)).toBe('OPTION_INVALID')
    expect(codeOf({ client })).toBe('OPTION_INVALID')
    expect(codeOf({ store: sessions })).toBe('OPTION_INVALID')
    expect(codeOf({ client: Promise.resolve(client), store: sessions })).toBe('OPTION_INVALID')
    expect(codeOf({ client, store: sessions, stroe: 1 })).toBe('OPTION_UNKNOWN')
    const bare = { get: () => undefined, destroy: () => undefined }
    expect(codeOf({ client, store: bare })).toBe('OPTION_INVALID')
    expect(codeOf({ client, store: bare, index: memorySessionIndex() })).toBeUndefined()
    expect(codeOf({ client, store: bare, index: {} })).toBe('OPTION_INVALID')
    expect(codeOf({ client, store: sessions, tokens: {} })).toBe('OPTION_INVALID')
  })

  it('finds sessions of a store that lists them, as connect-redis does, and whose functions give promises', async () => {
    const app = await startApp()
    const browser = app.open()
    await signIn(app, browser, 'ada', 's1')
    const listed = Object.entries((app.sessions as unknown as { sessions: Record<string, string> }).sessions)
    const ended: string[] = []
    const store = {
      get: () => undefined,
      all: async (done: (error: unknown, sessions: unknown) => void) =>
        done(null, [null, ...listed.map(([id, text]) => ({ ...JSON.parse(text), id }))]),
      destroy: async (id: string, done: (error: unknown) => void) => {
        ended.push(id)
        done(null)
      },
    }
    const other = await startLogoutApp({ provider: app.provider, back: { store } })
    expect((await postToken(other.open(), await signLogout(app.provider, { iss: issuer, sid: 's1' }))).status).toBe(200)
    expect(ended).toEqual(listed.map(([id]) => id))
  })
})
