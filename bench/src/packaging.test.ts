import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, describe, expect, it } from 'vitest'

const core = join(import.meta.dirname, '../../packages/core')
const doors = ['index', 'oauth', 'plugin'] as const
const extensions = ['ciba', 'device', 'dpop', 'hybrid', 'introspection', 'jarm', 'logout', 'mtls', 'par', 'registration']
const folder = mkdtempSync(join(tmpdir(), 'oidc-packaging-'))

afterAll(() => rmSync(folder, { recursive: true }))

/** What a bundler makes of an application with this line. */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(core, 'src'), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'node',
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}

describe('how core is packed', () => {
  it('F-L9: jose is its one dependency, and all its modules are said to have no side effects', () => {
    const { dependencies, peerDependencies, sideEffects, type } = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8'))
    expect({ dependencies: Object.keys(dependencies), peerDependencies, sideEffects, type }).toEqual({
      dependencies: ['jose'],
      peerDependencies: undefined,
      sideEffects: false,
      type: 'module',
    })
  })

  it.each(doors)('F-L9: of the door %s nothing is left in a bundle that uses nothing of it', async (door) => {
    const names = await bundle(`export * from './${door}.ts'`)
    expect(names.length).toBeGreaterThan(1000)
    expect((await bundle(`import { createClient } from './${door}.ts'; import * as all from './${door}.ts'`)).trim()).toBe('')
  })

  // What is published are a few large files, of which a bundler cannot leave one out: it must see that no statement does anything.
  it.each([...doors.map((door) => `core/src/${door}.ts`), ...extensions.map((name) => `${name}/src/index.ts`)])(
    'F-L9: of %s nothing is left either where it is one file, for no statement at its top level does anything',
    async (door) => {
      const file = join(folder, `${door.replaceAll('/', '-')}.mjs`)
      const external = ['jose/*', '@oidc/core', '@oidc/core/*']
      const settings = { bundle: true, format: 'esm', target: 'es2022', external, logLevel: 'error' } as const
      await build({ ...settings, entryPoints: [join(core, '..', door)], outfile: file, logLevel: 'error' })
      const { outputFiles } = await build({
        ...settings,
        stdin: { contents: `import ${JSON.stringify(file)}`, resolveDir: folder },
        minify: true,
        write: false,
        logLevel: 'error',
      })
      expect(outputFiles[0]?.text.replace(/import(?:\{[^}]*\}from)?"[^"]+";/g, '').trim()).toBe('')
    },
  )

  it.each(doors)('F-L9: the door %s can be loaded by require(): no module waits at its top level', async (door) => {
    const file = join(folder, `${door}.mjs`)
    await build({
      entryPoints: [join(core, `src/${door}.ts`)],
      bundle: true,
      format: 'esm',
      target: 'es2022',
      platform: 'node',
      outfile: file,
      logLevel: 'error',
    })
    const loaded: Readonly<Record<string, unknown>> = createRequire(import.meta.url)(file)
    expect(Object.keys(loaded).length).toBeGreaterThan(1)
    expect(typeof loaded[door === 'plugin' ? 'request' : 'createClient']).toBe('function')
  })

  it.each(['verifyWithSecret', 'decryptWithSecret', 'amendAnswers', 'verifyAggregatedClaims'])(
    'what %s needs is in no bundle that does not import it',
    async (name) => {
      const flow = `authorizationCodeGrant, createAuthorizationRequest, discover, publicClient`
      const words = {
        verifyWithSecret: 'HS256, HS384 or HS512 where',
        decryptWithSecret: 'No client secret opened',
        amendAnswers: 'amend.',
        verifyAggregatedClaims: '_claim_sources',
      }
      const word = words[name as keyof typeof words]
      expect(await bundle(`export { ${flow} } from './index.ts'`)).not.toContain(word)
      expect(await bundle(`export { ${flow}, ${name} } from './index.ts'`)).toContain(word)
    },
  )
})
