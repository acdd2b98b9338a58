import { decodeBase64Url } from '../base/base64url.js'
import { type OidcError, oidcError } from '../base/errors.js'
import { findCryptoAlgorithm } from './web-crypto.js'

/** A private key out of a PEM file. */
export interface PemKey {
  readonly der: Uint8Array<ArrayBuffer>
  /** `RSA`, the name of a curve, or that of an ML-DSA algorithm: an RSA key does not tell what it is for. */
  readonly kind: string
}

/** How the algorithm identifier of PKCS#8 begins, in hexadecimal. {@link https://www.rfc-editor.org/rfc/rfc5958#section-2 RFC 5958, section 2} */
const identifiers: Readonly<Record<string, string>> = {
  '092a864886f70d010101': 'RSA',
  '072a8648ce3d020106082a8648ce3d030107': 'P-256',
  '072a8648ce3d020106052b81040022': 'P-384',
  '072a8648ce3d020106052b81040023': 'P-521',
  '032b6570': 'Ed25519',
  '032b656e': 'X25519',
  '09608648016503040311': 'ML-DSA-44',
  '09608648016503040312': 'ML-DSA-65',
  '09608648016503040313': 'ML-DSA-87',
}

const others: Readonly<Record<string, string>> = {
  'PUBLIC KEY': 'a public key (SPKI). Give the private key of that pair',
  'RSA PUBLIC KEY': 'a public key (PKCS#1). Give the private key of that pair',
  CERTIFICATE: 'a certificate, which holds a public key. Give the private key that belongs to it',
  'RSA PRIVATE KEY': 'of PKCS#1. Convert it with openssl pkcs8 -topk8 -nocrypt',
  'EC PRIVATE KEY': 'of SEC1. Convert it with openssl pkcs8 -topk8 -nocrypt',
  'ENCRYPTED PRIVATE KEY': 'encrypted with a password. Decrypt it with openssl pkcs8 -topk8 -nocrypt',
}

/**
 * Reads the private key (PKCS#8) of a PEM text. {@link https://www.rfc-editor.org/rfc/rfc7468#section-10 RFC 7468, section 10}
 *
 * @throws `KEY_INVALID` for anything else, which it names: SPKI, certificates, PKCS#1, SEC1, encrypted keys
 */
export function decodePem(pem: string): PemKey {
  const [, label = '', base64 = ''] = /^\s*-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----\s*$/.exec(pem) ?? []
  if (Object.hasOwn(others, label)) throw invalid(`The key is PEM ${others[label]}`)
  if (label !== 'PRIVATE KEY')
    throw invalid(
      `The key is a text, and no PEM of one private key. ${
        pem.includes('\\n')
          ? 'It holds a backslash and an n where line breaks belong: replace them'
          : 'Give all of the file, from BEGIN PRIVATE KEY to END PRIVATE KEY, and nothing else'
      }`,
    )
  const der = decodeBase64(base64)
  const hex = Array.from(der.subarray(0, 40), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const [, identifier = ''] = /^30(?:8[1-4](?:..){1,4}|..)02010[01]30..06(.*)$/.exec(hex) ?? []
  const found = Object.keys(identifiers).find((prefix) => identifier.startsWith(prefix))
  if (found === undefined)
    throw invalid('The key is PEM of an unknown kind. Give an RSA, P-256, P-384, P-521, Ed25519, X25519 or ML-DSA key')
  return { der, kind: String(identifiers[found]) }
}

/** @throws `KEY_INVALID` where the platform does not take it, or it has too few bits */
export async function importPem({ der, kind }: PemKey, alg: string): Promise<CryptoKey> {
  const algorithm = findCryptoAlgorithm(alg, kind)
  let key: CryptoKey
  try {
    if (!algorithm) throw new TypeError()
    key = await crypto.subtle.importKey('pkcs8', der, algorithm.parameters, false, algorithm.privateUsages)
  } catch {
    // What the platform says may quote the key.
    throw invalid(`The ${kind} key is PEM that this platform does not import for ${alg}. Check that the key is whole and of that kind`)
  }
  const { modulusLength = 2048 } = key.algorithm as { modulusLength?: number }
  if (modulusLength < 2048) throw invalid(`The key has ${modulusLength} bits. Give one of 2048 bits or more`)
  return key
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return decodeBase64Url(text.replace(/[\s=]/g, '').replaceAll('+', '-').replaceAll('/', '_'))
  } catch {
    throw invalid('The key is PEM whose base64 is broken. Give all of the file, unchanged')
  }
}

function invalid(problem: string): OidcError {
  return oidcError('KEY_INVALID', `${problem}.`)
}
