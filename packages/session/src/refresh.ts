import { type Client, refreshTokenGrant, type Tokens } from '@oidc/core'
import { emit, isOidcError, now, type OidcError, pause, randomToken } from '@oidc/core/plugin'
import type { Flight } from './flight.js'
import { checkTokenEndpoint } from './home.js'
import { type Lock, underLock } from './lock.js'
import { reauthentication } from './reauthentication.js'
import { revokeTokens } from './revoke.js'
import { sessionError } from './session-error.js'
import { followRecord, isAlive, type RefreshMark, type SessionRecord } from './session-record.js'
import { delay } from './timer.js'
import type { UserSession } from './user-session.js'
import type { Kept, Vault } from './vault.js'

/** What a refresh works with. */
export interface Refresh {
  readonly client: Client
  readonly session: UserSession
  readonly vault: Vault
  readonly flight: Flight
  readonly lock: Lock | undefined
  /** The lock's name. */
  readonly name: string
  /** Seconds after which whoever refreshes counts as dead. */
  readonly lease: number
  /** Seconds for one attempt. */
  readonly timeout: number | undefined
  readonly replayLost: boolean
  readonly sameAuthTime: boolean
  /** Ends the waiting for others. */
  readonly signal: AbortSignal
  /** Asked again once nobody else can refresh: whether these tokens still have to be renewed. */
  isStale(record: SessionRecord): boolean
  onRefresh?: ((tokens: Tokens) => unknown) | undefined
}

/**
 * Renews the tokens of a session, once, however many processes want it: take the lock, read again, leave a mark, send, write by compare and
 * swap. Whoever comes second finds the new tokens. The mark alone keeps others away while its holder lives; the lock spares them the waiting,
 * and does not depend on their clocks.
 * {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2 RFC 9700, section 4.14.2}
 *
 * @throws `REAUTHENTICATION_REQUIRED`, `SESSION_…`, and the errors of a refresh
 */
export function refreshSession(refresh: Refresh): Promise<SessionRecord> {
  const { lock, name, lease, signal } = refresh
  return underLock(lock, name, { lease, signal }, (fence) => refreshAlone(refresh, fence))
}

async function refreshAlone(refresh: Refresh, fence: number): Promise<SessionRecord> {
  const { client, session, vault, lease, signal } = refresh
  for (;;) {
    const kept = await session.load()
    const { tokens, refreshing } = kept.record
    if (!refresh.isStale(kept.record)) return kept.record
    if (tokens.refresh_token === undefined) throw reauthentication('The access token has expired, and no refresh token came with it')
    if (refreshing && isAlive(refreshing, now(client), lease)) {
      await waitALittle(client, Math.min(0.2, refreshing.until - now(client)), signal)
      continue
    }
    checkTokenEndpoint(kept.record, client)
    if (refreshing?.again) {
      await end(refresh, kept, 'crash')
      throw reauthentication('The refresh token was sent twice, and whoever sent it died each time before the answer was stored')
    }
    const until = now(client) + lease
    const mark: RefreshMark = {
      until,
      fence: Math.max(fence, (refreshing?.fence ?? 0) + 1),
      owner: randomToken(client),
      ...(refreshing && { again: true }),
    }
    const marked = await vault.write(kept, { ...kept.record, refreshing: mark })
    // Time may have passed meanwhile; whoever comes late does not send.
    const done = marked && now(client) < until ? await sendRefresh(refresh, kept, marked) : undefined
    if (done) return done
  }
}

/** Nobody tells when another has finished, so the store is asked again. */
async function waitALittle(client: Client, seconds: number, signal: AbortSignal): Promise<void> {
  await pause(client, seconds, signal).catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
  // A clock of tests may not wait at all; the other must get on all the same.
  await delay(0)
}

/** Undefined: another was faster, so look again. */
async function sendRefresh(refresh: Refresh, kept: Kept, marked: Kept): Promise<SessionRecord | undefined> {
  const { client, vault } = refresh
  let fresh: Tokens
  try {
    fresh = await requestTokens(refresh, kept, marked)
  } catch (error) {
    if (isOidcError(error) && error.error === 'invalid_grant') return concludeRefusal(refresh, marked, error)
    // It is the same token as before: should the answer have been lost, the server says so next time. A store that is down leaves the mark.
    await vault.restore(marked, kept).catch(() => undefined)
    throw error
  }
  const record = await followRecord(kept.record, fresh, now(client))
  if (!(await persist(refresh, marked, record))) return concludeLoss(refresh, record)
  await callBack(refresh, fresh)
  return record
}

