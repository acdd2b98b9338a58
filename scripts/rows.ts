// Counts the rows of docs/rows.json that a test proves: a row is proven if a test with its id in the title ran, and every such test passed.
import type { VitestReport } from './report.ts'

/** A capability (`F-…`) or an attack (`S-…`) that some package answers for. */
export interface Row {
  readonly id: string
  /** The first one owns the row: it is counted there. */
  readonly packages: readonly string[]
  readonly status: 'now' | 'later' | 'not offered'
  readonly title: string
}

export interface RowCount {
  readonly package: string
  readonly proven: number
  readonly of: number
  readonly missing: readonly string[]
}

export interface RowReport {
  readonly groups: readonly RowCount[]
  /** Ids in titles that are no rows: a slip of the pen proves nothing. */
  readonly unknown: readonly string[]
}

/** Ids end where a letter, digit or hyphen would go on: S-E3 is not in S-E30. */
const ids = /(?<![\w-])[FS]-[A-Z](?:-[A-Z])?\d+(?![\w-])/g

/** The ids that a title names. */
export function findIds(title: string): readonly string[] {
  return title.match(ids) ?? []
}

/** Core first, then the packages in the order of their first rows. Rows that are `later` or `not offered` are not counted. */
export function countRows(rows: readonly Row[], { testResults }: VitestReport): RowReport {
  const passed = new Set<string>()
  const failed = new Set<string>()
  for (const { assertionResults } of testResults)
    for (const { fullName, status } of assertionResults)
      for (const id of findIds(fullName)) {
        if (status === 'passed') passed.add(id)
        if (status === 'failed') failed.add(id)
      }
  const isProven = ({ id }: Row) => passed.has(id) && !failed.has(id)
  const due = rows.filter(({ status }) => status === 'now')
  const owners = [...new Set(due.map(ownerOf))].sort((a, b) => Number(b === 'core') - Number(a === 'core'))
  const known = new Set(rows.map(({ id }) => id))
  return {
    groups: owners.map((owner) => {
      const own = due.filter((row) => ownerOf(row) === owner)
      const missing = own.filter((row) => !isProven(row)).map(({ id }) => id)
      return { package: owner, proven: own.length - missing.length, of: own.length, missing }
    }),
    unknown: [...passed, ...failed].filter((id, index, all) => !known.has(id) && all.indexOf(id) === index),
  }
}

function ownerOf({ packages: [owner = 'nobody'] }: Row): string {
  return owner
}

/**
 * What `npm test` prints. What is missing is named where a package has begun: of one that is not there yet, all is missing.
 *
 * @param existing The packages of this repository.
 */
export function describeRows({ groups }: RowReport, existing: readonly string[]): readonly string[] {
  const lines: string[] = []
  const absent: RowCount[] = []
  for (const group of groups) {
    if (group.proven === 0 && !existing.includes(group.package)) {
      absent.push(group)
      continue
    }
    lines.push(`rows of ${group.package}: ${group.proven} of ${group.of} have a named test that passed`)
    if (group.missing.length > 0) lines.push(`  missing: ${group.missing.join(' ')}`)
  }
  const left = absent.reduce((sum, { of }) => sum + of, 0)
  if (left > 0)
    lines.push(`rows of packages that are not there yet: ${left} (${absent.map((group) => `${group.package} ${group.of}`).join(', ')})`)
  return lines
}
