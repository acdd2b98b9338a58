import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { caught, shown } from '../../test/errors.js'
import { oidcError } from '../base/errors.js'
import { createClient, type Plugin, publicClient } from '../index.js'
import { blame, fillSlots, runSlot, sortPlugins } from './slots.js'

const make = (...use: readonly unknown[]) =>
  createClient({ issuer: 'https://as.example' }, { client_id: 'c', authentication: publicClient(), use: use as Plugin[] })

const hook = () => undefined as never
const all = [
  ['authorization', 'parameters'],
  ['authorization', 'check'],
  ['exchange', 'headers'],
  ['exchange', 'received'],
  ['exchange', 'retry'],
] as const
const exclusive = [
  ['authorization', 'protect'],
  ['authorization', 'deliver'],
  ['authorization', 'open'],
  ['exchange', 'endpoint'],
  ['exchange', 'seal'],
  ['exchange', 'unseal'],
] as const

describe('the order of plugins', () => {
  const plugins: readonly Plugin[] = ['b', 'a', 'B', 'a.b', 'ä', '@x/y'].map((name) => ({
    name,
    around: hook,
    exchange: { headers: hook },
  }))

  it('is that of their names by code unit, so that no order of registration can be observed (DESIGN 4)', () => {
    const sorted = ['@x/y', 'B', 'a', 'a.b', 'b', 'ä']
    fc.assert(
      fc.property(fc.shuffledSubarray([...plugins], { minLength: plugins.length }), (use) => {
        const slots = fillSlots(sortPlugins(use))
        expect(slots.exchange.headers?.map(({ plugin }) => plugin)).toEqual(sorted)
        expect(slots.around?.map(({ plugin }) => plugin)).toEqual(sorted)
      }),
    )
  })

  it('leaves the array of the caller alone', () => {
    const use = [...plugins]
    sortPlugins(use)
    expect(use).toEqual(plugins)
  })
})

describe('slots', () => {
  it('are undefined where nothing fills them, so that a client without plugins pays nothing', () => {
    const { authorization, exchange, operations, around } = fillSlots([])
    for (const slot of [...Object.values(authorization), ...Object.values(exchange), operations, around]) expect(slot).toBeUndefined()
  })

  it.each(exclusive)('%s.%s is exclusive: a second filler is a conflict at install time that names both', async (group, slot) => {
    const [first, second] = ['one', 'two'].map((name) => ({ name, [group]: { [slot]: hook } }))
    expect((await caught(() => make(first, second))).message).toBe(
      `Both one and two want the slot ${slot}, which only one of them can have. Take one of them away.`,
    )
    expect(await caught(() => make(second, first))).toMatchObject({
      code: 'PLUGIN_CONFLICT',
      message: expect.stringContaining('one and two'),
    })
    expect(() => make(first)).not.toThrow()
  })

  it.each(all)('%s.%s takes a filler from every plugin', (group, slot) => {
    const plugins = ['one', 'two'].map((name) => ({ name, [group]: { [slot]: hook } }))
    const slots: Record<string, Record<string, unknown>> = { ...fillSlots(plugins) } as never
    expect(slots[group]?.[slot]).toMatchObject([{ plugin: 'one' }, { plugin: 'two' }])
  })

  it('tokenTypes is keyed by the type, whose letter case means nothing (RFC 6749 5.1): a clash names both', async () => {
    const one = { name: 'one', exchange: { tokenTypes: ['DPoP', 'N'] } }
    const error = await caught(() => make({ name: 'two', exchange: { tokenTypes: ['M', 'dpop'] } }, one))
    expect(error).toMatchObject({
      code: 'PLUGIN_CONFLICT',
      message: expect.stringContaining('one and two want dpop in the slot tokenTypes'),
    })
    expect(() => make({ name: 'two', exchange: { tokenTypes: ['M'] } }, one)).not.toThrow()
    expect(fillSlots([one]).exchange.tokenTypes?.get('dpop')).toEqual({ plugin: 'one', run: 'DPoP' })
  })

  it('accept is keyed by operation and media type, whose letter case means nothing (RFC 9110 8.3.1): a clash names both', async () => {
    const accepting = (name: string, operation: string, type: string) => ({
      name,
      operations: [{ operation, hooks: { accept: { [type]: hook } } }],
    })
    const one = accepting('one', 'introspection', 'application/jwt')
    const error = await caught(() => make(accepting('two', 'introspection', 'Application/JWT'), one))
    expect(error).toMatchObject({
      code: 'PLUGIN_CONFLICT',
      message: expect.stringContaining('one and two want application/jwt in the slot accept of introspection'),
    })
    expect(() => make(accepting('two', 'introspection', 'application/cbor'), one)).not.toThrow()
    expect(() => make(accepting('two', 'userinfo', 'application/jwt'), one)).not.toThrow()
  })

  it('hooks on one operation are collected from all plugins, and by the name of the operation alone', () => {
    const on = (name: string, ...operations: string[]) => ({
      name,
      operations: operations.map((operation) => ({ operation, hooks: { parameters: hook, check: hook } })),
    })
    const { operations } = fillSlots([on('one', 'token', 'userinfo'), on('two', 'token')])
    expect(operations?.get('token')?.parameters).toMatchObject([{ plugin: 'one' }, { plugin: 'two' }])
    expect(operations?.get('token')?.check).toMatchObject([{ plugin: 'one' }, { plugin: 'two' }])
    expect(operations?.get('userinfo')?.check).toMatchObject([{ plugin: 'one' }])
    expect(operations?.get('constructor')).toBeUndefined()
  })

  it('a hook is called as a method of the object that the factory made', async () => {
    const exchange = {
      value: '7',
      headers() {
        return { x: this.value }
      },
    }
    // The member `value` is no slot, so the plugin is filled in past the check of names.
    const [filler] = fillSlots([{ name: 'one', exchange }]).exchange.headers ?? []
    expect(await filler?.run({} as never)).toEqual({ x: '7' })
  })
})

