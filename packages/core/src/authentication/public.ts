import type { ClientAuthentication } from '../client/plugin.js'

/** A client without a secret: its `client_id` is all it sends. {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2.1 RFC 6749, section 3.2.1} */
export function publicClient(): ClientAuthentication {
  return { method: 'none', authenticate: ({ client }) => ({ parameters: { client_id: client.metadata.client_id } }) }
}
