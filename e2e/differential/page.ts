// docs/DIFFERENTIAL.md, made from the tables.
import { cases, parts } from './cases.ts'
import { type Difference, differences } from './differences.ts'

/** The page: how many inputs, then every difference of each part with its reason. */
export function renderPage(): string {
  const total = parts.reduce((sum, part) => sum + cases[part].length, 0)
  const differing = parts.reduce((sum, part) => sum + differences[part].reduce((count, { titles }) => count + titles.length, 0), 0)
  return `# Where we and openid-client differ

${total} logins, each with one thing changed, go to us, to openid-client 6 as it is by default, to openid-client with \`enableNonRepudiationChecks\`,
and to oauth4webapi 3. Of ${total - differing} all four think the same. The other ${differing} stand below, each with its reason; the test \`e2e/differential\` fails
for a difference that is not here, and for one that is here and no longer seen. This page is made from its tables:
\`npm run tool -- vitest run --project e2e e2e/differential -u\`.

${parts.map((part) => `## ${part[0]?.toUpperCase()}${part.slice(1)}\n\n${cases[part].length} inputs.\n\n${renderTable(differences[part])}`).join('\n\n')}
`
}

const words = { we: 'we refuse, they accept', they: 'they refuse, we accept', read: 'all accept, and read it differently' }

function renderTable(list: readonly Difference[]): string {
  const rows = list.map(({ stricter, reason, peers, titles }) => {
    const inputs = titles.map((title) => `\`${title.replaceAll('|', '\\|')}\``).join(', ')
    return `| ${inputs} | ${words[stricter]} | ${peers?.join(', ') ?? 'all'} | ${reason} |`
  })
  return ['| Input | Verdict | Peers | Reason |', '|---|---|---|---|', ...rows].join('\n')
}
