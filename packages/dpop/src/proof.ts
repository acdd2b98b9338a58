import { type Client, type CryptoKey, type Exchange, now, randomToken, signWithKey } from '@oidc/core/plugin'
import { dpopError } from './dpop-error.js'
import type { DPoPAlgorithm, DPoPKeyPair } from './key-pair.js'
import { type DPoPNonces, parseNonce } from './nonces.js'
import { describePublicKey } from './public-key.js'

/** A private key as it is known to servers. */
export interface NamedKey {
  readonly key: CryptoKey
  readonly alg: DPoPAlgorithm
}

/** What a proof is made with beside the exchange. */
export interface ProofMaterial {
  readonly key: { readonly key: CryptoKey; readonly alg: string }
  readonly publicKey: DPoPKeyPair['publicKey']
  readonly nonces: Pick<DPoPNonces, 'get'>
  /** Of the access token that is presented. */
  readonly ath: string | undefined
}

/** Makes the proof of one exchange. {@link https://www.rfc-editor.org/rfc/rfc9449#section-4.2 RFC 9449, section 4.2} */
export async function createProof(exchange: Exchange, { key, publicKey, nonces, ath }: ProofMaterial): Promise<string> {
  const { client, method, url } = exchange
  const { jwk } = await describePublicKey(publicKey)
  // As the server normalises it (RFC 9449, section 4.3); a query may be a secret, and is not what the proof is for.
  const { origin, pathname } = new URL(url)
  const nonce = parseNonce(nonces.get(origin))
  const claims = {
    jti: randomToken(client),
    htm: method.toUpperCase(),
    htu: origin + pathname,
    iat: now(client),
    ...(nonce !== undefined && { nonce }),
    ...(ath !== undefined && { ath }),
  }
  return signWithKey(key.key, claims, { typ: 'dpop+jwt', jwk, alg: key.alg })
}

/**
 * The key under the name that the server lists its algorithm by.
 * {@link https://www.rfc-editor.org/rfc/rfc9449#section-5.1 RFC 9449, section 5.1}
 *
 * @param keys One key under all of its names.
 * @throws `DPOP_ALGORITHM`
 */
export function chooseKey(keys: readonly NamedKey[], { server }: Client): NamedKey {
  const { dpop_signing_alg_values_supported: listed } = server
  const key = listed ? keys.find(({ alg }) => listed.includes(alg)) : keys[0]
  if (key) return key
  const shown = listed?.map((alg) => alg.slice(0, 32)).slice(0, 16)
  throw dpopError(
    'DPOP_ALGORITHM',
    `The DPoP key is for ${keys.map(({ alg }) => alg).join(' or ')}, and ${server.issuer} accepts ${JSON.stringify(shown)}. Make one for such an algorithm with generateDPoPKeyPair(alg).`,
  )
}
