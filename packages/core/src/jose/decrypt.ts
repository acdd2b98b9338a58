import { compactDecrypt } from 'jose/jwe/compact/decrypt'
import { oidcError } from '../base/errors.js'
import { decodeUtf8, type JsonObject } from '../base/json.js'
import type { CryptoKey } from './crypto-key.js'
import { readHeader } from './decode.js'
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
/** What jose can open. */
export const encodings: readonly string[] = ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512']

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
    const { alg, kid } = readHeader(jwe) ?? refuseHeader()
    const candidates = list.filter((key) => key.alg === alg && (kid === undefined || key.kid === undefined || key.kid === kid)).slice(0, 4)
    for (const { key } of candidates) {
      const plaintext = await openJwe(jwe, key as CryptoKey, String(alg), enc)
      if (plaintext !== undefined) return plaintext
    }
    throw oidcError(
      'DECRYPTION_FAILED',
      `None of ${list.length} decryption keys opened the encrypted token (${candidates.length} fitted its header). Check that the server encrypts to a key of this client.`,
    )
  }
}

/** Gives the text of a compact JWE; undefined where another key may be the one. Why this one was not, is for nobody outside to learn. */
export async function openJwe(jwe: string, key: CryptoKey | Uint8Array, alg: string, enc: readonly string[]): Promise<string | undefined> {
  try {
    const algorithms = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [...enc] }
    const { plaintext } = await compactDecrypt(jwe, key, algorithms)
    return decodeUtf8(plaintext)
  } catch {
    return undefined
  }
}

/** @throws `DECRYPTION_FAILED` */
export function refuseHeader(): never {
  throw oidcError('DECRYPTION_FAILED', 'The encrypted token has no readable header. Report it to the people who run the server.')
}
