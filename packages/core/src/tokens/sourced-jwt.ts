import type { JsonObject } from '../base/json.js'
import type { Client } from '../client/client.js'
import { checkAudience, checkExpiry, checkIssuedAt, checkIssuerClaim, checkNotBefore, fail } from './claim-rules.js'
import { openJwt } from './jwt.js'
import { foreignClaims } from './user-info.js'

/** All that core knows: which of them the issuer uses, its keys say. */
const algorithms = /* @__PURE__ */ 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA ML-DSA-44 ML-DSA-65 ML-DSA-87'.split(' ')

/**
 * Verifies the JWT of a source of aggregated or distributed claims. It need not say for whom it is nor until when, but what it says must be true.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#AggregatedDistributedClaims OpenID Connect Core 1.0, section 5.6.2}
 *
 * @param source A client of the source's issuer.
 * @throws `CLAIM_SOURCE_MALFORMED`, `CLAIM_SOURCE_ENCRYPTION`, `CLAIM_SOURCE_CRITICAL`, `CLAIM_SOURCE_TYPE`, `CLAIM_SOURCE_ALGORITHM`, `CLAIM_SOURCE_KEY`,
 * `CLAIM_SOURCE_SIGNATURE`, `CLAIM_SOURCE_ISSUER`, `CLAIM_SOURCE_AUDIENCE`, `CLAIM_SOURCE_EXPIRED`, `CLAIM_SOURCE_NOT_BEFORE`, `CLAIM_SOURCE_ISSUED_AT`
 */
export async function verifySourcedJwt(source: Client, jwt: unknown, signal?: AbortSignal): Promise<JsonObject> {
  const shape = { what: 'JWT of a claim source', code: 'CLAIM_SOURCE' }
  const { header, claims } = await openJwt(source, jwt, { ...shape, algorithms, signal })
  const judged = { client: source, header, claims, ...shape }
  checkIssuerClaim(judged)
  if (claims.aud !== undefined) checkAudience(judged)
  if (claims.exp !== undefined) checkExpiry(judged)
  checkNotBefore(judged)
  if (claims.iat !== undefined) checkIssuedAt(judged, undefined)
  const found = foreignClaims.find((name) => claims[name] !== undefined)
  if (found !== undefined)
    throw fail(
      shape,
      'TYPE',
      `holds ${found}, which belongs to another kind of token. Discard it: an ID token or logout token was put in its place.`,
    )
  return claims
}
