import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { lacksChromium, passProvider, readyOf, type Stage, type StageSettings, setStage } from './stage.ts'

const frames = (page: Page) => page.evaluate(() => document.querySelectorAll('iframe').length)
const refresh = (page: Page) => page.evaluate(() => window.oidc.session.refresh().then(({ sub }) => sub, window.oidc.describe))
const tokenRequests = ({ sent }: Stage) => sent.filter((line) => line.startsWith('POST /token '))
const snapshotOf = (page: Page) => page.evaluate(() => window.oidc.session.getSnapshot())

/** Signed in without a refresh token, and the provider asks for nothing twice. */
async function signInWithout(settings: StageSettings = {}): Promise<{ stage: Stage; page: Page }> {
  const { session, ...others } = settings
  const stage = await setStage({ isSameSite: true, session: { scope: 'openid', silent: {}, parameters: {}, ...session }, ...others })
  const page = await stage.open()
  await stage.signIn(page)
  return { stage, page }
}

describe.skipIf(lacksChromium)('renewal without the user [needs chromium]', () => {
  it('F-S5: without a refresh token a hidden frame brings new tokens, by the page of the application or by the callback page', async () => {
    for (const silent of [{}, { redirect_uri: 'relay' }]) {
      const stage = await setStage({ isSameSite: true, session: { scope: 'openid', parameters: {}, silent: {} } })
      const page = await stage.open()
      await stage.signIn(page)
      if (silent.redirect_uri)
        await page.evaluate((redirect_uri) => {
          const session = window.oidc.open({ silent: { redirect_uri } })
          Object.assign(window.oidc, { session })
          return session.init()
        }, `${stage.origin}/relay`)
      expect(await refresh(page)).toBe('alice')
      expect(tokenRequests(stage)).toEqual(['POST /token authorization_code', 'POST /token authorization_code'])
      expect(await frames(page)).toBe(0)
    }
  })

  it('F-S5: with a refresh token no frame is opened', async () => {
    const { stage, page } = await signInWithout({ session: { scope: 'openid offline_access', parameters: { prompt: 'consent' } } })
    expect(await refresh(page)).toBe('alice')
    expect(tokenRequests(stage).at(-1)).toBe('POST /token refresh_token')
  })

  it('F-S5: a request with tokens that are due goes through the frame first', async () => {
    const { stage, page } = await signInWithout({ accessTokenLifetime: () => 1 })
    await page.waitForFunction(() => {
      const stored = JSON.parse(Object.entries(sessionStorage).find(([name]) => name.endsWith(':tokens'))?.[1] ?? '{}')
      return JSON.parse(stored.text).expires <= Date.now() / 1000
    })
    expect(await page.evaluate(() => window.oidc.session.fetch('/api/me').then(({ status }) => status))).toBe(200)
    expect(tokenRequests(stage).length).toBeGreaterThan(1)
  })

  it('F-S5: two who ask at once share one frame', async () => {
    const { stage, page } = await signInWithout()
    await page.evaluate(() => Promise.all([window.oidc.session.refresh(), window.oidc.session.refresh()]))
    expect(tokenRequests(stage)).toHaveLength(2)
  })

  it('F-S5: a provider that has no session any more ends the one here', async () => {
    const { stage, page } = await signInWithout()
    await stage.context.clearCookies()
    expect(await refresh(page)).toMatchObject({ code: 'AUTHORIZATION_ERROR' })
    expect(await snapshotOf(page)).toEqual({ status: 'signed_out', reason: 'expired' })
    expect(await frames(page)).toBe(0)
  })

  it('S-P09: a browser that keeps cookies from frames of another site gets a typed answer, and no frame is left', async () => {
    const stage = await setStage({ session: { scope: 'openid', parameters: {}, silent: {} } })
    const page = await stage.open()
    await stage.signIn(page)
    expect(await refresh(page)).toMatchObject({ code: 'AUTHORIZATION_ERROR' })
    expect(await frames(page)).toBe(0)
  })

  it('S-P09: a provider that does not let itself be framed is waited for in vain, for as long as was said; the session goes on', async () => {
    const { stage, page } = await signInWithout({ session: { silent: { timeout: 0.3 } } })
    await page.route(/\/auth\?/, (route) => route.fulfill({ body: 'no', headers: { 'x-frame-options': 'DENY' } }))
    expect(await refresh(page)).toMatchObject({ code: 'BROWSER_RESPONSE_TIMEOUT' })
    expect(await frames(page)).toBe(0)
    expect(await page.evaluate(() => Object.keys(sessionStorage).filter((name) => name.includes(':login:')))).toEqual([])
    expect(await snapshotOf(page)).toMatchObject({ status: 'signed_in' })
    expect(await page.evaluate(() => window.oidc.session.getSnapshot().error?.code)).toBe('BROWSER_RESPONSE_TIMEOUT')
    expect(tokenRequests(stage)).toHaveLength(1)
  })

  it('F-S5: another user at the provider does not slip into the session of the first', async () => {
    const { stage, page } = await signInWithout()
    // At the provider bert signs in, for an application that this one hears nothing of.
    const stranger = await stage.context.newPage()
    await stranger.goto(`${stage.origin}/?stranger`)
    await readyOf(stranger)
    await stranger.evaluate(() => {
      window.oidc.session.close()
      const session = window.oidc.open({ storage: 'memory', popup: {}, parameters: { prompt: 'login' } })
      void session.login().catch(() => undefined)
    })
    await stranger.waitForURL(/\/interaction\//)
    await passProvider(stranger, 'bert')
    await stranger.waitForURL((url) => url.origin === stage.origin)
    await stranger.close()
    expect(await refresh(page)).toMatchObject({ code: 'BROWSER_SESSION_CHANGED' })
    expect(await snapshotOf(page)).toEqual({ status: 'signed_out', reason: 'provider' })
  })
})

/** A provider with a check_session_iframe: oidc-provider has none. */
function monitored(state: { answer: string }): Pick<StageSettings, 'intercept'> {
  return {
    intercept(request, response) {
      if (request.url === '/check-session/answer') {
        response.end(state.answer)
        return true
      }
      if (request.url === '/check-session') {
        response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><script>
          onmessage = async ({ data, origin, source }) => {
            if (data !== 'spa the-session') return source.postMessage('error', origin)
            source.postMessage(await (await fetch('/check-session/answer')).text(), origin)
          }</script>`)
        return true
      }
      const { setHeader } = response
      response.setHeader = (name, value) => {
        const isResponse = name.toLowerCase() === 'location' && String(value).includes('code=')
        return setHeader.call(response, name, isResponse ? `${value}&session_state=the-session` : value)
      }
      return false
    },
  }
}

describe.skipIf(lacksChromium)('the session at the provider [needs chromium]', () => {
  const session = { monitor: { interval: 0.1 }, silent: { timeout: 5 } }

  it('F-S4: while it is unchanged nothing happens; when it changes, the same user goes on', async () => {
    const state = { answer: 'unchanged' }
    const { stage, page } = await signInWithout({ ...monitored(state), session })
    expect(await frames(page)).toBe(1)
    const asked: string[] = []
    page.on('request', (request) => request.url().endsWith('/answer') && asked.push(request.url()))
    while (asked.length < 2) await page.waitForRequest(/\/answer$/)
    expect(tokenRequests(stage)).toHaveLength(1)
    state.answer = 'changed'
    await page.waitForRequest((request) => request.url().endsWith('/token'))
    state.answer = 'unchanged'
    await page.waitForFunction(() => document.querySelectorAll('iframe').length === 1)
    expect(await snapshotOf(page)).toMatchObject({ status: 'signed_in', user: { sub: 'alice' } })
  })

  it('F-S4: when it has ended, the one here ends, in every tab; after a reload it is watched as before', async () => {
    const state = { answer: 'unchanged' }
    const { stage, page } = await signInWithout({ ...monitored(state), session })
    await page.goto(stage.origin)
    await readyOf(page)
    const other = await stage.open()
    await page.waitForFunction(() => document.querySelectorAll('iframe').length === 1)
    await stage.context.clearCookies()
    state.answer = 'changed'
    for (const each of [page, other]) await each.waitForFunction(() => window.oidc.session.getSnapshot().status === 'signed_out')
    expect((await snapshotOf(page)).reason).toMatch(/provider|expired/)
    expect(await frames(page)).toBe(0)
  })

  it('F-S4: an error of the frame is no reason to ask the provider', async () => {
    const state = { answer: 'unchanged' }
    const { stage, page } = await signInWithout({ ...monitored(state), session })
    state.answer = 'error'
    await page.waitForFunction(() => document.querySelectorAll('iframe').length === 0)
    expect(tokenRequests(stage)).toHaveLength(1)
    expect(await snapshotOf(page)).toMatchObject({ status: 'signed_in' })
  })

  it('S-N24: messages of another window or origin, and words that are none, are ignored', async () => {
    const state = { answer: 'unchanged' }
    const { stage, page } = await signInWithout({ ...monitored(state), session })
    await page.evaluate(async () => {
      const frame = document.querySelector('iframe')
      for (const data of ['changed', 'error']) {
        window.postMessage(data, '*')
        // The right origin and another window; the right window and another origin.
        const provider = new URL(frame?.src ?? '').origin
        window.dispatchEvent(new MessageEvent('message', { data, origin: provider, source: window }))
        window.dispatchEvent(new MessageEvent('message', { data, origin: 'https://evil.example', source: frame?.contentWindow ?? null }))
      }
      for (const data of ['CHANGED', '', null, { changed: true }])
        window.dispatchEvent(
          new MessageEvent('message', { data, origin: new URL(frame?.src ?? '').origin, source: frame?.contentWindow ?? null }),
        )
    })
    await page.waitForRequest(/\/answer$/)
    expect(await frames(page)).toBe(1)
    expect(tokenRequests(stage)).toHaveLength(1)
  })
})
