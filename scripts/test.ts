// `npm test`: every check of this repository, then one summary whose last line is `N passed, N failed`. Exits 1 on any failure.
// Each step below counts as one check; the tests of all packages are counted one by one.
//
//   npm test                            everything
//   npm test -- --project core json     only tests: the arguments go to vitest (projects: the packages, e2e, playground, bench, scripts, types)
//
// Tests that need more than npm can install are skipped where that is missing, and say so in their title:
//
//   it.skipIf(!chromium)('a login in a browser ends where it began [needs chromium]', async () => { … })
//
// Before the last line it says which rows of docs/rows.json have a test with their id in its title that passed (scripts/rows.ts).
//
// What may be needed, and the line that installs it, stands in scripts/report.ts; the summary prints that line for every skipped test.
// With CI=true such a skip is a failure, since .ci/run installs what is needed. A test skipped for no named need is always a failure.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countTests, findUntested, type Outcome, type VitestReport } from './report.ts'
import { countRows, describeRows } from './rows.ts'

const root = join(import.meta.dirname, '..')
const strict = ['true', '1'].includes(process.env.CI ?? '')
const chosen = process.argv.slice(2)

const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['build', 'nx', 'run-many', '-t', 'build'],
  ['types of the packages', 'nx', 'run-many', '-t', 'typecheck'],
  ['types of the scripts', 'tsc', '-p', 'scripts'],
  ['format and lint', 'biome', 'check', '.', '--error-on-warnings', '--max-diagnostics=100'],
  ['layers', 'node', 'scripts/check-layers.ts'],
  ['public surface', 'node', 'scripts/api-report.ts', '--check'],
  ['what is published', 'nx', 'run-many', '-t', 'pkg'],
]

const runStep = (command: string, args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' })
    child.once('error', reject)
    child.once('exit', (status) => resolve(status ?? 1))
  })

async function runSteps(): Promise<Outcome> {
  const failures: string[] = []
  for (const [name, command, ...args] of steps) {
    console.log(`\n# ${name}`)
    if ((await runStep(command, args)) !== 0) failures.push(`${name}: ${[command, ...args].join(' ')}`)
  }
  return { passed: steps.length - failures.length, failures, skipped: [] }
}

async function runTests(args: readonly string[]): Promise<Outcome> {
  console.log('\n# tests')
  const folder = mkdtempSync(join(tmpdir(), 'oidc-test-'))
  const output = join(folder, 'report.json')
  try {
    const vitest = ['run', '--allowOnly=false', '--reporter=default', '--reporter=json', `--outputFile.json=${output}`]
    const exitCode = await runStep('vitest', [...vitest, ...args])
    if (!existsSync(output)) return { passed: 0, failures: [`vitest wrote no report (it ended with ${exitCode})`], skipped: [] }
    const report: VitestReport = JSON.parse(readFileSync(output, 'utf8'))
    const outcome = countTests(report, { exitCode, strict })
    const packages = readdirSync(join(root, 'packages'))
    const untested = args.length > 0 ? [] : findUntested(report, root, packages)
    // The tests of the scripts name ids that only look like rows.
    const testResults = report.testResults.filter(({ name }) => !name.startsWith(`${root}/scripts/`))
    const rows = countRows(JSON.parse(readFileSync(join(root, 'docs/rows.json'), 'utf8')), { testResults })
    rowLines.push(...describeRows(rows, packages))
    const failures = [
      ...outcome.failures,
      ...untested.map((name) => `packages/${name}: none of its tests ran`),
      ...rows.unknown.map((id) => `${id} stands in the title of a test and is no row of docs/rows.json`),
    ]
    return { ...outcome, failures }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What is printed before the last line: the rows of docs/rows.json that have a test. */
const rowLines: string[] = []
const outcomes = [...(chosen.length > 0 ? [] : [await runSteps()]), await runTests(chosen)]
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0)
const failures = outcomes.flatMap((outcome) => outcome.failures)
const skipped = outcomes.flatMap((outcome) => outcome.skipped)

const show = (line: string) => console.log(line.replaceAll(`${root}/`, ''))
console.log('\n# summary')
for (const line of failures) show(`failed: ${line}`)
for (const line of skipped) show(`skipped: ${line}`)
if (skipped.length > 0) console.log(`${skipped.length} skipped`)
for (const line of rowLines) console.log(line)
console.log(`${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length === 0 ? 0 : 1
