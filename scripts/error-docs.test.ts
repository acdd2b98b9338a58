import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { renderErrorDocs } from './error-docs.ts'

it('docs/ERRORS.md is what the tables of all packages say (npm run tool -- node scripts/error-docs.ts)', async () => {
  expect(readFileSync(join(import.meta.dirname, '../docs/ERRORS.md'), 'utf8')).toBe(await renderErrorDocs())
})
