import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Complaints } from './consumers.ts'
import type { Tarball } from './pack.ts'
import { root } from './packages.ts'
import { run } from './run.ts'

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/**
 * Runs the programs of the README files against a provider, as e2e/readme.test.ts and e2e/browser/readme.test.ts do, but with what is installed in `project` and on
 * another Node.
 */
export async function checkReadmes(tarballs: readonly Tarball[], project: string, node: string): Promise<Complaints> {
  const report = join(project, 'readmes.json')
  const args = [
    'run',
    '--project',
    'e2e',
    '--maxWorkers=1',
    '--reporter=json',
    `--outputFile=${report}`,
    'e2e/readme.test.ts',
    'e2e/browser/readme.test.ts',
    '-t',
    'README\\.md',
  ]
  const { output } = await run('vitest', args, root, { README_PROJECT: project, README_NODE: node })
  const complaints = new Map<string, string>()
  let results: Report['testResults'][number]['assertionResults'] = []
  try {
    const read: Report = JSON.parse(readFileSync(report, 'utf8'))
    results = read.testResults.flatMap(({ assertionResults }) => assertionResults)
  } catch {
    for (const { package: one } of tarballs) complaints.set(one.folder, output.slice(-500))
  }
  for (const { package: one } of tarballs) {
    const own = results.filter(
      ({ fullName, status }) => fullName.includes(`packages/${one.folder}/README.md`) && !['skipped', 'pending'].includes(status),
    )
    const failed = own.filter(({ status }) => status !== 'passed')
    if (own.length === 0) complaints.set(one.folder, 'no test runs a program of it, or what that needs is missing')
    else if (failed.length > 0)
      complaints.set(
        one.folder,
        failed
          .flatMap(({ failureMessages }) => failureMessages)
          .join('\n')
          .slice(0, 1500),
      )
  }
  return complaints
}
