import type { ClientAuthentication } from '../client/plugin.js'
import { signWithSecret } from '../jose/sign-with-secret.js'
import { type AssertionOptions, authenticateByAssertion } from './client-assertion.js'
import { checkSecret, findSecret } from './secret.js'

/**
 * Authentication by an assertion that the client secret authenticates, with HS256: the secret itself is not sent.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication OpenID Connect Core 1.0, section 9}
 *
 * @param secret Without it, the option `client_secret` is used. At least 32 bytes.
 * @throws `OPTION_INVALID`, also when a client without a secret, or with one too short, is made; when used with `token_endpoint`,
 * `SERVER_METADATA_MISSING`
 */
export function clientSecretJwt(secret?: string, options: AssertionOptions = {}): ClientAuthentication {
  checkSecret(secret)
  const find = (client: Parameters<typeof findSecret>[0]) => findSecret(client, secret, 32)
  return {
    ...authenticateByAssertion('client_secret_jwt', (claims, header, client) => signWithSecret(find(client), claims, header), options),
    check: (client) => void find(client),
  }
}
