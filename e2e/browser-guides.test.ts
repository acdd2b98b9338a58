import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { findChromium } from '@oidc-repo/playground/chromium'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBlocks } from './pages.ts'
import { type RunningProvider, startProvider } from './provider.ts'

const found = await findChromium()
const page = readFileSync(join(import.meta.dirname, '../docs/guides/spa.md'), 'utf8')
const [, html = ''] = /^```html\n(.*?)^```$/ms.exec(page) ?? []

let folder: string
let running: RunningProvider
let browser: Browser | undefined
let home: string
/** The script of the page, as the command for esbuild on the page of the guide makes it. */
let script = ''
const server = createServer((request, response) => {
  const isScript = request.url === '/app.js'
  response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' }).end(isScript ? script : html)
})

beforeAll(async () => {
  folder = mkdtempSync(join(import.meta.dirname, '.spa-'))
  server.listen(0, 'localhost')
  await once(server, 'listening')
  home = `http://localhost:${(server.address() as AddressInfo).port}`
  running = await startProvider({
    clients: [
      {
        client_id: 'spa',
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        redirect_uris: [`${home}/cb`],
        post_logout_redirect_uris: [`${home}/`],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    clientBasedCORS: () => true,
    issueRefreshToken: async () => true,
    features: { revocation: { enabled: true } },
  })
  if (!('missing' in found)) browser = await chromium.launch({ executablePath: found.executablePath, args: [...found.args] })
})

afterAll(async () => {
  await browser?.close()
  server.close()
  await running.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Opens the page of the guide with one program. */
async function openProgram(program: string) {
  const file = join(folder, 'app.ts')
  // The provider of the other pages speaks https, this one http on this machine.
  const fitted = program
    .replaceAll(/'https:\/\/as\.example'|'http:\/\/localhost:4000'/g, `'${running.issuer}'`)
    .replace("client_id: 'spa',", (line) =>
      program.includes('allowInsecure') || program.includes('UserManager') ? line : `${line} allowInsecure: 'loopback',`,
    )
  writeFileSync(file, fitted)
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    write: false,
    tsconfig: join(import.meta.dirname, '../tsconfig.source.json'),
    logLevel: 'error',
  })
  const context = await browser?.newContext()
  context?.setDefaultTimeout(15_000)
  if (!context) throw new Error('There is no browser')
  script = outputFiles[0]?.text ?? ''
  const tab = await context.newPage()
  const problems: string[] = []
  tab.on('pageerror', ({ message }) => problems.push(message))
  // The provider's pages ask for a font of the web.
  tab.on('console', (message) => {
    if (message.type() === 'error' && message.location().url.startsWith(home)) problems.push(message.text())
  })
  await tab.goto(home)
  return { tab, problems, close: () => context.close() }
}

describe.skipIf('missing' in found)('the single-page applications of the guides [needs chromium]', () => {
  it.each([
    ['docs/guides/spa.md', 0, 'signs a user in and out'],
    ['docs/migration/oidc-client-ts.md', 0, 'before, signs a user in and out'],
    ['docs/migration/oidc-client-ts.md', 1, 'after, signs a user in and out'],
  ])('%s, block %i: the program %s', async (source, index) => {
    const { tab, problems, close } = await openProgram(readBlocks(source)[index] ?? '')
    const who = tab.locator('#who')
    await who.filter({ hasText: 'Nobody is signed in' }).waitFor()
    await tab.locator('#login').click()
    await tab.waitForURL(/interaction/, { timeout: 10_000 }).catch(() => expect(problems).toEqual([]))
    await tab.locator('input[name=login]').fill('alice')
    await tab.locator('input[name=password]').fill('any')
    await tab.locator('button[type=submit]').click()
    await tab.locator('button[type=submit]').click()
    await who.filter({ hasText: 'Hello alice' }).waitFor()
    expect(tab.url()).toBe(`${home}/`)
    await tab.reload()
    await who.filter({ hasText: 'Hello alice' }).waitFor()
    await tab.evaluate(() => document.getElementById('logout')?.click())
    await tab.locator('button[name=logout]').click()
    await who.filter({ hasText: 'Nobody is signed in' }).waitFor()
    expect(problems).toEqual([])
    await close()
  })
})
