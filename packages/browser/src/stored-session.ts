import type { IdTokenClaims, Tokens } from '@oidc/core'

/** What of a stored session the page needs at once. */
export interface StoredSession {
  readonly tokens: Tokens
  readonly claims: IdTokenClaims
  /** Epoch seconds at which the tokens came. */
  readonly at: number
  /** Epoch seconds from which on the tokens are renewed. */
  readonly due: number
}

/** Reads a record of the token source. What was edited or cut off counts as signed out. */
export function parseStored(text: string | null | undefined): StoredSession | undefined {
  try {
    const { tokens, at, due } = JSON.parse(text ?? 'null') as StoredSession
    const { access_token, token_type, claims } = tokens
    if (typeof access_token !== 'string' || typeof token_type !== 'string' || !Number.isFinite(at) || !Number.isFinite(due))
      return undefined
    if (typeof claims?.sub !== 'string' || claims.sub === '' || typeof claims.iss !== 'string') return undefined
    return { tokens, claims, at, due }
  } catch {
    return undefined
  }
}
