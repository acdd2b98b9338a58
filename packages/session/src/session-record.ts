import type { Tokens } from '@oidc/core'
import { encodeBase64Url, sha256 } from '@oidc/core/plugin'
import { sessionError } from './session-error.js'

/** What is stored of one session. */
export interface SessionRecord {
  readonly tokens: Tokens
  /** Epoch seconds at which the tokens came. */
  readonly at: number
  /** Epoch seconds from which on they are renewed. */
  readonly due: number
  /** Epoch seconds from which on they are not used any more. */
  readonly expires: number
  readonly issuer: string
  readonly client_id: string
  /** Where refresh tokens may be sent. */
  readonly origins: readonly string[]
  /** What the tokens descend from: hashes, the first login's before the latest ones. */
  readonly lineage: readonly string[]
  /** The write-ahead mark: the refresh token has been or is being sent. */
  readonly refreshing?: RefreshMark
}

/** Says of a refresh token, before it is sent, that it may be spent. */
export interface RefreshMark {
  /** Epoch seconds until which the one who set the mark may be alive. */
  readonly until: number
  readonly fence: number
  /** Whose mark it is: two that were set in the same second must differ. */
  readonly owner: string
  /** The one before died as well: the token is not sent a third time. */
  readonly again?: boolean
}

/** Whether the one who set a mark may still be at work. A mark far in the future is of a clock that was wrong. */
export function isAlive(mark: RefreshMark | undefined, now: number, lease: number): boolean {
  return mark !== undefined && mark.until > now && mark.until <= now + 2 * lease
}

/** Seconds that an access token counts as good for, where the server does not say. */
export const defaultLifetime = 3600
const mostAncestors = 16

/** A short name for tokens, which tells nobody what they are. */
export async function nameTokens({ refresh_token, access_token }: Tokens): Promise<string> {
  return encodeBase64Url((await sha256(refresh_token ?? access_token)).subarray(0, 12))
}

/** The record of tokens that a login or a grant gave. */
export async function beginRecord(
  tokens: Tokens,
  at: number,
  home: Pick<SessionRecord, 'issuer' | 'client_id' | 'origins'>,
): Promise<SessionRecord> {
  return { tokens, at, ...(await planRenewal(tokens, at)), ...home, lineage: [await nameTokens(tokens)] }
}

/** The record of tokens that came for the ones of another. */
export async function followRecord({ refreshing: _, ...before }: SessionRecord, tokens: Tokens, at: number): Promise<SessionRecord> {
  const [first = '', ...later] = before.lineage
  const name = await nameTokens(tokens)
  const lineage = before.lineage.includes(name) ? before.lineage : [first, ...later.slice(2 - mostAncestors), name]
  return { ...before, tokens, at, ...(await planRenewal(tokens, at)), lineage }
}

/**
 * When to renew: a minute before the end, or a tenth of a short life, and up to half as much earlier, so that sessions of one moment do not
 * all come back in one moment. The chance is in the token, so that every process has the same opinion. Clocks count whole seconds, so it is one
 * at least, of a life that is long enough for that.
 */
async function planRenewal({ access_token, expires_at, expires_in }: Tokens, at: number): Promise<Pick<SessionRecord, 'due' | 'expires'>> {
  const expires = typeof expires_at === 'number' && Number.isFinite(expires_at) ? expires_at : at + defaultLifetime
  const [chance = 0] = await sha256(access_token)
  const lifetime = typeof expires_in === 'number' && expires_in >= 0 ? expires_in : defaultLifetime
  return { expires, due: expires - Math.min(60, Math.max(lifetime / 10, Math.min(1, lifetime / 2))) * (1 + chance / 512) }
}

/** @throws `SESSION_RECORD_INVALID` */
export function parseRecord(text: string): SessionRecord {
  try {
    const record = JSON.parse(text) as SessionRecord | null
    const { tokens, at, due, expires, issuer, client_id, origins, lineage, refreshing } = record ?? ({} as Partial<SessionRecord>)
    if (
      record &&
      typeof tokens?.access_token === 'string' &&
      typeof tokens.token_type === 'string' &&
      [at, due, expires].every(Number.isFinite) &&
      typeof issuer === 'string' &&
      typeof client_id === 'string' &&
      Array.isArray(origins) &&
      Array.isArray(lineage) &&
      (refreshing === undefined || (Number.isFinite(refreshing.until) && Number.isFinite(refreshing.fence)))
    )
      return record
  } catch {
    // Said below; what was thrown quotes the text.
  }
  throw sessionError(
    'SESSION_RECORD_INVALID',
    'What the store holds under the key of this session is not a session. Choose another key, or delete it and start a new login.',
  )
}
