import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findIds, type Row } from './rows.ts'
import { findFaults, hasFile, readLinks, readPage, readRows, renderRows, splitPage } from './spec-docs.ts'
import { findTexts, readTestTexts } from './titles.ts'

const texts = readTestTexts(join(import.meta.dirname, '..'))
const { written, made } = splitPage(readPage())

describe('docs/SPECS.md (npm run tool -- node scripts/spec-docs.ts makes its second half)', () => {
  it('names only files that are there and tests that have those titles', () => {
    const links = readLinks(written)
    expect(links.length).toBeGreaterThan(150)
    expect(links).toHaveLength(written.split('\n').filter((line) => /^\| (?!Section|Row)/.test(line)).length)
    expect(findFaults(links, texts, hasFile)).toEqual([])
  })

  it.each([
    'Core 1.0',
    'Discovery 1.0',
    'RFC 6749',
    'RFC 6750',
    'RFC 7636',
    'RFC 8414',
    'RFC 9207',
    'RFC 8707',
    'RFC 9396',
    'RFC 9700',
    'RFC 8725',
  ])('has a table of %s', (name) => {
    const section = written.split('\n## ').find((part) => part.slice(0, 100).includes(name)) ?? ''
    expect(readLinks(section).length).toBeGreaterThan(1)
  })

  it('links every row to a test whose text names it, or says that it has none', () => {
    const links = readLinks(made)
    for (const { subject, title } of links) expect(findIds(title)).toContain(subject)
    const without = [...made.matchAll(/^- (\S+) \(/gm)].map(([, id]) => id)
    const named = [...links.map(({ subject }) => subject), ...without]
    expect(named.sort()).toEqual(
      readRows()
        .map(({ id }) => id)
        .sort(),
    )
  })

  it('has a second half that still fits the tests (asked where CI is set: before, several people may be adding tests)', () => {
    const isAsked = ['true', '1'].includes(process.env.CI ?? '')
    const gone = findFaults(readLinks(made), texts, hasFile)
    const proven = new Set(texts.flatMap(({ text }) => findIds(text)))
    const [, unproven = ''] = made.split('## Without a test')
    const [now = ''] = unproven.split('## Later')
    const stale = [...now.matchAll(/^- (\S+) \(/gm)].flatMap(([, id = '']) => (proven.has(id) ? [id] : []))
    expect(isAsked ? [...gone, ...stale] : []).toEqual([])
  })
})

describe('renderRows', () => {
  const row = (id: string, status: Row['status'] = 'now'): Row => ({ id, packages: ['core'], status, title: 'It | works' })
  const text = (file: string, words: string, isTitle = true) => ({ file, text: words, isTitle })
  const exists = (file: string) => file.endsWith('core/src/a.ts')

  it('takes the title in the package of the row, beside the code', () => {
    const page = renderRows(
      [row('F-X1')],
      [
        text('e2e/a.test.ts', 'F-X1: at a server'),
        text('packages/core/src/b.test.ts', 'F-X1: beside nothing'),
        text('packages/core/src/a.test.ts', 'F-X1', false),
        text('packages/core/src/a.test.ts', 'F-X1: a | b'),
      ],
      exists,
    )
    const [link] = readLinks(page)
    expect(link).toEqual({ subject: 'F-X1', code: 'packages/core/src/a.ts', test: 'packages/core/src/a.test.ts', title: 'F-X1: a | b' })
    expect(page).toContain('## Without a test\n\nNone.')
  })

  it('lists what has none by what is to become of it', () => {
    const page = renderRows([row('F-X1'), row('F-X2', 'later'), row('F-X3', 'not offered')], [], exists)
    expect(page).toMatch(/Without a test\n\n- F-X1 \(core\): It \| works\n\n## Later\n\n- F-X2 .*\n\n## Not offered\n\n- F-X3 /)
  })

  it('tells of a file or title that is gone', () => {
    const [link] = readLinks('| F-X1 | It works | [a.ts](../a.ts) | [a.test.ts](../a.test.ts): F-X1: it works |')
    expect(link && findFaults([link], [], () => false)).toEqual(['F-X1: there is no a.ts', 'F-X1: a.test.ts has no test "F-X1: it works"'])
    expect(link && findFaults([link], [text('a.test.ts', 'F-X1: it works')], () => true)).toEqual([])
  })
})

it('findTexts tells titles from other strings, and leaves imports out', () => {
  const source = "import { a } from 'b'\nit.each(['c'])('d %s', f)\nit.skipIf(!x)('e', f)\ndescribe('g', () => it(`h`, f))\nrun('i')"
  const found = findTexts('a.test.ts', source)
  expect(found.filter(({ isTitle }) => isTitle).map(({ text }) => text)).toEqual(['d %s', 'e', 'g', 'h'])
  expect(found.filter(({ isTitle }) => !isTitle).map(({ text }) => text)).toEqual(['c', 'i'])
})
