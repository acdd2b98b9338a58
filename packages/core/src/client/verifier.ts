import type { PublicJwk } from '../jose/choose-key.js'
import type { DecodedJwt } from '../jose/decode.js'
import type { Client } from './client.js'
import type { VerifyIdToken } from './id-token.js'
import type { RegisteredEncryption } from './options.js'

/** What a signed token says of the key that signed it. */
export interface SignedBy {
  readonly alg: string
  readonly kid?: unknown
  /** Its claim. Servers of many tenants publish keys that sign for one of them alone: those must name this one. */
  readonly iss?: unknown
}

/** The keys of a server. */
export interface ServerKeys {
  /** Those that may have made such a signature; none if the server publishes none, also after looking again. */
  find(signed: SignedBy): Promise<readonly PublicJwk[]>
}

/** How a JWT of the server is told from every other one. */
export interface JwtShape {
  /** How errors name it, e.g. `ID token`. */
  readonly what: string
  /** How its error codes begin, e.g. `ID_TOKEN`. */
  readonly code: string
  /** Signature algorithms to accept; none beyond the asymmetric ones, whatever stands here. */
  readonly algorithms: readonly string[]
  /**
   * The algorithm that the client's own metadata registers for this kind of token: then no other one is accepted. An HMAC is accepted only
   * here and only with the option `verifyMac`, so that neither the server's metadata nor a token can choose one.
   */
  readonly registered?: string | undefined
  /** The `typ` it must have. Without one, a `typ` that belongs to another kind of token is refused. */
  readonly typ?: string | undefined
  /** Whether one without `typ`, or with the `typ` JWT, is taken as well: where the type is only recommended. */
  readonly untyped?: boolean | undefined
  /** Whether it must be encrypted. */
  readonly encrypted?: boolean | undefined
  /** The key management and content encryption that the client has registered. With an `alg` it must be encrypted, and by these. */
  readonly encryption?: Partial<Omit<RegisteredEncryption, 'client'>> | undefined
  /** Whether its signature is not looked at: for quirks that say so. Its header is. */
  readonly isUnsigned?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Where its key is, if not in the key set of the client's server. */
  readonly keys?: ServerKeys | undefined
}

/**
 * What a client of `@oidc/core` can verify. One for plain OAuth 2 has none, so that its bundle holds no verifier. What a function needs beyond
 * this, such as the rules of a UserInfo answer, it brings itself.
 */
export interface Verifier {
  readonly idToken: VerifyIdToken
  /** Decrypts, takes apart, and verifies the signature; no claim is looked at. */
  readonly open: (client: Client, jwt: unknown, shape: JwtShape) => Promise<DecodedJwt>
  /** Gives the signed JWT in an encrypted one, and a signed one as it is. */
  readonly decrypt: (client: Client, jwt: unknown, shape: JwtShape) => Promise<unknown>
}
