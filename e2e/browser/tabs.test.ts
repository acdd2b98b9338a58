import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { lacksChromium, readyOf, type Stage, setStage } from './stage.ts'

const statusOf = (page: Page) => page.evaluate(() => window.oidc.session.getSnapshot())
const refreshes = ({ sent }: Stage) => sent.filter((line) => line === 'POST /token refresh_token').length
const waitForStatus = (page: Page, status: string) =>
  page.waitForFunction((wanted) => window.oidc.session.getSnapshot().status === wanted, status)

const tokensOf = (page: Page) => page.evaluate(() => Object.entries(sessionStorage).find(([name]) => name.endsWith(':tokens'))?.[1])
const lastResultOf = (page: Page) => page.evaluate(() => window.oidc.results.at(-1))

/** As many tabs as wanted, all signed in by one login. */
async function openTabs(stage: Stage, count: number): Promise<readonly Page[]> {
  const first = await stage.open()
  await stage.signIn(first)
  const pages = [first]
  while (pages.length < count) pages.push(await stage.open())
  return pages
}

describe.skipIf(lacksChromium)('tabs of one browser [needs chromium]', () => {
  it('F-S9: a new tab asks the others before it says that nobody is signed in', async () => {
    const stage = await setStage()
    const [, second] = await openTabs(stage, 2)
    expect(await readyOf(second as Page)).toEqual({ sub: 'alice' })
    expect(stage.sent.filter((line) => line.startsWith('POST /token'))).toHaveLength(1)
  })

  it('S-P15, F-S7: ten tabs that renew at once send one rotating refresh token once, and all have the new tokens', async () => {
    const stage = await setStage()
    const pages = await openTabs(stage, 10)
    for (let round = 1; round <= 2; round++) {
      // The provider answers when all have asked.
      let open = (): void => undefined
      const gate = new Promise<void>((resolve) => {
        open = resolve
      })
      await stage.context.route('**/token', (route) => gate.then(() => route.continue()))
      for (const page of pages)
        await page.evaluate(() => {
          window.oidc.results.push(window.oidc.session.refresh().then(({ sub }) => sub, window.oidc.describe))
        })
      // One has the lock, and the others wait for it: whoever comes later would rightly renew what is new by then.
      await pages[0]?.waitForFunction(async () => {
        const { pending = [] } = await navigator.locks.query()
        return pending.filter(({ name }) => name?.endsWith(':lock')).length === 9
      })
      open()
      expect(await Promise.all(pages.map(lastResultOf))).toEqual(pages.map(() => 'alice'))
      await stage.context.unroute('**/token')
      expect(refreshes(stage)).toBe(round)
      expect(new Set(await Promise.all(pages.map(tokensOf))).size).toBe(1)
    }
  })

  it('S-P15: tokens that have expired are renewed once, however many tabs want them', async () => {
    let lifetime = 1
    const stage = await setStage({ accessTokenLifetime: () => lifetime, session: { renew: false } })
    const pages = await openTabs(stage, 5)
    lifetime = 3600
    await pages[0]?.waitForFunction(() => {
      const stored = JSON.parse(Object.entries(sessionStorage).find(([name]) => name.endsWith(':tokens'))?.[1] ?? '{}')
      return JSON.parse(stored.text).expires <= Date.now() / 1000 - 1
    })
    await Promise.all(pages.map((page) => page.evaluate(() => window.oidc.session.fetch('/api/me').then((response) => response.json()))))
    expect(refreshes(stage)).toBe(1)
    expect(stage.calls).toHaveLength(5)
    expect(new Set(stage.calls.map(({ authorization }) => authorization)).size).toBe(1)
  })

  it('S-P17: a logout in one tab is heard in all, and what is under way there is dropped', async () => {
    let answer: (() => void) | undefined
    const stage = await setStage({
      routes: {
        '/api/slow': (_, response) => {
          answer = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"secret":"of alice"}')
        },
      },
    })
    const [first, second] = (await openTabs(stage, 2)) as [Page, Page]
    const slow = second.evaluate(() =>
      window.oidc.session.fetch('/api/slow').then(
        () => 'an answer',
        (error: unknown) => window.oidc.describe(error).code,
      ),
    )
    while (!answer) await new Promise((resolve) => setImmediate(resolve))
    await first.evaluate(() => window.oidc.session.logout({ local: true }))
    await waitForStatus(second, 'signed_out')
    expect(await statusOf(second)).toEqual({ status: 'signed_out', reason: 'other_tab' })
    answer()
    expect(await slow).toBe('BROWSER_SESSION_CHANGED')
    expect(await second.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain('access_token')
  })

  it('S-P17: another user who signs in in one tab is seen in all', async () => {
    const stage = await setStage({ session: { parameters: { prompt: 'login consent' } } })
    const [first, second] = (await openTabs(stage, 2)) as [Page, Page]
    await stage.signIn(first, 'bert')
    await second.waitForFunction(() => window.oidc.session.user?.sub === 'bert')
    expect(await statusOf(second)).toMatchObject({ status: 'signed_in', reason: 'user_switched' })
  })

  it('S-P11: a page that comes out of the back-forward cache after a logout shows nobody', async () => {
    const stage = await setStage()
    const [page, other] = (await openTabs(stage, 2)) as [Page, Page]
    await page.evaluate(() => {
      window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
    })
    await other.evaluate(() => window.oidc.session.logout({ local: true }))
    expect((await statusOf(page)).status).toBe('signed_in')
    await page.evaluate(() => {
      window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
    })
    await waitForStatus(page, 'signed_out')
  })

  it('F-S3: a logout goes to the provider and comes back, and the user must sign in anew', async () => {
    const stage = await setStage()
    const [page] = (await openTabs(stage, 1)) as [Page]
    await page.evaluate(() => void window.oidc.session.logout())
    await page.waitForURL(/\/session\/end/)
    await page.getByRole('button', { name: /yes/i }).click()
    await page.waitForURL((url) => url.origin === stage.origin)
    expect(await readyOf(page)).toEqual({})
    expect(stage.sent.filter((line) => line.includes('/revocation')).length).toBeGreaterThan(0)
    await page.evaluate(() => void window.oidc.session.login())
    await page.waitForURL(/\/interaction\//)
    expect(await page.isVisible('[name=login]')).toBe(true)
  })
})