async function requestTokens(
  { client, vault, lease, timeout, replayLost, sameAuthTime }: Refresh,
  kept: Kept,
  marked: Kept,
): Promise<Tokens> {
  const { tokens } = kept.record
  // Whoever sends must have given up before the others believe that it died. The timer keeps no process alive.
  const settings = { timeout, signal: AbortSignal.timeout(lease * 800) }
  const send = () => refreshTokenGrant(client, tokens, settings)
  const fresh = await send().catch(async (error: unknown) => {
    if (isOidcError(error) && error.code === 'ABORTED') throw tooSlow(lease)
    if (!replayLost || !isLost(error) || (await vault.read())?.text !== marked.text) throw error
    return send()
  })
  if (sameAuthTime) checkAuthTime(tokens.claims?.auth_time, fresh.claims?.auth_time)
  return fresh
}

/** @throws `REFRESH_AUTH_TIME` */
export function checkAuthTime(before: number | undefined, after: number | undefined): void {
  if (before === after) return
  throw sessionError(
    'REFRESH_AUTH_TIME',
    'The new ID token names another auth_time than the one before. Start a new login, or take the option sameAuthTime away.',
  )
}

function tooSlow(lease: number): OidcError {
  return sessionError(
    'SESSION_LOCK_TIMEOUT',
    `The server did not answer within ${lease * 0.8} seconds, after which others may try. Try again, or raise the option lease.`,
    { retryable: true },
  )
}

/** Whether the request may have had its effect though no answer came. */
function isLost(error: unknown): boolean {
  return isOidcError(error) && (error.code === 'NETWORK_ERROR' || error.code === 'TIMEOUT')
}

/** Another may have been faster after all: then its tokens are the good ones. Asked once, so that nothing goes in circles. */
async function concludeRefusal(refresh: Refresh, marked: Kept, error: OidcError): Promise<undefined> {
  const kept = await refresh.vault.read()
  if (kept && kept.text !== marked.text) return undefined
  if (kept && !(await end(refresh, kept, 'invalid_grant'))) return undefined
  throw reauthentication('The server no longer accepts the refresh token of this session', {
    cause: error,
    error: error.error,
    error_description: error.error_description,
    http: error.http,
  })
}

async function end({ client, vault }: Refresh, kept: Kept, reason: string): Promise<boolean> {
  const ended = await vault.end(kept)
  if (ended) emit(client, { type: 'session:ended', reason })
  return ended
}

/** The store may be down for a moment just when there is something that must not be lost. False: another was faster. */
async function persist({ client, vault, flight }: Refresh, marked: Kept, record: SessionRecord): Promise<boolean> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    try {
      return (await vault.write(marked, record)) !== undefined
    } catch (error) {
      if (!isOidcError(error) || error.code !== 'SESSION_STORE_FAILED') throw error
      await pause(client, 0.05 * attempt, undefined)
    }
  }
  flight.unsaved = { expected: marked, record }
  emit(client, { type: 'session:unsaved' })
  return true
}

/** Writes what came while the store was down. */
export async function saveUnsaved(refresh: Pick<Refresh, 'client' | 'vault' | 'flight'>): Promise<void> {
  const { vault, flight } = refresh
  const { unsaved } = flight
  if (!unsaved) return
  const written = await vault.write(unsaved.expected, unsaved.record)
  flight.unsaved = undefined
  if (!written) await concludeLoss(refresh, unsaved.record)
}

/**
 * Somebody wrote in the meantime: a logout, or another who took this process for dead. The loser takes what is there; where nothing is, the
 * fresh refresh token must not outlive the session.
 */
async function concludeLoss({ client, vault }: Pick<Refresh, 'client' | 'vault'>, record: SessionRecord): Promise<undefined> {
  if (await vault.read()) return undefined
  await revokeTokens(client, record)
  throw reauthentication('The session ended while its tokens were being renewed')
}

/** @throws `REFRESH_CALLBACK_FAILED` */
export async function callBack({ onRefresh }: Pick<Refresh, 'onRefresh'>, tokens: Tokens): Promise<void> {
  try {
    await onRefresh?.(tokens)
  } catch (cause) {
    throw sessionError(
      'REFRESH_CALLBACK_FAILED',
      'onRefresh threw, so the application may not have stored the new tokens; they are kept here. Mend what it does.',
      { cause },
    )
  }
}
