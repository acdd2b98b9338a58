import { oidcError } from '../base/errors.js'
import { decodeUtf8, isJsonObject, isString, type Json } from '../base/json.js'
import type { Client } from '../client/client.js'
import { internalsOf } from '../client/internals.js'
import type { Exchange, Operation } from '../client/operation.js'
import type { Verifier } from '../client/verifier.js'
import { json } from '../exchange/accept.js'
import { request } from '../exchange/request.js'
import { verifyUserInfo } from '../tokens/user-info.js'
import type { RequestSettings } from './grant-parameters.js'
import { presentedToken, type Tokens } from './tokens.js'

/** Claims about the user, as the server states them. {@link https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims OpenID Connect Core 1.0, section 5.1} */
export interface UserInfo {
  readonly sub: string
  readonly name?: string
  readonly given_name?: string
  readonly family_name?: string
  readonly preferred_username?: string
  readonly picture?: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly locale?: string
  readonly [claim: string]: Json | undefined
}

/** {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfo OpenID Connect Core 1.0, section 5.3} */
export const userInfoOperation: Operation<UserInfo> = {
  name: 'userinfo',
  endpoint: 'userinfo_endpoint',
  method: 'GET',
  credential: 'token',
  body: 'none',
  status: [200],
  replay: 'safe',
  accept: { 'application/json': json },
  parse: parseUserInfo,
}

/** Where the client has registered that the answer is a JWT; plain JSON is decoded only to be refused by name. */
function protectedOperation(verifier: Verifier): Operation<UserInfo> {
  return {
    ...userInfoOperation,
    accept: { 'application/jwt': (body) => decodeUtf8(body).trim(), 'application/json': json },
    async parse(body, exchange) {
      const { client, call } = exchange
      if (typeof body !== 'string') throw invalid(client, 'is plain JSON, and the client has registered that it is signed or encrypted')
      return parseUserInfo(await verifyUserInfo(client, verifier, body, call.signal), exchange)
    },
  }
}

/**
 * Gets claims about the user, who must be the one that signed in.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfo OpenID Connect Core 1.0, section 5.3}
 *
 * @param options.expectedSubject Required where the tokens have no claims of an ID token.
 * @throws `OPTION_INVALID`, `USERINFO_INVALID`, `USERINFO_SUBJECT`, further `USERINFO_…` where a signed or encrypted answer is registered, `TOKEN_TYPE_UNSUPPORTED`, `OAUTH_ERROR`, and the errors of a request
 */
export async function fetchUserInfo(
  client: Client,
  tokens: Pick<Tokens, 'access_token' | 'token_type' | 'claims'>,
  { expectedSubject, ...settings }: RequestSettings & { readonly expectedSubject?: string } = {},
): Promise<UserInfo> {
  // First, for it tells what is no client.
  const { verifier } = internalsOf(client)
  const token = presentedToken(tokens)
  const subject = tokens.claims?.sub ?? expectedSubject
  if (!isString(subject))
    throw oidcError(
      'OPTION_INVALID',
      'The tokens have no claims of an ID token, and no option expectedSubject is given. Give the sub that the answer must have: without it, claims of another user could be taken for theirs.',
    )
  if (expectedSubject !== undefined && expectedSubject !== subject)
    throw oidcError(
      'USERINFO_SUBJECT',
      'The option expectedSubject differs from the sub of the ID token. Give the tokens of the user that is meant.',
    )
  const { userinfo_signed_response_alg, userinfo_encrypted_response_alg } = client.metadata
  const isPlain = userinfo_signed_response_alg === undefined && userinfo_encrypted_response_alg === undefined
  if (!isPlain && !verifier)
    throw oidcError(
      'USERINFO_INVALID',
      'The client has registered that UserInfo answers are signed or encrypted, which a client of @oidc/core/oauth cannot verify. Make the client with @oidc/core.',
    )
  const operation = isPlain || !verifier ? userInfoOperation : protectedOperation(verifier)
  return request(client, operation, { ...settings, token, expected: { subject } })
}

function parseUserInfo(body: unknown, { client, call }: Exchange): UserInfo {
  if (!isJsonObject(body)) throw invalid(client, 'is not a JSON object')
  if (!isString(body.sub)) throw invalid(client, 'has no sub')
  if (body.sub !== call.expected?.subject)
    throw oidcError(
      'USERINFO_SUBJECT',
      'The UserInfo answer is of another user than the ID token. Discard it: the access token may have been swapped.',
      { operation: 'userinfo' },
    )
  return body as UserInfo
}

function invalid({ server }: Client, problem: string) {
  return oidcError('USERINFO_INVALID', `The UserInfo answer of ${server.issuer} ${problem}. Report it to the people who run the server.`, {
    operation: 'userinfo',
  })
}
