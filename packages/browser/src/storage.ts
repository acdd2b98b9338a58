import { browserError } from './browser-error.js'

/** Where one tab keeps text: session storage, or memory. */
export interface TabStorage {
  get(key: string): string | undefined
  /** @throws `BROWSER_STORAGE_UNAVAILABLE` */
  set(key: string, value: string): void
  delete(key: string): void
  /** The keys that begin so. */
  keys(prefix: string): readonly string[]
}

/** Lost with the page: a reload finds nothing. */
export function createMemoryStorage(): TabStorage {
  const values = new Map<string, string>()
  return {
    get: (key) => values.get(key),
    set: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
    keys: (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)),
  }
}

/**
 * Session storage: of this tab alone, and gone with it. Where the browser keeps it back, reading finds nothing, and writing says so.
 *
 * @param find Gives it; a browser may throw already there.
 */
export function createWebStorage(find: () => Storage): TabStorage {
  const tryTo = <Result>(run: (storage: Storage) => Result): Result | undefined => {
    try {
      return run(find())
    } catch {
      return undefined
    }
  }
  return {
    get: (key) => tryTo((storage) => storage.getItem(key)) ?? undefined,
    set(key, value) {
      try {
        find().setItem(key, value)
      } catch (error) {
        const isFull = error instanceof DOMException && error.name === 'QuotaExceededError'
        throw browserError(
          'BROWSER_STORAGE_UNAVAILABLE',
          `Session storage ${isFull ? 'is full' : 'cannot be used'}, and a session is to be kept there. Ask the user to allow site data, or give the option storage: 'memory'.`,
        )
      }
    },
    delete: (key) => void tryTo((storage) => storage.removeItem(key)),
    keys: (prefix) => tryTo((storage) => Object.keys(storage).filter((key) => key.startsWith(prefix))) ?? [],
  }
}
