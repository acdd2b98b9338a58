/** What vitest's JSON reporter writes, as far as it is read here. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

/** What a test may say that it `[needs …]`, and the line that installs it; null where nothing can install it. */
export const needs: Readonly<Record<string, string | null>> = {
  chromium: 'apt-get update && apt-get install -y --no-install-recommends chromium   (or set CHROME_PATH to a Chromium or Chrome)',
  firefox: 'apt-get update && apt-get install -y --no-install-recommends firefox-esr   (or set FIREFOX_PATH)',
  webkitgtk: 'apt-get update && apt-get install -y --no-install-recommends webkit2gtk-driver xvfb',
  redis: 'apt-get update && apt-get install -y --no-install-recommends redis-server   (or set REDIS_URL)',
  vectors: null,
}

export interface Outcome {
  readonly passed: number
  /** One line for each failure. */
  readonly failures: readonly string[]
  /** Two lines for each skipped test: which, and what lets it run. */
  readonly skipped: readonly string[]
}

/**
 * Counts what vitest ran, over all projects.
 *
 * A file that could not be loaded counts as one failure, and so does a run that failed without a failed test (an unhandled error, a type
 * error outside of the tests). A skipped test fails where `strict`, unless it needs what nothing can install. A test skipped without
 * saying what it needs always fails.
 */
export function countTests(report: VitestReport, { exitCode, strict }: { exitCode: number; strict: boolean }): Outcome {
  let passed = 0
  const failures: string[] = []
  const skipped: string[] = []
  for (const { name, status, message, assertionResults } of report.testResults) {
    const before = failures.length
    for (const test of assertionResults) {
      const title = `${name} > ${test.fullName}`
      if (test.status === 'passed') passed++
      else if (test.status === 'failed') failures.push(title)
      else {
        const lacking = describeSkip(test.fullName)
        if (lacking.fails || (strict && lacking.installable)) failures.push(`${title}\n  skipped: ${lacking.remedy}`)
        else skipped.push(`${title}\n  ${lacking.remedy}`)
      }
    }
    if (status === 'failed' && failures.length === before) failures.push(`${name}: ${message || 'did not finish'}`)
  }
  if (exitCode !== 0 && failures.length === 0) failures.push('vitest failed outside of the tests: see its output above')
  return { passed, failures, skipped }
}

function describeSkip(title: string): { remedy: string; installable: boolean; fails: boolean } {
  const name = /\[needs ([^\]]+)\]/.exec(title)?.[1]
  if (name === undefined || !Object.hasOwn(needs, name)) {
    const remedy = `its title must say [needs …] with one of ${Object.keys(needs).join(', ')} (scripts/report.ts)`
    return { remedy, installable: false, fails: true }
  }
  const install = needs[name]
  if (!install) return { remedy: `${name} is not on this machine, and cannot be installed`, installable: false, fails: false }
  return { remedy: `to run it: ${install}`, installable: true, fails: false }
}

/** Packages of which no test ran at all: a mistaken pattern must not look like success. */
export function findUntested(report: VitestReport, root: string, packages: readonly string[]): string[] {
  const ran = report.testResults.filter(({ assertionResults }) => assertionResults.length > 0).map(({ name }) => name)
  return packages.filter((name) => !ran.some((file) => file.startsWith(`${root}/packages/${name}/`)))
}