describe('what cannot be installed', () => {
  it.each([
    ['plugin', { name: 'new', telemetry: hook }, 'telemetry'],
    ['requires', { name: 'new', requires: { core: ['2'] } }, 'requires.core'],
    ['authorization', { name: 'new', authorization: { confirm: hook } }, 'authorization.confirm'],
    ['exchange', { name: 'new', exchange: { trailers: hook } }, 'exchange.trailers'],
    ['operations', { name: 'new', operations: [{ operation: 'token', hooks: { verify: hook } }] }, 'operations.verify'],
  ])(
    'an unknown slot at the level %s is refused by name: the check of a newer plugin must not be silently ignored',
    async (_, plugin, slot) => {
      const error = await caught(() => make(plugin))
      expect(error.code).toBe('PLUGIN_UNSUPPORTED')
      expect(error.message).toContain(`The plugin new fills ${slot}, which`)
    },
  )

  it.each([
    ['a factory that was not called', () => ({ name: 'par' })],
    ['undefined', undefined],
    ['null', null],
    ['a name', 'par'],
    ['an object without name', {}],
    ['a name that is empty', { name: '' }],
    ['a name that is no string', { name: 7 }],
  ])('%s is no plugin (PLUGIN_INVALID)', async (_, value) => {
    const error = await caught(() => make({ name: 'good' }, value))
    expect(error.code).toBe('PLUGIN_INVALID')
    expect(error.message).toMatch(/Give what the plugin's factory returned, e\.g\. par\(\)\.$/)
  })

  it('a factory that was not called is told as what it is', async () => {
    expect((await caught(() => make(() => ({ name: 'par' })))).message).toContain('a factory that was not called')
  })

  it('the same name twice is a conflict', async () => {
    expect(await caught(() => make({ name: 'par' }, { name: 'other' }, { name: 'par' }))).toMatchObject({
      code: 'PLUGIN_CONFLICT',
      message: expect.stringContaining('par and par'),
    })
  })

  it('a plugin whose `requires.plugins` is not installed is refused, naming both, and accepted in any order beside it', async () => {
    const needy = { name: 'a-needy', requires: { plugins: ['z-needed'] } }
    expect(await caught(() => make(needy, { name: 'other' }))).toMatchObject({
      code: 'PLUGIN_MISSING',
      message: 'The plugin a-needy needs the plugin z-needed, which is not installed. Add it to use.',
    })
    expect(() => make(needy, { name: 'z-needed' })).not.toThrow()
    expect(() => make({ name: 'z-needed' }, needy)).not.toThrow()
  })

  it('a plugin whose `requires.server` the metadata lacks is refused, naming the member, and accepted where it is there', async () => {
    const needy = { name: 'needy', requires: { server: ['introspection_endpoint'] } }
    const error = await caught(() => make(needy))
    expect(error.code).toBe('SERVER_METADATA_MISSING')
    expect(error.message).toContain('The plugin needy needs introspection_endpoint')
    const server = { issuer: 'https://as.example', introspection_endpoint: 'https://as.example/introspect' }
    expect(() => createClient(server, { client_id: 'c', authentication: publicClient(), use: [needy] })).not.toThrow()
  })
})

describe('an error thrown in a slot', () => {
  it('carries the plugin and the slot', async () => {
    const error = oidcError('X', 'x')
    await expect(runSlot({ plugin: 'one' }, 'exchange.seal', () => Promise.reject(error))).rejects.toBe(error)
    expect(error).toMatchObject({ plugin: 'one', slot: 'exchange.seal' })
  })

  it('keeps the innermost one: a slot may make a request of its own', () => {
    expect(blame(blame(oidcError('X', 'x'), 'inner', 'exchange.seal'), 'outer', 'authorization.deliver')).toMatchObject({
      plugin: 'inner',
      slot: 'exchange.seal',
    })
  })

  it.each([
    ['an Error', new RangeError('of the client secret hunter2'), 'RangeError'],
    ['a string', 'hunter2', 'of type string'],
    ['nothing', undefined, 'missing'],
  ])('that is foreign (%s) becomes PLUGIN_FAILED, and its text stays out of the message', async (_, thrown, name) => {
    const error = await caught(() =>
      runSlot({ plugin: 'one' }, 'exchange.retry', () => {
        throw thrown
      }),
    )
    expect(error).toMatchObject({ code: 'PLUGIN_FAILED', plugin: 'one', slot: 'exchange.retry' })
    expect(error.message).toBe(`The plugin one threw ${name} in its slot exchange.retry. Report it to the plugin's authors.`)
    expect(JSON.stringify(error)).not.toContain('hunter2')
    expect(shown({ ...error })).not.toContain('hunter2')
  })
})
