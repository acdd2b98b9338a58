import type { Client } from '../client/client.js'
import { buildClient } from '../client/create.js'
import { type ClientOptions, checkOptions } from '../client/options.js'
import type { ServerMetadata } from '../metadata/server-metadata.js'
import { discoverServer } from './discovery.js'
import type { RequestSettings } from './grant-parameters.js'

/**
 * Makes a client for plain OAuth 2 from a server's metadata, without any request. It cannot verify ID tokens: it refuses to ask for the scope
 * `openid`, and any answer that holds one.
 *
 * @throws as `createClient` of `@oidc/core`
 */
export function createClient(server: ServerMetadata, options: ClientOptions): Client {
  return buildClient(server, options, undefined)
}

/**
 * Gets a server's metadata and makes a client for plain OAuth 2. {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 RFC 8414, section 3},
 * on a 404 the place of OpenID Connect Discovery 1.0.
 *
 * @param issuer Exactly as the server spells it.
 * @throws as `discover` of `@oidc/core`
 */
export async function discover(
  issuer: string | URL,
  options: ClientOptions,
  { signal }: Pick<RequestSettings, 'signal'> = {},
): Promise<Client> {
  checkOptions(options)
  return createClient(await discoverServer(issuer, { ...options, signal, prefer: 'oauth-authorization-server' }), options)
}
