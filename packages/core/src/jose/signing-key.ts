import { oidcError } from '../base/errors.js'
import { isJsonObject, isString, type JsonObject } from '../base/json.js'
import { findAlgorithm, isSameAlgorithm } from './algorithms.js'
import type { CryptoKey } from './crypto-key.js'
import { decodePem, importPem } from './pem.js'

/** Node's KeyObject, by its shape: core knows no Node types. */
export interface KeyObjectLike {
  readonly type: string
  readonly asymmetricKeyType?: string | undefined
  export(options: { readonly format: 'jwk' }): unknown
}

/** Signs elsewhere: a KMS, an HSM. */
export interface Signer {
  readonly alg: string
  readonly kid?: string
  /** Signs the bytes, hashing them as `alg` says. An ECDSA signature may be the raw `r || s` of RFC 7518, section 3.4, or DER, as most services give it. */
  sign(data: Uint8Array): Promise<Uint8Array>
}

/** A private key: a CryptoKey, a KeyObject, a JWK, or the PEM text of PKCS#8. */
export type PrivateKey = CryptoKey | KeyObjectLike | JsonObject | string

/** A private key, alone or with the `kid` and `alg` that stand in the header. The `alg` is needed where the key does not tell it, as RSA keys in PEM do not. */
export type SigningKey = PrivateKey | { readonly key: PrivateKey; readonly kid?: string; readonly alg?: string }

/** A key or signer whose `alg` is known. */
export interface PreparedKey {
  readonly alg: string
  readonly kid?: string | undefined
  readonly key?: CryptoKey | JsonObject
  /** Imports a key from PEM, once. */
  readonly load?: () => Promise<CryptoKey>
  readonly signer?: Signer
}

/**
 * Finds out with what algorithm a key signs.
 *
 * @throws `KEY_INVALID` for a public key, a key too short, one for another algorithm than it is said to be, or one whose algorithm cannot be told
 */
export function prepareKey(given: SigningKey | Signer): PreparedKey {
  if (isSigner(given)) return checkAlgorithm({ alg: given.alg, kid: given.kid, signer: given })
  const wrapped = (isJsonObject(given) && 'key' in given ? given : { key: given }) as { key: unknown; kid?: string; alg?: string }
  const { key } = wrapped
  if (isCryptoKey(key)) {
    if (key.type !== 'private') throw invalid(`The key is a ${key.type} one`)
    const own = algorithmOf(key)
    const { alg = own, kid } = wrapped
    if (own !== undefined && alg !== undefined && !isSameAlgorithm(alg, own))
      throw invalid(`The key is for ${own}, and not for ${show(alg)}`)
    return checkAlgorithm({ key, kid, alg })
  }
  if (typeof key === 'string') return preparePem(key, wrapped)
  const jwk = isKeyObject(key) ? key.export({ format: 'jwk' }) : key
  if (!isJsonObject(jwk) || !isString(jwk.kty)) throw invalid(`The key is ${typeof key}`)
  if (jwk.d === undefined && jwk.priv === undefined) throw invalid('The key is a public one')
  const alg = wrapped.alg ?? (isString(jwk.alg) ? jwk.alg : algorithmOfJwk(jwk))
  const prepared = checkAlgorithm({ key: jwk, kid: wrapped.kid ?? (isString(jwk.kid) ? jwk.kid : undefined), alg })
  const { kty, crv } = findAlgorithm(prepared.alg) ?? {}
  if (kty !== jwk.kty || (crv !== undefined && crv !== jwk.crv)) throw invalid(`The key is not one for ${prepared.alg}`)
  // 342 characters are 256 bytes. RFC 7518, section 3.3.
  if (kty === 'RSA' && !(isString(jwk.n) && jwk.n.length >= 342)) throw invalid('The key has fewer than 2048 bits')
  return prepared
}

/** Its form is checked at once; the import, which takes its time, is left to the first signature. */
function preparePem(text: string, { kid, alg }: { readonly kid?: string; readonly alg?: string }): PreparedKey {
  const pem = decodePem(text)
  const { kind } = pem
  const prepared = checkAlgorithm({ kid, alg: alg ?? algorithmOfCurve(kind) ?? (kind === 'RSA' ? undefined : kind) })
  const { kty, crv = kty === 'AKP' ? prepared.alg : kty } = findAlgorithm(prepared.alg) ?? {}
  if (crv !== kind) throw invalid(`The key is not one for ${prepared.alg}`)
  let loading: Promise<CryptoKey> | undefined
  return {
    ...prepared,
    load() {
      loading ??= importPem(pem, prepared.alg)
      return loading
    },
  }
}

function checkAlgorithm(prepared: Omit<PreparedKey, 'alg'> & { alg: string | undefined }): PreparedKey {
  const { alg } = prepared
  if (alg === undefined || !findAlgorithm(alg)) throw invalid(`The algorithm of the key is ${alg === undefined ? 'not known' : show(alg)}`)
  return { ...prepared, alg }
}

function algorithmOf({ algorithm }: CryptoKey): string | undefined {
  const { name, hash, namedCurve, modulusLength } = algorithm as KeyAlgorithm & {
    hash?: { name: string }
    namedCurve?: string
    modulusLength?: number
  }
  if (modulusLength !== undefined && modulusLength < 2048) throw invalid(`The key has ${modulusLength} bits`)
  if (name === 'ECDSA') return algorithmOfCurve(namedCurve)
  if (name === 'RSA-PSS') return `PS${hash?.name.slice(4)}`
  if (name === 'RSASSA-PKCS1-v1_5') return `RS${hash?.name.slice(4)}`
  return name
}

function algorithmOfJwk(jwk: JsonObject): string | undefined {
  if (jwk.kty === 'EC') return algorithmOfCurve(jwk.crv)
  return jwk.kty === 'OKP' ? 'Ed25519' : undefined
}

function algorithmOfCurve(curve: unknown): string | undefined {
  return curve === 'P-256' ? 'ES256' : curve === 'P-384' ? 'ES384' : curve === 'P-521' ? 'ES512' : undefined
}

function show(alg: unknown): string {
  return JSON.stringify(String(alg).slice(0, 32))
}

function invalid(problem: string) {
  return oidcError(
    'KEY_INVALID',
    `${problem}. Give a private CryptoKey, KeyObject, JWK or a signer, or PEM (PKCS#8), for an algorithm among RS256, PS256, ES256, EdDSA and their longer forms; { key, alg } where the key does not tell it.`,
  )
}

function isCryptoKey(value: unknown): value is CryptoKey {
  return Object.prototype.toString.call(value) === '[object CryptoKey]'
}

function isKeyObject(value: unknown): value is KeyObjectLike {
  return typeof value === 'object' && value !== null && typeof (value as Partial<KeyObjectLike>).export === 'function'
}

function isSigner(value: unknown): value is Signer {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Signer>).sign === 'function'
}
