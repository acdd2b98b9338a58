import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderLlms } from './llms.ts'

const root = join(import.meta.dirname, '..')

describe('llms.txt (npm run tool -- node scripts/llms.ts makes it)', () => {
  it('is what the READMEs and guides say now', () => {
    expect(readFileSync(join(root, 'llms.txt'), 'utf8')).toBe(renderLlms())
  })

  it('links to pages that are there, and says a sentence of each', () => {
    const lines = [...renderLlms().matchAll(/^- \[[^\]]+\]\(([^)]+)\): (.*)$/gm)]
    expect(lines.length).toBeGreaterThan(30)
    expect(lines.filter(([, page = '']) => !existsSync(join(root, page)))).toEqual([])
    expect(lines.filter(([, , said = '']) => !/^\S.{10,400}\.$/.test(said))).toEqual([])
  })
})
