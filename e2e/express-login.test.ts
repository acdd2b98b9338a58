import { type Client, clientSecretBasic, discover } from '@oidc/core'
import { cookieTransactions } from '@oidc/passport'
import { findChromium } from '@oidc-repo/playground/chromium'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type AppSettings, type RunningApp, startExpressApp } from './express-app.ts'
import { type RunningProvider, startProvider } from './provider.ts'
import { certifyLoopback } from './tls.ts'

const found = await findChromium()
const lacksChromium = 'missing' in found
let browser: Browser | undefined
const opened: { close(): Promise<void> }[] = []

beforeAll(async () => {
  if ('missing' in found) return
  browser = await chromium.launch({ executablePath: found.executablePath, args: [...found.args] })
})

afterAll(() => browser?.close())

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})

interface Stage {
  readonly app: RunningApp
  readonly context: BrowserContext
  /** What the app sent to the provider. */
  readonly sent: readonly string[]
}

/** A provider, an app at another site, and a fresh browser profile. */
async function setStage(settings: Omit<AppSettings, 'connect'> = {}): Promise<Stage> {
  const sent: string[] = []
  let provider: RunningProvider | undefined
  const connect = async (origin: string): Promise<Client> => {
    const secret = 'only for tests'
    const client = { client_id: 'app', client_secret: secret, redirect_uris: [`${origin}/cb`], grant_types: ['authorization_code'] }
    provider = await startProvider({ clients: [client] }, settings.tls ? { tls: settings.tls } : {})
    opened.push(provider)
    const { fetch } = provider
    return discover(provider.issuer, {
      client_id: 'app',
      authentication: clientSecretBasic(secret),
      allowInsecure: 'loopback',
      fetch: async (input, init) => {
        sent.push(`${init?.method} ${new URL(String(input)).pathname}`)
        return fetch(input, init)
      },
    })
  }
  const app = await startExpressApp({ ...settings, connect })
  opened.push(app)
  if (!browser) throw new Error('There is no browser.')
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  opened.push(context)
  return { app, context, sent }
}

/** The provider asks for consent once. */
async function signIn(page: Page): Promise<void> {
  await page.fill('[name=login]', 'alice')
  await page.fill('[name=password]', 'any')
  await leave(page, () => page.click('[type=submit]'))
  const consent = page.getByRole('button', { name: 'Continue' })
  if (await consent.isVisible()) await leave(page, () => consent.click())
}

/** Through any number of redirects to one page that loads. */
async function leave(page: Page, click: () => Promise<void>): Promise<void> {
  await Promise.all([page.waitForEvent('load'), click()])
}

const textOf = async (page: Page) => (await page.textContent('body'))?.trim()

describe.skipIf(lacksChromium)('an Express login in Chromium [needs chromium]', () => {
  it('leads to the provider and back, and the user is signed in', async () => {
    const { app, context, sent } = await setStage()
    const page = await context.newPage()
    await page.goto(`${app.origin}/login`)
    await signIn(page)
    expect(page.url()).toBe(`${app.origin}/`)
    expect(await textOf(page)).toBe('Hello alice')
    await page.reload()
    expect(await textOf(page)).toBe('Hello alice')
    expect(sent.filter((line) => line.includes('/token'))).toEqual(['POST /token'])
  })

  it('S-O03: two tabs begin a login, and both finish', async () => {
    const { app, context, sent } = await setStage()
    const [first, second] = [await context.newPage(), await context.newPage()]
    await first.goto(`${app.origin}/login`)
    await second.goto(`${app.origin}/login`)
    for (const page of [first, second]) {
      await signIn(page)
      expect(await textOf(page)).toBe('Hello alice')
    }
    expect(sent.filter((line) => line.includes('/token'))).toEqual(['POST /token', 'POST /token'])
    expect(app.errors).toEqual([])
  })

  it('S-O03, F-U11: ten tabs begin a login, and all finish, last one first', async () => {
    const { app, context, sent } = await setStage()
    const pages: Page[] = []
    for (let count = 0; count < 10; count++) {
      const page = await context.newPage()
      await page.goto(`${app.origin}/login`)
      pages.push(page)
    }
    for (const page of [...pages].reverse()) {
      await signIn(page)
      expect(await textOf(page)).toBe('Hello alice')
    }
    expect(sent.filter((line) => line.includes('/token'))).toHaveLength(10)
    expect(app.errors).toEqual([])
  })

  it('S-O07: going back to where the provider was, and from there to the callback again, leads home and makes no request', async () => {
    const { app, context, sent } = await setStage()
    const page = await context.newPage()
    const callbacks: string[] = []
    page.on('request', (request) => request.url().includes('/cb?') && callbacks.push(request.url()))
    await page.goto(`${app.origin}/login`)
    await signIn(page)
    const before = sent.length
    await page.goBack()
    expect(new URL(page.url()).origin).not.toBe(app.origin)
    await page.goto(callbacks[0] ?? '')
    expect(page.url()).toBe(`${app.origin}/`)
    await page.goBack()
    await page.goForward()
    expect(await textOf(page)).toBe('Hello alice')
    expect(sent.slice(before)).toEqual([])
    expect(app.errors).toEqual([])
  })

  it('S-O10, S-O11: a page that is looked at ahead, login or callback, begins and redeems nothing', async () => {
    const { app, context, sent } = await setStage()
    const page = await context.newPage()
    await page.goto(`${app.origin}/login`)
    await page.fill('[name=login]', 'alice')
    await page.fill('[name=password]', 'any')
    await leave(page, () => page.click('[type=submit]'))
    // A redirect cannot be held up, so the last step is taken out of the page: the browser has its cookies, and not yet been to the callback.
    const resumed = new Promise<string>((resolve) => {
      void page.route(/\/interaction\//, async (route) => {
        resolve((await route.fetch({ maxRedirects: 0 })).headers().location ?? '')
        await route.fulfill({ body: 'held up' })
      })
    })
    await page.getByRole('button', { name: 'Continue' }).click()
    const callback = (await context.request.get(await resumed, { maxRedirects: 0 })).headers().location ?? ''
    expect(callback).toContain('/cb?code=')
    const before = sent.length
    const look = async (url: string, method: string, headers: Record<string, string> = {}) =>
      (await context.request.fetch(url, { method, headers, maxRedirects: 0 })).status()
    for (const url of [callback, `${app.origin}/login`])
      expect([
        await look(url, 'HEAD'),
        await look(url, 'GET', { 'sec-purpose': 'prefetch' }),
        await look(url, 'GET', { purpose: 'prefetch' }),
      ]).toEqual([204, 503, 503])
    expect(sent.slice(before)).toEqual([])
    await page.goto(callback)
    expect(await textOf(page)).toBe('Hello alice')
  })

  it('S-C27: a callback that comes again makes no request and leads home', async () => {
    const { app, context, sent } = await setStage()
    const page = await context.newPage()
    const callbacks: string[] = []
    page.on('request', (request) => request.url().includes('/cb?') && callbacks.push(request.url()))
    await page.goto(`${app.origin}/login`)
    await signIn(page)
    const before = sent.length
    await page.goto(callbacks[0] ?? '')
    expect(page.url()).toBe(`${app.origin}/`)
    expect(await textOf(page)).toBe('Hello alice')
    expect(sent.slice(before)).toEqual([])
  })

  it('S-C27, S-O19: in a browser that is signed out it makes no request and signs nobody in', async () => {
    const { app, context, sent } = await setStage()
    const page = await context.newPage()
    const callbacks: string[] = []
    page.on('request', (request) => request.url().includes('/cb?') && callbacks.push(request.url()))
    await page.goto(`${app.origin}/login`)
    await signIn(page)
    await page.goto(`${app.origin}/logout`)
    const before = sent.length
    await page.goto(callbacks[0] ?? '')
    expect(await page.title()).toBe('failed')
    expect(sent.slice(before)).toEqual([])
    await page.goto(app.origin)
    expect(await textOf(page)).toBe('Nobody')
  })

  it('S-O05: a forged callback in the middle of a login does not spoil it', async () => {
    const { app, context } = await setStage()
    const [page, forged] = [await context.newPage(), await context.newPage()]
    await page.goto(`${app.origin}/login`)
    await forged.goto(`${app.origin}/cb?code=stolen&state=bad`)
    expect(await forged.title()).toBe('failed')
    await signIn(page)
    expect(await textOf(page)).toBe('Hello alice')
  })
})

