import { encodeBase64Url } from '../base/base64url.js'
import { isSame } from '../base/compare.js'
import { digest } from '../base/digest.js'
import { oidcError } from '../base/errors.js'
import { findAlgorithm } from '../jose/algorithms.js'

/**
 * Checks `at_hash`, `c_hash`, `s_hash` or `rt_hash`: the left half of the value's hash, by the hash of the token's own `alg`.
 * A door for plugins as well, for the `rt_hash` of a CIBA push.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken OpenID Connect Core 1.0, section 3.1.3.6}
 *
 * @throws `ID_TOKEN_HASH`
 */
export async function checkTokenHash(name: string, hash: unknown, value: string, alg: string): Promise<void> {
  const algorithm = findAlgorithm(alg)
  const whole = algorithm && (await digest(algorithm.hash, value))
  if (!whole || typeof hash !== 'string' || !isSame(hash, encodeBase64Url(whole.subarray(0, whole.length / 2))))
    throw oidcError(
      'ID_TOKEN_HASH',
      `The ID token's ${name} is not the hash of what came with it (${algorithm?.hash} for ${alg}). Discard the answer and start a new login: its parts do not belong together.${
        // No specification names the hash of these, so servers differ.
        name === 'at_hash' && /^Ed|^ML/.test(alg) ? ` If it is always so at this server, give quirks: { atHash: 'ignore' }.` : ''
      }`,
    )
}
