import { type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { MtlsErrorCode } from './error-codes.js'

/** `oidcError` with the codes of this package alone. */
export const mtlsError = (code: MtlsErrorCode, message: string, details?: OidcErrorDetails): OidcError => oidcError(code, message, details)
