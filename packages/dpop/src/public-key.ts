import { type CryptoKey, encodeBase64Url, type JsonObject, sha256 } from '@oidc/core/plugin'
import { checkKeyPair, type DPoPKeyPair } from './key-pair.js'

/** What servers see of a key pair. */
export interface PublicKey {
  readonly jwk: JsonObject
  readonly thumbprint: string
}

/** The required members, and no other ever leaves, in the order that the hash wants. {@link https://www.rfc-editor.org/rfc/rfc7638#section-3.2 RFC 7638, section 3.2} */
const members = ['crv', 'e', 'kty', 'n', 'x', 'y'] as const

const known = /* @__PURE__ */ new WeakMap<CryptoKey, Promise<PublicKey>>()

/**
 * The JWK thumbprint of a key pair: what `dpop_jkt` and `cnf.jkt` hold. {@link https://www.rfc-editor.org/rfc/rfc9449#section-10 RFC 9449, section 10}
 *
 * @throws `DPOP_KEY_INVALID`
 */
export async function calculateThumbprint(keyPair: DPoPKeyPair): Promise<string> {
  checkKeyPair(keyPair)
  return (await describePublicKey(keyPair.publicKey)).thumbprint
}

/** Made once a key, for every proof holds it. */
export function describePublicKey(key: CryptoKey): Promise<PublicKey> {
  const found = known.get(key) ?? exportPublicKey(key)
  known.set(key, found)
  return found
}

async function exportPublicKey(key: CryptoKey): Promise<PublicKey> {
  const exported = await crypto.subtle.exportKey('jwk', key)
  const jwk: JsonObject = Object.fromEntries(members.filter((name) => exported[name] !== undefined).map((name) => [name, exported[name]]))
  return { jwk, thumbprint: encodeBase64Url(await sha256(JSON.stringify(jwk))) }
}
