import { decodeBase64Url } from '../base/base64url.js'
import { isJsonObject, isString, type JsonObject } from '../base/json.js'
import { findAlgorithm, isSameAlgorithm } from './algorithms.js'

/** A public key of a key set. {@link https://www.rfc-editor.org/rfc/rfc7517#section-4 RFC 7517, section 4} */
export type PublicJwk = JsonObject & { readonly kty: string; readonly kid?: string }

const maxCandidates = 4

/**
 * Keeps the keys of a set that can verify at all. One bad key does not spoil the set (RFC 7517, section 5); a symmetric or a private key
 * there is a leak and is never used.
 */
export function parseKeySet(value: unknown, limit: number): readonly PublicJwk[] | undefined {
  if (!isJsonObject(value) || !Array.isArray(value.keys)) return undefined
  return Object.freeze(
    value.keys
      .slice(0, limit)
      .filter(isUsable)
      .map((key) => Object.freeze({ ...key })),
  )
}

/** The keys that may have made a signature: the right family and curve, `use`, `key_ops` and `alg` permitting, `kid` equal where the header names one. */
export function chooseKeys(keys: readonly PublicJwk[], alg: string, kid: unknown): readonly PublicJwk[] {
  const wanted = findAlgorithm(alg)
  if (!wanted) return []
  return keys
    .filter(
      (key) =>
        key.kty === wanted.kty &&
        (wanted.crv === undefined || key.crv === wanted.crv) &&
        (key.alg === undefined ? wanted.kty !== 'AKP' : isString(key.alg) && isSameAlgorithm(key.alg, alg)) &&
        (kid === undefined || key.kid === kid),
    )
    .slice(0, maxCandidates)
}

/** Whether a key that the world can read holds a secret part. */
export function isPrivate(key: unknown): boolean {
  return isJsonObject(key) && ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv', 'k'].some((member) => key[member] !== undefined)
}

/** Characters of a coordinate in base64url, by curve. Platforms import longer ones with zeros in front. RFC 7518, section 6.2.1.2; RFC 8037, section 2. */
const coordinates: Readonly<Record<string, number>> = { 'P-256': 43, 'P-384': 64, 'P-521': 88, Ed25519: 43 }

function isUsable(key: unknown): key is PublicJwk {
  if (!isJsonObject(key) || !isString(key.kty) || key.kty === 'oct') return false
  if (key.kty === 'EC' && !(isCoordinate(key.x, key.crv) && isCoordinate(key.y, key.crv))) return false
  if (key.kty === 'OKP' && !isCoordinate(key.x, key.crv)) return false
  if (isPrivate(key)) return false
  if (key.use !== undefined && key.use !== 'sig') return false
  if (key.key_ops !== undefined && !(Array.isArray(key.key_ops) && key.key_ops.includes('verify'))) return false
  // 2048 bits are 256 bytes, which are 342 characters. RFC 7518, section 3.3.
  return key.kty !== 'RSA' || (isString(key.n) && key.n.length >= 342 && isExponent(key.e))
}

/** Under the exponent 1 anybody can sign, and no RSA key has an even one; platforms import both. RFC 8017, section 3.1. */
function isExponent(value: unknown): boolean {
  try {
    const [last = 0, ...others] = isString(value) ? decodeBase64Url(value).reverse() : []
    return last % 2 === 1 && (last > 1 || others.some((byte) => byte > 0))
  } catch {
    return false
  }
}

function isCoordinate(value: unknown, curve: unknown): boolean {
  return isString(value) && isString(curve) && Object.hasOwn(coordinates, curve) && value.length === coordinates[curve]
}
