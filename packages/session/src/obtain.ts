import type { Client, RequestSettings, Tokens } from '@oidc/core'
import { emit, isOidcError, now } from '@oidc/core/plugin'
import { checkBackoff, type Flight, renewOnce } from './flight.js'
import { isAlive, type SessionRecord } from './session-record.js'
import type { TokenSupply } from './supply.js'

/** Gives tokens that are good, renewed where they soon would not be. Tokens that are still good bridge a failure that may pass. */
export async function obtain(client: Client, supply: TokenSupply, { timeout }: RequestSettings, lease: number): Promise<SessionRecord> {
  const { flight } = supply
  const isDue = (record: SessionRecord) => isDueNow(record, flight, now(client))
  const record = await supply.load()
  if (record && !isDue(record)) return record
  const usable = record && now(client) < record.expires ? record : undefined
  // Another is at it already: whoever comes meanwhile need not wait for that.
  if (usable && (!supply.canRenew(usable) || (!flight.pending && isAlive(usable.refreshing, now(client), lease)))) return usable
  try {
    checkBackoff(flight, client)
    return await renewOnce(flight, client, () => supply.renew(isDue, timeout))
  } catch (error) {
    if (!usable || !mayPass(error)) throw error
    emit(client, { type: 'session:refresh_failed', code: error.code })
    return usable
  }
}

/** Other tokens than those that are held now. What goes wrong is told, though they may be good still: a renewal was asked for. */
export async function renewNow(client: Client, supply: TokenSupply, settings: RequestSettings, lease: number): Promise<SessionRecord> {
  const { flight } = supply
  const held = await supply.load()
  if (!supply.canRenew(held)) return obtain(client, supply, settings, lease)
  const isStale = ({ tokens }: SessionRecord) => tokens.access_token === held?.tokens.access_token
  checkBackoff(flight, client)
  return renewOnce(flight, client, () => supply.renew(isStale, settings.timeout))
}

/** Seconds for which a token that was refused though it was new is not renewed again: the fault is elsewhere, and each call would be another renewal. */
const restAfterRefusal = 60

/** Notes that an API refused tokens that had just been renewed for it. */
export function noteRefusal(client: Client, { flight }: TokenSupply, { access_token }: Tokens): void {
  flight.refused = { access_token, until: now(client) + restAfterRefusal }
}

/** Other tokens than those that an API refused; undefined where there are none to be had. */
export async function replaceRefused(
  client: Client,
  supply: TokenSupply,
  { access_token }: Tokens,
  { timeout }: RequestSettings,
): Promise<Tokens | undefined> {
  const { flight } = supply
  const { refused } = flight
  const rest = refused?.access_token === access_token ? refused.until - now(client) : 0
  if (rest > 0 && rest <= restAfterRefusal) return undefined
  const isStale = (record: SessionRecord) => record.tokens.access_token === access_token || isDueNow(record, flight, now(client))
  const record = await supply.load()
  if (record && !isStale(record)) return record.tokens
  if (!supply.canRenew(record)) return undefined
  try {
    checkBackoff(flight, client)
    const renewed = await renewOnce(flight, client, () => supply.renew(isStale, timeout))
    // It may have been under way already, for tokens that only were about to expire.
    return renewed.tokens.access_token === access_token ? undefined : renewed.tokens
  } catch (error) {
    if (!mayPass(error)) throw error
    emit(client, { type: 'session:refresh_failed', code: error.code })
    return undefined
  }
}

/**
 * By the wall clock, or by the monotonic one since the tokens were first seen here: a wall clock that was set back must not keep tokens that have
 * expired.
 */
function isDueNow({ tokens: { access_token }, due }: SessionRecord, flight: Flight, now: number): boolean {
  const monotonic = performance.now() / 1000
  if (flight.timed?.access_token !== access_token) flight.timed = { access_token, due: monotonic + due - now }
  return due <= now || flight.timed.due <= monotonic
}

/** What is no fault of the tokens: a server in trouble, a network, a wrong secret. What was wrong with an answer is none of that. */
function mayPass(error: unknown): error is { readonly code: string } {
  if (!isOidcError(error)) return false
  return error.retryable || ['OAUTH_ERROR', 'HTTP_STATUS', 'NETWORK_ERROR', 'TIMEOUT'].includes(error.code)
}
