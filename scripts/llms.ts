// Writes llms.txt, which tells programs that read for people what is here and where: `npm run tool -- node scripts/llms.ts`. All of it is taken
// from the READMEs and guides; a test says when it is out of date.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** The page, made anew. */
export function renderLlms(): string {
  const names = readdirSync(join(root, 'packages'))
    .filter((name) => existsSync(join(root, 'packages', name, 'package.json')))
    .sort()
  const packages = [...names.filter((name) => name === 'core'), ...names.filter((name) => name !== 'core')]
  const guides = [...listPages('docs/guides'), ...listPages('docs/migration'), ...listPages('docs'), 'SECURITY.md', 'CONTRIBUTING.md']
  return `# @oidc

> ${readSummary()}

Install \`@oidc/core\` and the extensions you need. A client is made with \`discover(issuer, { client_id, authentication, use: [] })\`; all functions take it first.
A login is \`createAuthorizationRequest\`, which gives \`{ url, transaction }\`, and \`authorizationCodeGrant(client, callbackUrl, transaction)\`. Never pass state, nonce or a code verifier by hand.
Errors are \`OidcError\` with a \`code\`. Times are in seconds. Options have the spelling of their RFC where they go over the wire (\`redirect_uri\`), and camelCase where not.

## Packages

${packages.map(renderPackage).join('\n')}

## Documents

${guides.map((page) => `- [${titleOf(page)}](${page}): ${describePage(page)}`).join('\n')}
`
}

function renderPackage(name: string): string {
  const page = `packages/${name}/README.md`
  const { description, exports } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
  const doors = Object.keys(exports)
    .filter((door) => door !== './package.json')
    .map((door) => `\`@oidc/${name}${door.slice(1)}\``)
  const about = existsSync(join(root, page)) ? describePage(page) : `${description}.`
  return `- [@oidc/${name}](${existsSync(join(root, page)) ? page : `packages/${name}`}): ${about} Import from ${doors.join(', ')}.`
}

/** The paragraph of the README that says what all of this is. */
const readSummary = (): string =>
  /^`@oidc` makes .*?(?=\n\n)/ms.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[0].replaceAll('\n', ' ') ?? ''

const listPages = (folder: string): readonly string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .sort()
    .map((name) => `${folder}/${name}`)

const titleOf = (page: string): string => /^# (.+)$/m.exec(readFileSync(join(root, page), 'utf8'))?.[1] ?? page

/** The first sentence of the first paragraph that is prose, without links. */
export function describePage(page: string): string {
  const paragraphs = readFileSync(join(root, page), 'utf8')
    .replace(/^```.*?^```$/gms, '')
    .split('\n\n')
  const prose = paragraphs.find((text) => /^(?![#|>*<-])\S/.test(text.trim()) && / /.test(text)) ?? ''
  const text = prose.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll(/\s+/g, ' ')
  return /^.*?[.:](?= [A-Z`]|$)/.exec(text)?.[0]?.replace(/:$/, '.') ?? text
}

if (import.meta.main) writeFileSync(join(root, 'llms.txt'), renderLlms())
