/** A clock that moves only when it is told to, or when somebody sleeps. Give it to the client as `clock`. */
export interface TestClock {
  /** Seconds since the epoch. */
  now(): number
  /** Moves the clock on at once, and resolves: nothing in a test really waits. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>
  /** Moves the clock by so many seconds, also back. */
  advance(seconds: number): void
  /** Every wait so far, in seconds, in order. */
  readonly waits: readonly number[]
}

/** @param start Seconds since the epoch. */
export function createTestClock(start: number = 1_800_000_000): TestClock {
  let time = start
  const waits: number[] = []
  return {
    waits,
    now: () => time,
    async sleep(seconds, signal) {
      signal?.throwIfAborted()
      waits.push(seconds)
      time += seconds
      // Others get their turn, as they would in a real wait: a poll that never ends can be aborted.
      await new Promise<void>((resolve) => queueMicrotask(resolve))
      signal?.throwIfAborted()
    },
    advance(seconds) {
      time += seconds
    },
  }
}
