import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { lacksChromium, passProvider, setStage } from './stage.ts'

const draws = (page: Page) => page.evaluate(() => (window as unknown as { readonly draws: readonly string[] }).draws)

describe.skipIf(lacksChromium)('React, under StrictMode [needs chromium]', () => {
  it('S-C27: signs in with one exchange though every effect runs twice, and goes where the user wanted to', async () => {
    const stage = await setStage({
      routes: { '/cb': (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(reactPage()) },
    })
    let settings = ''
    function reactPage() {
      return `<!doctype html><script type="application/json" id="settings">${settings}</script><body><script type=module src=/react.js></script>`
    }
    const page = await stage.context.newPage()
    await page.goto(`${stage.origin}/react`)
    settings = (await page.textContent('#settings')) ?? ''
    await page.click('#login')
    await page.waitForURL(/\/interaction\//)
    await passProvider(page, 'alice')
    await page.waitForURL(/from=login/)
    expect(await page.textContent('#logout')).toBe('Goodbye alice')
    expect(stage.sent.filter((line) => line.startsWith('POST /token'))).toEqual(['POST /token authorization_code'])
    expect(new Set(await draws(page))).toEqual(new Set(['loading', 'signed_in']))
    await page.click('#logout')
    expect(await page.textContent('#login')).toBe('Sign in logout')
  })

  it('useSession outside of a provider says what to write', async () => {
    const stage = await setStage()
    const page = await stage.context.newPage()
    await page.goto(`${stage.origin}/react`)
    await page.waitForSelector('#login')
    const code = await page.evaluate(() => (window as unknown as { lose(): Promise<unknown> }).lose())
    expect(code).toBe('BROWSER_OPTION_INVALID')
  })

  it('the binding has 60 lines at most', () => {
    const source = readFileSync(join(import.meta.dirname, '../../packages/browser/src/react.ts'), 'utf8')
    expect(source.split('\n').length).toBeLessThanOrEqual(60)
  })
})
