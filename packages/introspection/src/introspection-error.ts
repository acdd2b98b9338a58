import { type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { IntrospectionErrorCode } from './error-codes.js'

/** `oidcError` with the codes of this package alone. */
export const introspectionError = (code: IntrospectionErrorCode, message: string, details?: OidcErrorDetails): OidcError =>
  oidcError(code, message, { operation: 'introspection', ...details })

/** Says of what kind a value is, never the value: it may be a token. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (value === '') return 'an empty string'
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`
}