describe.skipIf(lacksChromium)('response_mode form_post in Chromium [needs chromium]', () => {
  const parameters = { response_mode: 'form_post' }

  it('F-E2, S-C26: over https, from another site, the transaction comes back in its own __Host- cookie, though the session cookie stays away', async () => {
    const { app, context, sent } = await setStage({
      tls: await certifyLoopback(),
      strategy: { parameters, store: cookieTransactions({ secret: 'a secret of at least 32 characters' }) },
      // Chromium sends a fresh cookie that says nothing of SameSite even so; this one it must keep back.
      cookie: { sameSite: 'strict', secure: true },
    })
    const page = await context.newPage()
    const posts: (string | undefined)[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url() === `${app.origin}/cb`) posts.push(request.url())
    })
    await page.goto(`${app.origin}/login`)
    const [cookie, ...others] = await context.cookies(app.origin)
    expect(others).toEqual([])
    expect(cookie).toMatchObject({ sameSite: 'None', secure: true, httpOnly: true, path: '/', domain: '127.0.0.1' })
    expect(cookie?.name).toMatch(/^__Host-/)
    await signIn(page)
    await page.waitForURL(`${app.origin}/`)
    expect(posts).toHaveLength(1)
    // The redirect that follows the post is still one from another site: a cookie that is SameSite=Strict comes with the next click.
    await page.goto(app.origin)
    expect(await textOf(page)).toBe('Hello alice')
    expect(sent.filter((line) => line.includes('/token'))).toEqual(['POST /token'])
    // Spent, the transaction's cookie is gone.
    expect((await context.cookies(app.origin)).map(({ name }) => name)).toEqual(['connect.sid'])
  })

  it('S-C26: over plain http it is refused when the login begins, and says why', async () => {
    const { app, context, sent } = await setStage({
      strategy: { parameters, store: cookieTransactions({ secret: 'a secret of at least 32 characters' }) },
    })
    const page = await context.newPage()
    const before = sent.length
    await page.goto(`${app.origin}/login`)
    expect(await textOf(page)).toBe('FORM_POST_INSECURE')
    expect(page.url()).toBe(`${app.origin}/login`)
    expect(sent.slice(before)).toEqual([])
    expect(await context.cookies()).toEqual([])
  })

  it('S-C26: with the transaction in a session whose cookie the browser would keep back, it is refused when the login begins', async () => {
    const { app, context } = await setStage({
      tls: await certifyLoopback(),
      strategy: { parameters },
      cookie: { sameSite: 'lax', secure: true },
    })
    const page = await context.newPage()
    await page.goto(`${app.origin}/login`)
    expect(await textOf(page)).toBe('FORM_POST_COOKIE')
  })
})
