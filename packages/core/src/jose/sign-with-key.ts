import { CompactSign } from 'jose/jws/compact/sign'
import { type OidcError, oidcError } from '../base/errors.js'
import type { JsonObject } from '../base/json.js'
import type { CryptoKey } from './crypto-key.js'

/**
 * Signs claims as a compact JWS with a key of WebCrypto or a JWK, by the algorithm that the header names: {@link signJwt} for those who have such
 * a key and know its algorithm. No code for other kinds of keys (PEM, KeyObject, signers) comes with it.
 *
 * @throws `KEY_INVALID`; what was thrown stays behind, for it may hold what was signed
 */
export async function signWithKey(
  key: CryptoKey | JsonObject,
  claims: JsonObject,
  header: JsonObject & { readonly alg: string },
): Promise<string> {
  try {
    return await new CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader(header).sign(key as CryptoKey)
  } catch (error) {
    throw failedToSign('key', header.alg, error, 'Check that the key is whole and may be used to sign.')
  }
}

export function failedToSign(what: 'key' | 'signer', alg: string, error: unknown, remedy: string): OidcError {
  return oidcError(
    'KEY_INVALID',
    `The ${what} for ${alg} could not sign: ${error instanceof Error ? error.name : 'it'} was thrown. ${remedy}`,
  )
}
