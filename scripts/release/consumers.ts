import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tarball } from './pack.ts'
import { root } from './packages.ts'
import { run } from './run.ts'

/** What each package said, by the name of its folder; `''` for what belongs to none. */
export type Complaints = ReadonlyMap<string, string>

export interface TypeProject {
  readonly compilerOptions: object
  /** `.cts` for CommonJS. */
  readonly extension?: 'ts' | 'cts'
  /** Whether the programs of the README are compiled too. */
  readonly readme?: boolean
}

const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true, target: 'ES2022' }
const withNode = { types: ['node'], lib: ['ES2022', 'ESNext.Disposable'] }
const withDom = { types: [], lib: ['ES2022', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'] }

export const typeProjects: Readonly<Record<string, TypeProject>> = {
  node16: {
    compilerOptions: { ...strict, module: 'node16', types: ['node'], lib: withDom.lib, jsx: 'react-jsx', skipLibCheck: true },
    readme: true,
  },
  'no DOM': { compilerOptions: { ...strict, module: 'nodenext', ...withNode } },
  bundler: { compilerOptions: { ...strict, module: 'esnext', moduleResolution: 'bundler', ...withDom, jsx: 'react-jsx' } },
  'types cjs': { compilerOptions: { ...strict, module: 'nodenext', types: ['node'], lib: withDom.lib }, extension: 'cts' },
}

/** Each block of code of a README. */
function readBlocks(tarball: Tarball): readonly [extension: string, code: string][] {
  const file = join(tarball.contents, 'README.md')
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return [...text.matchAll(/^```(tsx?)\n(.*?)^```$/gms)].map(([, extension = 'ts', code = '']) => [extension, code])
}

/** Compiles a project that uses every door of the packages; an error belongs to the package whose file it stands in. */
export async function checkTypes(
  tarballs: readonly Tarball[],
  folder: string,
  name: string,
  tsc: string,
  project: TypeProject,
): Promise<Complaints> {
  if (tarballs.length === 0) return new Map()
  const { compilerOptions, extension = 'ts', readme = false } = project
  const files = tarballs.flatMap((tarball) => {
    const { folder: own, doors } = tarball.package
    const lines = doors.map((door, index) =>
      extension === 'cts' ? `import door${index} = require('${door}')` : `import * as door${index} from '${door}'`,
    )
    const file = `${name.replace(' ', '-')}--${own}.${extension}`
    writeFileSync(
      join(folder, file),
      `${lines.join('\n')}\nexport const doors: readonly object[] = [${doors.map((_, index) => `door${index}`).join()}]\n`,
    )
    const blocks = readme ? readBlocks(tarball) : []
    return [
      file,
      ...blocks.map(([kind, code], index) => {
        const block = `readme-${index}--${own}.${kind}`
        writeFileSync(join(folder, block), code)
        return block
      }),
    ]
  })
  const config = join(folder, `tsconfig.${name.replace(' ', '-')}.json`)
  writeFileSync(config, JSON.stringify({ compilerOptions, files }))
  const { status, output } = await run(process.execPath, [tsc, '-p', config, '--pretty', 'false'], folder)
  const complaints = new Map<string, string>()
  for (const line of output.split('\n').filter((text) => /error TS\d+/.test(text))) {
    const [, own] = /^(?:.*node_modules\/@oidc\/([^/]+)\/|[^(]*--([^.(]+)\.c?tsx?\()/.exec(line)?.filter(Boolean) ?? []
    complaints.set(own ?? '', `${complaints.get(own ?? '') ?? ''}\n    ${line}`)
  }
  if (status !== 0 && complaints.size === 0) complaints.set('', output)
  return complaints
}

/** A test of a user's, one file per package. */
export async function checkRunner(
  tarballs: readonly Tarball[],
  folder: string,
  runner: 'jest' | 'vitest',
  node: string,
): Promise<Complaints> {
  for (const { package: one } of tarballs) {
    const opening = runner === 'jest' ? 'const opened = require(door)' : 'const opened = await import(door)'
    const head = runner === 'jest' ? '' : "import { expect, test } from 'vitest'\n"
    const code = `${head}test.each(${JSON.stringify(one.doors)})('%s', async (door) => {\n  ${opening}\n  expect(Object.keys(opened).length).toBeGreaterThan(0)\n})\n`
    writeFileSync(join(folder, `${one.folder}.${runner}.test.${runner === 'jest' ? 'cjs' : 'mjs'}`), code)
  }
  const report = join(folder, `${runner}.json`)
  const flags =
    runner === 'jest'
      ? [
          '--experimental-vm-modules',
          'node_modules/jest/bin/jest.js',
          '--runInBand',
          '--json',
          `--outputFile=${report}`,
          '--testMatch=**/*.jest.test.cjs',
          '--testEnvironment=node',
        ]
      : ['node_modules/vitest/vitest.mjs', 'run', '--maxWorkers=1', '--reporter=json', `--outputFile=${report}`, '.vitest.test.mjs']
  const { status, output } = await run(node, flags, folder, { NODE_OPTIONS: '' })
  const { testResults = [] }: Report = readReport(report)
  const complaints = new Map<string, string>()
  for (const { package: one } of tarballs) {
    const result = testResults.find(({ name }) => name.includes(`/${one.folder}.${runner}.test.`))
    if (!result) complaints.set(one.folder, `no test ran: ${output.slice(-500)}`)
    else if (result.status !== 'passed') complaints.set(one.folder, (result.message || JSON.stringify(result)).slice(0, 1500))
  }
  if (status !== 0 && complaints.size === 0) complaints.set('', output)
  return complaints
}

interface Report {
  readonly testResults?: readonly { readonly name: string; readonly status: string; readonly message: string }[]
}

function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {}
  }
}

/** Bundles a package with the bundlers that the project has, and asks that nothing of it stays where nothing of it is used. */
export async function checkBundle(
  tarball: Tarball,
  folder: string,
  bundler: 'esbuild' | 'rollup',
  platform: 'browser' | 'node',
): Promise<string | undefined> {
  const file = join(folder, `bundle-${bundler}.mjs`)
  writeFileSync(file, readFileSync(join(root, 'scripts/release/bundle.mjs'), 'utf8'))
  const { status, output } = await run(process.execPath, [file, bundler, platform, tarball.contents, ...tarball.package.doors], folder)
  return status === 0 ? undefined : output
}
