import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'

const root = import.meta.dirname
const packages = readdirSync(join(root, 'packages')).filter((name) => existsSync(join(root, 'packages', name, 'package.json')))

/**
 * Our packages resolve to their sources, read off their own `exports` (tsconfig.source.json says the same to TypeScript): tests need
 * no build, and coverage sees the real lines. Only the playground runs on `dist`, as its users would.
 */
const alias = packages.flatMap((name) => {
  const { exports } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
  return Object.entries<string | { default: string }>(exports).flatMap(([door, target]) => {
    if (typeof target === 'string') return []
    const source = target.default.replace('./dist/', './src/').replace(/\.js$/, '.ts')
    return { find: new RegExp(`^@oidc/${name}${door.slice(1)}$`), replacement: join(root, 'packages', name, source) }
  })
})

const folder = (
  name: string,
  dir: string,
  { resolve = { alias }, ...settings }: { include?: string[]; testTimeout?: number; resolve?: object } = {},
): TestProjectConfiguration => ({
  resolve,
  test: { name, root: join(root, dir), include: ['src/**/*.test.ts'], ...settings },
})

const types: TestProjectConfiguration = {
  resolve: { alias },
  test: {
    name: 'types',
    include: [],
    typecheck: { enabled: true, only: true, checker: 'tsc', tsconfig: './tsconfig.types.json', include: ['packages/*/src/**/*.test-d.ts'] },
  },
}

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      // A property of thousands of runs must not fail on a machine that is busy.
      ...packages.map((name) => folder(name, join('packages', name), { testTimeout: 60_000 })),
      folder('e2e', 'e2e', { include: ['**/*.test.ts'], testTimeout: 120_000 }),
      folder('playground', 'playground', { include: ['**/*.test.ts'], testTimeout: 60_000, resolve: {} }),
      folder('bench', 'bench', { include: ['**/*.test.ts'], testTimeout: 60_000 }),
      folder('scripts', 'scripts', { include: ['**/*.test.ts'], testTimeout: 120_000 }),
      types,
    ],
    coverage: {
      provider: 'v8',
      // From the root of each project: a package's tests alone count for it.
      include: ['src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.test-*.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
})
