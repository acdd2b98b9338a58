/** Where a client reads the time. */
export interface Clock {
  /** Seconds since the epoch. */
  now(): number
  /** Waits. Rejects with the reason of the signal when it is aborted. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>
}

/** A longer delay overflows a timer, which then fires at once. */
const longestDelay = 2147483647

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Math.floor(Date.now() / 1000),
  sleep: (seconds, signal) =>
    new Promise((resolve, reject) => {
      const wake = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        if (signal?.aborted) reject(signal.reason)
        else resolve()
      }
      const timer = setTimeout(wake, Math.min(seconds * 1000, longestDelay))
      signal?.addEventListener('abort', wake)
      if (signal?.aborted) wake()
    }),
}
