/** How WebCrypto knows an algorithm of JOSE, and what its two keys may do. */
export interface CryptoAlgorithm {
  readonly parameters: {
    readonly name: string
    readonly hash?: string
    readonly namedCurve?: string
  }
  readonly publicUsages: readonly KeyUsage[]
  readonly privateUsages: readonly KeyUsage[]
}

const names: Readonly<Record<string, string>> = { RS: 'RSASSA-PKCS1-v1_5', PS: 'RSA-PSS' }
const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

/**
 * Looks up an asymmetric algorithm by its name in a header.
 *
 * @param crv The curve of an `ECDH-ES` key, which its name leaves open.
 */
export function findCryptoAlgorithm(alg: string, crv?: string): CryptoAlgorithm | undefined {
  const namedCurve = Object.hasOwn(curves, alg) ? curves[alg] : undefined
  if (namedCurve !== undefined) return signing({ name: 'ECDSA', namedCurve })
  const [, family = '', size = ''] = /^(RS|PS)(256|384|512)$/.exec(alg) ?? []
  const name = names[family]
  if (name !== undefined) return signing({ name, hash: `SHA-${size}` })
  if (alg === 'EdDSA' || alg === 'Ed25519') return signing({ name: 'Ed25519' })
  if (/^ML-DSA-(?:44|65|87)$/.test(alg)) return signing({ name: alg })
  const [isOaep, bits = '1'] = /^RSA-OAEP(?:-(256|384|512))?$/.exec(alg) ?? []
  if (isOaep !== undefined)
    return {
      parameters: { name: 'RSA-OAEP', hash: `SHA-${bits}` },
      publicUsages: ['encrypt', 'wrapKey'],
      privateUsages: ['decrypt', 'unwrapKey'],
    }
  if (!/^ECDH-ES(?:\+A(?:128|192|256)KW)?$/.test(alg) || crv === undefined) return undefined
  return {
    parameters: crv === 'X25519' ? { name: crv } : { name: 'ECDH', namedCurve: crv },
    publicUsages: [],
    privateUsages: ['deriveBits'],
  }
}

function signing(parameters: CryptoAlgorithm['parameters']): CryptoAlgorithm {
  return { parameters, publicUsages: ['verify'], privateUsages: ['sign'] }
}
