import { type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { CIBAErrorCode } from './error-codes.js'

/** `oidcError` with the codes of this package alone. */
export const cibaError = (code: CIBAErrorCode, message: string, details?: OidcErrorDetails): OidcError => oidcError(code, message, details)

/** Says what a value is, and never what stands in it. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `a string of ${value.length} characters`
  return value === undefined ? 'missing' : value === null ? 'null' : Array.isArray(value) ? 'an array' : `of type ${typeof value}`
}
