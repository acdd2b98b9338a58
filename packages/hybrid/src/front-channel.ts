import { type IdTokenClaims, validateIdToken } from '@oidc/core'
import { type AuthorizationResponse, now, type Transaction, type TransactionContext } from '@oidc/core/plugin'
import { hybridError } from './hybrid-error.js'
import { includes, type Settings } from './options.js'

/**
 * Checks what came through the browser: that the parts which the response type promises are there, the ID token with its signature and all rules,
 * and that its hashes bind the parts to one another.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#HybridIDTValidation OpenID Connect Core 1.0, section 3.3.2.12}
 *
 * @returns the claims; undefined where the response type has no ID token.
 * @throws `HYBRID_RESPONSE_INVALID`, `HYBRID_HASH_MISSING`, `HYBRID_ID_TOKEN_TOO_OLD`, `ID_TOKEN_…`
 */
export async function checkFrontChannel(
  { parameters }: AuthorizationResponse,
  transaction: Transaction,
  { client }: Pick<TransactionContext, 'client'>,
  { detachedSignature, maxIdTokenAge }: Settings,
): Promise<IdTokenClaims | undefined> {
  const { response_type, nonce, max_age, essential_acr_values } = transaction
  const { id_token, code, access_token, state, token_type } = parameters
  if (includes(response_type, 'token')) checkAccessToken(access_token, token_type)
  if (!includes(response_type, 'id_token')) return undefined
  if (id_token === undefined) throw invalid('has no id_token')
  // Every claim of it comes through the hands of whoever controls the browser: nothing but the signature and the nonce vouches for it.
  const claims = await validateIdToken(client, id_token, {
    nonce,
    max_age,
    acr_values: essential_acr_values,
    code,
    access_token,
    state: state ?? '',
  })
  if (code !== undefined) requireHash(claims, 'c_hash', 'code')
  if (access_token !== undefined) requireHash(claims, 'at_hash', 'access token')
  if (detachedSignature) requireHash(claims, 's_hash', 'state')
  const age = now(client) - claims.iat
  if (age > maxIdTokenAge)
    throw hybridError(
      'HYBRID_ID_TOKEN_TOO_OLD',
      `The ID token of the front channel was issued ${age} seconds ago, and at most ${maxIdTokenAge} are wanted. Start a new login: it may be replayed.`,
    )
  return claims
}

/** {@link https://openid.net/specs/openid-connect-core-1_0.html#ImplicitAuthResponse OpenID Connect Core 1.0, section 3.2.2.5} */
function checkAccessToken(access_token: string | undefined, token_type: string | undefined): void {
  if (access_token === undefined || !/^[\x21-\x7e]+$/.test(access_token)) throw invalid('has no usable access_token')
  // A bound token cannot come this way: nobody proved possession of a key.
  if (token_type?.toLowerCase() !== 'bearer') throw invalid('has an access_token that is not of the token_type Bearer')
}

function requireHash(claims: IdTokenClaims, name: 'c_hash' | 'at_hash' | 's_hash', of: string): void {
  if (claims[name] === undefined)
    throw hybridError(
      'HYBRID_HASH_MISSING',
      `The ID token of the front channel has no ${name}, so the ${of} that came beside it could be of another login. Discard the response and report it to the people who run the server.`,
    )
}

function invalid(problem: string) {
  return hybridError(
    'HYBRID_RESPONSE_INVALID',
    `The authorization response ${problem}, and its response_type promises one. Discard it and start a new login.`,
  )
}
