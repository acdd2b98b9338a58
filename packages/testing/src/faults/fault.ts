/** An endpoint whose answer a fault can change. */
export type Place =
  | 'metadata'
  | 'jwks'
  | 'par'
  | 'token'
  /** The token endpoint where it answers a refresh token, after what the place `token` does. */
  | 'refresh'
  | 'userinfo'
  | 'revocation'
  | 'introspection'
  | 'device'
  | 'backchannel'
  | 'registration'
  | 'resource'

/** A JWT that the issuer signs. An ID token that comes of a refresh, or through the browser, is changed as any, and then as such. */
export type JwtKind = 'id_token' | 'refreshed_id_token' | 'front_id_token' | 'response' | 'userinfo' | 'introspection' | 'logout_token'

/** A JSON object that a fault may change. */
export type Members = Record<string, unknown>

/** What a fault does to one JWT. */
export interface JwtFault {
  readonly claims?: (claims: Members, now: number) => void
  readonly header?: (header: Members) => void
  /** Whose key signs: one that is in no key set, none at all, or a MAC keyed with the public key. */
  readonly key?: 'foreign' | 'none' | 'public'
  /** Changes the compact form. */
  readonly compact?: (jwt: string) => string
}

/** What a client goes through in a login by code. */
export type Step = 'discovery' | 'callback' | 'token' | 'userinfo' | 'refresh'

export interface Fault {
  /** What the server does wrong. */
  readonly says: string
  /** When a client that runs the code flow must refuse it; undefined where it depends on the client or on the extension. */
  readonly refusedAt?: Step
  /** Changes the body of a JSON answer before it is written. */
  readonly body?: Partial<Record<Place, (body: Members, now: number) => unknown>>
  /** Changes an answer. */
  readonly response?: Partial<Record<Place, (response: Response) => Response | Promise<Response>>>
  /** Changes the parameters of an authorization response, before they are signed where they are. */
  readonly callback?: (parameters: URLSearchParams) => void
  /** Changes what the browser carries in the end. */
  readonly carried?: (parameters: URLSearchParams) => void
  /** Puts the response where it was not asked for. */
  readonly misplaced?: true
  readonly jwt?: Partial<Record<JwtKind, JwtFault>>
  /** Answers the polls of a sign-in on another device, before anything is issued: an error code, or something to throw. */
  readonly poll?: string | (() => never)
  /** The server never answers in full: give the client a short `timeout`. */
  readonly hangs?: true
}
