import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findFault, findInText, findRegexes } from './regexes.ts'

const root = join(import.meta.dirname, '..')

describe('regular expressions', () => {
  it.each(readdirSync(join(root, 'packages')))(
    'every one in the sources of %s runs in linear time, whatever the text',
    (name) => {
      const faults = findRegexes(root, name).flatMap((regex) => {
        const fault = findFault(regex)
        return fault === undefined ? [] : [`${regex.place}: ${fault}`]
      })
      expect(faults).toEqual([])
    },
    120_000,
  )

  it('are found wherever they stand, and none in the tests', () => {
    expect(findRegexes(root, 'core').length).toBeGreaterThan(40)
    expect(findRegexes(root, 'core').filter(({ place }) => place.includes('.test.'))).toEqual([])
    const text = 'const a = /x+/u\nf(text.replace(/y/g, () => /z/.test(b)))\nnew RegExp(c)\nRegExp(d, "g")'
    expect(findInText('a.ts', text)).toEqual([
      { place: 'a.ts:1', literal: '/x+/u' },
      { place: 'a.ts:2', literal: '/y/g' },
      { place: 'a.ts:2', literal: '/z/' },
      { place: 'a.ts:3', literal: undefined },
      { place: 'a.ts:4', literal: undefined },
    ])
  })

  it.each(['/(a+)+$/', '/^(a|a)*b/', '/a+$/', '/\\s*,\\s*$/', '/^(?:\\d+\\.?)+$/u'])('%s is told, for it is not linear', (literal) => {
    expect(findFault({ place: 'a.ts:1', literal })).toContain(literal)
  })

  it.each(['/^a+$/', '/^[\\w.-]{1,64}$/u', '/a\\/b/g'])('%s is linear', (literal) => {
    expect(findFault({ place: 'a.ts:1', literal })).toBeUndefined()
  })

  it('one that is made at run time is told, for nobody can check it', () => {
    expect(findFault({ place: 'a.ts:1', literal: undefined })).toBe('it is made at run time: write a literal')
  })
})
