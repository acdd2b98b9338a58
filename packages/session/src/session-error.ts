import { type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { SessionErrorCode } from './error-codes.js'

/** `oidcError` with the codes of this package alone. */
export const sessionError = (code: SessionErrorCode, message: string, details?: OidcErrorDetails): OidcError =>
  oidcError(code, message, details)
