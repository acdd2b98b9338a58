import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { lacksChromium, passProvider, readyOf, type Stage, type StageSettings, setStage } from './stage.ts'

interface PopupStage extends Stage {
  readonly page: Page
  readonly popup: Page
  /** What loginPopup came to. */
  result(): Promise<unknown>
  tokenRequests(): number
}

/** Presses the button that opens the popup. */
async function openPopup(settings: StageSettings = {}): Promise<PopupStage> {
  const stage = await setStage(settings)
  const page = await stage.open()
  await page.evaluate(() => {
    document.getElementById('go')?.addEventListener('click', () => {
      const { results, session, describe } = window.oidc
      results.push(session.loginPopup().then(({ sub }) => sub, describe))
    })
  })
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.click('#go')])
  return {
    ...stage,
    page,
    popup,
    result: () => page.evaluate(() => window.oidc.results[0]),
    tokenRequests: () => stage.sent.filter((line) => line.startsWith('POST /token')).length,
  }
}

async function finish(popup: Page): Promise<void> {
  await popup.waitForURL(/\/interaction\//)
  const closed = popup.waitForEvent('close')
  await passProvider(popup, 'alice')
  await closed
}

describe.skipIf(lacksChromium)('a login in a popup [needs chromium]', () => {
  it('F-S6: ends at the callback page of this package, which closes it', async () => {
    const { popup, page, result, tokenRequests } = await openPopup()
    await finish(popup)
    expect(await result()).toBe('alice')
    expect(page.url()).not.toContain('code=')
    expect(await page.evaluate(() => window.oidc.session.getSnapshot())).toMatchObject({ status: 'signed_in', user: { sub: 'alice' } })
    expect(tokenRequests()).toBe(1)
  })

  it('F-S6: ends at the page of the application as well, whose init hands the response on', async () => {
    const { popup, result, tokenRequests } = await openPopup({ session: { popup: {} } })
    await finish(popup)
    expect(await result()).toBe('alice')
    expect(tokenRequests()).toBe(1)
  })

  it('F-S6: works with JARM, where state is inside of the response', async () => {
    const { popup, result } = await openPopup({ session: { extensions: ['jarm'] } })
    await finish(popup)
    expect(await result()).toBe('alice')
  })

  it('S-P06: comes back though the provider cut its window off by Cross-Origin-Opener-Policy', async () => {
    const { popup, page, result } = await openPopup({
      intercept(request, response) {
        // Only pages: the redirects on the way have none.
        if (request.url?.startsWith('/interaction/')) response.setHeader('cross-origin-opener-policy', 'same-origin')
        return false
      },
      session: { popup: { severed: true } },
    })
    await popup.waitForURL(/\/interaction\//)
    expect(await popup.evaluate(() => window.opener)).toBeNull()
    await finish(popup)
    expect(await result()).toBe('alice')
    expect(page.url()).not.toContain('code=')
  })

  it('S-P06: needs no option for that where the very first page cuts the window off', async () => {
    const { popup, result } = await openPopup({
      intercept(_, response) {
        response.setHeader('cross-origin-opener-policy', 'same-origin')
        return false
      },
    })
    await finish(popup)
    expect(await result()).toBe('alice')
  })

  it('S-P07: is over as soon as the user closes it', async () => {
    const { popup, result, page, tokenRequests } = await openPopup()
    await popup.waitForURL(/\/interaction\//)
    // Looked at while the page of the provider is there.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 600)))
    await popup.close()
    expect(await result()).toMatchObject({ code: 'BROWSER_POPUP_CLOSED' })
    expect(tokenRequests()).toBe(0)
    expect(await page.evaluate(() => Object.keys(sessionStorage).filter((name) => name.includes(':login:')))).toEqual([])
  })

  it('S-P08: says at once that it was blocked, and nothing is begun', async () => {
    const stage = await setStage()
    const page = await stage.open()
    const before = stage.sent.length
    const failure = await page.evaluate(() => {
      window.open = () => null
      return window.oidc.session.loginPopup().catch(window.oidc.describe)
    })
    expect(failure).toMatchObject({ code: 'BROWSER_POPUP_BLOCKED' })
    expect(stage.sent.length).toBe(before)
    expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual([])
  })

  it('ends when its time is over, and when its caller gives up', async () => {
    const stage = await setStage({ session: { popup: { timeout: 0.5 } } })
    const page = await stage.open()
    expect(await page.evaluate(() => window.oidc.session.loginPopup().catch(window.oidc.describe))).toMatchObject({
      code: 'BROWSER_RESPONSE_TIMEOUT',
    })
    const aborted = await page.evaluate(() =>
      window.oidc.session.loginPopup({ signal: AbortSignal.abort(new Error('changed my mind')) }).catch(window.oidc.describe),
    )
    expect(aborted).toMatchObject({ code: 'ABORTED' })
    await expect.poll(() => stage.context.pages().length).toBe(1)
  })

  it('S-P04: messages of other windows, of another login or of no login are ignored', async () => {
    const { popup, page, origin, context, result } = await openPopup()
    await popup.waitForURL(/\/interaction\//)
    const state = await page.evaluate(
      () =>
        Object.keys(sessionStorage)
          .find((name) => name.includes(':login:'))
          ?.split(':login:')[1] ?? '',
    )
    expect(state).not.toBe('')
    const stranger = await context.newPage()
    await stranger.goto(`${origin}/`)
    await stranger.evaluate(
      ([known, app]) => {
        const channel = new BroadcastChannel(`oidc:response:${known}`)
        const hrefs = [
          `${app}/relay?code=evil&state=other`,
          `${app}/relay?code=evil&state=other&state=${known}`,
          `${app}/elsewhere?code=evil&state=${known}`,
          `https://evil.example/relay?code=evil&state=${known}`,
          `${app}/relay?code=evil`,
          'javascript:alert(1)',
          '',
        ]
        for (const message of [...hrefs.map((href) => ({ href })), null, 7, 'taken', { href: 7 }]) channel.postMessage(message)
      },
      [state, origin] as const,
    )
    await page.evaluate(
      ([known, app]) => window.postMessage({ href: `${app}/relay?code=evil&state=${known}`, type: 'authorization_response' }, '*'),
      [state, origin] as const,
    )
    await finish(popup)
    expect(await result()).toBe('alice')
  })

  it('S-P05: no window is sent the response: it goes over a channel of the origin alone', async () => {
    const stage = await setStage()
    await stage.context.addInitScript(() => {
      Object.assign(window, { posted: [] })
      const { postMessage } = window
      window.postMessage = (...parameters: unknown[]) => {
        ;(window as unknown as { posted: unknown[] }).posted.push(parameters)
        return postMessage.apply(window, parameters as never)
      }
    })
    const page = await stage.open()
    await page.evaluate(() => {
      document.getElementById('go')?.addEventListener('click', () => {
        window.oidc.results.push(window.oidc.session.loginPopup().then(({ sub }) => sub, window.oidc.describe))
      })
    })
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.click('#go')])
    await finish(popup)
    expect(await page.evaluate(() => window.oidc.results[0])).toBe('alice')
    expect(await page.evaluate(() => (window as unknown as { posted: unknown[] }).posted)).toEqual([])
    for (const script of ['app', 'relay']) {
      const text = await (await page.request.get(`${stage.origin}/${script}.js`)).text()
      expect(text).not.toMatch(/postMessage\([^)]*["']\*["']/)
    }
  })

  it('S-P23: an address that is a script runs nowhere', async () => {
    const stage = await setStage()
    const page = await stage.context.newPage()
    await page.route('**/.well-known/openid-configuration', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ json: { ...(await answer.json()), authorization_endpoint: 'javascript:opener.document.title="owned"' } })
    })
    await page.goto(stage.origin)
    await readyOf(page)
    const failure = await page.evaluate(() => window.oidc.session.loginPopup().catch(window.oidc.describe))
    expect(failure).toMatchObject({ code: expect.stringMatching(/METADATA|URL/) })
    expect(await page.title()).toBe('app')
  })

  it('F-S3: a logout in a popup leaves the page where it is', async () => {
    const { page, popup, origin, context, result } = await openPopup()
    await finish(popup)
    expect(await result()).toBe('alice')
    await page.evaluate((app) => {
      const go = document.getElementById('go')
      const fresh = go?.cloneNode() as HTMLElement
      go?.replaceWith(fresh)
      fresh.addEventListener('click', () => {
        const ended = window.oidc.session.logout({ popup: true, post_logout_redirect_uri: `${app}/relay` })
        window.oidc.results[0] = ended.then(() => 'out', window.oidc.describe)
      })
    }, origin)
    const [second] = await Promise.all([page.waitForEvent('popup'), page.evaluate(() => document.getElementById('go')?.click())])
    await second.waitForURL(/\/session\/end/)
    const closed = second.waitForEvent('close')
    await second.getByRole('button', { name: /yes/i }).click()
    await closed
    expect(await page.evaluate(() => window.oidc.results[0])).toBe('out')
    expect(await page.evaluate(() => window.oidc.session.getSnapshot())).toEqual({ status: 'signed_out', reason: 'logout' })
    expect(context.pages()).toHaveLength(1)
  })
})
