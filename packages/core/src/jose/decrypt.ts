import { compactDecrypt } from 'jose/jwe/compact/decrypt'
import { decodeBase64Url } from '../base/base64url.js'
import { oidcError } from '../base/errors.js'
import { decodeUtf8, isJsonObject, type JsonObject, parseJson } from '../base/json.js'
import type { KeyObjectLike } from './signing-key.js'

/** A private key that opens JWEs, with the one key management algorithm it is for. */
export interface DecryptionKey {
  readonly key: CryptoKey | KeyObjectLike | JsonObject
  readonly alg: string
  readonly kid?: string
}

const algorithms = [
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A192KW',
  'ECDH-ES+A256KW',
  'RSA-OAEP',
  'RSA-OAEP-256',
  'RSA-OAEP-384',
  'RSA-OAEP-512',
]
const encodings = ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512']

/**
 * Makes the option `decrypt` from private keys. Only asymmetric key management is opened: no password-based one, no `RSA1_5`, no `dir`.
 *
 * @param options.enc Content encryption algorithms to accept; all authenticated ones by default.
 * @throws `OPTION_INVALID`; the function it gives throws `DECRYPTION_FAILED`
 */
export function decryptWith(
  keys: DecryptionKey | readonly DecryptionKey[],
  { enc = encodings }: { readonly enc?: readonly string[] } = {},
): (jwe: string) => Promise<string> {
  const list = [keys].flat() as readonly DecryptionKey[]
  for (const { alg } of list)
    if (!algorithms.includes(alg))
      throw oidcError('OPTION_INVALID', `The decryption key is for ${JSON.stringify(alg)}. Give one of ${algorithms.join(', ')}.`)
  return async (jwe) => {
    const { alg, kid } = readHeader(jwe)
    const candidates = list.filter((key) => key.alg === alg && (kid === undefined || key.kid === undefined || key.kid === kid)).slice(0, 4)
    for (const { key } of candidates) {
      try {
        const { plaintext } = await compactDecrypt(jwe, key as CryptoKey, {
          keyManagementAlgorithms: [String(alg)],
          contentEncryptionAlgorithms: [...enc],
        })
        return decodeUtf8(plaintext)
      } catch {
        // The next key may be the one; why this one was not, is for nobody outside to learn.
      }
    }
    throw oidcError(
      'DECRYPTION_FAILED',
      `None of ${list.length} decryption keys opened the encrypted token (${candidates.length} fitted its header). Check that the server encrypts to a key of this client.`,
    )
  }
}

function readHeader(jwe: string): JsonObject {
  let header: unknown
  try {
    header = parseJson(decodeUtf8(decodeBase64Url(jwe.split('.', 1)[0] ?? '')))
  } catch {
    // As one that is no object.
  }
  if (isJsonObject(header)) return header
  throw oidcError('DECRYPTION_FAILED', 'The encrypted token has no readable header. Report it to the people who run the server.')
}
