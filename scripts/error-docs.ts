// Writes docs/ERRORS.md from the tables of all packages: `npm run tool -- node scripts/error-docs.ts`. A test says when it is out of date.
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** What a table says of one code. */
export interface CodeEntry {
  readonly means: string
  readonly causes: readonly string[]
  readonly remedy: string
}

/** The page, made anew from the code: one section a code. */
export async function renderErrorDocs(): Promise<string> {
  const sections: string[] = []
  for (const { name, codes } of await readTables())
    for (const [code, entry] of Object.entries(codes)) sections.push(renderEntry(name, code, entry))
  return `# Errors\n\nEvery error is an \`OidcError\`. \`code\` is one of those below, \`message\` says what was seen, what was wanted and what to do, \`docs\` points here.\nThis page is made from the tables in the code.\n\n${sections.join('\n')}`
}

/** The tables of all packages that have one; core's first. */
export async function readTables(): Promise<readonly { name: string; codes: Readonly<Record<string, CodeEntry>> }[]> {
  const names = readdirSync(join(root, 'packages')).sort((a, b) => Number(b === 'core') - Number(a === 'core'))
  const tables = await Promise.all(names.map(async (name) => ({ name, codes: await readCodes(name) })))
  return tables.filter(({ codes }) => Object.keys(codes).length > 0)
}

function renderEntry(name: string, code: string, { means, causes, remedy }: CodeEntry): string {
  const usual = causes.map((cause) => `- ${cause}`).join('\n')
  return `## ${code}\n\n${means}\n\nUsual causes:\n\n${usual}\n\nWhat to do: ${remedy}\n\nThrown by \`@oidc/${name}\`.\n`
}

async function readCodes(name: string): Promise<Readonly<Record<string, CodeEntry>>> {
  for (const place of ['src/base/error-codes.ts', 'src/error-codes.ts']) {
    const file = join(root, 'packages', name, place)
    if (existsSync(file)) return ((await import(file)) as { errorCodes: Record<string, CodeEntry> }).errorCodes
  }
  return {}
}

if (import.meta.main) writeFileSync(join(root, 'docs/ERRORS.md'), await renderErrorDocs())
