import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareText, isSame } from './compare.js'

const text = () => fc.string({ unit: 'binary', maxLength: 5 })

describe('isSame', () => {
  it('agrees with === on all strings', () => {
    fc.assert(
      fc.property(text(), text(), (a, b) => {
        expect(isSame(a, b)).toBe(a === b)
        expect(isSame(a, a.slice(0) + b)).toBe(b === '')
      }),
    )
  })

  it.each([
    ['the first unit', 'abc', 'xbc'],
    ['the last unit', 'abc', 'abx'],
    ['the high byte of a unit', '\u0161', '\u0061'],
    ['two differences that would cancel out in a sum', 'ab', 'ba'],
    ['the length', 'abc', 'abcd'],
    ['normalization', '\u00e9', 'e\u0301'],
    ['case', 'State', 'state'],
  ])('sees a difference in %s', (_, a, b) => {
    expect(isSame(a, b)).toBe(false)
    expect(isSame(b, b)).toBe(true)
  })

  it('looks at every unit, whichever differs first', () => {
    const read = (difference: number) => {
      let units = 0
      const counting = Object.assign(new String('x'.repeat(8)), {
        charCodeAt: (at: number) => {
          units++
          return at === difference ? 0 : 0x78
        },
      })
      expect(isSame(counting as unknown as string, 'x'.repeat(8))).toBe(difference < 0)
      return units
    }
    expect([-1, 0, 3, 7].map(read)).toEqual([8, 8, 8, 8])
  })
})

describe('compareText', () => {
  it('orders by code units, as sort does without a comparison', () => {
    fc.assert(
      fc.property(fc.array(text()), (texts) => {
        expect([...texts].sort(compareText)).toEqual([...texts].sort())
      }),
    )
  })

  it('gives -1, 0 and 1', () => {
    expect([compareText('Z', 'a'), compareText('a', 'a'), compareText('\u00e4', 'z')]).toEqual([-1, 0, 1])
  })
})
