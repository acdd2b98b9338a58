import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkFiles, checkImports, checkManifest } from './contents.ts'
import { lowest } from './oldest-core.ts'
import type { Tarball } from './pack.ts'
import type { Manifest } from './packages.ts'
import { type Bom, checkSbom } from './sbom.ts'
import { createTable } from './table.ts'

const made: string[] = []
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

const manifest: Manifest = {
  name: '@oidc/a',
  version: '1.0.0',
  description: 'Something that is said in a few words',
  license: 'MIT',
  type: 'module',
  sideEffects: false,
  keywords: ['a', 'b', 'c', 'd', 'e'],
  engines: { node: '^20.19.0 || >=22.12.0' },
  repository: { directory: 'packages/a' },
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
  dependencies: { jose: '^6.0.0' },
  peerDependencies: { '@oidc/core': '^1.0.0', '@types/express': '*' },
}
const map = JSON.stringify({ sources: ['../src/index.ts'] })
const sound: Readonly<Record<string, string>> = {
  LICENSE: 'MIT',
  'README.md': '# a',
  'package.json': '{}',
  'dist/index.js': "import 'node:crypto'\nimport { a } from 'jose/jws/compact/sign'\n// from 'nowhere'\n//# sourceMappingURL=index.js.map",
  'dist/index.js.map': map,
  'dist/index.d.ts': "import type { Request } from 'express'\nexport { b } from './b.js'\n//# sourceMappingURL=index.d.ts.map",
  'dist/index.d.ts.map': map,
  'dist/b.d.ts': "export type b = import('@oidc/core/plugin').Client\n//# sourceMappingURL=b.d.ts.map",
  'dist/b.d.ts.map': map,
  'src/index.ts': 'export {}',
}

function unpack(changes: Readonly<Record<string, string | undefined>>, more: Partial<Manifest> = {}): Tarball {
  const contents = mkdtempSync(join(tmpdir(), 'contents-'))
  made.push(contents)
  for (const [path, text] of Object.entries({ ...sound, ...changes })) {
    if (text === undefined) continue
    mkdirSync(dirname(join(contents, path)), { recursive: true })
    writeFileSync(join(contents, path), text)
  }
  const given = { ...manifest, ...more }
  return {
    package: { folder: 'a', doors: ['@oidc/a'], manifest: given },
    file: '',
    bytes: Buffer.alloc(0),
    contents,
    manifest: given,
    isReproducible: true,
  }
}

describe('a tarball before it is published', () => {
  it('passes when it is sound', () => {
    expect([checkManifest, checkFiles, checkImports].map((check) => check(unpack({})))).toEqual([undefined, undefined, undefined])
  })

  it.each<[string, Partial<Manifest>, string]>([
    ['no description', { description: 'short' }, 'description is missing'],
    ['few keywords', { keywords: ['a'] }, 'fewer than five keywords'],
    ['another engine', { engines: { node: '>=20' } }, 'engines.node'],
    ['a folder of another', { repository: { directory: 'packages/b' } }, 'repository.directory'],
    ['side effects', { sideEffects: undefined }, 'not a module without side effects'],
    ['a door to nothing', { exports: { '.': { types: './dist/index.d.ts', default: './dist/no.js' } } }, 'names ./dist/no.js'],
    ['a range of the workspace', { peerDependencies: { '@oidc/core': 'workspace:^' } }, '@oidc/core is wanted as workspace:^'],
    ['an install script', { scripts: { postinstall: 'node x' } }, 'has the script postinstall'],
  ])('is refused with %s', (_, more, complaint) => {
    expect(checkManifest(unpack({}, more))).toContain(complaint)
  })

  it.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    ['no license', { LICENSE: undefined }, 'no LICENSE'],
    ['a test', { 'src/a.test.ts': '' }, 'src/a.test.ts should not be there'],
    ['a file of the workspace', { 'tsup.config.ts': '' }, 'tsup.config.ts should not be there'],
    ['code without a map', { 'dist/index.js': '' }, 'dist/index.js has no source map'],
    ['a map that is missing', { 'dist/index.js.map': undefined }, 'index.js.map is missing'],
    ['a map to nothing', { 'src/index.ts': undefined }, 'leads to ../src/index.ts'],
  ])('is refused with %s', (_, changes, complaint) => {
    expect(checkFiles(unpack(changes))).toContain(complaint)
  })

  it.each([
    ["import x from 'lodash/get'", 'index.js imports lodash/get, which is neither dependency nor peer'],
    ["import { createHash } from 'crypto'", 'index.js imports crypto, which is neither'],
    ["export * from './chunk.js'", 'index.js imports ./chunk.js, which is not in the tarball'],
    ["import 'express'", 'index.js imports express, which is neither'],
  ])('is refused with %s', (code, complaint) => {
    expect(checkImports(unpack({ 'dist/index.js': code }))).toContain(complaint)
  })
})

it('the oldest core that a plugin claims is the lowest of its range', () => {
  expect([lowest('^1.2.3'), lowest('^0.0.0'), lowest('>=1'), lowest('*')]).toEqual(['1.2.3', '0.0.0', undefined, undefined])
})

describe('a list of what comes along', () => {
  const part = { version: '6.0.0', purl: 'pkg:npm/jose@6.0.0', hashes: [{}], licenses: [{}] }
  const bom: Bom = {
    bomFormat: 'CycloneDX',
    metadata: { component: { ...part, name: '@oidc/a', version: '1.0.0' } },
    components: [
      { ...part, name: 'jose' },
      { ...part, name: 'of-another', licenses: [] },
    ],
  }
  const ours = { manifest: { ...manifest, peerDependencies: {} } }

  it('passes when it is whole; what others bring along need not tell its licence', () => {
    expect(checkSbom(ours, bom)).toBe(undefined)
  })

  it.each([
    ['another package', { metadata: { component: { ...part, name: 'alone' } } }, 'it is of alone'],
    ['a dependency missing', { components: [] }, 'jose is missing'],
    ['a dependency without licence', { components: [{ ...part, name: 'jose', licenses: [] }] }, 'jose has no licence'],
    ['a part without hash', { components: [{ ...part, name: 'jose', hashes: [] }] }, 'of jose it has no version'],
    ['another format', { bomFormat: 'SPDX' }, 'not CycloneDX'],
  ])('is refused with %s', (_, change, complaint) => {
    expect(checkSbom(ours, { ...bom, ...change })).toContain(complaint)
  })
})

it('a table says what passed, what does not apply, and why the rest failed', async () => {
  const table = createTable('package')
  table.set('a', 'one', undefined)
  table.set('a', 'two', null)
  await table.check('b', 'one', () => Promise.reject(new Error('the reason')))
  expect(table.print()).toBe('package  one     two\na        ok      -\nb        FAILED  -')
  expect(table.failures()).toEqual(['b, one: the reason'])
})
