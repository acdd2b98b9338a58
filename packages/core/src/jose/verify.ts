import { compactVerify } from 'jose/jws/compact/verify'
import { isSameAlgorithm } from './algorithms.js'
import type { PublicJwk } from './choose-key.js'

/** Whether a key made the signature of a compact JWS. A key that cannot be imported, such as a point off its curve, made none. */
export async function verifySignature(jws: string, key: PublicJwk, alg: string): Promise<boolean> {
  try {
    await compactVerify(jws, fitKey(key, alg), { algorithms: [alg] })
    return true
  } catch {
    return false
  }
}

/** Whether a secret made the HMAC of a compact JWS. */
export async function verifyMac(jws: string, secret: string, alg: string): Promise<boolean> {
  try {
    await compactVerify(jws, new TextEncoder().encode(secret), { algorithms: [alg] })
    return true
  } catch {
    return false
  }
}

const fitted = /* @__PURE__ */ new WeakMap<PublicJwk, PublicJwk>()

/**
 * jose compares `alg` by its letters; a key for `EdDSA` verifies `Ed25519` as well. Platforms import no public key whose `key_ops` name more
 * than `verify`. The same object is given each time, for jose keeps the imported key by it.
 */
function fitKey(key: PublicJwk, alg: string): PublicJwk {
  const { alg: own } = key
  if ((own === undefined || own === alg) && key.key_ops === undefined) return key
  if (own !== undefined && !isSameAlgorithm(String(own), alg)) return key
  const known = fitted.get(key)
  if (known) return known
  const { alg: _, key_ops: __, ...rest } = key
  const other = Object.freeze(rest) as PublicJwk
  fitted.set(key, other)
  return other
}
