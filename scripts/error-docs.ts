// Writes docs/ERRORS.md from the tables of all packages: `npm run tool -- node scripts/error-docs.ts`. A test says when it is out of date.
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** The page, made anew from the code. */
export async function renderErrorDocs(): Promise<string> {
  const sections: string[] = []
  for (const name of readdirSync(join(root, 'packages')).sort((a, b) => Number(b === 'core') - Number(a === 'core'))) {
    for (const [code, meaning] of Object.entries(await readCodes(name)))
      sections.push(`## ${code}\n\n${meaning}\n\nThrown by \`@oidc/${name}\`.\n`)
  }
  return `# Errors\n\nEvery error is an \`OidcError\`. \`code\` is one of those below, \`message\` says what was seen, what was wanted and what to do, \`docs\` points here.\nThis page is made from the tables in the code.\n\n${sections.join('\n')}`
}

async function readCodes(name: string): Promise<Readonly<Record<string, string>>> {
  for (const place of ['src/base/error-codes.ts', 'src/error-codes.ts']) {
    const file = join(root, 'packages', name, place)
    if (existsSync(file)) return ((await import(file)) as { errorCodes: Record<string, string> }).errorCodes
  }
  return {}
}

if (import.meta.main) writeFileSync(join(root, 'docs/ERRORS.md'), await renderErrorDocs())
