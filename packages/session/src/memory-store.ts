import { sessionError } from './session-error.js'

/** How a memory store is bounded. */
export interface MemoryStoreOptions {
  /** The most entries: 10,000. What was used longest ago goes first. */
  readonly limit?: number | undefined
}

/** A {@link TokenStore} that answers at once. */
export interface MemoryStore {
  get(key: string): string | undefined
  set(key: string, value: string): void
  take(key: string): string | undefined
  delete(key: string): void
  compareAndSwap(key: string, expected: string | undefined, value: string | undefined): boolean
}

/**
 * A store in the memory of this process: for one process, for command lines, for tests. Everything is gone when the process ends.
 *
 * @throws `SESSION_OPTION_INVALID`
 */
export function memoryStore({ limit = 10_000 }: MemoryStoreOptions = {}): MemoryStore {
  if (!(limit >= 1)) throw sessionError('SESSION_OPTION_INVALID', 'The option limit of memoryStore is no number of at least 1. Give one.')
  const values = new Map<string, string>()
  const get = (key: string) => {
    const value = values.get(key)
    if (value !== undefined) set(key, value)
    return value
  }
  const set = (key: string, value: string) => {
    values.delete(key)
    values.set(key, value)
    for (const oldest of values.keys()) {
      if (values.size <= limit) break
      values.delete(oldest)
    }
  }
  return {
    get,
    set,
    take(key) {
      const value = values.get(key)
      values.delete(key)
      return value
    },
    delete: (key) => void values.delete(key),
    compareAndSwap(key, expected, value) {
      if (values.get(key) !== expected) return false
      if (value === undefined) values.delete(key)
      else set(key, value)
      return true
    },
  }
}
