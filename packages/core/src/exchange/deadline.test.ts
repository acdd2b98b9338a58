import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { deferred } from '../../test/probe.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { withDeadline } from './deadline.js'

const place = { operation: 'token', url: 'https://as.example/token' }
const never = () => new Promise<never>(() => undefined)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the deadline of an attempt', () => {
  it('gives what came in time, and lets go of timer and signal', async () => {
    const { signal } = new AbortController()
    const remove = vi.spyOn(signal, 'removeEventListener')
    expect(await withDeadline(place, { timeout: 1, signal }, async () => 7)).toBe(7)
    expect(vi.getTimerCount()).toBe(0)
    expect(remove).toHaveBeenCalledOnce()
  })

  it('gives the error that came in time', async () => {
    const down = new Error('down')
    await expect(withDeadline(place, { timeout: 1 }, () => Promise.reject(down))).rejects.toBe(down)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('S-D42: settles in time even where nothing listens to its signal (TIMEOUT)', async () => {
    const running = expectRefusal(withDeadline(place, { timeout: 10 }, never), 'TIMEOUT', { says: [place.url, 'within 10 seconds'] })
    await vi.advanceTimersByTimeAsync(9_999)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await running).toMatchObject({ operation: 'token', http: { url: place.url }, retryable: true })
  })

  it('aborts what is under way, with the same error', async () => {
    const signals: AbortSignal[] = []
    const running = withDeadline(place, { timeout: 2 }, (signal) => {
      signals.push(signal)
      return never()
    }).catch((error: unknown) => error)
    expect(signals[0]?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(2000)
    expect(signals[0]?.aborted).toBe(true)
    expect(signals[0]?.reason).toBe(await running)
  })

  it("S-D48: the caller's signal ends it with its reason as the cause, and is no timeout (F-M18)", async () => {
    const controller = new AbortController()
    const reason = new Error('the user went away')
    const signals: AbortSignal[] = []
    const running = withDeadline(place, { timeout: 5, signal: controller.signal }, (signal) => {
      signals.push(signal)
      return never()
    })
    controller.abort(reason)
    const error = await expectRefusal(running, 'ABORTED', { says: [place.url] })
    expect(error).toMatchObject({ operation: 'token', cause: reason, retryable: false })
    expect(signals[0]?.aborted).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('a signal that is aborted already begins nothing', async () => {
    const run = vi.fn(never)
    await expectRefusal(withDeadline(place, { timeout: 5, signal: AbortSignal.abort() }, run), 'ABORTED')
    expect(run).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('a timeout longer than a timer can hold does not fire at once', async () => {
    const { promise, resolve } = deferred<number>()
    const running = withDeadline(place, { timeout: 2_147_484 }, () => promise)
    await vi.advanceTimersByTimeAsync(60_000)
    resolve(7)
    expect(await running).toBe(7)
  })

  it('S-D48: what fails after the deadline is not unhandled, and reaches nobody', async () => {
    const { promise, reject } = deferred<never>()
    const running = expectRefusal(
      withDeadline(place, { timeout: 1 }, () => promise),
      'TIMEOUT',
    )
    await vi.advanceTimersByTimeAsync(1000)
    await running
    reject(new Error(canaries.token))
    await vi.advanceTimersByTimeAsync(0)
  })
})
