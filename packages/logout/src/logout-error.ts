import { type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { LogoutErrorCode } from './error-codes.js'

/** `oidcError` with the codes of this package alone. */
export const logoutError = (code: LogoutErrorCode, message: string, details?: OidcErrorDetails): OidcError =>
  oidcError(code, message, details)
