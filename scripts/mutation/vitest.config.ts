import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const core = join(import.meta.dirname, '../../packages/core')

/**
 * The tests of core alone, as one project: StrykerJS starts them again for each mutant, and a mutant must fail by the tests of its package.
 * MUTATION_TESTS narrows them to the ones near the mutated files, e.g. `src/base/*.test.ts`: a mutant at the top of a module runs all there are.
 */
export default defineConfig({
  resolve: {
    alias: readdirSync(join(core, 'src'))
      .filter((file) => ['index.ts', 'oauth.ts', 'plugin.ts'].includes(file))
      .map((file) => ({
        find: new RegExp(`^@oidc/core${file === 'index.ts' ? '' : `/${file.slice(0, -3)}`}$`),
        replacement: join(core, 'src', file),
      })),
  },
  test: {
    root: core,
    include: [process.env.MUTATION_TESTS ?? 'src/**/*.test.ts'],
    // Instrumented code is slow: what is about megabytes would take most of the time, and a mutant that loops is ended by StrykerJS.
    testNamePattern: /^(?!.*(?:megabyte|linear time))/,
    testTimeout: 60_000,
  },
})
