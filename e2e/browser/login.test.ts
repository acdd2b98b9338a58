import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { lacksChromium, passProvider, type Route, readyOf, type Stage, setStage } from './stage.ts'

const snapshotOf = (page: Page) => page.evaluate(() => window.oidc.session.getSnapshot())
const tokenRequests = ({ sent }: Stage) => sent.filter((line) => line.startsWith('POST /token '))
const errorOf = (page: Page, run: string) =>
  page.evaluate(async (code) => {
    const { oidc } = window
    return new Function('oidc', `return (async () => { ${code} })()`)(oidc).then(
      () => ({ code: 'nothing was thrown' }),
      (error: unknown) => oidc.describe(error),
    )
  }, run)

/** A page without a script for the first request, then the application. */
function dropFirst(): Route {
  let isFirst = true
  return (_, response, next) => {
    if (!isFirst) return next()
    isFirst = false
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>stopped</title><body>')
  }
}

/** The address that the provider sent the browser back to. */
function watchCallbacks(page: Page): string[] {
  const callbacks: string[] = []
  page.on('request', (request) => request.isNavigationRequest() && request.url().includes('/cb?') && callbacks.push(request.url()))
  return callbacks
}

describe.skipIf(lacksChromium)('a single-page application in Chromium [needs chromium]', () => {
  it('S-P13: a login leads to the provider and back, and neither address nor history keeps the code', async () => {
    const stage = await setStage()
    const page = await stage.open()
    expect(await readyOf(page)).toEqual({})
    await stage.signIn(page)
    expect(await readyOf(page)).toEqual({ sub: 'alice' })
    expect(page.url()).toBe(`${stage.origin}/cb`)
    expect(await snapshotOf(page)).toMatchObject({ status: 'signed_in', user: { sub: 'alice' } })
    expect(tokenRequests(stage)).toEqual(['POST /token authorization_code'])
    expect(
      await page.evaluate(
        () =>
          document.referrer +
          performance
            .getEntriesByType('resource')
            .map(({ name }) => name)
            .join(),
      ),
    ).not.toContain('code=')
  })

  it('S-P01: tokens are in the session storage of the tab, never in local storage', async () => {
    const stage = await setStage()
    const page = await stage.open()
    await stage.signIn(page)
    const [session, local] = await page.evaluate(() => [JSON.stringify({ ...sessionStorage }), JSON.stringify({ ...localStorage })])
    expect(session).toContain('access_token')
    expect(local).not.toMatch(/token"|eyJ/)
  })

  it('S-P01: with memory they are nowhere, and a reload finds nobody', async () => {
    const stage = await setStage({ session: { storage: 'memory' } })
    const page = await stage.open()
    const popup = page.waitForEvent('popup')
    await page.evaluate(() => {
      document.getElementById('go')?.addEventListener('click', () => void window.oidc.session.loginPopup({ parameters: {} }))
    })
    await page.click('#go')
    const opened = await popup
    await opened.waitForURL(/\/interaction\//)
    const closed = opened.waitForEvent('close')
    await passProvider(opened, 'alice')
    await closed
    await page.waitForFunction(() => window.oidc.session.getSnapshot().status === 'signed_in')
    expect(await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]))).not.toMatch(/access_token|eyJ/)
    await page.reload()
    expect(await readyOf(page)).toEqual({})
  })

  it('S-C27, S-P12: init is called twice, and one exchange is made', async () => {
    const stage = await setStage()
    const page = await stage.open()
    await stage.signIn(page)
    const areSame = await page.evaluate(() => {
      const [first, second] = [window.oidc.session.init(), window.oidc.session.init()]
      return first === second
    })
    expect(areSame).toBe(true)
    expect(tokenRequests(stage)).toHaveLength(1)
  })

  it('S-C27, S-P12: a reload of the callback restores the session without an exchange', async () => {
    const stage = await setStage()
    const page = await stage.open()
    const callbacks = watchCallbacks(page)
    await stage.signIn(page)
    await page.goto(callbacks[0] ?? '')
    expect(await readyOf(page)).toEqual({ sub: 'alice' })
    await page.reload()
    expect(await readyOf(page)).toEqual({ sub: 'alice' })
    expect(tokenRequests(stage)).toHaveLength(1)
    await page.evaluate(() => window.oidc.session.logout({ local: true }))
    await page.goto(callbacks[0] ?? '')
    expect((await readyOf(page)).code).toBe('BROWSER_TRANSACTION_USED')
    expect(tokenRequests(stage)).toHaveLength(1)
  })

  it('S-C37, S-C33, S-P19: a response that no login of this tab waits for is refused, and says why', async () => {
    const stage = await setStage()
    const page = await stage.context.newPage()
    await page.goto(`${stage.origin}/cb?code=stolen&state=somebody-elses`)
    const { code, message } = await readyOf(page)
    expect(code).toBe('BROWSER_TRANSACTION_NOT_FOUND')
    expect(message).toContain('session storage was emptied')
    expect(message).not.toContain('stolen')
    expect(page.url()).toBe(`${stage.origin}/cb`)
    expect(tokenRequests(stage)).toEqual([])
  })

  it('S-C29, S-P19: storage that is emptied during a login fails it, closed', async () => {
    const stage = await setStage()
    const page = await stage.open()
    await page.evaluate(() => void window.oidc.session.login())
    await page.waitForURL(/\/interaction\//)
    const other = await stage.context.newPage()
    await other.goto(`${stage.origin}/`)
    await page.context().addInitScript(() => {
      if (location.pathname === '/cb') sessionStorage.clear()
    })
    await passProvider(page, 'alice')
    await page.waitForURL((url) => url.origin === stage.origin)
    expect((await readyOf(page)).code).toBe('BROWSER_TRANSACTION_NOT_FOUND')
    expect(tokenRequests(stage)).toEqual([])
  })

  it('S-P24: a state that is the name of something else in storage reaches nothing', async () => {
    const stage = await setStage()
    const page = await stage.open()
    await page.evaluate(() => sessionStorage.setItem('__proto__', 'x'))
    for (const state of ['__proto__', 'constructor', 'used', 'tokens', '../tokens']) {
      await page.goto(`${stage.origin}/cb?code=c&state=${encodeURIComponent(state)}`)
      expect((await readyOf(page)).code).toBe('BROWSER_TRANSACTION_NOT_FOUND')
    }
  })

  it('F-U11: two logins that begin in one tab do not overwrite each other', async () => {
    const stage = await setStage()
    const page = await stage.open()
    await page.evaluate(() => void window.oidc.session.login())
    await page.waitForURL(/\/interaction\//)
    const first = page.url()
    await page.goto(stage.origin)
    await readyOf(page)
    await page.evaluate(() => void window.oidc.session.login())
    await page.waitForURL(/\/interaction\//)
    await page.goto(first)
    await passProvider(page, 'alice')
    await page.waitForURL((url) => url.origin === stage.origin)
    expect(await readyOf(page)).toEqual({ sub: 'alice' })
  })

  it('S-P10: a callback in a frame that nobody here opened is not used', async () => {
    const stage = await setStage({ routes: { '/cb': dropFirst() } })
    const page = await stage.open()
    await page.evaluate(() => void window.oidc.session.login())
    await page.waitForURL(/\/interaction\//)
    await passProvider(page, 'alice')
    await page.waitForURL(/\/cb\?/)
    // The response is unused, and the tab knows its login.
    const callback = page.url()
    await page.evaluate((src) => {
      const frame = document.createElement('iframe')
      frame.src = src
      document.body.append(frame)
    }, callback)
    const frame = await page.waitForFunction(() => (window.frames[0] as Window | undefined)?.oidc?.ready)
    expect(await frame.evaluate((ready) => ready)).toMatchObject({ code: 'BROWSER_FRAMED' })
    expect(tokenRequests(stage)).toEqual([])
    await page.goto(callback)
    expect(await readyOf(page)).toEqual({ sub: 'alice' })
  })

  it('S-P02: a stored user that was edited or cut off counts as signed out', async () => {
    const stage = await setStage()
    const page = await stage.open()
    await stage.signIn(page)
    for (const text of [
      '{',
      '{"tokens":{}}',
      JSON.stringify({ tokens: { access_token: 'a', token_type: 'Bearer', claims: { sub: 7 } }, due: 9e9 }),
    ]) {
      await page.evaluate((stored) => {
        const key = Object.keys(sessionStorage).find((name) => name.endsWith(':tokens')) ?? ''
        sessionStorage.setItem(key, JSON.stringify({ number: 1000, by: 'x', text: stored }))
      }, text)
      await page.goto(stage.origin)
      expect(await readyOf(page)).toEqual({})
      expect((await snapshotOf(page)).status).toBe('signed_out')
    }
  })

  it('S-P14: neither tokens nor responses can be taken from a cache', async () => {
    const stage = await setStage()
    const page = await stage.open()
    const controls: (string | undefined)[] = []
    page.on('response', (response) => {
      if (response.url().includes('/token')) controls.push(response.headers()['cache-control'])
    })
    await stage.signIn(page)
    expect(controls).toEqual(['no-store'])
    expect(await page.evaluate(async () => (await caches.keys()).length)).toBe(0)
  })

  it('returnTo is of this origin and is gone to afterwards', async () => {
    const stage = await setStage()
    const page = await stage.open()
    for (const returnTo of ['//evil.example', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)'])
      expect((await errorOf(page, `await oidc.session.login({ returnTo: ${JSON.stringify(returnTo)} })`)).code).toBe(
        'BROWSER_OPTION_INVALID',
      )
    await page.evaluate(() => void window.oidc.session.login({ returnTo: '/orders?page=2#top' }))
    await page.waitForURL(/\/interaction\//)
    await passProvider(page, 'alice')
    await page.waitForURL(`${stage.origin}/orders?page=2#top`)
  })

  it.each([[['par']], [['dpop']], [['jarm']], [['par', 'dpop', 'jarm']]] as const)(
    'F-S11: extensions work unchanged: %s',
    async (extensions) => {
      const stage = await setStage({ session: { extensions: [...extensions] } })
      const page = await stage.open()
      await stage.signIn(page)
      expect(await readyOf(page)).toEqual({ sub: 'alice' })
      expect(stage.sent.includes('POST /request')).toBe((extensions as readonly string[]).includes('par'))
      const stored = await page.evaluate(() => JSON.stringify({ ...sessionStorage }))
      expect(stored.includes('DPoP')).toBe((extensions as readonly string[]).includes('dpop'))
    },
  )

  it('S-H14: a secured response that comes a second time is not redeemed', async () => {
    const stage = await setStage({ session: { extensions: ['jarm'] } })
    const page = await stage.open()
    const callbacks = watchCallbacks(page)
    await stage.signIn(page)
    expect(callbacks[0]).toContain('/cb?response=')
    await page.evaluate(() => window.oidc.session.logout({ local: true }))
    await page.goto(callbacks[0] ?? '')
    expect((await readyOf(page)).code).toBe('BROWSER_TRANSACTION_USED')
    expect(tokenRequests(stage)).toHaveLength(1)
  })

  it('S-C26: a response that would be posted to a server is refused before the user is sent anywhere', async () => {
    const stage = await setStage()
    const page = await stage.open()
    for (const mode of ['form_post', 'form_post.jwt']) {
      const { code, message } = await errorOf(page, `await oidc.session.login({ parameters: { response_mode: '${mode}' } })`)
      expect(code).toBe('BROWSER_OPTION_INVALID')
      expect(message).toContain('Leave response_mode out.')
    }
    expect(page.url()).toBe(`${stage.origin}/`)
  })

  it('F-S3: the way back from a logout leaves the state of this tab out of the address, and no other', async () => {
    const stage = await setStage()
    const page = await stage.open()
    await stage.signIn(page)
    await page.evaluate(() => void window.oidc.session.logout())
    await page.waitForURL(/\/session\/end/)
    await page.getByRole('button', { name: /yes/i }).click()
    await page.waitForURL((url) => url.origin === stage.origin)
    await readyOf(page)
    expect(page.url()).toBe(`${stage.origin}/`)
    await page.goto(`${stage.origin}/?state=of-the-application`)
    await readyOf(page)
    expect(page.url()).toBe(`${stage.origin}/?state=of-the-application`)
  })

  it('S-P26, F-S11: the DPoP key is in IndexedDB, the same for every tab, and cannot be read out', async () => {
    const stage = await setStage({ session: { extensions: ['dpop'] } })
    const page = await stage.open()
    await stage.signIn(page)
    const other = await stage.open()
    const read = () =>
      window.oidc
        .keepKeyPair<CryptoKeyPair>('dpop', () => Promise.reject(new Error('there should be one')))
        .then(async ({ privateKey, publicKey }) => {
          const { x } = await crypto.subtle.exportKey('jwk', publicKey)
          return [privateKey.extractable, x, await crypto.subtle.exportKey('jwk', privateKey).catch((error: Error) => error.name)] as const
        })
    const [mine, others] = [await page.evaluate(read), await other.evaluate(read)]
    expect(mine).toEqual([false, expect.any(String), 'InvalidAccessError'])
    expect(others).toEqual(mine)
  })

  it('S-P18: storage that is closed or full is an error that says so', async () => {
    const stage = await setStage()
    const page = await stage.open()
    await page.evaluate(() => {
      for (let size = 2 ** 22; size >= 1; size = Math.floor(size / 2))
        for (;;)
          try {
            sessionStorage.setItem(`fill-${size}-${Math.random()}`, 'x'.repeat(size))
          } catch {
            break
          }
    })
    const full = await errorOf(page, 'await oidc.session.login()')
    expect(full.code).toBe('BROWSER_STORAGE_UNAVAILABLE')
    expect(full.message).toContain('full')
    const closed = await stage.context.newPage()
    await closed.addInitScript(() => {
      Object.defineProperty(window, 'sessionStorage', {
        get: () => {
          throw new DOMException('denied', 'SecurityError')
        },
      })
    })
    await closed.goto(stage.origin)
    expect(await readyOf(closed)).toEqual({})
    expect((await errorOf(closed, 'await oidc.session.login()')).code).toBe('BROWSER_STORAGE_UNAVAILABLE')
  })

  it('S-P23: an authorization endpoint that is a script is refused, and nothing is navigated', async () => {
    const stage = await setStage()
    const page = await stage.context.newPage()
    await page.route('**/.well-known/openid-configuration', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({
        response: answer,
        json: { ...(await answer.json()), authorization_endpoint: 'javascript:document.title="owned"' },
      })
    })
    await page.goto(stage.origin)
    await readyOf(page)
    expect((await errorOf(page, 'await oidc.session.login()')).code).toMatch(/^SERVER_METADATA|^METADATA|URL/)
    expect(await page.title()).toBe('app')
  })

  it('S-P20: a clock that is off by hours fails a login with its own code, and goes with clockOffset', async () => {
    const strict = await setStage({ session: { skew: -3 * 3600 } })
    const page = await strict.open()
    await strict.signIn(page)
    const { code, message } = await readyOf(page)
    expect(code).toBe('ID_TOKEN_ISSUED_AT')
    expect(message).toMatch(/108\d\d/)
    const lenient = await setStage({ session: { skew: -3 * 3600, clockOffset: 'issued_at' } })
    const other = await lenient.open()
    await lenient.signIn(other)
    expect(await readyOf(other)).toEqual({ sub: 'alice' })
    await other.reload()
    expect(await readyOf(other)).toEqual({ sub: 'alice' })
    expect(tokenRequests(lenient)).toHaveLength(1)
  })
})
