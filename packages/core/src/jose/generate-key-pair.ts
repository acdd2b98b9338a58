import { oidcError } from '../base/errors.js'
import type { CryptoKey } from './crypto-key.js'
import { findCryptoAlgorithm } from './web-crypto.js'

/** How a key pair is made. */
export interface KeyPairOptions {
  /** Whether the private key can be exported, to be stored. False by default. */
  readonly extractable?: boolean
  /** Bits of an RSA key: 2048 by default, and at least. */
  readonly modulusLength?: number
  /** The curve for ECDH-ES: `P-256` by default. */
  readonly crv?: 'P-256' | 'P-384' | 'P-521' | 'X25519'
}

/** What WebCrypto makes. */
export interface KeyPair {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}

const leastBits = 2048

/**
 * Makes a key pair for `privateKeyJwt`, `decryptWith` and the like.
 *
 * @param alg What the key is for, by its name in JOSE: `ES256`, `PS256`, `Ed25519`, `ML-DSA-65`, `RSA-OAEP-256`, `ECDH-ES` ...
 * @throws `KEY_INVALID` for a symmetric or unknown algorithm, too few bits, or what this platform lacks
 */
export async function generateKeyPair(
  alg: string,
  { extractable = false, modulusLength = leastBits, crv = 'P-256' }: KeyPairOptions = {},
): Promise<KeyPair> {
  const algorithm = findCryptoAlgorithm(alg, crv)
  if (!algorithm)
    throw invalid(
      `A key pair for ${JSON.stringify(String(alg).slice(0, 32))} is asked for`,
      'Give an asymmetric algorithm, such as ES256, PS256, Ed25519, RSA-OAEP-256 or ECDH-ES',
    )
  if (!Number.isInteger(modulusLength) || modulusLength < leastBits)
    throw invalid(`An RSA key of ${String(modulusLength)} bits is asked for`, `Give ${leastBits} or more`)
  const { parameters, publicUsages, privateUsages } = algorithm
  try {
    // What a kind of key does not know, WebCrypto does not read.
    const all = { ...parameters, modulusLength, publicExponent: new Uint8Array([1, 0, 1]) }
    return (await crypto.subtle.generateKey(all, extractable, [...publicUsages, ...privateUsages])) as KeyPair
  } catch (error) {
    throw invalid(
      `This platform does not make keys for ${alg} (${error instanceof Error ? error.name : typeof error})`,
      'Take another algorithm, or a newer platform',
    )
  }
}

function invalid(problem: string, remedy: string) {
  return oidcError('KEY_INVALID', `${problem}. ${remedy}.`)
}
