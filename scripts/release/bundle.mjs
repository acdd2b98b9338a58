// Runs in a project that has the bundlers: `node bundle.mjs esbuild|rollup browser|node CONTENTS DOOR...`
// It stops with 1 and a reason where a door cannot be bundled, or leaves code in a bundle that uses nothing of it although its manifest
// is not asked (so that `sideEffects: false` is true, and not only said).
import { readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'

const [bundler, platform, contents, ...doors] = process.argv.slice(2)
const { exports } = JSON.parse(readFileSync(join(contents, 'package.json'), 'utf8'))

const builders = {
  async esbuild(entry) {
    const { build } = await import('esbuild')
    const { outputFiles, warnings } = await build({
      entryPoints: [entry],
      bundle: true,
      format: 'esm',
      target: 'es2022',
      platform,
      write: false,
      logLevel: 'silent',
      external: platform === 'node' ? ['passport'] : ['react'],
    })
    return { code: outputFiles[0].text, warnings: warnings.map(({ text }) => text) }
  },
  async rollup(entry, { alone }) {
    const { rollup } = await import('rollup')
    const { nodeResolve } = await import('@rollup/plugin-node-resolve')
    const warnings = []
    const bundle = await rollup({
      input: entry,
      external: (id) =>
        alone ? !id.startsWith('.') && id !== entry : ['react', 'passport'].includes(id) || (platform === 'node' && isBuiltin(id)),
      plugins: alone ? [] : [nodeResolve({ browser: platform === 'browser', preferBuiltins: platform === 'node' })],
      onLog: (_, { message }) => warnings.push(message),
    })
    const { output } = await bundle.generate({ format: 'esm' })
    return { code: output[0].code, warnings }
  },
}

for (const door of doors) {
  const entry = `./entry-${bundler}.mjs`
  writeFileSync(entry, `export * from '${door}'\n`)
  const { code, warnings } = await builders[bundler](entry, { alone: false })
  if (warnings.length > 0) throw new Error(`${door}: ${warnings.join('; ')}`)
  if (platform === 'browser' && /\bfrom\s*["']node:|\brequire\(/.test(code)) throw new Error(`${door}: the bundle wants Node`)
  if (code.length < 100) throw new Error(`${door}: the bundle is empty`)
  if (bundler !== 'rollup') continue
  // Copied away from its manifest: what is left is a side effect. (esbuild takes every `class extends` for one.)
  const name = `.${door
    .split('/')
    .slice(2)
    .map((part) => `/${part}`)
    .join('')}`
  const bare = './bare.mjs'
  writeFileSync(bare, (await builders.rollup(join(contents, exports[name].default), { alone: true })).code)
  writeFileSync(entry, `import '${bare}'\n`)
  const left = (await builders.rollup(entry, { alone: true })).code
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/^import\s*(["'])[^"']+\1;?$/gm, '')
    .replace(/^export \{\s*\};?$/gm, '')
    .trim()
  if (left !== '') throw new Error(`${door}: has a side effect: ${left.slice(0, 300)}`)
}
