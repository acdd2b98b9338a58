// For authors of extensions; docs/WRITE_A_PLUGIN.md shows one.

export { encodeBase64Url } from './base/base64url.js'
export { isSame } from './base/compare.js'
export { sha256 } from './base/digest.js'
export { isOidcError, OidcError, type OidcErrorDetails, oidcError } from './base/errors.js'
export type { Json, JsonObject } from './base/json.js'
export { type ReadonlyParameters, toRecord } from './base/parameters.js'
export { checkUrl, type UrlPolicy } from './base/url.js'
export { type Challenge, parseChallenges } from './base/www-authenticate.js'
export type { AuthorizationResponse, ResponsePlace, Transaction } from './client/authorization.js'
export type { Client } from './client/client.js'
export { createSender, type SenderOptions } from './client/create.js'
export type { ClientEvent } from './client/events.js'
export type { Expectation, IdTokenClaims } from './client/id-token.js'
export { clockTolerance, emit, now, readQuirk, requirePlugin, urlPolicy } from './client/internals.js'
export type { Additions, Call, Decode, Exchange, Headers, HttpRequest, Operation, PresentedToken, RequestBody } from './client/operation.js'
export {
  type AuthorizationContext,
  type AuthorizationSlots,
  type BoundOperationHooks,
  type ClientAuthentication,
  type ClientCredentials,
  type ExchangeSlots,
  type OperationHooks,
  on,
  type Plugin,
  type PluginAuthentication,
  type Received,
  type TransactionContext,
  type Vouched,
} from './client/plugin.js'
export { randomToken } from './client/random.js'
export type { JwtShape, ServerKeys, SignedBy } from './client/verifier.js'
export { json } from './exchange/accept.js'
export { readForm, readJson } from './exchange/body.js'
export { pause } from './exchange/pause.js'
export { findEndpoint, type RequestOptions, receive, request } from './exchange/request.js'
export { waitFor } from './exchange/shared.js'
export { type AcceptedResponse, checkAuthorizationResponse, openAuthorizationResponse } from './flows/authorization-response.js'
export { type DiscoveryOptions, discoverServer } from './flows/discovery.js'
export { type ExtraParameters, mergeParameters, type RequestSettings } from './flows/grant-parameters.js'
export { checkOpenIdScope, requiredAcr } from './flows/grants.js'
export { type PollOptions, poll } from './flows/poll.js'
export { resourceOperation } from './flows/protected-resource.js'
export type { ResponseInput } from './flows/read-authorization-response.js'
export { revocationOperation } from './flows/revocation.js'
export { type Tokens, tokenOperation } from './flows/tokens.js'
export { type UserInfo, userInfoOperation } from './flows/user-info.js'
export type { PublicJwk } from './jose/choose-key.js'
export type { CryptoKey } from './jose/crypto-key.js'
export { type DecodedJwt, decodeJwt } from './jose/decode.js'
export { signJwt } from './jose/sign.js'
export { signWithKey } from './jose/sign-with-key.js'
export type { Signer, SigningKey } from './jose/signing-key.js'
export { checkTokenHash } from './tokens/hash.js'
export { decryptJwt, type JwtRules, verifyJwt } from './tokens/jwt.js'
export { serverKeys } from './tokens/key-set.js'
