import type { Clock } from '@oidc/core'
import { isOidcError } from '@oidc/core/plugin'
import { sessionError } from './session-error.js'
import { delay } from './timer.js'

/** What the holder of a lock knows. */
export interface Held {
  /** Grows with every holder: what carries a smaller number comes from one that has lost the lock. */
  readonly fence: number
}

/** How a lock is taken. */
export interface LockSettings {
  /** Seconds after which the lock is free again, though its holder did not give it back: it died. */
  readonly lease: number
  /** Seconds to wait for it: two leases. */
  readonly wait?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * A lock between callers that share nothing but a name: the requests of a process, processes, or tabs (Web Locks have this very shape). It
 * is given back however the task ends.
 */
export interface Lock {
  /** Runs the task while nobody else holds the lock of that name. */
  hold<T>(name: string, settings: LockSettings, task: (held: Held) => Promise<T>): Promise<T>
}

/** One try to take a lock: the fence, or undefined where another holds it. */
export type TryLock = (name: string, owner: string, lease: number) => Promise<number | undefined>

/** What a lock is made of. */
export interface LockParts {
  readonly take: TryLock
  release(name: string, owner: string): Promise<unknown>
  /** Waits seconds. */
  readonly sleep?: Clock['sleep'] | undefined
}

/** Makes a lock of tries: it asks again after a while, the longer the more often it failed, with some chance in it. */
export function createLock({ take, release, sleep = (seconds, signal) => delay(seconds * 1000, signal) }: LockParts): Lock {
  return {
    async hold(name, { lease, wait = lease * 2, signal }, task) {
      const owner = crypto.randomUUID()
      let left = wait
      for (let pause = 0.02; ; pause = Math.min(pause * 1.5, 0.25)) {
        signal?.throwIfAborted()
        const fence = await take(name, owner, lease)
        if (fence !== undefined) {
          try {
            return await task({ fence })
          } finally {
            // The lease ends by itself: a task that went well does not fail for that.
            await release(name, owner).catch(() => undefined)
          }
        }
        if (left <= 0) throw lockTimeout(wait)
        const pick = Math.min(left, pause * (0.5 + Math.random() / 2))
        await sleep(pick, signal)
        left -= pick
      }
    },
  }
}

/** A lock within this process, for callers that do not share a store object. */
export function memoryLock({ clock }: { readonly clock?: Clock | undefined } = {}): Lock {
  const holders = new Map<string, { owner: string; until: number }>()
  const now = () => clock?.now() ?? performance.now() / 1000
  let fence = 0
  return createLock({
    async take(name, owner, lease) {
      const holder = holders.get(name)
      if (holder && holder.until > now()) return undefined
      holders.set(name, { owner, until: now() + lease })
      return ++fence
    },
    async release(name, owner) {
      if (holders.get(name)?.owner === owner) holders.delete(name)
    },
    sleep: clock?.sleep,
  })
}

/** Runs a task under a lock, if there is one. What a lock of others throws stays behind: it may quote the command with its values. */
export async function underLock<T>(
  lock: Lock | undefined,
  name: string,
  settings: LockSettings,
  task: (fence: number) => Promise<T>,
): Promise<T> {
  if (!lock) return task(0)
  let isHeld = false
  try {
    return await lock.hold(name, settings, ({ fence }) => {
      isHeld = true
      return task(fence)
    })
  } catch (error) {
    if (isHeld || isOidcError(error)) throw error
    throw sessionError('SESSION_STORE_FAILED', 'The lock failed, so nothing was renewed. Answer 503, and mend the lock.', {
      retryable: true,
    })
  }
}

function lockTimeout(wait: number) {
  return sessionError('SESSION_LOCK_TIMEOUT', `The lock was held by others for ${wait} seconds. Try again.`, { retryable: true })
}
