import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { findChromium } from '@oidc-repo/playground/chromium'
import { build } from 'esbuild'
import type { Configuration } from 'oidc-provider'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type ProviderOptions, type RunningProvider, startProvider } from '../provider.ts'
import type { TestPage } from './app.ts'
import type { PageSettings } from './settings.ts'

declare global {
  interface Window {
    readonly oidc: TestPage
  }
}

const found = await findChromium()
export const lacksChromium: boolean = 'missing' in found

let browser: Browser | undefined
const scripts = new Map<string, Promise<string>>()
const opened: { close(): Promise<void> | void }[] = []

beforeAll(async () => {
  if ('missing' in found) return
  browser = await chromium.launch({ executablePath: found.executablePath, args: [...found.args] })
})

afterAll(() => browser?.close())

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})

/** One script of this folder. */
function scriptOf(name: string): Promise<string> {
  const known = scripts.get(name) ?? bundle(`${name}.ts`)
  scripts.set(name, known)
  return known
}

/** As an application would ship it. */
async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, file)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    write: false,
    tsconfig: join(import.meta.dirname, '../../tsconfig.source.json'),
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}

/** Answers, or lets the application answer. */
export type Route = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

export interface StageSettings {
  /** Of the session of the page. */
  readonly session?: Partial<PageSettings>
  readonly provider?: Partial<Configuration>
  /** What the provider serves before, or in place of, its own. */
  readonly intercept?: ProviderOptions['intercept']
  /** Puts the application on the provider's site, so that frames have its cookies. */
  readonly isSameSite?: boolean
  /** Seconds. */
  readonly accessTokenLifetime?: () => number
  /** Other paths of the application's server. */
  readonly routes?: Readonly<Record<string, Route>>
  /** Another browser than the one that the tests share. */
  readonly browser?: () => Browser | undefined
  /** Headers of the pages. */
  readonly headers?: Readonly<Record<string, string>>
}

/** An application and its provider, for whatever browser. */
export interface Site {
  readonly origin: string
  readonly provider: RunningProvider
  /** What the API of the application was sent. */
  readonly calls: readonly { readonly url: string; readonly authorization: string | undefined }[]
}

export interface Stage extends Site {
  readonly context: BrowserContext
  /** What the browser sent to the provider, e.g. `POST /token refresh_token`. */
  readonly sent: readonly string[]
  /** Opens a page of the application and waits until its session is there. */
  open(path?: string): Promise<Page>
  /** Opens a page, signs in, and waits for the page to come back. */
  signIn(page: Page, login?: string): Promise<void>
}

/** An oidc-provider at localhost, and an application at 127.0.0.1, which is another site to a browser. */
export async function startSite(settings: StageSettings = {}): Promise<Site> {
  const calls: { url: string; authorization: string | undefined }[] = []
  let settingsText = ''
  const pageOf = (script: string): string =>
    `<!doctype html><meta charset=utf-8><title>${script}</title><script type="application/json" id="settings">${settingsText}</script><body><button id=go>go</button><script type=module src=/${script}.js></script>`
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname } = new URL(request.url ?? '/', 'http://app')
    const html = { 'content-type': 'text/html', 'cache-control': 'no-store', ...settings.headers }
    const script = /^\/([\w-]+)\.js$/.exec(pathname)?.[1]
    if (script !== undefined) void scriptOf(script).then((text) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(text))
    else if (pathname === '/relay') response.writeHead(200, html).end(pageOf('relay'))
    else if (pathname === '/react') response.writeHead(200, html).end(pageOf('react'))
    else if (pathname.startsWith('/api/')) {
      calls.push({ url: request.url ?? '', authorization: request.headers.authorization })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
    } else response.writeHead(200, html).end(pageOf('app'))
  }
  const app = createServer((request, response) => {
    const route = settings.routes?.[new URL(request.url ?? '/', 'http://app').pathname]
    if (route) route(request, response, () => serve(request, response))
    else serve(request, response)
  })
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  opened.push({
    close() {
      app.closeAllConnections()
      app.close()
    },
  })
  const origin = `http://${settings.isSameSite ? 'localhost' : '127.0.0.1'}:${(app.address() as AddressInfo).port}`
  const { intercept } = settings
  const provider = await startProvider((issuer) => configure(origin, issuer, settings), intercept && { intercept })
  opened.push(provider)
  const session: PageSettings = {
    issuer: provider.issuer,
    client_id: 'spa',
    redirect_uri: `${origin}/cb`,
    post_logout_redirect_uri: `${origin}/`,
    scope: 'openid offline_access',
    parameters: { prompt: 'consent' },
    allowInsecure: 'loopback',
    popup: { redirect_uri: `${origin}/relay` },
    ...settings.session,
  }
  settingsText = JSON.stringify(session).replaceAll('<', '\\u003c')
  return { origin, provider, calls }
}

