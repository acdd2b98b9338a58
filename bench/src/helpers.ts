import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { rolldown } from 'rolldown'
import { rollup } from 'rollup'
import webpack from 'webpack'
import { brotli } from './sizes.ts'

const core = join(import.meta.dirname, '../../packages/core')

/** P-S8: one function each, of which an application uses nothing else. */
export const helpers: readonly { readonly door: string; readonly name: string }[] = [
  { door: 'plugin', name: 'sha256' },
  { door: 'plugin', name: 'encodeBase64Url' },
  { door: 'plugin', name: 'isSame' },
  { door: 'index', name: 'isOidcError' },
  { door: 'index', name: 'publicClient' },
]

type Bundle = (entry: string) => Promise<string>

const bundlers: Readonly<Record<string, Bundle>> = {
  async esbuild(entry) {
    const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', target: 'es2022', write: false })
    return outputFiles[0]?.text ?? ''
  },
  async rollup(entry) {
    // As its usual plugin does for jose, whose package.json says so. Of our own modules it must see for itself that they do nothing.
    const resolveId = (id: string) =>
      id.startsWith('jose/') ? { id: fileURLToPath(import.meta.resolve(id)), moduleSideEffects: false } : undefined
    const bundle = await rollup({ input: entry, plugins: [{ name: 'jose', resolveId }] })
    return (await bundle.generate({ format: 'es' })).output[0].code
  },
  async rolldown(entry) {
    const bundle = await rolldown({ input: entry, platform: 'browser' })
    return (await bundle.generate({ format: 'es' })).output[0].code
  },
  async webpack(entry) {
    const path = join(entry, '..')
    await new Promise<void>((resolve, reject) => {
      const output = { path, filename: 'webpacked.mjs', module: true, library: { type: 'module' } } as const
      const optimization = { minimize: false, concatenateModules: true }
      webpack({ mode: 'production', entry, output, optimization, experiments: { outputModule: true } }, (error, stats) =>
        error || stats?.hasErrors() ? reject(error ?? new Error(stats?.toString())) : resolve(),
      )
    })
    return readFileSync(join(path, 'webpacked.mjs'), 'utf8')
  },
}

/** Bytes after brotli of one helper, by bundler. All of them get the modules as they are published, and one minifier takes what they give. */
export async function measureHelper(door: string, name: string): Promise<Readonly<Record<string, number>>> {
  // Below core, where jose is found.
  const folder = mkdtempSync(join(core, 'node_modules/.helpers-'))
  try {
    const sources = globSync('src/**/*.ts', { cwd: core }).filter((file) => !file.includes('.test'))
    await build({ entryPoints: sources.map((file) => join(core, file)), outbase: core, outdir: folder, format: 'esm', target: 'es2022' })
    cpSync(join(core, 'package.json'), join(folder, 'package.json'))
    const entry = join(folder, 'entry.js')
    writeFileSync(entry, `export { ${name} } from './src/${door}.js'`)
    const sizes: [string, number][] = []
    for (const [bundler, bundle] of Object.entries(bundlers)) {
      const { code } = await transform(await bundle(entry), { minify: true, treeShaking: true, format: 'esm', target: 'es2022' })
      sizes.push([bundler, brotli(code)])
    }
    return Object.fromEntries(sizes)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A line a helper. */
export async function measureHelpers(): Promise<readonly string[]> {
  const lines: string[] = []
  for (const { door, name } of helpers) {
    const sizes = Object.values(await measureHelper(door, name))
    lines.push(
      `size: P-S8 ${name} alone: ${Math.min(...sizes)} to ${Math.max(...sizes)} B brotli in four bundlers (target 400, spread 1.1)`,
    )
  }
  return lines
}
