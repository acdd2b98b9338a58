import type { CDPSession, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { lacksChromium, type Stage, setStage } from './stage.ts'

const tokenPath = '**/token'
const refreshes = ({ sent }: Stage) => sent.filter((line) => line === 'POST /token refresh_token').length
const begin = (page: Page) =>
  page.evaluate(() => {
    window.oidc.results.push(window.oidc.session.refresh().then(({ sub }) => sub, window.oidc.describe))
  })
const resultOf = (page: Page) => page.evaluate(() => window.oidc.results.at(-1))
const snapshotOf = (page: Page) => page.evaluate(() => window.oidc.session.getSnapshot())

/** Nothing of a frozen page runs, and its locks stay its own: it is stopped at its next statement. */
async function freeze(page: Page): Promise<CDPSession> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Debugger.enable')
  await devtools.send('Debugger.pause')
  return devtools
}

const thaw = async (devtools: CDPSession | undefined) => {
  await devtools?.send('Debugger.disable')
}

async function openTabs(count: number) {
  // Longer than a request may take.
  const stage = await setStage({ session: { lease: 2, timeout: 0.5, renew: false } })
  const first = await stage.open()
  await stage.signIn(first)
  const others: Page[] = []
  while (others.length < count) others.push(await stage.open())
  return { stage, first, others }
}

describe.skipIf(lacksChromium)('a tab that freezes while it renews [needs chromium]', () => {
  it('F-S7: before its request left: the others take over after its lease, and nobody is signed out', async () => {
    const { stage, first, others } = await openTabs(2)
    let frozen: Promise<CDPSession> | undefined
    let drop: (() => Promise<void>) | undefined
    await first.route(tokenPath, (route) => {
      // It never reaches the provider.
      drop = () => route.abort()
      frozen = freeze(first)
    })
    await begin(first)
    await expect.poll(() => frozen).toBeDefined()
    const devtools = await frozen
    for (const page of others) await begin(page)
    expect(await Promise.all(others.map(resultOf))).toEqual(['alice', 'alice'])
    // Once from the frozen tab, which came nowhere, and once more.
    expect(refreshes(stage)).toBe(2)
    await thaw(devtools)
    await drop?.()
    await first.waitForFunction(() => window.oidc.session.getSnapshot().status === 'signed_in')
    expect(await first.evaluate(() => window.oidc.session.fetch('/api/me').then(({ status }) => status))).toBe(200)
    for (const page of [first, ...others]) expect(await snapshotOf(page)).toMatchObject({ status: 'signed_in', user: { sub: 'alice' } })
    expect(refreshes(stage)).toBe(2)
  })

  it('F-S7: after its request left: every tab says REAUTHENTICATION_REQUIRED, and each token was sent once more at most', async () => {
    const { stage, first, others } = await openTabs(2)
    let frozen: Promise<CDPSession> | undefined
    let answer: (() => Promise<void>) | undefined
    await first.route(tokenPath, async (route) => {
      // The provider has spent the token.
      const response = await route.fetch()
      answer = () => route.fulfill({ response })
      frozen = freeze(first)
    })
    await begin(first)
    await expect.poll(() => frozen).toBeDefined()
    const devtools = await frozen
    for (const page of others) await begin(page)
    for (const failure of await Promise.all(others.map(resultOf))) expect(failure).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    for (const page of others) expect(await snapshotOf(page)).toEqual({ status: 'signed_out', reason: 'expired' })
    expect(refreshes(stage)).toBe(2)
    await thaw(devtools)
    await answer?.().catch(() => undefined)
    // The answer that came too late brings nobody back.
    expect(await resultOf(first)).toMatchObject({ code: expect.stringMatching(/REAUTHENTICATION_REQUIRED|ABORTED|TIMEOUT/) })
    // As browsers say it to a page that they let run again: what was sent meanwhile may never arrive.
    await first.evaluate(() => document.dispatchEvent(new Event('resume')))
    await first.waitForFunction(() => window.oidc.session.getSnapshot().status === 'signed_out')
    for (const page of [first, ...others]) {
      const again = await page.evaluate(() => window.oidc.session.fetch('/api/me').catch(window.oidc.describe))
      expect(again).toMatchObject({ code: 'BROWSER_SIGNED_OUT' })
    }
    expect(refreshes(stage)).toBe(2)
  })
})
