import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { caught } from '../../test/errors.js'
import { refusal, startProbe } from '../../test/probe.js'
import { canaries } from '../../test/refusal.js'
import { oidcError } from '../base/errors.js'
import type { Call, Plugin } from '../plugin.js'

type Around = NonNullable<Plugin['around']>
const around = (name: string, run: Around): Plugin => ({ name, around: run })
const plain: Around = (_, next) => next()

describe('around', () => {
  it('is nested by the names of the plugins, in whatever order they were given (DESIGN 4)', async () => {
    const names = ['a', 'b', 'c', 'd']
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(names, { minLength: names.length }), async (order) => {
        const trace: string[] = []
        const tracing = (name: string) =>
          around(name, async (_, next) => {
            trace.push(`+${name}`)
            const result = await next()
            trace.push(`-${name}`)
            return result
          })
        const { send } = await startProbe(order.map(tracing))
        expect(await send({}, { parse: () => void trace.push('call') })).toBeUndefined()
        expect(trace.join(' ')).toBe('+a +b +c +d call -d -c -b -a')
      }),
      { numRuns: 24 },
    )
  })

  it('runs once a call, around all its attempts, with the very Call that every other slot sees', async () => {
    const calls: Call[] = []
    const { answer, send, sent } = await startProbe([
      around('telemetry', (call, next) => {
        calls.push(call)
        return next()
      }),
      { name: 'x', exchange: { retry: () => 0, headers: ({ call }) => void calls.push(call) } },
    ])
    answer(refusal('slow_down', 429), refusal('slow_down', 429), Response.json({}))
    await send()
    expect(sent()).toBe(3)
    expect(calls).toHaveLength(4)
    expect(new Set(calls).size).toBe(1)
  })

  it('cannot change the result', async () => {
    for (const run of [
      async (_: Call, next: () => Promise<unknown>) => ({ ...((await next()) as object) }),
      async (_: Call, next: () => Promise<unknown>) => void (await next()),
      async (_: Call, next: () => Promise<unknown>) => next().then(() => ({ access_token: canaries.token })),
    ]) {
      const { refuse } = await startProbe([around('inventive', run)])
      expect(await refuse('PLUGIN_FAILED')).toMatchObject({
        plugin: 'inventive',
        slot: 'around',
        message: 'The plugin inventive changed the result in its slot around. It must call next() once and give its result.',
      })
    }
  })

  it('gives the result of a call that gives none', async () => {
    const { send } = await startProbe([around('x', plain)])
    expect(await send({}, { parse: () => undefined })).toBeUndefined()
  })

  it('must call next(), for a result of its own would pass every check by', async () => {
    const { refuse, sent } = await startProbe([around('lazy', async () => ({ ok: true })), around('z', plain)])
    expect(await refuse('PLUGIN_FAILED')).toMatchObject({
      plugin: 'lazy',
      slot: 'around',
      message: expect.stringContaining('did not call next()'),
    })
    expect(sent()).toBe(0)
  })

  it('that calls next() twice sends nothing a second time', async () => {
    const { refuse, sent } = await startProbe([
      around('double', async (_, next) => {
        await next()
        return next()
      }),
    ])
    expect(await refuse('PLUGIN_FAILED')).toMatchObject({
      plugin: 'double',
      slot: 'around',
      message: expect.stringContaining('called next() twice'),
    })
    expect(sent()).toBe(1)
    const swallowing = await startProbe([
      around('double', async (_, next) => {
        const result = await next()
        await Promise.resolve()
          .then(next)
          .catch(() => undefined)
        return result
      }),
    ])
    expect(await swallowing.send()).toEqual({ ok: true })
    expect(swallowing.sent()).toBe(1)
  })

  it('cannot swallow an error', async () => {
    const { answer, refuse } = await startProbe([around('silent', (_, next) => next().catch(() => ({ ok: true }))), around('z', plain)])
    answer(refusal('invalid_grant'))
    const error = await refuse('OAUTH_ERROR')
    expect(error.error).toBe('invalid_grant')
    expect(error.plugin).toBeUndefined()
  })

  it('lets an error through as it is, and blames nobody for it', async () => {
    const { answer, refuse } = await startProbe([around('a', plain), around('b', async (_, next) => await next())])
    answer(refusal('invalid_grant'))
    expect((await refuse('OAUTH_ERROR')).plugin).toBeUndefined()
  })

  it('carries its name with an error of its own, before the call and after', async () => {
    const before = await startProbe([around('strict', () => Promise.reject(oidcError('TIMEOUT', 'Too late.')))])
    expect(await before.refuse('TIMEOUT')).toMatchObject({ plugin: 'strict', slot: 'around' })
    expect(before.sent()).toBe(0)
    const thrown = new RangeError(`of nothing`)
    const after = await startProbe([
      around('strict', async (_, next) => {
        await next()
        throw thrown
      }),
      around('outer', plain),
    ])
    expect(await after.refuse('PLUGIN_FAILED')).toMatchObject({ plugin: 'strict', slot: 'around', cause: thrown })
    expect(after.sent()).toBe(1)
    const synchronous = await startProbe([
      around('strict', () => {
        throw thrown
      }),
    ])
    expect(await synchronous.refuse('PLUGIN_FAILED')).toMatchObject({ plugin: 'strict', cause: thrown })
  })

  it('that puts another error in the place of the call’s is named, and the inner plugin stays named where it threw', async () => {
    const { answer, refuse } = await startProbe([
      around('translating', (_, next) => next().catch(() => Promise.reject(new Error('other')))),
    ])
    answer(refusal('invalid_grant'))
    expect(await refuse('PLUGIN_FAILED')).toMatchObject({ plugin: 'translating', slot: 'around' })
    const inner = await startProbe([
      around('a', plain),
      {
        name: 'b',
        exchange: {
          headers: () => {
            throw oidcError('KEY_INVALID', 'No key.')
          },
        },
      },
    ])
    expect(await inner.refuse('KEY_INVALID')).toMatchObject({ plugin: 'b', slot: 'exchange.headers' })
  })

  it('S-D48: that does not wait for the call leaves nothing unhandled, and its error waits for the end of the call', async () => {
    const ends: string[] = []
    const { answer, send } = await startProbe([
      around('hasty', async (_, next) => {
        next().then(
          () => ends.push('call'),
          () => ends.push('call'),
        )
        throw oidcError('ABORTED', 'No patience.')
      }),
    ])
    answer(refusal('invalid_grant'))
    const error = await caught(send)
    ends.push('error')
    expect(error).toMatchObject({ code: 'ABORTED', plugin: 'hasty' })
    expect(ends).toEqual(['call', 'error'])
  })

  it('is not run where no plugin fills it', async () => {
    const parse = vi.fn(() => 7)
    const { send } = await startProbe([{ name: 'x' }])
    expect(await send({}, { parse })).toBe(7)
  })
})
