import { isOidcError, oidcError } from '../base/errors.js'
import { withoutQuery } from '../base/url.js'
import type { ClientEvent } from '../client/events.js'

/** A value of one server that all clients of the process share. */
export interface Shared<T> {
  value?: T | undefined
  /** Epoch seconds at which the value came. */
  at: number
  pending?: Promise<T> | undefined
  /** How many loads have begun. */
  begun: number
  /** What loads up to this one bring comes too late. */
  settled: number
  /** What the last load failed with, when, and how many failed in a row. */
  failure?: { readonly error: unknown; readonly at: number; readonly count: number } | undefined
}

/** How long a shared value serves, in seconds, and how it is loaded. */
export interface Freshness<T> {
  now(): number
  /** In the last fifth of it the value is loaded anew already, and nobody waits for that. */
  readonly maxAge: number
  /** How long it serves where it cannot be loaded anew. */
  readonly maxStale: number
  /** Whether a server that is overloaded or down is left alone for a moment where there is no value to serve. */
  readonly keepsFailures?: boolean
  /** @param lastGood The value that serves until then. */
  load(lastGood: T | undefined): Promise<T>
  /** Told once of each load that failed and that an older value stands in for. */
  onStale(error: unknown): void
}

export type SharedCache<Entry> = (fetch: typeof globalThis.fetch, key: string, egress?: object) => Entry

const maxEntries = 1000
/** Seconds after a failure in which a server is left alone, at most: two, four, eight, ten. */
const longestPause = 10

/** Makes a cache with one entry for each key, `fetch` and egress hook: what one hook allowed, another may refuse. */
export function createSharedCache<Entry>(make: () => Entry): SharedCache<Entry> {
  const caches = new WeakMap<object, WeakMap<object, Map<string, Entry>>>()
  return (fetch, key, egress = fetch) => {
    const networks = caches.get(fetch) ?? new WeakMap<object, Map<string, Entry>>()
    caches.set(fetch, networks)
    const entries = networks.get(egress) ?? new Map<string, Entry>()
    networks.set(egress, entries)
    const entry = entries.get(key) ?? make()
    // The most recently used one stands last, so that the first is the one to let go.
    entries.delete(key)
    entries.set(key, entry)
    for (const oldest of entries.keys()) {
      if (entries.size <= maxEntries) break
      entries.delete(oldest)
    }
    return entry
  }
}

export function createShared<T>(): Shared<T> {
  return { at: 0, begun: 0, settled: 0 }
}

/** Gives the value at once where it may serve, else loads it. */
export function readShared<T>(entry: Shared<T>, { now, maxAge, maxStale, keepsFailures, load, onStale }: Freshness<T>): T | Promise<T> {
  const time = now()
  // A clock that was set back must not keep a value forever.
  if (entry.at > time) entry.at = time - maxAge
  const age = time - entry.at
  const value = age < maxStale ? entry.value : undefined
  const { failure, pending } = entry
  const isPausing = failure !== undefined && time >= failure.at && time < failure.at + Math.min(2 ** failure.count, longestPause)
  if (value !== undefined && (age < maxAge * 0.8 || isPausing)) return value
  // What was refused for its content is not kept: whoever mends it need not wait.
  if (keepsFailures && isPausing && isOidcError(failure.error) && failure.error.retryable) throw failure.error
  const loading = loadShared(entry, now, () => load(value))
  if (value === undefined) return loading
  const standing = loading.catch((error: unknown) => {
    if (pending === undefined) onStale(error)
    return value
  })
  return age < maxAge ? value : standing
}

/** Loads a shared value once however many wait for it. A failure is not a value: what was there stays. */
export function loadShared<T>(entry: Shared<T>, now: () => number, load: () => Promise<T>): Promise<T> {
  if (entry.pending !== undefined) return entry.pending
  const serial = ++entry.begun
  const pending: Promise<T> = load()
    .then(
      (value) => {
        // It began before the cache was emptied: it may hold what was to go.
        if (serial <= entry.settled) return entry.value ?? loadShared(entry, now, load)
        Object.assign(entry, { value, at: now(), settled: serial, failure: undefined })
        return value
      },
      (error: unknown) => {
        if (serial > entry.settled) entry.failure = { error, at: now(), count: (entry.failure?.count ?? 0) + 1 }
        throw error
      },
    )
    .finally(() => {
      if (entry.pending === pending) entry.pending = undefined
    })
  entry.pending = pending
  return pending
}

/** Forgets the value, and what loads under way may yet bring. */
export function flushShared(entry: Shared<unknown>): void {
  Object.assign(entry, { value: undefined, pending: undefined, failure: undefined, settled: entry.begun })
}

/** Puts a value there that was kept elsewhere, if none as new is there. */
export function restoreShared<T>(entry: Shared<T>, value: T, at: number): boolean {
  if (entry.value !== undefined && entry.at >= at) return false
  Object.assign(entry, { value, at })
  return true
}

/** What `onEvent` gets of a load that failed and that an older value stands in for. */
export function staleEvent(operation: string, url: string, error: unknown): ClientEvent {
  return { type: 'cache', operation, url: withoutQuery(url), outcome: 'stale', ...(isOidcError(error) && { code: error.code }) }
}

/** Waits for a shared promise: an abort lets go of the waiter, not of the request that others wait for. @throws `ABORTED` */
export function waitFor<T>(promise: Promise<T>, signal: AbortSignal | undefined, operation: string): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const stop = () =>
      reject(
        oidcError('ABORTED', `The caller's signal ended the wait for ${operation}. Nothing is to be done if that was meant.`, {
          operation,
          cause: signal.reason,
        }),
      )
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
