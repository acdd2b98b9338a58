import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { deferred } from '../../test/probe.js'
import { expectRefusal } from '../../test/refusal.js'
import { createShared, createSharedCache, loadShared, waitFor } from './shared.js'

const network = () => (() => Promise.reject(new Error('not used'))) as typeof globalThis.fetch

describe('a shared cache', () => {
  it('has one entry for each key and fetch: two functions may see two networks', () => {
    const cache = createSharedCache(() => ({}))
    const [one, two] = [network(), network()]
    expect(cache(one, 'a')).toBe(cache(one, 'a'))
    expect(cache(one, 'a')).not.toBe(cache(one, 'b'))
    expect(cache(one, 'a')).not.toBe(cache(two, 'a'))
    expect(createSharedCache(() => ({}))(one, 'a')).not.toBe(cache(one, 'a'))
  })

  it('is bounded: of more than 1000 servers it lets go of the one that was longest unused', () => {
    const cache = createSharedCache(() => ({}))
    const fetch = network()
    const first = cache(fetch, 'first')
    const second = cache(fetch, 'second')
    for (let i = 0; i < 998; i++) cache(fetch, `server-${i}`)
    expect(cache(fetch, 'first')).toBe(first)
    cache(fetch, 'one-more')
    expect(cache(fetch, 'first')).toBe(first)
    expect(cache(fetch, 'second')).not.toBe(second)
  })

  it('keeps the 1000 keys that were used last, in whatever order keys are used', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1100 }), { minLength: 1000, maxLength: 3000, size: 'max' }), (keys) => {
        const cache = createSharedCache(() => ({}))
        const fetch = network()
        const last = new Map<number, unknown>()
        for (const key of keys) {
          const entry = cache(fetch, String(key))
          last.delete(key)
          last.set(key, entry)
        }
        for (const [key, entry] of [...last].slice(-1000).reverse())
          if (cache(fetch, String(key)) !== entry) expect.unreachable(String(key))
      }),
      { numRuns: 20 },
    )
  })
})

describe('loadShared', () => {
  const start = () => ({ entry: createShared<number>(), now: () => 17 })

  it('loads once, however many wait for it, and keeps the value with its time', async () => {
    const { entry, now } = start()
    const load = vi.fn(() => Promise.resolve(7))
    const values = await Promise.all(Array.from({ length: 20 }, () => loadShared(entry, now, load)))
    expect(values).toEqual(Array(20).fill(7))
    expect(load).toHaveBeenCalledOnce()
    expect(entry).toMatchObject({ at: 17, value: 7, pending: undefined })
  })

  it('S-B25: keeps no failure: all who waited get it, and the next one asks again', async () => {
    const { entry, now } = start()
    const failing = vi.fn(() => Promise.reject(new Error('down')))
    const outcomes = await Promise.allSettled([loadShared(entry, now, failing), loadShared(entry, now, failing)])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(failing).toHaveBeenCalledOnce()
    expect(await loadShared(entry, now, () => Promise.resolve(8))).toBe(8)
  })

  it('leaves the last value in place when a later load fails', async () => {
    const { entry, now } = start()
    await loadShared(entry, now, () => Promise.resolve(7))
    await expect(
      loadShared(
        entry,
        () => 99,
        () => Promise.reject(new Error('down')),
      ),
    ).rejects.toThrow('down')
    expect(entry).toMatchObject({ at: 17, value: 7 })
  })

  it('never has two loads under way, whatever the order in which they begin, end and fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), async (scheduler, fates) => {
        const { entry, now } = start()
        let active = 0
        let most = 0
        const waiters = scheduler.scheduleSequence(
          fates.map((succeeds) => async () => {
            const load = async () => {
              most = Math.max(most, ++active)
              await scheduler.schedule(Promise.resolve())
              active--
              if (!succeeds) throw new Error('down')
              return 1
            }
            // Nobody waits for it here: the next one comes while this one is under way.
            loadShared(entry, now, load).catch(() => undefined)
          }),
        )
        await scheduler.waitAll()
        await waiters.task
        expect(most).toBe(1)
        expect(entry.pending).toBeUndefined()
      }),
    )
  })
})

describe('waitFor', () => {
  it('gives what comes, with a signal and without', async () => {
    expect(await waitFor(Promise.resolve(7), undefined, 'jwks')).toBe(7)
    expect(await waitFor(Promise.resolve(7), new AbortController().signal, 'jwks')).toBe(7)
    const down = new Error('down')
    await expect(waitFor(Promise.reject(down), new AbortController().signal, 'jwks')).rejects.toBe(down)
  })

  it('an abort lets go of the waiter, not of the request that others wait for', async () => {
    const { promise, resolve } = deferred<number>()
    const controller = new AbortController()
    const impatient = waitFor(promise, controller.signal, 'jwks')
    const patient = waitFor(promise, new AbortController().signal, 'jwks')
    const reason = new Error('enough')
    controller.abort(reason)
    const error = await expectRefusal(impatient, 'ABORTED', { says: ['the wait for jwks'] })
    expect(error).toMatchObject({ operation: 'jwks', cause: reason })
    resolve(7)
    expect(await patient).toBe(7)
  })

  it('a signal that is aborted already does not wait at all', async () => {
    await expectRefusal(waitFor(new Promise(() => undefined), AbortSignal.abort(), 'discovery'), 'ABORTED')
  })

  it('S-D48: a failure after the abort reaches nobody, and is not unhandled', async () => {
    const { promise, reject } = deferred<number>()
    const waiting = waitFor(promise, AbortSignal.abort(), 'jwks')
    await expectRefusal(waiting, 'ABORTED')
    reject(new Error('down'))
    await expect(promise).rejects.toThrow('down')
  })

  it('leaves no listener behind on a signal that lives as long as the process', async () => {
    const { signal } = new AbortController()
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    await waitFor(Promise.resolve(7), signal, 'jwks')
    await Promise.resolve()
    expect(remove.mock.calls.map(([type, listener]) => [type, listener])).toEqual(
      add.mock.calls.map(([type, listener]) => [type, listener]),
    )
    expect(add).toHaveBeenCalledOnce()
  })
})
