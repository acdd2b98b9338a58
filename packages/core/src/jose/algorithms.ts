import type { DigestName } from '../base/digest.js'

/** What a signature algorithm demands of its key. */
export interface Algorithm {
  readonly kty: 'RSA' | 'EC' | 'OKP' | 'AKP'
  readonly crv?: string
  /** Of `at_hash` and `c_hash`. */
  readonly hash: DigestName
}

const pattern = /^(?:(RS|PS|ES)(256|384|512)|(EdDSA|Ed25519)|ML-DSA-(?:44|65|87))$/
const curves: Readonly<Record<string, string>> = { 256: 'P-256', 384: 'P-384', 512: 'P-521' }

/**
 * The asymmetric signature algorithms that are ever accepted, whatever metadata or a token says; undefined for every other name, in any
 * other case. {@link https://www.rfc-editor.org/rfc/rfc8725#section-3.1 RFC 8725, section 3.1}
 */
export function findAlgorithm(alg: unknown): Algorithm | undefined {
  const [, family, size = '', edwards] = (typeof alg === 'string' && pattern.exec(alg)) || [undefined]
  if (family !== undefined) {
    const hash = `SHA-${size}` as DigestName
    const crv = curves[size]
    return family === 'ES' && crv ? { kty: 'EC', crv, hash } : { kty: 'RSA', hash }
  }
  if (edwards !== undefined) return { kty: 'OKP', crv: 'Ed25519', hash: 'SHA-512' }
  return typeof alg === 'string' && pattern.test(alg) ? { kty: 'AKP', hash: 'SHA-512' } : undefined
}

/** Whether it is an HMAC, for which both sides need one secret: never accepted but where the client itself has registered it. */
export function isMac(alg: string): boolean {
  return /^HS(?:256|384|512)$/.test(alg)
}

/** Whether two names mean the same algorithm: servers know Ed25519 as `EdDSA` or as `Ed25519`. */
export function isSameAlgorithm(a: string, b: string): boolean {
  const fold = (alg: string) => (alg === 'Ed25519' ? 'EdDSA' : alg)
  return fold(a) === fold(b)
}
