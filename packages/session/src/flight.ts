import type { Client } from '@oidc/core'
import { isOidcError, now, type OidcError } from '@oidc/core/plugin'
import { sessionError } from './session-error.js'
import type { SessionRecord } from './session-record.js'
import type { Kept } from './vault.js'

/** What the token sources of one process share about one session: the renewal under way, and how the last ones went. */
export interface Flight {
  pending?: Promise<SessionRecord> | undefined
  failures: number
  /** Epoch seconds before which nothing is sent again. */
  notBefore: number
  failure?: OidcError | undefined
  /** Tokens that came while the store was down: they must not be lost. */
  unsaved?: { readonly expected: Kept; readonly record: SessionRecord } | undefined
  /** A token that an API refused though it was new: another one would fare no better for a while. */
  refused?: { readonly access_token: string; readonly until: number } | undefined
  /** Seconds of the monotonic clock at which a token is due, whatever became of the wall clock. */
  timed?: { readonly access_token: string; readonly due: number } | undefined
}

const flights = /* @__PURE__ */ new WeakMap<object, Map<string, Flight>>()
const most = 10_000

/** @param key Everything that tells one session, or one grant, from another. */
export function findFlight(store: object, key: string): Flight {
  const known = flights.get(store) ?? new Map<string, Flight>()
  flights.set(store, known)
  const flight = known.get(key) ?? { failures: 0, notBefore: 0 }
  known.delete(key)
  known.set(key, flight)
  for (const [oldest, { pending, unsaved }] of known) {
    if (known.size <= most) break
    if (!pending && !unsaved) known.delete(oldest)
  }
  return flight
}

/** Runs a renewal once for all who wait. Its failure is not kept, but the next one may have to wait for a while. */
export function renewOnce(flight: Flight, client: Client, renew: () => Promise<SessionRecord>): Promise<SessionRecord> {
  flight.pending ??= renew()
    .then(
      (record) => {
        flight.failures = 0
        flight.notBefore = 0
        flight.failure = undefined
        return record
      },
      (error: unknown) => {
        noteFailure(flight, client, error)
        throw error
      },
    )
    .finally(() => {
      flight.pending = undefined
    })
  return flight.pending
}

/** A server that asks for time asks it of every session: what it said to one of a client holds for all. */
const rests = /* @__PURE__ */ new WeakMap<Client, { readonly notBefore: number; readonly failure: OidcError }>()

/** @throws `REFRESH_DEFERRED` */
export function checkBackoff(flight: Flight, client: Client): void {
  for (const { notBefore = 0, failure } of [flight, rests.get(client) ?? {}]) {
    const retryAfter = Math.ceil(notBefore - now(client))
    // A clock that was set back must not make us wait for an hour.
    if (retryAfter <= 0 || retryAfter > longestWait) continue
    throw sessionError(
      'REFRESH_DEFERRED',
      `The last renewal failed with ${failure?.code}, and the next one is sent in ${retryAfter} seconds at the earliest. Try again then.`,
      { retryable: true, cause: failure, http: { url: failure?.http?.url ?? client.server.issuer, retryAfter } },
    )
  }
}

const longestWait = 60

/** The first failure costs nothing, for most pass at once; what the server asks for is kept, within a minute. */
function noteFailure(flight: Flight, client: Client, error: unknown): void {
  if (!isOidcError(error) || error.code === 'REAUTHENTICATION_REQUIRED') return
  flight.failures++
  flight.failure = error
  const asked = Math.min(longestWait, error.http?.retryAfter ?? 0)
  const doubled = flight.failures > 1 ? 2 ** (flight.failures - 2) * (1 + Math.random() / 4) : 0
  flight.notBefore = now(client) + Math.min(longestWait, Math.max(doubled, asked))
  if (asked > 0) rests.set(client, { notBefore: now(client) + asked, failure: error })
}
