import { CompactSign } from 'jose/jws/compact/sign'
import { encodeBase64Url } from '../base/base64url.js'
import { isOidcError, oidcError } from '../base/errors.js'
import type { JsonObject } from '../base/json.js'
import { toJoseSignature } from './ecdsa-signature.js'
import { type PreparedKey, prepareKey, type Signer, type SigningKey } from './signing-key.js'

const prepared = /* @__PURE__ */ new WeakMap<object, PreparedKey>()

/**
 * Signs claims as a compact JWS. `alg` and `kid` of the header come from the key.
 *
 * @param header Further members of the header, such as `typ`.
 * @throws `KEY_INVALID`, also where the signer fails; what it threw stays behind, for it may hold what was signed
 */
export async function signJwt(key: SigningKey | Signer, claims: JsonObject, header: JsonObject = {}): Promise<string> {
  const signing = prepareOnce(key)
  const { alg, kid, signer, load } = signing
  // Last, for no member of the header may say another algorithm than the key's.
  const fullHeader = { ...(kid !== undefined && { kid }), ...header, alg }
  const payload = new TextEncoder().encode(JSON.stringify(claims))
  try {
    if (!signer) {
      const key = load ? await load() : signing.key
      return await new CompactSign(payload).setProtectedHeader(fullHeader).sign(key as CryptoKey)
    }
    const input = `${encodeBase64Url(JSON.stringify(fullHeader))}.${encodeBase64Url(payload)}`
    const signature = toJoseSignature(await signer.sign(new TextEncoder().encode(input)), alg)
    return `${input}.${encodeBase64Url(signature)}`
  } catch (error) {
    if (isOidcError(error)) throw error
    throw oidcError(
      'KEY_INVALID',
      `The ${signer ? 'signer' : 'key'} for ${alg} could not sign: ${error instanceof Error ? error.name : 'it'} was thrown. ${signer ? 'Check the service that it calls.' : 'Check that the key is whole and may be used to sign.'}`,
    )
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
