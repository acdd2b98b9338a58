import { encodeBase64 } from '../base/base64url.js'
import { formEncode } from '../base/parameters.js'
import type { Client } from '../client/client.js'
import { optionError } from '../client/options.js'
import type { ClientAuthentication } from '../client/plugin.js'
import { checkSecret, findSecret } from './secret.js'

/**
 * HTTP Basic with the client's id and secret. {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749, section 2.3.1}
 *
 * @param secret Without it, the option `client_secret` is used.
 * @param options.encoding `form` as the RFC wants it; `raw` for servers that never decode.
 * @throws `OPTION_INVALID`, also when a client without any secret is made
 */
export function clientSecretBasic(
  secret?: string,
  { encoding = 'form' }: { readonly encoding?: 'form' | 'raw' } = {},
): ClientAuthentication {
  checkSecret(secret)
  if (encoding !== 'form' && encoding !== 'raw') throw optionError('encoding', encoding, `'form' or 'raw'`)
  const encode = encoding === 'raw' ? (value: string) => value : formEncode
  const encoded = new WeakMap<Client['metadata'], string>()
  return {
    method: 'client_secret_basic',
    check: (client) => void findSecret(client, secret),
    authenticate({ client }) {
      let authorization = encoded.get(client.metadata)
      if (authorization === undefined) {
        authorization = `Basic ${encodeBase64(`${encode(client.metadata.client_id)}:${encode(findSecret(client, secret))}`)}`
        encoded.set(client.metadata, authorization)
      }
      return { headers: { authorization } }
    },
  }
}
