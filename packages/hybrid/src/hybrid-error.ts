import { type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { HybridErrorCode } from './error-codes.js'

/** `oidcError` with the codes of this package alone. */
export const hybridError = (code: HybridErrorCode, message: string, details?: OidcErrorDetails): OidcError =>
  oidcError(code, message, details)
