import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkReports, makeReports } from './api-report.ts'

const made: string[] = []
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

const published: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: '@oidc/a',
    type: 'module',
    exports: { '.': { types: './dist/index.d.ts' }, './b': { types: './dist/b.d.ts' }, './package.json': './package.json' },
  }),
  'dist/index.d.ts': "export { start, type Code } from './start.js';\nexport type { Options as StartOptions } from './options.js';\n",
  'dist/b.d.ts': "export { start } from './start.js';\n",
  'dist/start.d.ts': `import type { Inner, Options } from './options.js';
/** Starts. */
export declare function start(options: Options, inner?: Inner): void;
declare const codes: { readonly A: { readonly means: 'one thing' } };
export type Code = keyof typeof codes;
`,
  'dist/options.d.ts': `export interface Options { readonly name: string }
export interface Inner { readonly size?: number }
export interface Unused { readonly any: true }
`,
}

/** A package whose report was made when it was as above, and that has changed since. */
function lay(changes: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'api-'))
  made.push(root)
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      const file = join(root, 'packages/a', path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }
  write(published)
  for (const { file, text } of makeReports(root)) writeFileSync(join(root, file), text)
  write(changes)
  return root
}

describe('the report of the public surface', () => {
  it('says by door what can be imported, and what that names', () => {
    const [report] = makeReports(lay())
    expect(report?.file).toBe('packages/a/API.md')
    expect(report?.text.split('\n').slice(4)).toEqual([
      '## @oidc/a',
      '',
      '```',
      'StartOptions: another name of Options',
      'function start(options: Options, inner?: Inner): void;',
      'interface Options {',
      '    readonly name: string;',
      '}',
      'type Code = keyof typeof codes;',
      '```',
      '',
      '## @oidc/a/b',
      '',
      '```',
      'start: declared elsewhere',
      '```',
      '',
      '## Named by these, and not to be imported',
      '',
      '```',
      'const codes: { A }',
      'interface Inner {',
      '    readonly size?: number;',
      '}',
      '```',
      '',
    ])
  })

  it('is as it was when nothing changed that users can see', () => {
    expect(checkReports(lay())).toEqual([])
    const start = published['dist/start.d.ts'] ?? ''
    expect(checkReports(lay({ 'dist/start.d.ts': start.replace('Starts.', 'Begins.').replace('one thing', 'another') }))).toEqual([])
    expect(checkReports(lay({ 'dist/options.d.ts': `${published['dist/options.d.ts']}export type More = 1\n` }))).toEqual([])
  })

  it.each([
    ['a parameter', 'dist/start.d.ts', 'inner?: Inner', 'inner: Inner'],
    ['an option', 'dist/options.d.ts', 'readonly name: string', 'readonly name: string; readonly more: number'],
    ['a type that cannot be imported', 'dist/options.d.ts', 'size?: number', 'size?: string'],
    ['a code', 'dist/start.d.ts', 'readonly A:', 'readonly B:'],
    ['a name', 'dist/index.d.ts', 'Options as StartOptions', 'Options as BeginOptions'],
    ['a door', 'package.json', '"./b":', '"./c":'],
  ])('fails when %s changes, and says what to do', (_, file, from, to) => {
    const text = published[file] ?? ''
    expect(text).toContain(from)
    const [first, ...changed] = checkReports(lay({ [file]: text.replace(from, to) }))
    expect(first).toBe('packages/a/API.md is not what the package exports. If that is meant, run npm run api, and write a changeset:')
    expect(changed.length).toBeGreaterThan(0)
  })

  it('fails when there is none', () => {
    const root = lay()
    rmSync(join(root, 'packages/a/API.md'))
    expect(checkReports(root)[0]).toContain('packages/a/API.md is not what the package exports')
  })
})
