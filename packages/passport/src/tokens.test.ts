import { memoryStore } from '@oidc/session'
import { describe, expect, it } from 'vitest'
import { postToken, signIn, signLogout, startLogoutApp, whoIs } from './passport.test-logout.js'
import { issuer, startTime } from './passport.test-provider.js'
import { startApp } from './passport.test-server.js'
import { tokens } from './tokens.js'

async function start() {
  const store = memoryStore()
  const keep = { store }
  const app = await startLogoutApp({
    strategy: { tokens: keep },
    back: { tokens: keep },
    front: { tokens: keep },
    leave: { tokens: keep },
    extend: (server) => {
      server.use(tokens({ client: () => app.client, ...keep }))
      server.get('/token', (req, res, next) => {
        if (!req.tokens) return void res.send('none')
        req.tokens.token().then((token) => res.send(token), next)
      })
      server.get('/keys', (req, res) => void res.json(req.session))
    },
  })
  return { app, store, browser: app.open() }
}

const tokenOf = async (browser: { get(path: string): Promise<{ text: string }> }) => (await browser.get('/token')).text
/** The answer to a refresh. */
const renewed = (serial: number) => () =>
  Response.json({ access_token: `renewed-${serial}`, refresh_token: `refresh-${serial}`, token_type: 'Bearer', expires_in: 3600 })

describe('the tokens of users', () => {
  it('are there for whoever is signed in, and renewed when they must be, once for all requests', async () => {
    const { app, browser } = await start()
    expect(await tokenOf(browser)).toBe('none')
    await signIn(app, browser)
    const first = await tokenOf(browser)
    expect(first).toMatch(/^canary-access-/)
    app.clock.now = startTime + 3590
    app.provider.tokenAnswer = renewed(1)
    expect(await Promise.all([tokenOf(browser), tokenOf(browser), tokenOf(browser)])).toEqual(['renewed-1', 'renewed-1', 'renewed-1'])
    expect(app.provider.forms.filter(({ grant_type }) => grant_type === 'refresh_token')).toHaveLength(1)
    expect(await tokenOf(app.open())).toBe('none')
  })

  it('do not stand in the session: it is written as a whole, and would bring back a refresh token that was used', async () => {
    const { app, browser } = await start()
    await signIn(app, browser)
    const { text } = await browser.get('/keys')
    expect(text).not.toMatch(/canary-(?:access|refresh)/)
    expect(JSON.parse(text)['@oidc/passport/login']).toMatchObject({ iss: issuer, sub: 'ada', key: expect.stringMatching(/^[\w-]{43}$/) })
  })

  it('end with the session: by logout, which revokes them, and by both logouts of the provider', async () => {
    const ends: readonly ((app: Awaited<ReturnType<typeof start>>['app'], browser: ReturnType<typeof app.open>) => Promise<unknown>)[] = [
      (_app, browser) => browser.send('/leave', { method: 'POST' }),
      async (app) => postToken(app.open(), await signLogout(app.provider, { sid: 's1' })),
      (app) => app.open().get(`/front?iss=${issuer}&sid=s1`),
    ]
    for (const end of ends) {
      const { app, browser, store } = await start()
      await signIn(app, browser, 'ada', 's1')
      const key = JSON.parse((await browser.get('/keys')).text)['@oidc/passport/login'].key
      const { get } = store
      const before = await app.client
      expect(before).toBeDefined()
      await end(app, browser)
      expect(await whoIs(browser)).toBe('Nobody')
      expect(await tokenOf(browser)).toBe('none')
      expect(app.provider.requests).toContain('/revoke')
      expect(String(await get(key))).not.toContain('canary')
    }
  })

  it('S-O02: a store of tokens that fails fails the login closed, with 503', async () => {
    const store = { ...memoryStore(), get: () => Promise.reject(new Error('canary')) }
    const app = await startApp({ strategy: { tokens: { store } } })
    const browser = app.open()
    expect((await signIn({ ...app }, browser)).status).toBe(503)
    expect(await whoIs(browser)).toBe('Nobody')
  })

  it('mistakes are told at once', () => {
    const store = memoryStore()
    const client = () => undefined
    expect(() => tokens({ client, store, ttl: 1 } as never)).toThrow(expect.objectContaining({ code: 'OPTION_UNKNOWN' }))
    expect(() => tokens({ client } as never)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
    expect(() => tokens({ store } as never)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })
})
