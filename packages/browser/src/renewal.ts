import type { Context } from './context.js'

/** Milliseconds: a longer timer fires at once. */
const longestTimer = 2 ** 31 - 1
/** Seconds between two tries at least, and at most: where a try changes nothing, the pause doubles. */
const shortestPause = 1
const longestPause = 60

export interface RenewalTimer {
  /** Sets the time anew. */
  plan(): void
  stop(): void
}

/**
 * Renews tokens before they expire, while the page can be seen: a hidden page renews when it is seen again, or when it wants a token. Timers of a page that slept are late,
 * so what is due is looked at again on every return.
 */
export function createRenewalTimer(
  { store, options, now }: Pick<Context, 'store' | 'options' | 'now'>,
  renew: () => Promise<unknown>,
): RenewalTimer {
  let timer: ReturnType<typeof setTimeout> | undefined
  let pause = shortestPause
  let isRenewing = false
  const set = (seconds: number): void => {
    clearTimeout(timer)
    timer = setTimeout(look, Math.min(seconds * 1000, longestTimer))
  }
  const look = (): void => {
    clearTimeout(timer)
    const session = store.session()
    if (!session || isRenewing || document.visibilityState === 'hidden') return
    const left = session.due - now()
    if (left > 0) {
      set(left)
      return
    }
    isRenewing = true
    void renew()
      .catch(() => undefined)
      .then(() => {
        isRenewing = false
        const next = store.session()
        if (!next) return
        // A server whose tokens are born old, or that is down, must not be asked in a circle.
        const isBetter = next.tokens.access_token !== session.tokens.access_token && next.due > now()
        pause = isBetter ? shortestPause : Math.min(pause * 2, longestPause)
        set(isBetter ? Math.max(next.due - now(), shortestPause) : pause)
      })
  }
  const events = [
    [document, 'visibilitychange'],
    [document, 'resume'],
    [window, 'pageshow'],
    [window, 'online'],
  ] as const
  if (options.renew !== false) for (const [target, name] of events) target.addEventListener(name, look)
  return {
    plan() {
      const session = store.session()
      clearTimeout(timer)
      if (session && options.renew !== false) set(session.due <= session.at ? longestPause : Math.max(session.due - now(), shortestPause))
    },
    stop() {
      clearTimeout(timer)
      for (const [target, name] of events) target.removeEventListener(name, look)
    },
  }
}
