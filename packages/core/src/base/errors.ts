import type { ErrorCode } from './error-codes.js'
import type { Challenge } from './www-authenticate.js'

/** What an {@link OidcError} knows beside its code and message. Nothing in here may be a secret: it is logged. */
export interface OidcErrorDetails {
  /** The operation during which it happened, e.g. `token`. */
  readonly operation?: string | undefined
  /** A further remedy that depends on what was seen. */
  readonly hint?: string | undefined
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable?: boolean
  /** The server's `error`, untrusted text. */
  readonly error?: string | undefined
  /** The server's `error_description`, untrusted text: never show it as markup, never write it to a log unescaped. */
  readonly error_description?: string | undefined
  readonly http?: HttpDetails | undefined
  readonly cause?: unknown
}

/** The HTTP answer behind an error. */
export interface HttpDetails {
  readonly status?: number | undefined
  /** Without query and fragment. */
  readonly url: string
  /** What the server's `Retry-After` asks for, in seconds. */
  readonly retryAfter?: number | undefined
  /** What its `WWW-Authenticate` says, untrusted. */
  readonly challenges?: readonly Challenge[] | undefined
}

const brand: unique symbol = Symbol.for('@oidc/core/error') as never
const docs = 'https://example.invalid/oidc/docs/ERRORS.md#'

/**
 * The one error class of all `@oidc` packages: `code` says what happened (docs/ERRORS.md lists them all), `message` says what was seen,
 * what was wanted and what to do. It never holds a token, code, verifier, secret, assertion, state, nonce, cookie or personal claim.
 */
export class OidcError extends Error {
  override readonly name: string = 'OidcError'
  readonly code: string
  readonly docs: string
  readonly retryable: boolean
  declare readonly operation?: string
  declare readonly hint?: string
  declare readonly error?: string
  declare readonly error_description?: string
  declare readonly http?: HttpDetails
  /** The plugin whose slot threw, and that slot. */
  declare plugin?: string
  declare slot?: string

  constructor(code: string, message: string, details: OidcErrorDetails = {}) {
    const { cause, retryable = false, ...rest } = details
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.docs = docs + code.toLowerCase()
    this.retryable = retryable
    for (const [name, value] of Object.entries(rest)) if (value !== undefined) Object.assign(this, { [name]: value })
    Object.defineProperty(this, brand, { value: true })
  }
}

/**
 * Makes an {@link OidcError}. The code is open: an extension has a table of its own.
 *
 * @param code Upper case with underscores, e.g. `PAR_RESPONSE_INVALID`.
 * @param message What was seen, what was wanted, and what to do.
 */
export function oidcError(code: ErrorCode | (string & {}), message: string, details?: OidcErrorDetails): OidcError {
  return new OidcError(code, message, details)
}

/** Whether a caught value is an {@link OidcError}, also one of another copy of this package in the same tree. */
export function isOidcError(value: unknown): value is OidcError {
  return typeof value === 'object' && value !== null && brand in value
}
