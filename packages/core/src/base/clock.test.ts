import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from './clock.js'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_999 })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('systemClock', () => {
  it('tells whole seconds since the epoch', () => {
    expect(systemClock.now()).toBe(1_700_000_000)
    vi.setSystemTime(1_700_000_001_000)
    expect(systemClock.now()).toBe(1_700_000_001)
  })

  it('sleeps for the seconds given, and no less', async () => {
    let awake = false
    const sleep = systemClock.sleep(5).then(() => {
      awake = true
    })
    await vi.advanceTimersByTimeAsync(4_999)
    expect(awake).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(awake).toBe(true)
    await sleep
  })

  it('rejects with the reason of the signal and clears its timer', async () => {
    const controller = new AbortController()
    const sleep = systemClock.sleep(5, controller.signal)
    expect(vi.getTimerCount()).toBe(1)
    const reason = new Error('the user left')
    controller.abort(reason)
    await expect(sleep).rejects.toBe(reason)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not start to sleep when the signal is aborted already', async () => {
    const reason = new Error('too late')
    await expect(systemClock.sleep(5, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no listener on the signal behind', async () => {
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    const sleep = systemClock.sleep(5, signal)
    await vi.advanceTimersByTimeAsync(5_000)
    await sleep
    expect(add).toHaveBeenCalledOnce()
    expect(remove).toHaveBeenCalledWith('abort', add.mock.calls[0]?.[1])
  })

  it('does not wake at once from a sleep longer than a timer can be', async () => {
    let awake = false
    const sleep = systemClock.sleep(2 ** 40).then(() => {
      awake = true
    })
    await vi.advanceTimersByTimeAsync(2 ** 31 - 2)
    expect(awake).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await sleep
    expect(awake).toBe(true)
  })
})
