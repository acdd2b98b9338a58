import { type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Found } from '../chromium.ts'
import type { Seen, Tab, UserAgent } from './user-agent.ts'

/** Starts a Chromium without a window. */
export async function startBrowser({ executablePath, args }: Found, onSeen: (seen: Seen) => void): Promise<UserAgent> {
  const browser = await chromium.launch({ executablePath, args: [...args] })
  return {
    name: `Chromium ${browser.version()}`,
    async newVisitor() {
      const context = await browser.newContext()
      context.setDefaultTimeout(15_000)
      observe(context, onSeen)
      return { newTab: async () => driveTab(await context.newPage()) }
    },
    close: () => browser.close(),
  }
}

function observe(context: BrowserContext, onSeen: (seen: Seen) => void): void {
  context.on('response', (response) => {
    onSeen({ method: response.request().method(), url: response.url(), status: response.status(), location: response.headers().location })
  })
}

function driveTab(page: Page): Tab {
  /** A click leads through any number of redirects to one page that loads. */
  const leave = async (click: () => Promise<void>) => {
    await Promise.all([page.waitForEvent('load'), click()])
  }
  return {
    open: async (url) => void (await page.goto(url)),
    reload: async () => void (await page.reload()),
    follow: (name) => leave(() => page.getByRole('link', { name, exact: true }).click()),
    press: (name) => leave(() => page.getByRole('button', { name, exact: true }).click()),
    type: (label, text) => page.getByLabel(label, { exact: true }).fill(text),
    read: async () => ((await page.locator('body').textContent()) ?? '').replace(/\s+/g, ' ').trim(),
  }
}
