/** What a process is told at its start. */
export interface WorkerSettings {
  readonly issuer: string
  readonly redis: string
  readonly prefix: string
  readonly library: 'redis' | 'ioredis'
  /** Of this process alone. */
  readonly sender: string
  readonly seed: number
  readonly lease: number
}

/** What the parent says. */
export type Order = { readonly type: 'sessions'; readonly keys: readonly string[] } | { readonly type: 'stop' }

/** What a process says: that it runs, that a session ended, or that something went wrong which must not. */
export type News =
  | { readonly type: 'ready' }
  | { readonly type: 'ended'; readonly key: string }
  | { readonly type: 'failed'; readonly key: string; readonly code: string; readonly message: string }

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
