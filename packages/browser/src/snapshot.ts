import type { IdTokenClaims, OidcError } from '@oidc/core'

/** What a page draws. Two snapshots of the same state are the same object. */
export interface SessionSnapshot {
  /** `loading` until `init` is done. */
  readonly status: 'loading' | 'signed_out' | 'signed_in'
  /** The verified claims of the ID token. */
  readonly user?: IdTokenClaims
  /** Why nobody is signed in, or why another user is. */
  readonly reason?: SessionReason
  /** What went wrong in the background. */
  readonly error?: OidcError
}

/** `logout`: here. `other_tab`: in another tab. `user_switched`: another user signed in. `expired`: the tokens cannot be renewed. `provider`: at the provider. */
export type SessionReason = 'logout' | 'other_tab' | 'user_switched' | 'expired' | 'provider'

export interface SnapshotStore {
  get(): SessionSnapshot
  set(snapshot: SessionSnapshot): void
  subscribe(listener: () => void): () => void
}

export function createSnapshotStore(): SnapshotStore {
  const listeners = new Set<() => void>()
  let current: SessionSnapshot = { status: 'loading' }
  return {
    get: () => current,
    set(snapshot) {
      if (JSON.stringify(snapshot) === JSON.stringify(current) && snapshot.error === current.error) return
      current = Object.freeze(snapshot)
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
