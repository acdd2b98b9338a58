import type { Json } from '../base/json.js'
import type { Client } from './client.js'

/** The claims of a verified ID token. {@link https://openid.net/specs/openid-connect-core-1_0.html#IDToken OpenID Connect Core 1.0, section 2} */
export interface IdTokenClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  /** Epoch seconds. */
  readonly exp: number
  /** Epoch seconds. */
  readonly iat: number
  /** Epoch seconds. */
  readonly auth_time?: number
  readonly nonce?: string
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly azp?: string
  readonly at_hash?: string
  readonly c_hash?: string
  readonly s_hash?: string
  readonly sid?: string
  readonly [claim: string]: Json | undefined
}

/** What an answer must say of the user, beside the rules that hold for all ID tokens. */
export interface Expectation {
  /** Whether the answer must hold an ID token. */
  readonly required?: boolean | undefined
  /** The nonce that was sent. undefined: none was sent, and the ID token must have none. null: not checked, as at a refresh. */
  readonly nonce?: string | null | undefined
  /** Seconds since the user's last active authentication, at most. */
  readonly max_age?: number | undefined
  /** One of these must be the `acr`. */
  readonly acr_values?: readonly string[] | undefined
  /** The claims of the ID token that this one replaces or accompanies: same `iss`, `sub`, `aud`, `azp`. */
  readonly previous?: IdTokenClaims | undefined
  /** The `sub` that a UserInfo answer must have. */
  readonly subject?: string | undefined
  /** The scope that was asked for, where the token request itself does not say it: with `strictScope`, no more is accepted. */
  readonly scope?: string | undefined
  /** Whether it came straight from the server over TLS, where `quirks.skipIdTokenSignature` may count. */
  readonly isDirect?: boolean | undefined
  /** What `at_hash` must fit. */
  readonly access_token?: string | undefined
  /** What `c_hash` must fit, if it is there. */
  readonly code?: string | undefined
  /** What `s_hash` must fit, if it is there. */
  readonly state?: string | undefined
}

/** Verifies an ID token: signature, then every rule of OpenID Connect Core 1.0, section 3.1.3.7. */
export type VerifyIdToken = (client: Client, id_token: string, expected: Expectation, signal?: AbortSignal) => Promise<IdTokenClaims>
