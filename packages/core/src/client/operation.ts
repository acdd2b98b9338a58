import type { ReadonlyParameters } from '../base/parameters.js'
import type { EndpointName } from '../metadata/server-metadata.js'
import type { AuthorizationResponse, Transaction } from './authorization.js'
import type { Client } from './client.js'
import type { Expectation } from './id-token.js'

/** Turns the bytes of a response body of one media type into a value. Throws a SyntaxError, without any of the body in its message. */
export type Decode = (body: Uint8Array, exchange: Exchange) => unknown

/**
 * One thing that a client asks of a server: a plain value, exported by the package that owns it. There is no registration; hooks of other
 * packages find it by its name.
 */
export interface Operation<Result> {
  readonly name: string
  /** The member of the server metadata that holds the address; null where the caller gives one. */
  readonly endpoint: EndpointName | null
  readonly method: string
  /** What stands for the caller: client authentication, an access token, or nothing. */
  readonly credential: 'client' | 'token' | 'none'
  readonly body: 'form' | 'json' | 'none'
  /** The HTTP statuses that mean success. */
  readonly status: readonly number[]
  /** `if_refused`: never sent again when the answer was lost, for a code works only once. */
  readonly replay: 'safe' | 'if_refused'
  /** How each media type is decoded, or `response` where the caller wants the Response itself. */
  readonly accept: Readonly<Record<string, Decode>> | 'response'
  /** Checks the decoded body and gives the result. Core's own checks are made in here; no slot can take them out. */
  parse(body: unknown, exchange: Exchange): Result | Promise<Result>
}

/** An access token and the scheme it is presented with. */
export interface PresentedToken {
  readonly access_token: string
  readonly token_type: string
}

/** One use of an operation: the same frozen object for `around`, `parameters` and every attempt, so that a plugin can key a WeakMap by it. */
export interface Call {
  readonly client: Client
  readonly operation: Operation<unknown>
  readonly signal?: AbortSignal | undefined
  readonly token?: PresentedToken | undefined
  readonly authorization?: { readonly response: AuthorizationResponse; readonly transaction: Transaction } | undefined
  /** What an ID token in the answer must say. */
  readonly expected?: Expectation | undefined
}

/** One sending: made anew for every attempt, so that nothing signed is sent twice. */
export interface Exchange {
  readonly call: Call
  readonly client: Client
  readonly operation: Operation<unknown>
  /** 1 for the first. */
  readonly attempt: number
  readonly url: string
  readonly method: string
  readonly parameters: ReadonlyParameters
  readonly token?: PresentedToken | undefined
}

/** Names a plugin adds, with their values. A value of undefined adds nothing. */
export type Additions = Readonly<Record<string, string | readonly string[] | undefined>>

/** Header names in lower case, with their values. */
export type Headers = Readonly<Record<string, string>>

/** The final bytes of a request, as `seal` sees them. */
export interface HttpRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body?: RequestBody | undefined
}

export type RequestBody = string | URLSearchParams | Blob | FormData | ArrayBuffer | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>
