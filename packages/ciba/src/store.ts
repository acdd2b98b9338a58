/** What was asked for, and the tokens are measured by. */
export interface Asked {
  readonly scope?: string
  readonly acr_values?: string
}

/** What is kept of a request until the server has answered it. Nothing in here is a secret: tokens and ids stand as hashes. */
export interface PendingAuthentication extends Asked {
  /** Of the client that began it: a notification for another one is refused. */
  readonly issuer: string
  readonly client_id: string
  /** SHA-256 of the `client_notification_token`, which is also the key. */
  readonly token_hash: string
  /** SHA-256 of the `auth_req_id`, once it is known. */
  readonly auth_req_id_hash?: string
  /** Epoch seconds, by the client's clock. */
  readonly expires_at: number
  /** Seconds. */
  readonly interval?: number
  /** Whether the ping has come. */
  readonly notified?: boolean
}

/** Where requests wait for their ping or push: a map of this process, or one that all processes of the application share. */
export interface CIBAStore {
  /** @param seconds How long it is wanted at most: the `EX` of Redis. */
  set(key: string, pending: PendingAuthentication, seconds: number): unknown
  get(key: string): PendingAuthentication | undefined | null | Promise<PendingAuthentication | undefined | null>
  /** Gives it once: two at a time do not both get it. The `GETDEL` of Redis. */
  take(key: string): PendingAuthentication | undefined | null | Promise<PendingAuthentication | undefined | null>
  delete(key: string): unknown
}

export interface CIBAStoreOptions {
  /** 10,000; the oldest goes first. */
  readonly maxEntries?: number | undefined
  /** Epoch seconds; the machine's clock by default. */
  readonly now?: (() => number) | undefined
}

/** Keeps the requests of one process until they expire, the newest 10,000 of them. */
export function createCIBAStore({ maxEntries = 10000, now = () => Date.now() / 1000 }: CIBAStoreOptions = {}): CIBAStore {
  const entries = new Map<string, { readonly pending: PendingAuthentication; readonly until: number }>()
  const get = (key: string) => {
    const entry = entries.get(key)
    return entry && now() < entry.until ? entry.pending : undefined
  }
  return {
    set(key, pending, seconds) {
      // To the end, for the oldest stand first.
      entries.delete(key)
      entries.set(key, { pending, until: now() + seconds })
      for (const [oldest, { until }] of entries) {
        if (entries.size <= maxEntries && now() < until) break
        entries.delete(oldest)
      }
    },
    get,
    take(key) {
      const pending = get(key)
      entries.delete(key)
      return pending
    },
    delete: (key) => entries.delete(key),
  }
}
