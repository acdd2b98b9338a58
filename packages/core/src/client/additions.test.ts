import { describe, expect, it } from 'vitest'
import { caught } from '../../test/errors.js'
import { mergeAdditions } from './additions.js'
import type { Additions } from './operation.js'

const merge = (base: Record<string, string | readonly string[]>, ...additions: readonly (Additions | undefined)[]) =>
  mergeAdditions(
    base,
    additions.map((each, i) => ({ plugin: `plugin-${i + 1}`, additions: each })),
    'parameter',
  )

describe('additions of plugins', () => {
  it('are put beside what is there, in the order of the plugins', () => {
    expect(Object.entries(merge({ a: '1' }, { c: '2' }, undefined, { b: '3', d: undefined }))).toEqual([
      ['a', '1'],
      ['c', '2'],
      ['b', '3'],
    ])
  })

  it('leave what they are added to alone', () => {
    const base = Object.freeze({ a: '1' })
    merge(base, { b: '2' })
    expect(base).toEqual({ a: '1' })
  })

  it('with another value than core gave are a conflict that names the plugin (DESIGN 4)', async () => {
    const error = await caught(() => merge({ scope: 'openid' }, { scope: 'openid email' }))
    expect(error.code).toBe('PLUGIN_CONFLICT')
    expect(error.message).toContain('Both the request itself and plugin-1 want the parameter scope')
  })

  it('with another value than another plugin gave are a conflict that names both', async () => {
    const error = await caught(() => merge({}, { resource: 'https://a.example' }, { resource: 'https://b.example' }))
    expect(error.code).toBe('PLUGIN_CONFLICT')
    expect(error.message).toContain('Both plugin-1 and plugin-2 want the parameter resource')
    expect(error.message).not.toContain('a.example')
  })

  it('with the value that is there already are none', () => {
    expect(merge({ a: '1' }, { a: '1', b: '2' }, { b: '2' })).toEqual({ a: '1', b: '2' })
  })

  it('of an array are taken only where the name is absent, also if the arrays are equal', async () => {
    const list = Object.freeze(['x', 'y'])
    expect(merge({}, { resource: list })).toEqual({ resource: ['x', 'y'] })
    for (const conflict of [() => merge({ resource: list }, { resource: list }), () => merge({}, { resource: list }, { resource: list })])
      expect(await caught(conflict)).toMatchObject({ code: 'PLUGIN_CONFLICT' })
    expect(await caught(() => merge({ resource: 'x' }, { resource: ['x'] }))).toMatchObject({ code: 'PLUGIN_CONFLICT' })
  })

  it.each([[7], [null], [true], [{}], [['a', 7]], [[null]]])('of %j cannot be sent (PLUGIN_INVALID)', async (value) => {
    const error = await caught(() => merge({}, { a: value as never }))
    expect(error.code).toBe('PLUGIN_INVALID')
    expect(error.message).toContain('The plugin plugin-1 adds the parameter a as something else than a string or an array of strings')
  })

  it('may have the name of a member of every object, and reach no prototype (S-D35)', () => {
    const merged = merge({}, JSON.parse('{"__proto__": "a", "constructor": "b"}'))
    expect(Object.entries(merged)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
    expect(({} as { a?: unknown }).a).toBeUndefined()
  })
})
