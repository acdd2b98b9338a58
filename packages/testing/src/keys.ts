import type { CryptoKey, JsonObject } from '@oidc/core'
import { exportJWK } from 'jose/key/export'
import { generateKeyPair } from 'jose/key/generate/keypair'

/** A key of the issuer, public part and private. */
export interface IssuerKey {
  readonly alg: string
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JsonObject
}

export interface IssuerKeys {
  /** Signs with the newest key of an algorithm. */
  signing(alg: string): IssuerKey
  /** Opens what was encrypted to the issuer. */
  readonly decryption: readonly IssuerKey[]
  /** In no key set: an attacker's. */
  foreign(alg: string): Promise<IssuerKey>
  /** Makes new signing keys. The old ones leave the key set at once unless `keep` is given. */
  rotate(options?: { readonly keep?: boolean }): Promise<void>
  /** What jwks_uri answers with. */
  published(): readonly JsonObject[]
}

/** @param algorithms Of signatures, e.g. `ES256`. */
export async function createIssuerKeys(algorithms: readonly string[]): Promise<IssuerKeys> {
  let made = 0
  const make = async (alg: string, use: string): Promise<IssuerKey> => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
    const kid = `${use}-${alg}-${++made}`
    return { alg, kid, privateKey, publicJwk: { ...((await exportJWK(publicKey)) as JsonObject), kid, use, alg } }
  }
  const makeAll = (): Promise<IssuerKey[]> => Promise.all(algorithms.map((alg) => make(alg, 'sig')))
  let signing = await makeAll()
  let retired: readonly IssuerKey[] = []
  const usesRSA = algorithms.some((alg) => /^[RP]S/.test(alg))
  const decryption = await Promise.all(['ECDH-ES', ...(usesRSA ? ['RSA-OAEP-256'] : [])].map((alg) => make(alg, 'enc')))
  return {
    decryption,
    foreign: (alg) => make(alg, 'sig'),
    signing(alg) {
      const found = signing.find((key) => key.alg === alg)
      if (!found) throw new Error(`The test issuer has no key for ${alg}. Name it in the option algorithms.`)
      return found
    },
    async rotate({ keep = false } = {}) {
      retired = keep ? [...retired, ...signing] : []
      signing = await makeAll()
    },
    published: () => [...signing, ...retired, ...decryption].map(({ publicJwk }) => publicJwk),
  }
}
