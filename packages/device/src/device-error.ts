import { type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { DeviceErrorCode } from './error-codes.js'

/** `oidcError` with the codes of this package alone. */
export const deviceError = (code: DeviceErrorCode, message: string, details?: OidcErrorDetails): OidcError =>
  oidcError(code, message, details)
