import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const core = join(import.meta.dirname, '../../packages/core')

/** The tests of core alone, as one project: StrykerJS starts them again for each mutant, and a mutant must fail by the tests of its package. */
export default defineConfig({
  resolve: {
    alias: readdirSync(join(core, 'src'))
      .filter((file) => ['index.ts', 'oauth.ts', 'plugin.ts'].includes(file))
      .map((file) => ({
        find: new RegExp(`^@oidc/core${file === 'index.ts' ? '' : `/${file.slice(0, -3)}`}$`),
        replacement: join(core, 'src', file),
      })),
  },
  test: { root: core, include: ['src/**/*.test.ts'] },
})
