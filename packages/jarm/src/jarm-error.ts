import { type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { JARMErrorCode } from './error-codes.js'

/** `oidcError` with the codes of this package alone. */
export const jarmError = (code: JARMErrorCode, message: string, details?: OidcErrorDetails): OidcError => oidcError(code, message, details)
