import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const packages = join(import.meta.dirname, '../../packages')
const name = process.env.MUTATION_PACKAGE ?? 'core'

/** The doors of every package, as vitest.config.ts reads them off: `index.ts` is the package itself. */
const alias = readdirSync(packages)
  .filter((other) => existsSync(join(packages, other, 'src')))
  .flatMap((other) =>
    readdirSync(join(packages, other, 'src'))
      .filter((file) => file.endsWith('.ts') && !/\.test[.-]/.test(file))
      .map((file) => ({
        find: new RegExp(`^@oidc/${other}${file === 'index.ts' ? '' : `/${file.slice(0, -3)}`}$`),
        replacement: join(packages, other, 'src', file),
      })),
  )

/**
 * The tests of one package alone, MUTATION_PACKAGE or core, as one project: StrykerJS starts them again for each mutant, and a mutant must fail by the
 * tests of its package. MUTATION_TESTS narrows them to the ones near the mutated files, e.g. `src/base/*.test.ts`: a mutant at the top of a module runs
 * all there are.
 */
export default defineConfig({
  resolve: { alias },
  test: {
    root: join(packages, name),
    include: [process.env.MUTATION_TESTS ?? 'src/**/*.test.ts'],
    // Instrumented code is slow: what is about megabytes would take most of the time, and a mutant that loops is ended by StrykerJS.
    testNamePattern: /^(?!.*(?:megabyte|linear time))/,
    testTimeout: 60_000,
  },
})
