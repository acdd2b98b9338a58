import { describe, expect, it, test } from 'vitest'
import { helpers, measureHelper } from './helpers.ts'
import { measureParts } from './parts.ts'
import { entries, limitOf, measureSize } from './sizes.ts'

// A later change that grows a bundle fails here until its figure in bench/sizes.json is raised on purpose.
describe('what an application bundles', () => {
  it.each(entries)('$row: $name is at most 1 % larger than was accepted last', async ({ row, target, contents }) => {
    const { brotli } = await measureSize(contents)
    expect(brotli, `the target is ${target}`).toBeLessThanOrEqual(limitOf(row))
  })

  it('has a limit for every entry', () => {
    for (const { row } of entries) expect(limitOf(row)).toBeGreaterThan(0)
    expect(() => limitOf('P-S0')).toThrow('bench/sizes.json')
  })

  it.each(helpers)('P-S8: $name alone is at most 400 bytes in each of four bundlers, which differ by 10 % at most', async (helper) => {
    const sizes = Object.values(await measureHelper(helper.door, helper.name))
    expect(sizes).toHaveLength(4)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(400)
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThanOrEqual(1.1)
  })
})

test('every module of the code flow belongs to a part whose cost is told', async () => {
  const lines = await measureParts()
  expect(lines.length).toBeGreaterThan(10)
  for (const line of lines) expect(line).toMatch(/^part: .+: [1-9]\d* B$/)
})
