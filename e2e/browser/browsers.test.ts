// The scenarios that every driver can play. What differs between the browsers stands in the README of the package.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Driver, kinds, type Tab } from './drivers.ts'
import { type Site, startSite } from './stage.ts'

/** Asks again until the page says yes; a page that is just going away says nothing. */
const until = async (tab: Tab, expression: string) => {
  await expect.poll(() => tab.run(`return Boolean(${expression})`).catch(() => false), { timeout: 20_000, interval: 50 }).toBe(true)
}
const ready = async (tab: Tab) => {
  await until(tab, 'window.oidc')
  return tab.run<{ sub?: string; code?: string }>('return window.oidc.ready')
}
const run = `const { session, describe } = window.oidc;`
const snapshot = (tab: Tab) => tab.run<{ status: string; reason?: string; user?: { sub: string } }>(`${run} return session.getSnapshot()`)

/** Types the name and consents, wherever the tab is in that. */
async function passProvider(tab: Tab, isDone: string, login = 'alice'): Promise<void> {
  const step = `
    if (${isDone}) return true
    const name = document.querySelector('[name=login]')
    const button = document.querySelector('[type=submit]')
    if (!button || window.pressed) return false
    window.pressed = true
    if (name) { name.value = '${login}'; document.querySelector('[name=password]').value = 'any' }
    button.click()
    return false`
  await expect.poll(() => tab.run(step).catch(() => false), { timeout: 20_000, interval: 100 }).toBe(true)
}

async function signIn(tab: Tab, { origin }: Site, login?: string): Promise<void> {
  await tab.go(origin)
  await ready(tab)
  await tab.run(`${run} void session.login()`)
  await passProvider(tab, `location.origin === '${origin}' && location.pathname === '/cb'`, login)
  expect(await ready(tab)).toEqual({ sub: login ?? 'alice' })
}

/** A provider that counts. */
async function countingSite(settings: Parameters<typeof startSite>[0] = {}) {
  let tokenRequests = 0
  const site = await startSite({
    ...settings,
    intercept(request) {
      if (request.method === 'POST' && request.url === '/token') tokenRequests++
      return false
    },
  })
  return { ...site, tokenRequests: () => tokenRequests }
}

for (const { name, isThere, launch } of kinds)
  describe.skipIf(!isThere)(`a single-page application in ${name} [needs ${name}]`, () => {
    let driver: Driver | undefined
    const open = async () => {
      if (!driver) throw new Error('There is no browser.')
      return driver.open()
    }
    beforeAll(async () => {
      driver = await launch()
    }, 60_000)
    afterAll(() => driver?.close())

    it('S-P13, S-P12: signs in, keeps no code, and does no harm when the callback is loaded again', async () => {
      const site = await countingSite()
      const tab = await open()
      await signIn(tab, site)
      expect(await tab.run('return location.href + document.referrer')).not.toContain('code=')
      await tab.go(`${site.origin}/cb`)
      expect(await ready(tab)).toEqual({ sub: 'alice' })
      await tab.go(`${site.origin}/cb?code=stolen&state=unknown`)
      expect(await ready(tab)).toMatchObject({ code: 'BROWSER_TRANSACTION_NOT_FOUND' })
      expect(site.tokenRequests()).toBe(1)
    })

    it('S-P01: keeps tokens in the tab alone', async () => {
      const tab = await open()
      await signIn(tab, await startSite())
      expect(await tab.run('return JSON.stringify({ ...localStorage })')).not.toMatch(/token"|eyJ/)
    })

    it('F-S9, S-P15, S-P17: hands the session to new tabs, renews once for all, and all hear a logout', async () => {
      let lifetime = 1
      const site = await countingSite({ accessTokenLifetime: () => lifetime, session: { renew: false } })
      const first = await open()
      await signIn(first, site)
      lifetime = 3600
      const tabs = [first]
      while (tabs.length < 3) {
        const tab = await open()
        await tab.go(site.origin)
        expect(await ready(tab)).toEqual({ sub: 'alice' })
        tabs.push(tab)
      }
      await until(
        first,
        `JSON.parse(JSON.parse(Object.entries(sessionStorage).find(([name]) => name.endsWith(':tokens'))[1]).text).expires <= Date.now() / 1000 - 1`,
      )
      const statuses = tabs.map((tab) => tab.run<number>(`${run} return (await session.fetch('/api/me')).status`))
      expect(await Promise.all(statuses)).toEqual([200, 200, 200])
      expect(site.tokenRequests()).toBe(2)
      expect(new Set(site.calls.map(({ authorization }) => authorization)).size).toBe(1)
      await first.run(`${run} await session.logout({ local: true })`)
      for (const tab of tabs) await until(tab, `window.oidc.session.getSnapshot().status === 'signed_out'`)
      expect((await snapshot(tabs[1] as Tab)).reason).toBe('other_tab')
    })

    it('S-P15, F-S7: takes the lock over from a tab that does not give it back', async () => {
      const site = await countingSite({ session: { lease: 1, timeout: 0.3, renew: false } })
      const [holder, other] = [await open(), await open()]
      await signIn(holder, site)
      await holder.run(`
        const name = Object.keys(sessionStorage).find((key) => key.endsWith(':tokens')).replace(/:tokens$/, ':lock')
        await new Promise((held) => void navigator.locks.request(name, () => { held(); return new Promise(() => {}) }).catch(() => {}))`)
      await other.go(site.origin)
      await ready(other)
      expect(await other.run(`${run} return session.refresh().then(({ sub }) => sub, describe)`)).toBe('alice')
      expect(await snapshot(holder)).toMatchObject({ status: 'signed_in' })
    })

    it('S-P26, F-S11: keeps a DPoP key that cannot be read out', async () => {
      const site = await startSite({ session: { extensions: ['dpop'] } })
      const tab = await open()
      await signIn(tab, site)
      const key = await tab.run(`
        const { privateKey } = await window.oidc.keepKeyPair('dpop', () => Promise.reject(new Error('there should be one')))
        return [privateKey.extractable, await crypto.subtle.exportKey('jwk', privateKey).then(() => 'exported', () => 'refused')]`)
      expect(key).toEqual([false, 'refused'])
      expect(await tab.run('return JSON.stringify({ ...sessionStorage })')).toContain('DPoP')
    })

    it('S-P08: opens a popup at a click, and lets go of it when its caller gives up', async () => {
      const site = await startSite()
      const tab = await open()
      await tab.go(site.origin)
      await ready(tab)
      await tab.run(`
        document.getElementById('go').addEventListener('click', () => {
          const { results, session, describe } = window.oidc
          const opened = session.loginPopup({ signal: AbortSignal.timeout(500) })
          results.push(opened.then(({ sub }) => sub, describe))
        })`)
      await tab.click('#go')
      const answer = await tab.run<{ code: string }>('return window.oidc.results[0]')
      // It opened, and nobody typed anything. The driver of WebKitGTK may block it: its click counts as the user's in the window in front alone.
      expect(answer.code).toMatch(name === 'webkitgtk' ? /^(?:ABORTED|BROWSER_POPUP_BLOCKED)$/ : /^ABORTED$/)
    })
  })
