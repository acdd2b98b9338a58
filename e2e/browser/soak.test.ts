import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { lacksChromium, setStage } from './stage.ts'

/** Renewals. `npm run test:soak` makes many. */
const rounds = Number(process.env.ROUNDS ?? 5)

describe.skipIf(lacksChromium)('ten tabs and tokens that live for two seconds [needs chromium]', () => {
  it(`S-P15, F-S7: ${rounds} renewals, each token is sent once, and nobody is signed out`, {
    timeout: 60_000 + rounds * 10_000,
  }, async () => {
    const stage = await setStage({ accessTokenLifetime: () => 2 })
    const spent: string[] = []
    stage.context.on('request', (request) => {
      const token = new URLSearchParams(request.postData() ?? '').get('refresh_token')
      if (token !== null && request.url().endsWith('/token')) spent.push(token)
    })
    const first = await stage.open()
    await stage.signIn(first)
    const pages: Page[] = [first]
    while (pages.length < 10) pages.push(await stage.open())
    const call = (page: Page) =>
      page.evaluate(() => window.oidc.session.fetch('/api/me').then(({ status }) => status, window.oidc.describe))
    while (spent.length < rounds) expect(await Promise.all(pages.map(call))).toEqual(pages.map(() => 200))
    expect(new Set(spent).size).toBe(spent.length)
    for (const page of pages) {
      expect(await page.evaluate(() => window.oidc.session.getSnapshot())).toMatchObject({ status: 'signed_in', user: { sub: 'alice' } })
      // Not for a moment, either.
      expect(await page.evaluate(() => JSON.stringify(window.oidc.changes.slice(1)))).not.toContain('signed_out')
    }
    console.log(`${spent.length} renewals, ${stage.calls.length} calls`)
  })
})
