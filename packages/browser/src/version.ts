/** Why a session ended. `logout`: by the user. `expired`: its tokens cannot be renewed. `provider`: it ended there. */
export type EndReason = 'logout' | 'expired' | 'provider'

/** The text of a session, and how new it is. */
export interface Version {
  readonly number: number
  /** Decides between two of the same number, in every tab alike. */
  readonly by: string
  /** null: the session has ended. */
  readonly text: string | null
  readonly reason?: EndReason
  /** What the provider called its own session at the login: its frame is asked for that. */
  readonly session_state?: string
}

export const nothing: Version = { number: 0, by: '', text: null }

export function isNewer(one: Pick<Version, 'number' | 'by'>, other: Pick<Version, 'number' | 'by'>): boolean {
  return one.number > other.number || (one.number === other.number && one.by > other.by)
}

/** Any script of the origin can send or store anything. */
export function isVersion(value: unknown): value is Version {
  const { number, by, text, reason, session_state } = (value ?? {}) as Partial<Version>
  return (
    Number.isSafeInteger(number) &&
    typeof by === 'string' &&
    (text === null || typeof text === 'string') &&
    (reason === undefined || reason === 'logout' || reason === 'expired' || reason === 'provider') &&
    (session_state === undefined || typeof session_state === 'string')
  )
}

export function parseVersion(text: string | undefined): Version | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    return isVersion(value) ? value : undefined
  } catch {
    return undefined
  }
}
