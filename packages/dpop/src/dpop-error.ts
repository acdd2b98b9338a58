import { type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { DPoPErrorCode } from './error-codes.js'

/** `oidcError` with the codes of this package alone. */
export const dpopError = (code: DPoPErrorCode, message: string, details?: OidcErrorDetails): OidcError => oidcError(code, message, details)
