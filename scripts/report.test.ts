import { describe, expect, it } from 'vitest'
import { countTests, findUntested, needs, type VitestReport } from './report.ts'

const file = (name: string, tests: Readonly<Record<string, string>>, rest: { status?: string; message?: string } = {}) => ({
  name,
  status: 'passed',
  message: '',
  assertionResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status })),
  ...rest,
})
const report = (...testResults: VitestReport['testResults']): VitestReport => ({ testResults })
const relaxed = { exitCode: 0, strict: false }
const strict = { exitCode: 0, strict: true }

describe('counting', () => {
  it('adds up the tests of all files', () => {
    const counted = countTests(report(file('a', { x: 'passed', y: 'passed' }), file('b', { z: 'passed' })), strict)
    expect(counted).toEqual({ passed: 3, failures: [], skipped: [] })
  })

  it('a failed test is named', () => {
    const counted = countTests(report(file('a', { x: 'passed', y: 'failed' }, { status: 'failed' })), { ...strict, exitCode: 1 })
    expect(counted).toEqual({ passed: 1, failures: ['a > y'], skipped: [] })
  })

  it('a file that could not be loaded is a failure', () => {
    expect(countTests(report(file('a', {}, { status: 'failed', message: 'no such module' })), { ...strict, exitCode: 1 })).toEqual({
      passed: 0,
      failures: ['a: no such module'],
      skipped: [],
    })
  })

  it('a run that failed without a failed test is a failure', () => {
    expect(countTests(report(file('a', { x: 'passed' })), { exitCode: 1, strict: false }).failures).toEqual([
      'vitest failed outside of the tests: see its output above',
    ])
  })
})

describe('skipped tests', () => {
  const lacking = report(file('a', { 'x [needs chromium]': 'skipped' }))

  it('come with the line that installs what lacks', () => {
    expect(countTests(lacking, relaxed)).toEqual({
      passed: 0,
      failures: [],
      skipped: [`a > x [needs chromium]\n  to run it: ${needs.chromium}`],
    })
  })

  it('are failures on CI', () => {
    expect(countTests(lacking, strict)).toEqual({
      passed: 0,
      failures: [`a > x [needs chromium]\n  skipped: to run it: ${needs.chromium}`],
      skipped: [],
    })
  })

  it('are skipped on CI too if nothing can install what they need', () => {
    expect(countTests(report(file('a', { 'x [needs vectors]': 'pending' })), strict)).toEqual({
      passed: 0,
      failures: [],
      skipped: ['a > x [needs vectors]\n  vectors is not on this machine, and cannot be installed'],
    })
  })

  it.each(['x', 'x [needs luck]', 'x [needs constructor]'])('that do not say what they need are failures: %s', (title) => {
    for (const status of ['skipped', 'todo', 'pending']) {
      expect(countTests(report(file('a', { [title]: status })), relaxed).failures).toEqual([expect.stringContaining(`a > ${title}\n`)])
    }
  })
})

it('a package of which no test ran is found', () => {
  const ran = report(file('/r/packages/core/src/a.test.ts', { x: 'passed' }), file('/r/packages/par/src/a.test.ts', {}))
  expect(findUntested(ran, '/r', ['core', 'par', 'dpop'])).toEqual(['par', 'dpop'])
})
