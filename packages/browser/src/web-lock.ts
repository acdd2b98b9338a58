import type { Lock } from '@oidc/session'
import { browserError } from './browser-error.js'
import type { TabStorage } from './storage.js'

/**
 * The lock between the tabs of an origin, on Web Locks. A tab that was frozen while it held the lock loses it after its lease; whoever gets it first takes over
 * what the other tabs know.
 * {@link https://www.w3.org/TR/web-locks/ Web Locks API}
 *
 * @param marks Shared by the tabs: until when the holder may be alive.
 */
export function createWebLock(marks: TabStorage, catchUp: () => Promise<void>): Lock {
  return {
    async hold(name, { lease, wait = lease * 3, signal }, task) {
      const place = `${name}:lease`
      const seconds = (): number => Date.now() / 1000
      const giveUp = seconds() + wait
      const run = async (): Promise<Outcome<Awaited<ReturnType<typeof task>>>> => {
        tryTo(() => marks.set(place, String(seconds() + lease)))
        await catchUp()
        return { value: (await task({ fence: 0 })) as Awaited<ReturnType<typeof task>> }
      }
      for (;;) {
        signal?.throwIfAborted()
        // Held by nobody: the mark of an earlier holder does not matter, for the lock is given back with its tab.
        const left = Math.min(Math.max(Number(marks.get(place) ?? 0) - seconds(), 0.2), lease)
        const outcome = await request(name, { seconds: left, signal }, run)
        if (outcome) return outcome.value
        if (seconds() > giveUp) throw tooLong(wait)
        if (Number(marks.get(place) ?? 0) > seconds()) continue
        // Several tabs may wake at this moment: the first one writes a new lease, and the others see it.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 200))
        if (Number(marks.get(place) ?? 0) > seconds()) continue
        return (await navigator.locks.request(`${name}:lock`, { steal: true }, run)).value
      }
    },
  }
}

interface Outcome<T> {
  readonly value: T
}

/** Undefined: it was not free in time. */
async function request<T>(
  name: string,
  { seconds, signal }: { readonly seconds: number; readonly signal: AbortSignal | undefined },
  run: () => Promise<Outcome<T>>,
): Promise<Outcome<T> | undefined> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), seconds * 1000)
  const stop = (): void => controller.abort()
  signal?.addEventListener('abort', stop)
  let running: Promise<Outcome<T>> | undefined
  try {
    return await navigator.locks.request(`${name}:lock`, { signal: controller.signal }, () => {
      clearTimeout(timer)
      running = run()
      return running
    })
  } catch (error) {
    // It was taken away from this tab, which may go on: the mark in the tokens keeps others from sending the same.
    if (running !== undefined) return await running
    if (controller.signal.aborted) return undefined
    throw error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

function tooLong(wait: number) {
  return browserError('BROWSER_RESPONSE_TIMEOUT', `Other tabs renewed the same tokens for ${wait} seconds. Try again.`, { retryable: true })
}

function tryTo(run: () => void): void {
  try {
    run()
  } catch {
    // Without the mark, a frozen holder is waited for as long as the least wait.
  }
}
