import type { ClientAuthentication } from '../client/plugin.js'
import { prepareOnce, signJwt } from '../jose/sign.js'
import type { Signer, SigningKey } from '../jose/signing-key.js'
import { type AssertionOptions, authenticateByAssertion } from './client-assertion.js'

/**
 * Authentication by an assertion that a private key signs. {@link https://www.rfc-editor.org/rfc/rfc7523#section-2.2 RFC 7523, section 2.2}
 *
 * @param key The private key (CryptoKey, KeyObject, JWK, PEM), alone or as `{ key, kid, alg }`, or a signer that calls a KMS or HSM.
 * @throws `KEY_INVALID`; when used with `token_endpoint`, `SERVER_METADATA_MISSING`
 */
export function privateKeyJwt(key: SigningKey | Signer, options: AssertionOptions = {}): ClientAuthentication {
  // What is imported once hangs on an object.
  const signing = typeof key === 'string' ? { key } : key
  prepareOnce(signing)
  return authenticateByAssertion('private_key_jwt', (claims, header) => signJwt(signing, claims, header), options)
}
