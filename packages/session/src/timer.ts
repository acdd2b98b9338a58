/** A longer delay overflows a timer, which then fires at once. */
const longestDelay = 2 ** 31 - 1

interface Unrefable {
  unref?(): void
}

/** Waits milliseconds, without keeping a process alive that has nothing else to do. Rejects with the reason of the signal. */
export function delay(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    const timer = setTimeout(end, Math.min(milliseconds, longestDelay))
    // Of Node; browsers give a number.
    ;(timer as unknown as Unrefable).unref?.()
    signal?.addEventListener('abort', end)
    if (signal?.aborted) end()
  })
}
