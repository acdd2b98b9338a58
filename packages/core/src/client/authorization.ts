import type { Json } from '../base/json.js'

/**
 * Everything that must be remembered between an authorization request and its response: one JSON value, kept where only the same user
 * agent can reach it (a session, an encrypted cookie), used once. It holds secrets: never log it.
 */
export interface Transaction {
  readonly issuer: string
  readonly client_id: string
  readonly state: string
  /** There whenever an ID token can come back. */
  readonly nonce?: string
  readonly code_verifier: string
  /** Exactly as it was sent; the token request repeats it. */
  readonly redirect_uri: string
  readonly response_type: string
  readonly response_mode?: string
  readonly scope?: string
  /** Seconds. */
  readonly max_age?: number
  readonly acr_values?: string
  /** The values of an essential `acr` that the `claims` parameter asked for. */
  readonly essential_acr_values?: readonly string[]
  readonly resource?: string | readonly string[]
  /** Epoch seconds. */
  readonly created_at: number
  /** The application's own. */
  readonly data?: Json
}

/** Where the parameters of an authorization response stood. `unknown`: the caller took them apart itself. */
export type ResponsePlace = 'query' | 'fragment' | 'form_post' | 'unknown'

/** The parameters of an authorization response, each of them once, before any check. */
export interface AuthorizationResponse {
  readonly place: ResponsePlace
  readonly parameters: Readonly<Record<string, string>>
}
