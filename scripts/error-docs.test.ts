import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readTables, renderErrorDocs } from './error-docs.ts'

it('docs/ERRORS.md is what the tables of all packages say (npm run tool -- node scripts/error-docs.ts)', async () => {
  expect(readFileSync(join(import.meta.dirname, '../docs/ERRORS.md'), 'utf8')).toBe(await renderErrorDocs())
})

const entries = (await readTables()).flatMap(({ name, codes }) => Object.entries(codes).map(([code, entry]) => ({ name, code, entry })))
/** Sentences: a capital, a name from the wire or the code at the start, a full stop at the end, one line. */
const sentences = /^[\w"'`/{][^\n]{11,}\.$/

describe('every code of every package', () => {
  it('stands in one table only, so that a section of the page is one code', () => {
    expect(entries.map(({ code }) => code).filter((code, index, codes) => codes.indexOf(code) !== index)).toEqual([])
  })

  it.each(entries)('$code of $name says what it means, what usually causes it and what to do', ({ entry }) => {
    expect(Object.keys(entry)).toEqual(['means', 'causes', 'remedy'])
    expect(entry.means).toMatch(sentences)
    expect(entry.causes.length).toBeGreaterThan(0)
    for (const cause of entry.causes) expect(cause).toMatch(sentences)
    expect(entry.remedy).toMatch(sentences)
    expect(new Set([entry.means, ...entry.causes, entry.remedy]).size).toBe(entry.causes.length + 2)
  })
})
