import { type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { BrowserErrorCode } from './error-codes.js'

/** An error of this package: its code is one of the table. */
export function browserError(code: BrowserErrorCode, message: string, details: OidcErrorDetails = {}): OidcError {
  return oidcError(code, message, details)
}
