import { isString } from '../base/json.js'
import type { Client } from '../client/client.js'
import type { Expectation, IdTokenClaims } from '../client/id-token.js'
import { clockTolerance, emit, internalsOf, now } from '../client/internals.js'
import { describe } from '../client/options.js'
import {
  checkAudience,
  checkExpiry,
  checkIssuedAt,
  checkIssuerClaim,
  checkNotBefore,
  fail,
  isTime,
  type Judged,
  show,
} from './claim-rules.js'
import { checkTokenHash } from './hash.js'
import { openJwt } from './jwt.js'

/**
 * Verifies an ID token, rule by rule in the order of
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation OpenID Connect Core 1.0, section 3.1.3.7}.
 *
 * @throws `ID_TOKEN_MALFORMED`, `ID_TOKEN_ENCRYPTION`, `ID_TOKEN_CRITICAL`, `ID_TOKEN_TYPE`, `ID_TOKEN_ALGORITHM`, `ID_TOKEN_KEY`,
 * `ID_TOKEN_SIGNATURE`, `ID_TOKEN_ISSUER`, `ID_TOKEN_SUBJECT`, `ID_TOKEN_AUDIENCE`, `ID_TOKEN_AUTHORIZED_PARTY`, `ID_TOKEN_EXPIRED`,
 * `ID_TOKEN_NOT_BEFORE`, `ID_TOKEN_ISSUED_AT`, `ID_TOKEN_NONCE`, `ID_TOKEN_ACR`, `ID_TOKEN_AUTH_TIME`, `ID_TOKEN_HASH`, `ID_TOKEN_CONTINUITY`
 */
export async function verifyIdToken(client: Client, id_token: string, expected: Expectation, signal?: AbortSignal): Promise<IdTokenClaims> {
  const { metadata, server } = client
  const kind = { what: 'ID token', code: 'ID_TOKEN' }
  const { header, claims } = await openJwt(client, id_token, {
    ...kind,
    registered: metadata.id_token_signed_response_alg,
    algorithms: server.id_token_signing_alg_values_supported ?? ['RS256'],
    encryption: { alg: metadata.id_token_encrypted_response_alg, enc: metadata.id_token_encrypted_response_enc },
    isUnsigned: expected.isDirect && internalsOf(client).options.quirks?.skipIdTokenSignature === 'tls',
    signal,
  })
  const judged: Judged = { client, header, claims, ...kind }
  checkIssuerClaim(judged)
  checkSubject(judged)
  checkAudience(judged)
  checkAuthorizedParty(judged)
  checkExpiry(judged)
  checkNotBefore(judged)
  checkIssuedAt(judged, internalsOf(client).options.maxIdTokenAge)
  checkNonce(judged, expected)
  checkAcr(judged, expected)
  checkAuthTime(judged, expected)
  await checkHashes(judged, expected)
  if (expected.previous) checkContinuity(judged, expected.previous)
  return claims as unknown as IdTokenClaims
}

/** `sub` is a string that is not empty, of at most 255 characters that have one encoding; it is never trimmed or normalised. */
function checkSubject(judged: Judged): void {
  const { sub } = judged.claims
  const { longSubject } = internalsOf(judged.client).options.quirks ?? {}
  if (!isString(sub) || (sub.length > 255 && longSubject === undefined) || /\p{Surrogate}/u.test(sub))
    throw fail(
      judged,
      'SUBJECT',
      `has a sub that is ${isString(sub) ? 'too long or not well formed' : describe(sub)}, and a string of 1 to 255 characters is wanted. Report it to the people who run the server${isString(sub) && sub.length > 255 ? `, or give quirks: { longSubject: 'accept' }` : ''}.`,
    )
}

/** `azp`, where it is there or must be, is this client. */
function checkAuthorizedParty(judged: Judged): void {
  const { azp, aud } = judged.claims
  const { client_id } = judged.client.metadata
  const { allowedAuthorizedParties = [] } = internalsOf(judged.client).options.quirks ?? {}
  if (azp === undefined && !(Array.isArray(aud) && aud.length > 1)) return
  if (azp === client_id) return
  if (isString(azp) && allowedAuthorizedParties.includes(azp)) {
    emit(judged.client, { type: 'quirk', name: 'allowedAuthorizedParties', operation: 'id_token' })
    return
  }
  throw fail(
    judged,
    'AUTHORIZED_PARTY',
    `has the authorized party (azp) ${show(azp)}, and ${show(client_id)} is wanted. If that client is yours, add it to quirks.allowedAuthorizedParties.`,
  )
}

