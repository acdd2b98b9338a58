import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { findNode, run } from '../../scripts/release/run.ts'
import { type BrowserKind, kinds } from '../browser/drivers.ts'
import type { Settings } from './world.ts'

/** Name of flow to what went wrong, or `null`. */
export type Results = Readonly<Record<string, string | null>>
export type Runtime = (settings: Settings) => Promise<Results>

const here = import.meta.dirname
const require = createRequire(import.meta.url)
/** Loaded only when its runtime is asked for: it is not in the default install. */
const installed = (name: string) => require(require.resolve(name, { paths: [here] }))

/** A runtime that is a command. */
const command =
  (executable: () => string | Promise<string>, args: readonly string[] = []): Runtime =>
  async (settings) => {
    const { status, output } = await run(await executable(), [...args, 'command.js', JSON.stringify(settings)], here, { NODE_OPTIONS: '' })
    const last = output.trim().split('\n').at(-1) ?? ''
    if (status !== 0 || !last.startsWith('{')) throw new Error(`ended with ${status}: ${output.slice(-2000)}`)
    return JSON.parse(last)
  }

/** The suite in one file, for runtimes that have no node_modules. */
async function bundle(contents: string, format: 'esm' | 'iife'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here },
    bundle: true,
    format,
    target: 'es2022',
    platform: 'browser',
    conditions: ['workerd', 'worker'],
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}

const workerd: Runtime = async (settings) => {
  const { Miniflare } = installed('miniflare')
  const script = await bundle(
    `import { runFlows } from './flows.js'
     export default { async fetch(request) { return Response.json(await runFlows(await request.json())) } }`,
    'esm',
  )
  const server = new Miniflare({ modules: true, script, compatibilityDate: '2026-07-01', telemetry: { enabled: false }, cf: false })
  try {
    const response = await server.dispatchFetch('http://suite.example/', { method: 'POST', body: JSON.stringify(settings) })
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as Results
  } finally {
    await server.dispose()
  }
}

const edge: Runtime = async (settings) => {
  const { EdgeVM } = installed('@edge-runtime/vm')
  const vm = new EdgeVM()
  vm.evaluate(await bundle(`import { runFlows } from './flows.js'\nglobalThis.runFlows = runFlows`, 'iife'))
  return JSON.parse(await vm.evaluate(`runFlows(${JSON.stringify(settings)}).then(JSON.stringify)`))
}

const global = () => bundle(`import { runFlows } from './flows.js'\nglobalThis.runFlows = runFlows`, 'iife')

/** Servers do not offer it to pages: oidc-provider's endpoint has no CORS. */
const without = ['CIBA poll']

const chromiumPage: Runtime = async (settings) => {
  const { findChromium } = await import('@oidc-repo/playground/chromium')
  const found = await findChromium()
  if ('missing' in found) throw new Error(found.missing)
  const started = await chromium.launch({ executablePath: found.executablePath, args: [...found.args] })
  try {
    const page = await started.newPage()
    await page.goto(`${settings.control}/page`)
    return await page.evaluate(`${await global()}\nrunFlows(${JSON.stringify({ ...settings, without })})`)
  } finally {
    await started.close()
  }
}

const page =
  ({ name, isThere, launch }: BrowserKind): Runtime =>
  async (settings) => {
    if (!isThere) throw new Error(`${name} is not installed (Debian: firefox-esr, webkit2gtk-driver, xvfb)`)
    const driver = await launch()
    try {
      const tab = await driver.open()
      await tab.go(`${settings.control}/page`)
      return await tab.run(`${await global()}\nreturn await runFlows(${JSON.stringify({ ...settings, without })})`)
    } finally {
      await driver.close()
    }
  }

const versionOf = (name: string): string => JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')).version

/** Every runtime that the packages are for, with the version that was tried. */
export const runtimes = (): Readonly<Record<string, Runtime>> => ({
  'Node 20.19.0': command(() => findNode('20.19.0')),
  'Node 22.12.0': command(() => findNode('22.12.0')),
  'Node 24.21.0': command(() => findNode('24.21.0')),
  'Node 26.10.0': command(() => findNode('26.10.0')),
  [`Deno ${versionOf('deno')}`]: command(
    () => join(here, 'node_modules/.bin/deno'),
    ['run', '--no-remote', '--node-modules-dir=manual', '-A'],
  ),
  [`Bun ${versionOf('bun')}`]: command(() => join(here, 'node_modules/.bin/bun')),
  [`workerd (miniflare ${versionOf('miniflare')})`]: workerd,
  [`edge-runtime ${versionOf('@edge-runtime/vm')}`]: edge,
  Chromium: chromiumPage,
  ...Object.fromEntries(kinds.map((kind) => [kind.name, page(kind)])),
})
