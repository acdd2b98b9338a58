import type { Client } from '../client/client.js'
import { optionError, type VerifyMac } from '../client/options.js'
import { isMac } from '../jose/algorithms.js'
import { verifyMac } from '../jose/verify.js'
import { prepareSecrets, type SharedSecret } from './shared-secrets.js'

/** What a client can register an HMAC for. */
const members = ['id_token_signed_response_alg', 'userinfo_signed_response_alg', 'introspection_signed_response_alg'] as const

/**
 * Makes the option `verifyMac`, for servers that authenticate ID tokens, UserInfo or introspection answers with the client secret. It counts only for what the
 * client's own metadata registers: `id_token_signed_response_alg: 'HS256'`.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#Signing OpenID Connect Core 1.0, section 10.1}
 *
 * @param secret Without it, the option `client_secret` is used. Of several, during a rotation, any may have made the HMAC. At least as many bytes
 * as the hash has: 32 for HS256, 48 for HS384, 64 for HS512.
 * @throws `OPTION_INVALID`, also when a client without a secret, with one too short, or with no such algorithm is made
 */
export function verifyWithSecret(secret?: SharedSecret): VerifyMac {
  const findSecrets = prepareSecrets(secret)
  const find = (client: Client, alg: string) => findSecrets(client, Number(alg.slice(2)) / 8)
  const verify: VerifyMac = async (client, jws, alg) => {
    for (const one of find(client, alg)) if (await verifyMac(jws, one, alg)) return true
    return false
  }
  verify.check = (client) => {
    const algorithms = members.map((name) => String(client.metadata[name])).filter(isMac)
    if (!algorithms.length) throw optionError(members[0], client.metadata[members[0]], 'HS256, HS384 or HS512 where verifyMac is given')
    for (const alg of algorithms) find(client, alg)
  }
  return verify
}
