import { isOidcError, type OidcError, type OidcErrorDetails, oidcError } from '@oidc/core/plugin'
import type { PassportErrorCode } from './error-codes.js'

/** `oidcError` with the codes of this package alone. */
export const passportError = (code: PassportErrorCode, message: string, details?: OidcErrorDetails): OidcError =>
  oidcError(code, message, details)

/**
 * Runs a step of a store: whatever it throws, the login fails closed, and may succeed later. What was thrown stays behind, for stores put the
 * whole session that they could not write into their errors, and errors end in logs.
 *
 * @throws `STORE_FAILED`, and any OidcError as it is
 */
export async function guardStore<T>(step: () => T | Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (isOidcError(error)) throw error
    throw passportError(
      'STORE_FAILED',
      `The store of sessions or transactions failed${describeThrown(error)}, so the login does not go on. See that it runs, and let the user try again.`,
      { retryable: true },
    )
  }
}

/** The system's code, such as ECONNREFUSED, else the name of the error. */
function describeThrown(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown }
  const word = [code, name].find((text) => typeof text === 'string' && /^\w{1,40}$/.test(text))
  return word === undefined ? '' : ` with ${word}`
}
