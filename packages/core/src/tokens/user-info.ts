import { decodeUtf8, isJsonObject, type JsonObject, parseJson } from '../base/json.js'
import type { Client } from '../client/client.js'
import { internalsOf } from '../client/internals.js'
import type { JwtShape, Verifier } from '../client/verifier.js'
import { checkAudience, checkIssuerClaim, fail } from './claim-rules.js'
import { checkJwtRules } from './jwt.js'

/** What only other kinds of token of the same server and client hold. */
export const foreignClaims: readonly string[] = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events']

/**
 * Opens a UserInfo answer that is a JWT, as the client has registered it: signed, encrypted, or signed and then encrypted.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse OpenID Connect Core 1.0, section 5.3.2}
 *
 * @throws `USERINFO_MALFORMED`, `USERINFO_ENCRYPTION`, `USERINFO_CRITICAL`, `USERINFO_TYPE`, `USERINFO_ALGORITHM`, `USERINFO_KEY`,
 * `USERINFO_SIGNATURE`, `USERINFO_ISSUER`, `USERINFO_AUDIENCE`, `USERINFO_EXPIRED`, `USERINFO_NOT_BEFORE`, `USERINFO_ISSUED_AT`, `DECRYPTION_FAILED`
 */
export async function verifyUserInfo(client: Client, verifier: Verifier, jwt: string, signal?: AbortSignal): Promise<JsonObject> {
  const { userinfo_signed_response_alg: alg, userinfo_encrypted_response_alg, userinfo_encrypted_response_enc } = client.metadata
  const shape: JwtShape = {
    what: 'UserInfo answer',
    code: 'USERINFO',
    registered: alg,
    algorithms: [],
    encryption: { alg: userinfo_encrypted_response_alg, enc: userinfo_encrypted_response_enc },
    signal,
  }
  const claims = alg === undefined ? await openUnsigned(client, verifier, jwt, shape) : await openSigned(client, verifier, jwt, shape)
  const found = foreignClaims.find((name) => claims[name] !== undefined)
  if (found !== undefined)
    throw fail(
      shape,
      'TYPE',
      `holds ${found}, which belongs to another kind of token. Discard it: an ID token or logout token was put in its place.`,
    )
  return claims
}

async function openSigned(client: Client, { open }: Verifier, jwt: string, shape: JwtShape): Promise<JsonObject> {
  const decoded = await open(client, jwt, shape)
  checkJwtRules(client, decoded, shape)
  return decoded.claims
}

/** Who signs must say who and for whom; of an answer that is only encrypted, what it says must be true. */
async function openUnsigned(client: Client, { decrypt }: Verifier, jwt: string, shape: JwtShape): Promise<JsonObject> {
  const claims = parseClaims(client, await decrypt(client, jwt, shape), shape)
  const judged = { client, claims, header: {}, what: shape.what, code: shape.code }
  if (claims.iss !== undefined) checkIssuerClaim(judged)
  if (claims.aud !== undefined) checkAudience(judged)
  return claims
}

function parseClaims(client: Client, text: unknown, shape: JwtShape): JsonObject {
  try {
    const claims = parseJson(decodeUtf8(new TextEncoder().encode(String(text))), internalsOf(client).limits.depth)
    if (isJsonObject(claims)) return claims
    throw new SyntaxError('it is no JSON object')
  } catch (error) {
    throw fail(shape, 'MALFORMED', `cannot be used: ${(error as Error).message}. Report it to the people who run the server.`)
  }
}
