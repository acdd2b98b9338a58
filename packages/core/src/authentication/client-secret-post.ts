import type { ClientAuthentication } from '../client/plugin.js'
import { checkSecret, findSecret } from './secret.js'

/**
 * The client's id and secret in the request body. {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749, section 2.3.1}
 *
 * @param secret Without it, the option `client_secret` is used.
 * @throws `OPTION_INVALID`, also when a client without any secret is made
 */
export function clientSecretPost(secret?: string): ClientAuthentication {
  checkSecret(secret)
  return {
    method: 'client_secret_post',
    check: (client) => void findSecret(client, secret),
    authenticate: ({ client }) => ({ parameters: { client_id: client.metadata.client_id, client_secret: findSecret(client, secret) } }),
  }
}
