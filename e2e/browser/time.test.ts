import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { lacksChromium, readyOf, type Stage, type StageSettings, setStage } from './stage.ts'

const refreshes = ({ sent }: Stage) => sent.filter((line) => line === 'POST /token refresh_token').length
const day = 86_400

/** A page whose timers are the test's. */
async function signInWithClock(settings: StageSettings = {}): Promise<{ stage: Stage; page: Page }> {
  const stage = await setStage(settings)
  const page = await stage.open()
  await stage.signIn(page)
  await page.clock.install({ time: Date.now() })
  await page.goto(stage.origin)
  expect(await readyOf(page)).toEqual({ sub: 'alice' })
  return { stage, page }
}

/** Whatever had to happen by now has happened: requests of the page come one after the other. */
const settle = async (page: Page) => {
  await page.evaluate(() => fetch('/api/settle').then((response) => response.text()))
}

describe.skipIf(lacksChromium)('time in the page [needs chromium]', () => {
  it('tokens are renewed shortly before they end, once', async () => {
    const { stage, page } = await signInWithClock({ accessTokenLifetime: () => 600 })
    await page.clock.runFor(400_000)
    await settle(page)
    expect(refreshes(stage)).toBe(0)
    const sent = page.waitForResponse(/\/token$/)
    await page.clock.runFor(180_000)
    await sent
    await settle(page)
    expect(refreshes(stage)).toBe(1)
  })

  it('S-P21: a lifetime longer than a timer can count does not fire at once, and brings no storm', async () => {
    const { stage, page } = await signInWithClock({ accessTokenLifetime: () => 40 * day })
    await page.clock.runFor(5000)
    await settle(page)
    expect(refreshes(stage)).toBe(0)
    await page.clock.fastForward(30 * day * 1000)
    await page.clock.runFor(5000)
    await settle(page)
    expect(refreshes(stage)).toBe(0)
  })

  it('S-P21: tokens that are born old are not renewed in a circle', async () => {
    const { stage, page } = await signInWithClock({ accessTokenLifetime: () => 1, session: { renew: true } })
    const before = refreshes(stage)
    await page.clock.runFor(30_000)
    await settle(page)
    expect(refreshes(stage) - before).toBeLessThanOrEqual(6)
  })

  it('S-P22: a device that slept past the end of the tokens renews them when it wakes, once', async () => {
    const { stage, page } = await signInWithClock({ accessTokenLifetime: () => 600 })
    // Timers stand still while it sleeps; the clock does not.
    await page.clock.pauseAt(Date.now() + 1000)
    await page.clock.setSystemTime(Date.now() + 7200_000)
    await settle(page)
    expect(refreshes(stage)).toBe(0)
    const sent = page.waitForResponse(/\/token$/)
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await sent
    await settle(page)
    expect(refreshes(stage)).toBe(1)
    expect(await page.evaluate(() => window.oidc.session.getSnapshot())).toMatchObject({ status: 'signed_in' })
  })

  it('a page that cannot be seen renews nothing by itself', async () => {
    const { stage, page } = await signInWithClock({ accessTokenLifetime: () => 600 })
    await page.evaluate(() => Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' }))
    await page.clock.runFor(900_000)
    await settle(page)
    expect(refreshes(stage)).toBe(0)
  })
})
