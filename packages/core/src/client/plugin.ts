import type { OidcError } from '../base/errors.js'
import type { AuthorizationResponse, Transaction } from './authorization.js'
import type { Client } from './client.js'
import type { IdTokenClaims } from './id-token.js'
import type { Additions, Call, Decode, Exchange, Headers, HttpRequest, Operation } from './operation.js'

type Awaitable<T> = T | Promise<T>

/** Where a hook on an authorization runs. */
export interface AuthorizationContext {
  readonly client: Client
  readonly signal?: AbortSignal | undefined
}

/** As above, once the transaction is fixed. */
export interface TransactionContext extends AuthorizationContext {
  readonly transaction: Transaction
}

/** What a `check` of an authorization response vouches for. */
export interface Vouched {
  /** The verified claims of the ID token in the front channel. Without them core refuses a response that holds one. */
  readonly claims?: IdTokenClaims
}

/** The response that came with an exchange, without its body. */
export interface Received {
  readonly status: number
  readonly headers: Pick<globalThis.Headers, 'get' | 'has'>
}

/** Slots of the authorization request and response. */
export interface AuthorizationSlots {
  /** All. Adds parameters, before core adds its own. Each hook gets its own copy of what the caller gave. */
  parameters?(request: URLSearchParams, context: AuthorizationContext): Awaitable<Additions | undefined>
  /** Exclusive. Replaces the request by a protected one (RFC 9101). */
  protect?(request: URLSearchParams, context: TransactionContext): Awaitable<URLSearchParams>
  /** Exclusive. Hands the request to the server and gives what the browser carries instead (RFC 9126). */
  deliver?(request: URLSearchParams, context: TransactionContext): Awaitable<URLSearchParams>
  /** Exclusive. Opens a protected response (JARM) before core checks `iss` and `state`. */
  open?(response: AuthorizationResponse, context: AuthorizationContext): Awaitable<AuthorizationResponse>
  /** All. Checks a response that core has accepted. Throws to refuse it. */
  check?(response: AuthorizationResponse, transaction: Transaction, context: AuthorizationContext): Awaitable<Vouched | undefined>
}

/** Slots of one HTTP exchange. */
export interface ExchangeSlots {
  /** Exclusive. Another address for an endpoint (RFC 8705, section 5). */
  endpoint?(name: string, server: Client['server'], metadata: Client['metadata']): string | undefined
  /** All. Adds headers, after client authentication, once an attempt. */
  headers?(exchange: Exchange): Awaitable<Headers | undefined>
  /** Keyed. Token types beside Bearer, in the spelling of the Authorization header. */
  tokenTypes?: readonly string[]
  /** Exclusive. Signs or encrypts the final bytes. */
  seal?(request: HttpRequest, exchange: Exchange): Awaitable<HttpRequest>
  /** Exclusive. Its counterpart for the answer. */
  unseal?(response: Response, exchange: Exchange): Awaitable<Response>
  /** All. Sees status and headers of every answer. */
  received?(response: Received, exchange: Exchange): void
  /** All. How many seconds to wait before the request is sent again; undefined: do not ask for it. The longest wait wins, and core decides whether it may be sent again at all. */
  retry?(error: OidcError, exchange: Exchange): number | undefined
}

/** Hooks on one operation of another package. */
export interface OperationHooks<Result> {
  /** All. Adds request parameters, once a call. */
  parameters?(parameters: Exchange['parameters'], call: Call): Awaitable<Additions | undefined>
  /** Keyed. Media types to ask for first, each with its decoder. */
  accept?: Readonly<Record<string, Decode>>
  /** All. Checks the result. Throws to refuse it. */
  check?(result: Result, exchange: Exchange): Awaitable<void>
}

/** {@link OperationHooks} bound to the operation's name by `on`. */
export interface BoundOperationHooks {
  readonly operation: string
  readonly hooks: OperationHooks<never>
}

/** An extension: what it fills, core runs, in the order of docs/LIFECYCLE.md and never in that of registration. */
export interface Plugin {
  /** Outside of `@oidc`: the npm package's name. */
  readonly name: string
  readonly requires?: {
    /** Members that the server metadata must have. */
    readonly server?: readonly string[]
    /** Plugins that must be installed beside it. */
    readonly plugins?: readonly string[]
  }
  readonly authorization?: AuthorizationSlots
  readonly exchange?: ExchangeSlots
  readonly operations?: readonly BoundOperationHooks[]
  /** All. Runs around a call, e.g. for telemetry; it must call `next` once and give its result unchanged. */
  around?(call: Call, next: () => Promise<unknown>): Promise<unknown>
}

/**
 * Binds hooks to an operation that another package owns, typed with its result. The operation is found by its name, so two copies of a
 * package in one tree do no harm.
 */
export function on<Result>(operation: Pick<Operation<Result>, 'name' | 'parse'>, hooks: OperationHooks<Result>): BoundOperationHooks {
  return { operation: operation.name, hooks }
}

/** What an exchange adds to say who the client is. */
export interface ClientCredentials {
  readonly parameters?: Additions
  readonly headers?: Headers
}

/** A way to authenticate the client. {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3 RFC 6749, section 2.3} */
export interface ClientAuthentication {
  /** Its registered name, e.g. `private_key_jwt`. */
  readonly method: string
  /** Throws where the client lacks something, e.g. its secret: told when the client is made, not at the first callback. */
  check?(client: Client): void
  /** Runs once an attempt, so that no assertion is sent twice. */
  authenticate(exchange: Exchange): Awaitable<ClientCredentials>
}

/** A method that needs slots as well. */
export interface PluginAuthentication {
  readonly plugin: Plugin
  /** Whether a plugin of that name in `use`, made with options of its own, takes its place. Without it, the two are a conflict. */
  readonly yields?: boolean
  readonly authentication: ClientAuthentication
}
