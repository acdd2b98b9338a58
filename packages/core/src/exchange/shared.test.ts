import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { deferred } from '../../test/probe.js'
import { expectRefusal } from '../../test/refusal.js'
import { oidcError } from '../base/errors.js'
import {
  createShared,
  createSharedCache,
  type Freshness,
  flushShared,
  loadShared,
  readShared,
  restoreShared,
  type Shared,
  staleEvent,
  waitFor,
} from './shared.js'

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

  it('has one for each egress hook: what one allowed, another may refuse', () => {
    const cache = createSharedCache(() => ({}))
    const [fetch, one, two] = [network(), {}, {}]
    expect(cache(fetch, 'a', one)).toBe(cache(fetch, 'a', one))
    expect(cache(fetch, 'a', one)).not.toBe(cache(fetch, 'a', two))
    expect(cache(fetch, 'a', one)).not.toBe(cache(fetch, 'a'))
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

describe('readShared', () => {
  const down = oidcError('HTTP_STATUS', 'The server is down. Try again.', { retryable: true })

  /** One value that is good for 100 seconds, and stands in for 1000; times are seconds after 5000. */
  async function start(changes: Partial<Freshness<number>> = {}) {
    let time = 5000
    let count = 0
    const entry = createShared<number>()
    const load = vi.fn((_: number | undefined) => Promise.resolve(++count))
    const onStale = vi.fn()
    const freshness = { now: () => time, maxAge: 100, maxStale: 1000, load, onStale, ...changes }
    await readShared(entry, freshness)
    return {
      entry,
      load,
      onStale,
      fail: (error: unknown = down) => load.mockImplementation(() => Promise.reject(error)),
      /** Reads it so many seconds after it came, and gives the value, or the promise of one. */
      at: (seconds: number) => {
        time = 5000 + seconds
        return readShared(entry, freshness)
      },
    }
  }

  it('gives the value itself, and asks nobody, in the first four fifths of its age', async () => {
    const { at, load } = await start()
    expect([at(0), at(79)]).toEqual([1, 1])
    expect(load).toHaveBeenCalledOnce()
  })

  it('in the last fifth loads it anew, once, and gives the old one at once', async () => {
    const { at, load, entry } = await start()
    expect([at(80), at(99)]).toEqual([1, 1])
    expect(load.mock.calls).toEqual([[undefined], [1]])
    await entry.pending
    expect(at(99)).toBe(2)
    const other = await start()
    expect(other.at(80)).toBe(1)
    expect(other.load).toHaveBeenCalledTimes(2)
  })

  it('at its age waits for the new one', async () => {
    const { at } = await start()
    const waiting = at(100)
    expect(waiting).toBeInstanceOf(Promise)
    expect(await waiting).toBe(2)
  })

  it('S-B04: where it cannot be loaded, gives the old one for as long as it may stand in, and tells of each failure once', async () => {
    const { at, fail, onStale } = await start()
    fail()
    expect(await Promise.all([at(100), at(100), at(100)])).toEqual([1, 1, 1])
    expect(onStale.mock.calls).toEqual([[down]])
    expect(await at(999)).toBe(1)
    expect(onStale).toHaveBeenCalledTimes(2)
    await expect(at(1000)).rejects.toBe(down)
    expect(onStale).toHaveBeenCalledTimes(2)
  })

  it('does not hand a value that is too old to who loads the next one', async () => {
    const { at, load } = await start()
    await at(1000)
    expect(load.mock.calls).toEqual([[undefined], [undefined]])
  })

  it('leaves a server alone after each failure in a row for two, four, eight and then ten seconds, and serves the old value meanwhile', async () => {
    const { at, fail, load } = await start()
    fail()
    const asked: number[] = []
    for (let second = 100; second < 150; second++) {
      const before = load.mock.calls.length
      expect(await at(second)).toBe(1)
      if (load.mock.calls.length > before) asked.push(second)
    }
    expect(asked).toEqual([100, 102, 106, 114, 124, 134, 144])
  })

  it('a clock that was set back behind the failure does not make it leave the server alone until it has caught up', async () => {
    const { at, fail, load } = await start()
    fail()
    await at(100)
    const before = load.mock.calls.length
    expect(await at(-10)).toBe(1)
    expect(load.mock.calls.length).toBe(before + 1)
  })

  it('a clock that was set back makes the value old at once, and does not keep it forever', async () => {
    const { at, load } = await start()
    const waiting = at(-1)
    expect(waiting).toBeInstanceOf(Promise)
    expect(await waiting).toBe(2)
    expect(at(-1)).toBe(2)
    expect(load.mock.calls).toEqual([[undefined], [1]])
  })

  it('S-B25: keepsFailures: without a value, a server that is down is not asked for a moment, and the same error is thrown', async () => {
    const { at, fail, load, entry } = await start({ keepsFailures: true })
    flushShared(entry)
    fail()
    await expect(at(0)).rejects.toBe(down)
    expect(() => at(0)).toThrow(down)
    expect(() => at(1)).toThrow(down)
    await expect(at(2)).rejects.toBe(down)
    expect(load).toHaveBeenCalledTimes(3)
    load.mockImplementation(() => Promise.resolve(9))
    expect(await at(6)).toBe(9)
  })

  it('S-B25: keepsFailures: what was refused for its content, or for a reason nobody knows, is asked again at once', async () => {
    for (const error of [oidcError('ISSUER_MISMATCH', 'Another issuer. Correct it.'), new Error('unknown')]) {
      const { at, fail, load, entry } = await start({ keepsFailures: true })
      flushShared(entry)
      fail(error)
      for (let i = 0; i < 3; i++) await expect(at(0)).rejects.toBe(error)
      expect(load).toHaveBeenCalledTimes(4)
    }
  })

  it('without keepsFailures a server that is down is asked each time', async () => {
    const { at, fail, load, entry } = await start()
    flushShared(entry)
    fail()
    for (let i = 0; i < 3; i++) await expect(at(0)).rejects.toBe(down)
    expect(load).toHaveBeenCalledTimes(4)
  })

  it('a success ends the row of failures', async () => {
    const { at, fail, load, entry } = await start()
    fail()
    await at(100)
    await at(102)
    expect(entry.failure?.count).toBe(2)
    load.mockImplementation(() => Promise.resolve(9))
    expect(await at(106)).toBe(9)
    expect(entry.failure).toBeUndefined()
  })
})

describe('flushShared and restoreShared', () => {
  const now = () => 17

  it('S-B26: what a load under way brings after the flush is not kept, and what it fails with is no failure of the next one', async () => {
    const entry = createShared<number>()
    const { promise, resolve } = deferred<number>()
    const early = loadShared(entry, now, () => promise)
    flushShared(entry)
    expect(await loadShared(entry, now, () => Promise.resolve(8))).toBe(8)
    resolve(7)
    expect(await early, 'it gets what was asked for later').toBe(8)
    expect(entry).toMatchObject({ value: 8, pending: undefined })
    const other = createShared<number>()
    const failing = deferred<number>()
    const late = loadShared(other, now, () => failing.promise)
    flushShared(other)
    failing.reject(new Error('down'))
    await expect(late).rejects.toThrow('down')
    expect(other.failure).toBeUndefined()
  })

  it('S-B26: where nobody asked again after the flush, what comes late is asked for once more', async () => {
    const entry = createShared<number>()
    const load = vi.fn(() => Promise.resolve(7))
    const early = loadShared(entry, now, load)
    flushShared(entry)
    load.mockImplementation(() => Promise.resolve(8))
    expect(await early).toBe(8)
    expect(entry).toMatchObject({ value: 8, pending: undefined })
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('S-B26: a load that ends does not make room for a third while the second is under way', async () => {
    const entry = createShared<number>()
    const [first, second] = [deferred<number>(), deferred<number>()]
    const early = loadShared(entry, now, () => first.promise).catch(() => undefined)
    flushShared(entry)
    const late = loadShared(entry, now, () => second.promise)
    first.reject(new Error('down'))
    await early
    expect(loadShared(entry, now, () => Promise.reject(new Error('never asked')))).toBe(late)
    second.resolve(8)
    expect(await late).toBe(8)
  })

  it('S-B26: forgets value and failure', async () => {
    const entry = createShared<number>()
    await loadShared(entry, now, () => Promise.resolve(7))
    await expect(loadShared(entry, now, () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect(entry).toMatchObject({ value: 7, failure: { at: 17, count: 1 } })
    flushShared(entry)
    expect(entry).toMatchObject({ value: undefined, failure: undefined })
  })

  it('S-B26: a value that was kept elsewhere comes in only where none as new is there', () => {
    const entry: Shared<number> = createShared()
    expect(restoreShared(entry, 1, 100)).toBe(true)
    expect(restoreShared(entry, 2, 100)).toBe(false)
    expect(restoreShared(entry, 2, 99)).toBe(false)
    expect(entry).toMatchObject({ value: 1, at: 100 })
    expect(restoreShared(entry, 2, 101)).toBe(true)
    expect(entry).toMatchObject({ value: 2, at: 101 })
    flushShared(entry)
    expect(restoreShared(entry, 3, 50), 'what was flushed no longer counts').toBe(true)
  })
})

describe('staleEvent', () => {
  it('tells of the address without its query, and of the code where it has one', () => {
    const known = { type: 'cache', operation: 'jwks', url: 'https://as.example/jwks', outcome: 'stale' }
    const error = oidcError('HTTP_STATUS', 'The server is down. Try again.')
    expect(staleEvent('jwks', 'https://as.example/jwks?key=hidden', error)).toEqual({ ...known, code: 'HTTP_STATUS' })
    expect(staleEvent('jwks', 'https://as.example/jwks', new Error('down'))).toStrictEqual(known)
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
