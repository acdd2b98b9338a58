import { optionError } from '../client/options.js'
import type { ClientAuthentication } from '../client/plugin.js'
import { prepareOnce, signJwt } from '../jose/sign.js'
import type { Signer, SigningKey } from '../jose/signing-key.js'
import { type AssertionOptions, authenticateByAssertion } from './client-assertion.js'

/**
 * Authentication by an assertion that a private key signs. {@link https://www.rfc-editor.org/rfc/rfc7523#section-2.2 RFC 7523, section 2.2}
 *
 * @param key The private key (CryptoKey, KeyObject, JWK, PEM), alone or as `{ key, kid, alg }`, or a signer that calls a KMS or HSM. Of several, during
 * a rotation, the first one signs; the server must know its public half by then.
 * @throws `KEY_INVALID`; when used with `token_endpoint`, `SERVER_METADATA_MISSING`
 */
export function privateKeyJwt(
  key: SigningKey | Signer | readonly (SigningKey | Signer)[],
  options: AssertionOptions = {},
): ClientAuthentication {
  // What is imported once hangs on an object.
  const keys = [key].flat().map((one) => (typeof one === 'string' ? { key: one } : one)) as readonly (SigningKey | Signer)[]
  // All of them are checked now: the next one in line must not fail on the day that it is needed.
  for (const one of keys) prepareOnce(one)
  const [first] = keys
  if (first === undefined) throw optionError('key', first, 'a private key')
  return authenticateByAssertion('private_key_jwt', (claims, header) => signJwt(first, claims, header), options)
}
