import type { OidcError, OidcErrorDetails } from '@oidc/core/plugin'
import { sessionError } from './session-error.js'

/** The session is over, for good. */
export function reauthentication(reason: string, details: OidcErrorDetails = {}): OidcError {
  return sessionError('REAUTHENTICATION_REQUIRED', `${reason}. Start a new login.`, details)
}

export function isReauthentication(error: unknown): boolean {
  return (error as { readonly code?: unknown } | undefined)?.code === 'REAUTHENTICATION_REQUIRED'
}
