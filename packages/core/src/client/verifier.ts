import type { JsonObject } from '../base/json.js'
import type { Client } from './client.js'
import type { VerifyIdToken } from './id-token.js'

/** What a client of `@oidc/core` can verify. One for plain OAuth 2 has none, so that its bundle holds no verifier. */
export interface Verifier {
  readonly idToken: VerifyIdToken
  readonly userInfo: VerifyUserInfo
}

/** Opens and verifies a UserInfo answer that is a JWT, and gives its claims. */
export type VerifyUserInfo = (client: Client, jwt: string, signal?: AbortSignal) => Promise<JsonObject>
