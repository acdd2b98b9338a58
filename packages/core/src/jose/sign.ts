import { CompactSign } from 'jose/jws/compact/sign'
import { encodeBase64Url } from '../base/base64url.js'
import { isOidcError, oidcError } from '../base/errors.js'
import type { JsonObject } from '../base/json.js'
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
  const { alg, kid, signer } = signing
  const fullHeader = { alg, ...(kid !== undefined && { kid }), ...header }
  const payload = new TextEncoder().encode(JSON.stringify(claims))
  try {
    if (!signer) return await new CompactSign(payload).setProtectedHeader(fullHeader).sign(signing.key as CryptoKey)
    const input = `${encodeBase64Url(JSON.stringify(fullHeader))}.${encodeBase64Url(payload)}`
    return `${input}.${encodeBase64Url(await signer.sign(new TextEncoder().encode(input)))}`
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
  const known = typeof key === 'object' && key !== null ? prepared.get(key) : undefined
  if (known) return known
  const fresh = prepareKey(key)
  prepared.set(key, fresh)
  return fresh
}