/** The same with a fresh profile of Chromium. */
export async function setStage(settings: StageSettings = {}): Promise<Stage> {
  const site = await startSite(settings)
  const { origin, provider } = site
  const used = settings.browser?.() ?? browser
  if (!used) throw new Error('There is no browser.')
  const context = await used.newContext()
  opened.push(context)
  const sent: string[] = []
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== new URL(provider.issuer).origin || request.method() === 'OPTIONS' || request.isNavigationRequest()) return
    const grant = new URLSearchParams(request.postData() ?? '').get('grant_type')
    sent.push([request.method(), url.pathname, ...(grant ? [grant] : [])].join(' '))
  })
  const open = async (path = '/') => {
    const opened = await context.newPage()
    await opened.goto(`${origin}${path}`)
    await readyOf(opened)
    return opened
  }
  return {
    ...site,
    context,
    sent,
    open,
    async signIn(page, login = 'alice') {
      await page.evaluate(() => void window.oidc.session.login())
      await page.waitForURL(/\/interaction\//)
      await passProvider(page, login)
      await page.waitForURL((url) => url.origin === origin)
      await readyOf(page)
    },
  }
}

/** What `init` came to. */
export const readyOf = async (page: Page) => {
  await page.waitForFunction(() => window.oidc !== undefined)
  return page.evaluate(() => window.oidc.ready)
}

/** Types the name, any password, and consents. */
export async function passProvider(page: Page, login: string): Promise<void> {
  const { origin } = new URL(page.url())
  await page.fill('[name=login]', login)
  await page.fill('[name=password]', 'any')
  await Promise.all([page.waitForEvent('load'), page.click('[type=submit]')])
  if (new URL(page.url()).origin !== origin) return
  const consent = page.getByRole('button', { name: 'Continue' })
  if (await consent.isVisible()) await consent.click()
}

const lasting = (seconds: number) => () => seconds

function configure(origin: string, issuer: string, { provider = {}, accessTokenLifetime = lasting(3600) }: StageSettings): Configuration {
  return {
    discovery: { check_session_iframe: `${issuer}/check-session` },
    clients: [
      {
        client_id: 'spa',
        token_endpoint_auth_method: 'none',
        application_type: 'web',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`${origin}/cb`, `${origin}/relay`],
        post_logout_redirect_uris: [`${origin}/`, `${origin}/relay`],
      },
    ],
    clientBasedCORS: () => true,
    conformIdTokenClaims: false,
    rotateRefreshToken: true,
    scopes: ['openid', 'offline_access'],
    ttl: {
      AccessToken: accessTokenLifetime,
      IdToken: lasting(3600),
      RefreshToken: lasting(86_400),
      Session: lasting(86_400),
      Grant: lasting(86_400),
      Interaction: lasting(3600),
    },
    ...provider,
    features: {
      revocation: { enabled: true },
      dPoP: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      jwtResponseModes: { enabled: true },
      ...provider.features,
    },
  }
}
