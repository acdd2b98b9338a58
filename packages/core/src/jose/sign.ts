import { encodeBase64Url } from '../base/base64url.js'
import { isOidcError } from '../base/errors.js'
import type { JsonObject } from '../base/json.js'
import { toJoseSignature } from './ecdsa-signature.js'
import { failedToSign, signWithKey } from './sign-with-key.js'
import { type PreparedKey, prepareKey, type Signer, type SigningKey } from './signing-key.js'

const prepared = /* @__PURE__ */ new WeakMap<object, PreparedKey>()

/**
 * Signs claims as a compact JWS. `alg` and `kid` of the header come from the key.
 *
 * @param header Further members of the header, such as `typ`.
 * @throws `KEY_INVALID`, also where the signer fails; what it threw stays behind, for it may hold what was signed
 */
export async function signJwt(key: SigningKey | Signer, claims: JsonObject, header: JsonObject = {}): Promise<string> {
  const { alg, kid, key: own, signer, load } = prepareOnce(key)
  // Last, for no member of the header may say another algorithm than the key's.
  const fullHeader = { ...(kid !== undefined && { kid }), ...header, alg }
  if (!signer) return signWithKey((load ? await load() : own) as CryptoKey, claims, fullHeader)
  try {
    const input = `${encodeBase64Url(JSON.stringify(fullHeader))}.${encodeBase64Url(JSON.stringify(claims))}`
    const signature = toJoseSignature(await signer.sign(new TextEncoder().encode(input)), alg)
    return `${input}.${encodeBase64Url(signature)}`
  } catch (error) {
    throw isOidcError(error) ? error : failedToSign('signer', alg, error, 'Check the service that it calls.')
  }
}

/** Told once a key, for it is asked for at every request. @throws `KEY_INVALID` */
export function prepareOnce(key: SigningKey | Signer): PreparedKey {
  // Nothing is kept of a bare PEM text; inside of { key } it is imported once.
  if (typeof key === 'string') return prepareKey(key)
  const known = typeof key === 'object' && key !== null ? prepared.get(key) : undefined
  if (known) return known
  const fresh = prepareKey(key)
  prepared.set(key, fresh)
  return fresh
}
