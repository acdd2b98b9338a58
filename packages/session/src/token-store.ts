import { isOidcError } from '@oidc/core/plugin'
import type { Lock } from './lock.js'
import { sessionError } from './session-error.js'

/** What a store gives, at once or later. */
export type Awaitable<T> = T | Promise<T>

/** Where tokens live. Values are text of this package's own. */
export interface TokenStore {
  /** Undefined or null: nothing is there. It throws when it cannot tell: a store that is down is no logout. */
  get(key: string): Awaitable<string | null | undefined>
  set(key: string, value: string, settings?: StoreSettings): Awaitable<unknown>
  /** Gives a value and deletes it, in one step. */
  take(key: string): Awaitable<string | null | undefined>
  delete(key: string): Awaitable<unknown>
  /**
   * Writes (undefined: deletes) only where the value is still the expected one (undefined: nothing is there), in one step, and says whether it
   * did. A store without it must be used by one process alone, or under a lock.
   */
  compareAndSwap?(key: string, expected: string | undefined, value: string | undefined): Awaitable<boolean>
  /** The lock that goes with it, where the option `lock` is not given. */
  readonly lock?: Lock | undefined
}

/** How a value is kept. */
export interface StoreSettings {
  /** Seconds that the value must live at least; the store's own by default. */
  readonly ttl?: number | undefined
}

/** A store whose errors are ours, and which can always compare and swap. */
export interface GuardedStore {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, settings?: StoreSettings): Promise<void>
  take(key: string): Promise<string | undefined>
  swap(key: string, expected: string | undefined, value: string | undefined): Promise<boolean>
}

/** @throws `SESSION_OPTION_INVALID` */
export function guardStore(store: TokenStore): GuardedStore {
  for (const method of ['get', 'set', 'take', 'delete'] as const)
    if (typeof store?.[method] !== 'function')
      throw sessionError('SESSION_OPTION_INVALID', `The store has no ${method}. Give memoryStore(), or one with get, set, take and delete.`)
  const get = async (key: string) => (await store.get(key)) ?? undefined
  return {
    get: (key) => run(() => get(key)),
    set: (key, value, settings) => run(async () => void (await store.set(key, value, settings))),
    take: (key) => run(async () => (await store.take(key)) ?? undefined),
    swap: (key, expected, value) =>
      run(async () => {
        if (store.compareAndSwap) return store.compareAndSwap(key, expected, value)
        if ((await get(key)) !== expected) return false
        await (value === undefined ? store.delete(key) : store.set(key, value))
        return true
      }),
  }
}

/** What a store throws stays behind: Redis clients put the command with its tokens into their errors. */
async function run<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (isOidcError(error)) throw error
    throw sessionError(
      'SESSION_STORE_FAILED',
      'The token store failed, so it is not known whether there is a session. Answer 503, and mend the store.',
      { retryable: true },
    )
  }
}
