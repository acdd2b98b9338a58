import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { lacksChromium, passProvider, setStage } from './stage.ts'

const readme = join(import.meta.dirname, '../../packages/browser/README.md')
const blocks = [...readFileSync(readme, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)

describe.skipIf(lacksChromium)('the page of packages/browser/README.md [needs chromium]', () => {
  it.each([
    ['the program', 1],
    ['with DPoP', 2],
  ])('%s signs a user in, calls an API and signs out', async (_, index) => {
    let script = ''
    const page = '<!doctype html><title>app</title><body><script type=module src=/program.js></script>'
    const html = { 'content-type': 'text/html', 'cache-control': 'no-store' }
    const stage = await setStage({
      routes: {
        '/program.js': (_, response) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(script),
        '/': (_, response) => response.writeHead(200, html).end(page),
        '/cb': (_, response) => response.writeHead(200, html).end(page),
      },
    })
    const contents = (blocks[index] ?? '')
      .replace('https://as.example', stage.provider.issuer)
      // What the provider of the tests needs: it is not served over https, and gives refresh tokens after consent alone.
      .replace("client_id: 'spa',", "client_id: 'spa', allowInsecure: 'loopback', parameters: { prompt: 'consent' },")
    const { outputFiles } = await build({
      stdin: {
        contents:
          index === 1
            ? contents
            : `${contents}\nif (!session.user) await session.login({ returnTo: '/' })\ndocument.body.append(session.user?.sub ?? '')`,
        // `npm run test:release` has installed the packages from tarballs.
        resolveDir: process.env.README_PROJECT ?? import.meta.dirname,
        loader: 'ts',
      },
      bundle: true,
      format: 'esm',
      target: 'es2022',
      platform: 'browser',
      write: false,
      ...(process.env.README_PROJECT ? { tsconfigRaw: {} } : { tsconfig: join(import.meta.dirname, '../../tsconfig.source.json') }),
      logLevel: 'error',
    })
    script = outputFiles[0]?.text ?? ''
    const tab = await stage.context.newPage()
    await tab.goto(`${stage.origin}/`)
    if (index === 1) await tab.click('text=Sign in')
    await tab.waitForURL(/\/interaction\//)
    await passProvider(tab, 'alice')
    await tab.waitForURL(`${stage.origin}/`)
    if (index === 2) {
      await tab.waitForSelector('body:has-text("alice")')
      expect(await tab.evaluate(() => JSON.stringify({ ...sessionStorage }))).toContain('DPoP')
      return
    }
    await tab.waitForSelector('text=Hello alice 200')
    await tab.click('text=Sign out')
    await tab.waitForURL(/\/session\/end/)
    await tab.getByRole('button', { name: /yes/i }).click()
    await tab.waitForURL(`${stage.origin}/`)
    await tab.waitForSelector('text=Nobody is signed in')
  })
})