/** `nonce` is the one that was sent, and absent where none was. Its values are never shown. */
function checkNonce(judged: Judged, { nonce }: Expectation): void {
  const seen = judged.claims.nonce
  if (nonce === null || seen === nonce) return
  throw fail(
    judged,
    'NONCE',
    `has ${seen === undefined ? 'no nonce' : nonce === undefined ? 'a nonce, and none was sent' : 'another nonce than the one that was sent'}. Discard it and start a new login: it may be replayed.`,
  )
}

/** `acr` is one of those that were asked for as essential. */
function checkAcr(judged: Judged, { acr_values }: Expectation): void {
  const { acr } = judged.claims
  if (acr_values && !(isString(acr) && acr_values.includes(acr)))
    throw fail(
      judged,
      'ACR',
      `has the acr ${show(acr)}, and one of ${show(acr_values)} is wanted. Ask the user to sign in with a stronger method.`,
    )
}

/** `auth_time` is there where it was asked for, no older than `max_age`, and not in the future. */
function checkAuthTime(judged: Judged, expected: Expectation): void {
  const { auth_time } = judged.claims
  const { default_max_age, require_auth_time } = judged.client.metadata
  const max_age = expected.max_age ?? (expected.nonce === null ? undefined : default_max_age)
  if (auth_time === undefined && max_age === undefined && !require_auth_time) return
  if (!isTime(auth_time))
    throw fail(
      judged,
      'AUTH_TIME',
      `has ${show(auth_time)} as its auth_time, and a time in epoch seconds is wanted. Have the server send it when max_age is asked for.`,
    )
  const age = now(judged.client) - auth_time
  if (-age > clockTolerance(judged.client))
    throw fail(judged, 'AUTH_TIME', `has an auth_time ${-age} seconds in the future. Set the clock of this machine right.`)
  if (max_age !== undefined && age > max_age + clockTolerance(judged.client))
    throw fail(
      judged,
      'AUTH_TIME',
      `says that the user signed in ${age} seconds ago, and at most ${max_age} are wanted. Ask the user to sign in again.`,
    )
}

/** `at_hash` and `c_hash`, where they are there, fit what came with the token. */
async function checkHashes({ client, claims, header }: Judged, { access_token, code, state }: Expectation): Promise<void> {
  // An HMAC was registered and verified by now; it goes by the same hashes.
  const alg = String(header.alg).replace('HS', 'RS')
  if (claims.at_hash !== undefined && access_token !== undefined) {
    if (internalsOf(client).options.quirks?.atHash === 'ignore') emit(client, { type: 'quirk', name: 'atHash', operation: 'id_token' })
    else await checkTokenHash('at_hash', claims.at_hash, access_token, alg)
  }
  if (claims.c_hash !== undefined && code !== undefined) await checkTokenHash('c_hash', claims.c_hash, code, alg)
  if (claims.s_hash !== undefined && state !== undefined) await checkTokenHash('s_hash', claims.s_hash, state, alg)
}

/** The same user, server and client as before. {@link https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse OpenID Connect Core 1.0, section 12.2} */
function checkContinuity(judged: Judged, previous: IdTokenClaims): void {
  const { claims } = judged
  const differs = (name: string) =>
    fail(
      judged,
      'CONTINUITY',
      `has another ${name} than the one before it. Discard the answer and start a new login: it may be another user's.`,
    )
  for (const name of ['iss', 'sub', 'azp'] as const) if (claims[name] !== previous[name]) throw differs(name)
  if (sorted(claims.aud) !== sorted(previous.aud)) throw differs('aud')
  if (claims.nonce !== undefined && claims.nonce !== previous.nonce) throw differs('nonce')
  const { auth_time, iat } = claims
  if (isTime(auth_time) && isTime(iat) && (auth_time < (previous.auth_time ?? 0) || auth_time > iat + clockTolerance(judged.client)))
    throw differs('auth_time')
}

function sorted(aud: unknown): string {
  return JSON.stringify([aud].flat().sort())
}
