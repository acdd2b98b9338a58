import { type DigestName, digest } from '../base/digest.js'
import { oidcError } from '../base/errors.js'
import type { Client } from '../client/client.js'
import { type Decrypt, optionError } from '../client/options.js'
import { readHeader } from '../jose/decode.js'
import { encodings, openJwe, refuseHeader } from '../jose/decrypt.js'
import { prepareSecrets, type SharedSecret } from './shared-secrets.js'

/**
 * Makes the option `decrypt`, for servers that encrypt to a key derived from the client secret: `dir`, `A128KW`, `A192KW`, `A256KW` and their GCM
 * forms. It opens only what the client's own metadata registers, such as `id_token_encrypted_response_alg: 'A128KW'`, by the registered `enc` where
 * there is one. {@link https://openid.net/specs/openid-connect-core-1_0.html#Encryption OpenID Connect Core 1.0, section 10.2}
 *
 * @param secret Without it, the option `client_secret` is used. Of several, during a rotation, any may open the token. At least as many bytes as the
 * derived key has.
 * @throws `OPTION_INVALID`, also when a client without a secret, with one too short, or with no such algorithm is made; the function it gives throws
 * `DECRYPTION_FAILED`
 */
export function decryptWithSecret(secret?: SharedSecret): Decrypt {
  const findSecrets = prepareSecrets(secret)
  const decrypt: Decrypt = async (jwe, { client, alg, enc = '' }) => {
    const header = readHeader(jwe) ?? refuseHeader()
    const used = enc || String(header.enc)
    const size = alg !== undefined && header.alg === alg && header.enc === used && encodings.includes(used) ? sizeOf(alg, used) : undefined
    const secrets = size === undefined ? [] : findSecrets(client, size)
    for (const one of secrets) {
      const plaintext = await openJwe(jwe, await deriveKey(one, size ?? 0), String(alg), [used])
      if (plaintext !== undefined) return plaintext
    }
    throw oidcError(
      'DECRYPTION_FAILED',
      size === undefined
        ? 'The encrypted token is not of the registered algorithms that a client secret opens. Register for this kind of token what the server really uses.'
        : 'No client secret opened the encrypted token. Compare the secret with the one at the server.',
    )
  }
  decrypt.check = (client) => {
    const sizes = registeredSizes(client)
    if (!sizes.length)
      throw optionError(
        'id_token_encrypted_response_alg',
        client.metadata.id_token_encrypted_response_alg,
        'dir, A128KW, A192KW or A256KW where decryptWithSecret is used',
      )
    for (const size of sizes) findSecrets(client, size)
  }
  return decrypt
}

/** Of all kinds of token that the client has registered so; without an `enc`, OpenID Connect Registration 1.0, section 2, has a default. */
function registeredSizes({ metadata }: Client): readonly number[] {
  const members = Object.entries(metadata) as readonly (readonly [string, unknown])[]
  const sizes = members
    .filter(([name]) => name.endsWith('_encrypted_response_alg'))
    .map(([name, alg]) => {
      const [, enc = 'A128CBC-HS256'] = members.find(([other]) => other === name.replace(/alg$/, 'enc')) ?? []
      return sizeOf(String(alg), String(enc))
    })
  return sizes.filter((size) => size !== undefined)
}

/** Bytes of the key: the algorithm's own, or with `dir` those of the content encryption, where two keys lie in one. */
function sizeOf(alg: string, enc: string): number | undefined {
  const [, wrapped] = /^A(128|192|256)(?:GCM)?KW$/.exec(alg) ?? []
  if (wrapped !== undefined) return Number(wrapped) / 8
  const [, bits, mac] = /^A(128|192|256)(?:GCM|CBC-HS(256|384|512))$/.exec(enc) ?? []
  return alg === 'dir' && bits !== undefined ? Number(mac ?? bits) / 8 : undefined
}

/** The left of the secret's hash, which is the shortest that is long enough. */
async function deriveKey(secret: string, size: number): Promise<Uint8Array> {
  const name: DigestName = size <= 32 ? 'SHA-256' : size <= 48 ? 'SHA-384' : 'SHA-512'
  return (await digest(name, secret)).slice(0, size)
}
