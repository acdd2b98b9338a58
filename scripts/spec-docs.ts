// docs/SPECS.md: what specifications ask of a client, and where it is held. The tables of the specifications are written by hand; the table of the
// rows behind them is made from the titles of the tests: `npm run tool -- node scripts/spec-docs.ts`. A test says what no longer fits.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { findIds, type Row } from './rows.ts'
import { readTestTexts, type TestText } from './titles.ts'

const root = join(import.meta.dirname, '..')
const marker = '<!-- Made by scripts/spec-docs.ts from here on. -->'

/** What one line of a table names. */
export interface Link {
  /** The first cell: a section, or the id of a row. */
  readonly subject: string
  /** Relative to the root. */
  readonly code: string
  readonly test: string
  /** Of the test, as it is written. */
  readonly title: string
}

/** The two halves of the page: by hand, and made. */
export function splitPage(page: string): { readonly written: string; readonly made: string } {
  const at = page.indexOf(marker)
  return at < 0 ? { written: page, made: '' } : { written: page.slice(0, at), made: page.slice(at) }
}

/** The lines of all tables that name code and test. */
export function readLinks(markdown: string): readonly Link[] {
  return markdown.split('\n').flatMap((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'))
    const code = /^\[[^\]]+\]\(\.\.\/([^)]+)\)$/.exec(cells.at(-3) ?? '')?.[1]
    const [, test, title] = /^\[[^\]]+\]\(\.\.\/([^)]+)\): (.+)$/.exec(cells.at(-2) ?? '') ?? []
    const subject = cells[1]
    return code && test && title && subject ? [{ subject, code, test, title }] : []
  })
}

/** What does not fit: a file that is not there, a test that no longer has that title. */
export function findFaults(links: readonly Link[], texts: readonly TestText[], exists: (file: string) => boolean): readonly string[] {
  const known = new Set(texts.map(({ file, text }) => `${file}: ${text}`))
  return links.flatMap(({ subject, code, test, title }) => [
    ...(exists(code) ? [] : [`${subject}: there is no ${code}`]),
    ...(known.has(`${test}: ${title}`) ? [] : [`${subject}: ${test} has no test "${title}"`]),
  ])
}

/** The made half: every row with the code and the test that hold it, then those without. */
export function renderRows(rows: readonly Row[], texts: readonly TestText[], exists: (file: string) => boolean): string {
  const byId = new Map<string, TestText[]>()
  for (const text of texts) for (const id of findIds(text.text)) byId.set(id, [...(byId.get(id) ?? []), text])
  const found = rows.map((row) => ({ row, link: chooseTest(row, byId.get(row.id) ?? [], exists) }))
  const lines = found.flatMap(({ row, link }) =>
    link ? [`| ${row.id} | ${escapeCell(row.title)} | ${show(link.code)} | ${show(link.test)}: ${escapeCell(link.title)} |`] : [],
  )
  const left = found.filter(({ link }) => !link).map(({ row }) => row)
  const list = (status: Row['status']) =>
    left
      .filter((row) => row.status === status)
      .map(({ id, packages, title }) => `- ${id} (${packages.join(', ')}): ${title}`)
      .join('\n')
  return `${marker}

# Rows

Each row of docs/rows.json with one of the tests that hold it, and the code that this test is beside.

| Row | What it says | Code | Test |
|---|---|---|---|
${lines.join('\n')}

## Without a test

${list('now') || 'None.'}

## Later

${list('later') || 'None.'}

## Not offered

${list('not offered') || 'None.'}
`
}

/** Of several tests the one whose title names the row, in the package that owns it, beside the code that it tests. */
function chooseTest({ packages: [owner], id }: Row, texts: readonly TestText[], exists: (file: string) => boolean): Link | undefined {
  const ranked = texts.map(({ file, text, isTitle }) => {
    const beside = file.replace(/\.test(?:-d)?\.ts/, '.ts')
    const entry = file.replace(/^packages\/([^/]+)\/.*/, 'packages/$1/src/index.ts')
    const code = exists(beside) ? beside : entry
    const faults = Number(!isTitle) + 2 * Number(code !== beside) + 4 * Number(!file.startsWith(`packages/${owner}/`))
    return { subject: id, code, test: file, title: text, faults }
  })
  ranked.sort((a, b) => a.faults - b.faults || a.title.indexOf(id) - b.title.indexOf(id) || a.title.length - b.title.length)
  return ranked[0]
}

function show(file: string): string {
  return `[${basename(file)}](../${file})`
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}

export function readPage(): string {
  return readFileSync(join(root, 'docs/SPECS.md'), 'utf8')
}

export function readRows(): readonly Row[] {
  return JSON.parse(readFileSync(join(root, 'docs/rows.json'), 'utf8'))
}

export const hasFile = (file: string): boolean => existsSync(join(root, file))

if (import.meta.main) {
  const made = renderRows(readRows(), readTestTexts(root), hasFile)
  writeFileSync(join(root, 'docs/SPECS.md'), splitPage(readPage()).written + made)
}
