import { findChromium } from '@oidc-repo/playground/chromium'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lacksChromium, setStage } from './stage.ts'

let browser: Browser | undefined

beforeAll(async () => {
  const found = await findChromium()
  if ('missing' in found) return
  // Playwright switches the cache off.
  const { executablePath, args } = found
  browser = await chromium.launch({ executablePath, args: [...args], ignoreDefaultArgs: ['--disable-back-forward-cache'] })
})
afterAll(() => browser?.close())

describe.skipIf(lacksChromium)('the back-forward cache [needs chromium]', () => {
  it('S-P11: a page that comes out of it after a logout in another tab shows nobody', async () => {
    const stage = await setStage({
      browser: () => browser,
      headers: { 'cache-control': 'max-age=0' },
      routes: {
        '/elsewhere': (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>x</title>'),
      },
    })
    const page = await stage.open()
    await stage.signIn(page)
    const other = await stage.open()
    await page.evaluate(() => Object.assign(window, { isTheSame: true }))
    await page.goto(`${stage.origin}/elsewhere`)
    await other.evaluate(() => window.oidc.session.logout({ local: true }))
    await page.goBack({ waitUntil: 'commit', timeout: 5000 }).catch(() => undefined)
    // Not loaded anew: the very page, with all that was in it.
    expect(await page.evaluate(() => 'isTheSame' in window)).toBe(true)
    await page.waitForFunction(() => window.oidc.session.getSnapshot().status === 'signed_out')
    expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain('access_token')
  })
})
