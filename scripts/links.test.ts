import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

const listPages = (folder: string): readonly string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder)).flatMap((name) => (name.endsWith('.md') ? [join(folder, name)] : []))
    : []

const pages = [
  '.',
  'docs',
  'docs/guides',
  'docs/migration',
  'docs/decisions',
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`),
].flatMap(listPages)

/** What the headings of a page are called in links to them. */
function readAnchors(page: string): readonly string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/^```.*?^```$/gms, '')
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Links of a page that lead to no file, or to no heading of it. */
function findDeadLinks(page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/^```.*?^```$/gms, '')
  return [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    const [path = '', anchor] = link.split('#')
    const target = path ? join(root, dirname(page), path) : join(root, page)
    const isThere = existsSync(target) && (!anchor || !target.endsWith('.md') || readAnchors(target).includes(anchor))
    return isThere ? [] : [`${relative(root, join(root, page))}: ${link}`]
  })
}

it('every link between documents leads to a file, and to a heading of it', () => {
  expect(pages.length).toBeGreaterThan(40)
  expect(pages.flatMap(findDeadLinks)).toEqual([])
})

it('the root README names every package of this repository, with a line of its own', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const missing = readdirSync(join(root, 'packages')).filter((name) => !readme.includes(`| [\`@oidc/${name}\`](packages/${name}) | `))
  expect(missing).toEqual([])
})

it('the tables of names of the migration guides name, on our side, what is in the sources', () => {
  const readFolder = (folder: string): string =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(({ name }) => name.endsWith('.ts') && !name.includes('.test'))
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
      .join('\n')
  const names = new Set(
    readdirSync(join(root, 'packages')).flatMap((name) => readFolder(join(root, 'packages', name, 'src')).match(/\w+/g) ?? []),
  )
  const unknown = listPages('docs/migration').flatMap((page) => {
    const [, table = ''] = readFileSync(join(root, page), 'utf8').split('## Names')
    const ours = [...table.matchAll(/^\|[^|]+\|(.*)\|$/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
    )
    expect(ours.length).toBeGreaterThan(20)
    return ours.flatMap((code) => code.match(/[A-Za-z_]\w{3,}/g) ?? []).filter((name) => !names.has(name))
  })
  expect(unknown).toEqual([])
})
