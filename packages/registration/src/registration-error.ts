import { type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { RegistrationErrorCode } from './error-codes.js'

/** `oidcError` with the codes of this package alone. */
export const registrationError = (code: RegistrationErrorCode, message: string, details?: OidcErrorDetails): OidcError =>
  oidcError(code, message, { operation: 'registration', ...details })

/** Says of what kind a value is, never the value: it may be a secret. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (value === '') return 'an empty string'
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
