import { oidcError } from '../base/errors.js'

/** A value of one server that all clients of the process share. */
export interface Shared<T> {
  value?: T
  /** Epoch seconds at which the value came. */
  at: number
  pending?: Promise<T> | undefined
}

export type SharedCache<Entry> = (fetch: typeof globalThis.fetch, key: string, egress?: object) => Entry

const maxEntries = 1000

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

/** Loads a shared value once however many wait for it. A failure is not kept. */
export function loadShared<T>(entry: Shared<T>, now: () => number, load: () => Promise<T>): Promise<T> {
  entry.pending ??= load()
    .then((value) => {
      entry.at = now()
      entry.value = value
      return value
    })
    .finally(() => {
      entry.pending = undefined
    })
  return entry.pending
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
