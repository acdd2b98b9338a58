/** Remembers which logout tokens came before. */
export interface ReplayStore {
  /**
   * Remembers an id, in one step: of two that come at once, one alone is new.
   *
   * @param id Text of 43 characters.
   * @param lifetime Seconds after which it may be forgotten.
   * @returns Whether it is new.
   */
  add(id: string, lifetime: number): boolean | Promise<boolean>
  /** Forgets an id, for what it stood for was not done. */
  delete(id: string): unknown
}

const most = 10000

/**
 * Remembers in this process. At most 10,000 ids, of which the oldest give way: a server that sends more within minutes is the server itself, for
 * nothing is remembered before its signature is verified.
 *
 * @param time Gives epoch seconds.
 */
export function memoryReplayStore(time: () => number = () => Date.now() / 1000): ReplayStore {
  const expiries = new Map<string, number>()
  return {
    add(id, lifetime) {
      const now = time()
      const known = expiries.get(id)
      if (known !== undefined && known > now) return false
      expiries.delete(id)
      for (const [other, expiry] of expiries) {
        if (expiry > now && expiries.size < most) break
        expiries.delete(other)
      }
      expiries.set(id, now + lifetime)
      return true
    },
    delete: (id) => expiries.delete(id),
  }
}
