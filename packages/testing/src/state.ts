import type { JsonObject } from '@oidc/core'
import type { FaultSwitch } from './fault-switch.js'
import type { IssuerKeys } from './keys.js'
import type { SecretBook } from './secrets.js'
import type { TestClient } from './test-client.js'
import type { TestClock } from './test-clock.js'

/** Who signed in, and how. */
export interface Subject {
  readonly sub: string
  /** More claims of the user, for ID token and UserInfo. */
  readonly claims?: JsonObject
  /** Epoch seconds. */
  readonly auth_time: number
  readonly acr?: string
  readonly sid: string
}

/** What was granted: everything that came of one sign-in belongs to one grant, and dies with it. */
export interface Grant {
  readonly client_id: string
  /** Nobody, for client credentials. */
  readonly subject?: Subject
  readonly scope?: string
  readonly resource?: readonly string[]
  readonly nonce?: string
  /** Thumbprint of the DPoP key that the tokens are bound to. */
  readonly jkt?: string
  /** Thumbprint of the certificate that the tokens are bound to. */
  readonly certificate?: string
  revoked: boolean
}

export interface IssuedCode {
  readonly grant: Grant
  readonly redirect_uri: string
  readonly code_challenge?: string
  readonly dpop_jkt?: string
  used: boolean
}

export interface IssuedToken {
  readonly grant: Grant
  /** Epoch seconds. */
  readonly exp: number
  readonly iat: number
  /** A refresh token that was rotated: used again, it ends the grant. */
  used: boolean
}

/** A sign-in that is approved on another device. */
export interface PendingSignIn {
  readonly client_id: string
  readonly scope?: string
  readonly exp: number
  readonly user_code?: string
  readonly notification_token?: string
  readonly mode?: 'poll' | 'ping' | 'push'
  outcome: 'pending' | 'denied' | Subject
  /** Epoch seconds of the last request; asked again too soon, the answer is slow_down. */
  asked: number
  interval: number
}

export interface PushedRequest {
  readonly request: URLSearchParams
  /** Epoch seconds. */
  readonly exp: number
}

export interface Registration {
  client: TestClient
  token: string
}

/** All that a test issuer remembers. */
export interface State {
  readonly issuer: string
  readonly clock: TestClock
  readonly keys: IssuerKeys
  readonly secrets: SecretBook
  readonly faults: FaultSwitch
  readonly features: Features
  readonly metadata: JsonObject
  readonly clients: Map<string, TestClient>
  readonly codes: Map<string, IssuedCode>
  readonly accessTokens: Map<string, IssuedToken>
  readonly refreshTokens: Map<string, IssuedToken>
  readonly pushed: Map<string, PushedRequest>
  readonly pending: Map<string, PendingSignIn>
  readonly registrations: Map<string, Registration>
  /** `jti` of proofs and assertions: good once. */
  readonly used: Set<string>
  /** A new secret of one kind, and written down. */
  mint(kind: string): string
  /** Reaches what the client hosts: request objects, notification endpoints. */
  reach(request: Request): Promise<Response>
}

export interface Features {
  /** Whether proofs must carry a nonce of the server. */
  readonly dpopNonces: boolean
  /** Whether a refresh token is good once, and a new one comes with each answer. */
  readonly rotateRefreshTokens: boolean
  /** Seconds that an access token is good for. */
  readonly accessTokenLifetime: number
  /** Signs UserInfo, for clients that registered nothing. */
  readonly signedUserInfo: boolean
}

/** One request, with the part of it that most endpoints read. */
export interface Received {
  readonly request: Request
  readonly url: URL
  readonly form: URLSearchParams
  /** The body as text, for JSON. */
  readonly body: string
  /** `x5t#S256` of the certificate of the connection. */
  readonly certificate?: string | undefined
}
