import { type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { PARErrorCode } from './error-codes.js'

/** `oidcError` with the codes of this package alone. */
export const parError = (code: PARErrorCode, message: string, details?: OidcErrorDetails): OidcError => oidcError(code, message, details)
