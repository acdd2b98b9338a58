import type { CryptoKey } from '@oidc/core/plugin'
import { dpopError } from './dpop-error.js'

/** An algorithm that proofs are signed with. `EdDSA` and `Ed25519` are one: a proof names it as the server lists it. */
export type DPoPAlgorithm = 'ES256' | 'ES384' | 'ES512' | 'PS256' | 'RS256' | 'EdDSA' | 'Ed25519'

/** What WebCrypto makes, and IndexedDB keeps. */
export interface DPoPKeyPair {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}

export interface DPoPKeyOptions {
  /** Whether the private key can be exported. False by default: script that runs in the page can then use it, but not carry it away. */
  readonly extractable?: boolean
  /** Bits of an RSA key: 2048 by default, and at least. */
  readonly modulusLength?: number
}

interface KeyKind {
  readonly name: string
  readonly namedCurve?: string
  readonly hash?: string
}

const kinds: Readonly<Record<DPoPAlgorithm, KeyKind>> = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384' },
  ES512: { name: 'ECDSA', namedCurve: 'P-521' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  // The older name is the one that every server with the curve knows.
  EdDSA: { name: 'Ed25519' },
  Ed25519: { name: 'Ed25519' },
}

const smallestModulus = 2048

/**
 * Makes a key pair for `dpop()`. {@link https://www.rfc-editor.org/rfc/rfc9449#section-4 RFC 9449, section 4}
 *
 * @throws `DPOP_KEY_INVALID` for an algorithm that is none of the supported ones, that this platform lacks, or an RSA key below 2048 bits
 */
export async function generateDPoPKeyPair(
  alg: DPoPAlgorithm = 'ES256',
  { extractable = false, modulusLength = smallestModulus }: DPoPKeyOptions = {},
): Promise<DPoPKeyPair> {
  if (!Object.hasOwn(kinds, alg)) throw invalid(`The algorithm ${show(alg)} is asked for`)
  if (!(modulusLength >= smallestModulus)) throw invalid(`An RSA key of ${String(modulusLength)} bits is asked for, and 2048 are the least`)
  // What a kind of key does not know, WebCrypto does not read.
  const kind = { ...kinds[alg], modulusLength, publicExponent: new Uint8Array([1, 0, 1]) }
  try {
    return (await crypto.subtle.generateKey(kind, extractable, ['sign', 'verify'])) as CryptoKeyPair
  } catch (error) {
    throw invalid(`This platform does not make keys for ${alg} (${error instanceof Error ? error.name : typeof error})`)
  }
}

/**
 * Tells at once, and not at the first login, that a key pair is none.
 *
 * @returns the algorithm's names, most of them one
 * @throws `DPOP_KEY_INVALID`
 */
export function checkKeyPair(value: unknown): readonly DPoPAlgorithm[] {
  if (typeof (value as PromiseLike<unknown> | undefined)?.then === 'function') throw invalid('The key pair is a promise: await it')
  const { privateKey, publicKey } = (value ?? {}) as Readonly<Record<string, unknown>>
  const signing = checkKey(privateKey, 'private')
  const verifying = checkKey(publicKey, 'public')
  const names = (Object.keys(kinds) as DPoPAlgorithm[]).filter((alg) => isOfKind(signing, kinds[alg]))
  if (!names.length) throw invalid(`The private key is for ${signing.algorithm.name}${describeKind(signing)}`)
  if (!names.some((alg) => isOfKind(verifying, kinds[alg])) || modulusOf(signing) !== modulusOf(verifying))
    throw invalid('The private and the public key do not belong together')
  if (modulusOf(signing) < smallestModulus) throw invalid(`The key has ${modulusOf(signing)} bits, and 2048 are the least`)
  // It stands in every proof.
  if (!verifying.extractable) throw invalid('The public key cannot be exported')
  return names
}

function checkKey(key: unknown, type: 'private' | 'public'): CryptoKey {
  if (Object.prototype.toString.call(key) !== '[object CryptoKey]')
    throw invalid(`The ${type} key is ${key === undefined || key === null ? 'missing' : 'no CryptoKey'}`)
  const { type: seen } = key as CryptoKey
  if (seen !== type) throw invalid(`The ${type} key is a ${seen} one`)
  return key as CryptoKey
}

function isOfKind({ algorithm }: CryptoKey, { name, namedCurve, hash }: KeyKind): boolean {
  const { name: ownName, namedCurve: ownCurve, hash: ownHash } = algorithm as KeyAlgorithm & { namedCurve?: string; hash?: KeyAlgorithm }
  return ownName === name && ownCurve === namedCurve && ownHash?.name === hash
}

function modulusOf({ algorithm }: CryptoKey): number {
  const { modulusLength = Number.POSITIVE_INFINITY } = algorithm as KeyAlgorithm & { modulusLength?: number }
  return modulusLength
}

function describeKind({ algorithm }: CryptoKey): string {
  const { namedCurve, hash } = algorithm as KeyAlgorithm & { namedCurve?: string; hash?: KeyAlgorithm }
  return namedCurve !== undefined ? ` with ${namedCurve}` : hash !== undefined ? ` with ${hash.name}` : ''
}

function show(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 32))
}

function invalid(problem: string) {
  return dpopError(
    'DPOP_KEY_INVALID',
    `${problem}. Give what generateDPoPKeyPair() resolves to, or a CryptoKeyPair for one of ${Object.keys(kinds).join(', ')}.`,
  )
}
