import { type Client, emit, encodeBase64Url, now, sha256, waitFor } from '@oidc/core/plugin'
import { introspectionError } from './introspection-error.js'
import type { ActiveToken, Introspection } from './introspection-response.js'

export interface AnswerCacheOptions {
  /** Seconds, at most 3600: as long may a revoked token still be taken for a good one. An answer is never kept beyond the token's `exp`. */
  readonly maxAge: number
  /** The most answers that are kept for a client: 1000. */
  readonly maxEntries?: number | undefined
}

/** What an answer depends on, and who waits for it. */
export interface Question {
  readonly token: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly timeout: number | undefined
  readonly signal: AbortSignal | undefined
}

export interface AnswerCache {
  /** The kept answer, or what `ask` gives, which is called once however many wait for it. */
  find(client: Client, question: Question, ask: () => Promise<Introspection>): Promise<Introspection>
  forget(client: Client, token: string): Promise<void>
}

interface Entry {
  readonly answer: ActiveToken
  /** Epoch seconds, `until` excluded. */
  readonly from: number
  readonly until: number
}

/** What is kept for one client: another one may be told otherwise, even by the same server. */
interface Shelf {
  readonly entries: Map<string, Entry>
  readonly pending: Map<string, Promise<Introspection>>
}

/** @throws `INTROSPECTION_OPTION_INVALID` */
export function createAnswerCache({ maxAge, maxEntries = 1000 }: AnswerCacheOptions): AnswerCache {
  if (!(typeof maxAge === 'number' && maxAge > 0 && maxAge <= 3600))
    throw introspectionError(
      'INTROSPECTION_OPTION_INVALID',
      'The option cache.maxAge is no number of seconds from 1 to 3600. Give how long a revoked token may still be taken for a good one.',
    )
  if (!(Number.isSafeInteger(maxEntries) && maxEntries > 0))
    throw introspectionError('INTROSPECTION_OPTION_INVALID', 'The option cache.maxEntries is no whole number of at least 1. Give one.')
  const shelves = new WeakMap<Client, Shelf>()
  const shelfOf = (client: Client) => {
    const shelf = shelves.get(client) ?? { entries: new Map(), pending: new Map() }
    shelves.set(client, shelf)
    return shelf
  }
  return {
    async find(client, { token, parameters, timeout, signal }, ask) {
      // A token that is only hashed cannot be stolen from a memory dump or a debugger.
      const key = `${await hash(token)} ${JSON.stringify(parameters)}`
      const { entries, pending } = shelfOf(client)
      const tell = (outcome: 'hit' | 'miss' | 'shared') =>
        emit(client, { type: 'cache', operation: 'introspection', url: String(client.server.introspection_endpoint), outcome })
      const entry = takeFresh(entries, key, now(client))
      if (entry) {
        tell('hit')
        return entry.answer
      }
      // Whoever waits longer must not be failed by the time limit of another.
      const flight = `${key} ${timeout}`
      const running = pending.get(flight)
      tell(running ? 'shared' : 'miss')
      if (running) return waitFor(running, signal, 'introspection')
      const started: Promise<Introspection> = ask()
        .then((answer) => {
          // Not one that was forgotten meanwhile.
          if (answer.active && pending.get(flight) === started) keep(entries, key, describe(answer, now(client), maxAge), maxEntries)
          return freeze(answer)
        })
        .finally(() => {
          if (pending.get(flight) === started) pending.delete(flight)
        })
      pending.set(flight, started)
      return waitFor(started, signal, 'introspection')
    },
    async forget(client, token) {
      const prefix = `${await hash(token)} `
      const { entries, pending } = shelfOf(client)
      for (const map of [entries, pending]) for (const key of map.keys()) if (key.startsWith(prefix)) map.delete(key)
    },
  }
}

async function hash(token: string): Promise<string> {
  return encodeBase64Url(await sha256(token))
}

function describe(answer: ActiveToken, from: number, maxAge: number): Entry {
  return { answer, from, until: Math.min(from + maxAge, answer.exp ?? Infinity) }
}

/** A clock that was set back makes no answer live longer. */
function takeFresh(entries: Map<string, Entry>, key: string, time: number): Entry | undefined {
  const entry = entries.get(key)
  entries.delete(key)
  if (!entry || time < entry.from || time >= entry.until) return undefined
  // What was used last stands last, so that the first is the one to let go.
  entries.set(key, entry)
  return entry
}

function keep(entries: Map<string, Entry>, key: string, entry: Entry, maxEntries: number): void {
  entries.delete(key)
  entries.set(key, entry)
  for (const oldest of entries.keys()) {
    if (entries.size <= maxEntries) break
    entries.delete(oldest)
  }
}

/** Several callers get the same answer: what one does to it, the next would believe. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const member of Object.values(Object.freeze(value))) freeze(member)
  return value
}
