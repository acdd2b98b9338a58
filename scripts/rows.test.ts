import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { VitestReport } from './report.ts'
import { countRows, describeRows, findIds, type Row } from './rows.ts'

const row = (id: string, owner = 'core', status: Row['status'] = 'now'): Row => ({ id, packages: [owner], status, title: 'x' })
const report = (...tests: readonly (readonly [title: string, status: string])[]): VitestReport => ({
  testResults: [{ name: 'a', status: 'passed', message: '', assertionResults: tests.map(([fullName, status]) => ({ fullName, status })) }],
})
const missingOf = (rows: readonly Row[], ran: VitestReport) => countRows(rows, ran).groups[0]?.missing

describe('an id in a title', () => {
  it.each([
    ['S-E34: iat of tomorrow is refused', ['S-E34']],
    ['S-E30, S-E31 and F-G13: exp', ['S-E30', 'S-E31', 'F-G13']],
    ['the proof F-K-D3 says', ['F-K-D3']],
    ['(S-A04)', ['S-A04']],
    ['groups > S-B01 a kid', ['S-B01']],
  ])('is found: %s', (title, found) => {
    expect(findIds(title)).toEqual(found)
  })

  it.each(['XS-E34', 'S-E34a', 'S-E34-1', 'P-S1', 'U-12', 'S-34', 's-e34', 'F-K-D', 'RS-E34', 'S-EE3'])(
    'is not a part of something else: %s',
    (title) => {
      expect(findIds(title)).toEqual([])
    },
  )
})

describe('a row is proven', () => {
  it('by a test that passed', () => {
    expect(countRows([row('S-E34')], report(['S-E34: x', 'passed']))).toEqual({
      groups: [{ package: 'core', proven: 1, of: 1, missing: [] }],
      unknown: [],
    })
  })

  it.each(['S-E3: x', 'S-E300: x', 'S-E', 'x'])('not by a test of another id: %s', (title) => {
    expect(missingOf([row('S-E30'), row('S-E3')], report([title, 'passed']))).toContain('S-E30')
  })

  it.each(['failed', 'skipped', 'todo', 'pending'])('not by a test that %s', (status) => {
    expect(missingOf([row('S-E34')], report(['S-E34: x', status]))).toEqual(['S-E34'])
  })

  it('not while one of its tests fails', () => {
    expect(missingOf([row('S-E34')], report(['S-E34: x', 'passed'], ['S-E34: y', 'failed']))).toEqual(['S-E34'])
  })

  it('also where another of its tests needs what is not here', () => {
    expect(missingOf([row('S-E34')], report(['S-E34: x', 'passed'], ['S-E34: y [needs chromium]', 'skipped']))).toEqual([])
  })
})

it('rows that are later or not offered are not counted', () => {
  const rows = [row('S-E34'), row('F-A1', 'core', 'later'), row('F-A2', 'core', 'not offered')]
  expect(countRows(rows, report(['F-A1 F-A2', 'passed']))).toEqual({
    groups: [{ package: 'core', proven: 0, of: 1, missing: ['S-E34'] }],
    unknown: [],
  })
})

it('an id that is no row is reported, so that a slip of the pen is seen', () => {
  expect(countRows([row('S-E34')], report(['S-E43: x', 'passed'], ['S-E44: x', 'failed'], ['S-E43: y', 'failed'])).unknown).toEqual([
    'S-E43',
    'S-E44',
  ])
})

it('a row counts for its first package, and core comes first', () => {
  const rows: Row[] = [row('F-A1', 'mtls'), { ...row('F-A2'), packages: ['core', 'mtls'] }]
  expect(countRows(rows, report(['F-A2', 'passed'])).groups).toEqual([
    { package: 'core', proven: 1, of: 1, missing: [] },
    { package: 'mtls', proven: 0, of: 1, missing: ['F-A1'] },
  ])
})

it('what is printed names the missing rows of packages that are there, and sums up the others', () => {
  const counted = countRows(
    [row('F-A1'), row('F-A2'), row('F-B1', 'ciba'), row('F-C1', 'par'), row('F-B2', 'device')],
    report(['F-A1', 'passed']),
  )
  expect(describeRows(counted, ['core', 'par'])).toEqual([
    'rows of core: 1 of 2 have a named test that passed',
    '  missing: F-A2',
    'rows of par: 0 of 1 have a named test that passed',
    '  missing: F-C1',
    'rows of packages that are not there yet: 2 (ciba 1, device 1)',
  ])
})

describe('docs/rows.json', () => {
  const rows: readonly Row[] = JSON.parse(readFileSync(join(import.meta.dirname, '../docs/rows.json'), 'utf8'))

  it('has each id once, spelled so that a title can name it', () => {
    for (const { id } of rows) expect(findIds(id)).toEqual([id])
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  })

  it('says of each row what it is, who owns it and whether it is due', () => {
    for (const { id, packages, status, title, ...rest } of rows) {
      expect(packages.length, id).toBeGreaterThan(0)
      expect(['now', 'later', 'not offered'], id).toContain(status)
      expect(title, id).toMatch(/^\S.{3,110}[^.\s]$/)
      expect(rest, id).toEqual({})
    }
  })
})
