import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { caught } from '../../test/errors.js'
import { isOidcError } from '../base/errors.js'
import { checkPlugin } from './check-plugin.js'
import type { Plugin } from './plugin.js'
import { fillSlots } from './slots.js'

const hook = () => undefined
const complete = {
  name: 'complete',
  requires: { server: ['token_endpoint'], plugins: ['other'] },
  authorization: { parameters: hook, protect: hook, deliver: hook, open: hook, check: hook },
  exchange: { endpoint: hook, headers: hook, tokenTypes: ['DPoP'], seal: hook, unseal: hook, received: hook, retry: hook },
  operations: [{ operation: 'token', hooks: { parameters: hook, accept: { 'application/jwt': hook }, check: hook } }],
  around: hook,
}
const check = (plugin: unknown) => checkPlugin(plugin)

/** The same with another value at a place such as `exchange.seal`. */
function spoil(place: string, value: unknown): unknown {
  const [group = '', slot] = place.split('.')
  if (slot === undefined) return { ...complete, [group]: value }
  if (group === 'operations') return { ...complete, operations: [{ operation: 'token', hooks: { [slot]: value } }] }
  return { ...complete, [group]: { ...(complete as unknown as Record<string, object>)[group], [slot]: value } }
}

const functions = [
  'around',
  ...['parameters', 'protect', 'deliver', 'open', 'check'].map((slot) => `authorization.${slot}`),
  ...['endpoint', 'headers', 'seal', 'unseal', 'received', 'retry'].map((slot) => `exchange.${slot}`),
  ...['parameters', 'check'].map((slot) => `operations.${slot}`),
]
const lists = ['requires.server', 'requires.plugins', 'exchange.tokenTypes']

describe('a plugin', () => {
  it('that fills every slot there is, is accepted', () => {
    expect(() => check(complete)).not.toThrow()
  })

  it('may leave everything out but its name, also by undefined or null', () => {
    expect(() => check({ name: 'x' })).not.toThrow()
    for (const nothing of [undefined, null])
      for (const place of [...functions, ...lists, 'requires', 'authorization', 'exchange', 'operations', 'operations.accept'])
        expect(() => check(spoil(place, nothing)), place).not.toThrow()
  })

  it.each(functions)('fills %s with a function, or is told so when the client is made', async (place) => {
    for (const value of [7, 'text', {}, [hook], true]) {
      const error = await caught(() => check(spoil(place, value)))
      expect(error.code).toBe('PLUGIN_INVALID')
      expect(error.message).toContain(`The plugin complete fills ${place} with something`)
      expect(error.message).toContain('and a function is wanted')
    }
  })

  it.each(lists)('fills %s with an array of strings: the letters of a single one would be taken for names', async (place) => {
    for (const value of ['DPoP', 7, {}, hook, ['ok', 7], [''], [null]]) {
      const error = await caught(() => check(spoil(place, value)))
      expect(error.code).toBe('PLUGIN_INVALID')
      expect(error.message).toContain('an array of strings is wanted')
    }
  })

  it.each(['requires', 'authorization', 'exchange', 'operations.accept'])('fills %s with an object', async (place) => {
    for (const value of [7, 'text', [], hook, true])
      expect(await caught(() => check(spoil(place, value)))).toMatchObject({
        code: 'PLUGIN_INVALID',
        message: expect.stringContaining('an object is wanted'),
      })
  })

  it.each([
    ['no array', {}],
    ['a name', ['token']],
    ['null', [null]],
    ['hooks without an operation', [{ hooks: {} }]],
    ['an operation without hooks', [{ operation: 'token' }]],
    ['hooks that are a function', [{ operation: 'token', hooks: hook }]],
    ['a decoder that is none', [{ operation: 'token', hooks: { accept: { 'application/jwt': 'jwt' } } }]],
  ])('has in operations what on() gave, not %s', async (_, operations) => {
    expect(await caught(() => check({ ...complete, operations }))).toMatchObject({ code: 'PLUGIN_INVALID' })
  })

  it('with any slot that this core does not know is refused by that name, wherever it stands (DESIGN 4)', () => {
    const groups = ['requires', 'authorization', 'exchange', 'operations', ''] as const
    const slot = fc.stringMatching(/^[a-zA-Z_]{1,12}$/)
    fc.assert(
      fc.property(fc.constantFrom(...groups), slot, (group, name) => {
        const names = group === '' ? complete : group === 'operations' ? complete.operations[0]?.hooks : complete[group]
        fc.pre(!Object.hasOwn(names ?? {}, name) && name !== '__proto__')
        const plugin = spoil(group === '' ? name : `${group}.${name}`, hook)
        expect(() => check(plugin)).toThrow(`The plugin complete fills ${group === '' ? '' : `${group}.`}${name}, which this version`)
      }),
    )
  })

  it('made by a class fills the slots of its prototype, so those are looked at as well', async () => {
    class Newer {
      readonly name = 'newer'
      around(_call: unknown, next: () => Promise<unknown>) {
        return next()
      }
      exchange = new (class {
        inspect() {}
      })()
    }
    expect(() => check(new Newer())).toThrow('The plugin newer fills exchange.inspect, which this version')
    class Plain {
      readonly name = 'plain'
      around(_call: unknown, next: () => Promise<unknown>) {
        return next()
      }
    }
    expect(() => check(new Plain())).not.toThrow()
    class Sub extends Plain {
      verify() {}
    }
    expect(() => check(new Sub())).toThrow('The plugin plain fills verify, which this version')
  })

  it('is accepted, and then fills its slots without a fault, or refused with a code of ours, whatever the value', () => {
    const value = fc.object({
      key: fc.constantFrom(...Object.keys(complete), 'server', 'headers', 'accept', 'operation', 'hooks'),
      maxDepth: 4,
    })
    fc.assert(
      fc.property(fc.oneof(value, fc.anything()), fc.boolean(), (any, named) => {
        const plugin: unknown = named && typeof any === 'object' ? { ...any, name: 'x' } : any
        try {
          check(plugin)
          fillSlots([plugin as Plugin])
        } catch (error) {
          expect(isOidcError(error) && error.code).toMatch(/^PLUGIN_(?:INVALID|UNSUPPORTED|CONFLICT)$/)
        }
      }),
      { numRuns: 500 },
    )
  })
})
