import type { Client } from '../client/client.js'
import { buildClient } from '../client/create.js'
import { type ClientOptions, checkOptions } from '../client/options.js'
import type { ServerMetadata } from '../metadata/server-metadata.js'
import { verifyIdToken } from '../tokens/id-token.js'
import { decryptJwt, openJwt } from '../tokens/jwt.js'
import { discoverServer } from './discovery.js'
import type { RequestSettings } from './grant-parameters.js'

/**
 * Makes a client from a server's metadata, without any request.
 *
 * @throws `OPTION_INVALID`, `OPTION_UNKNOWN`, `SERVER_METADATA_INVALID`, `URL_INVALID`, `URL_INSECURE`, `PLUGIN_INVALID`, `PLUGIN_UNSUPPORTED`,
 * `PLUGIN_CONFLICT`, `PLUGIN_MISSING`, `SERVER_METADATA_MISSING`
 */
export function createClient(server: ServerMetadata, options: ClientOptions): Client {
  return buildClient(server, options, { idToken: verifyIdToken, open: openJwt, decrypt: decryptJwt })
}

/**
 * Gets a server's metadata, from a cache of the process where it is there, and makes a client.
 * {@link https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig OpenID Connect Discovery 1.0, section 4},
 * on a 404 {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 RFC 8414, section 3}
 *
 * @param issuer Exactly as the server spells it.
 * @throws as `createClient`, and `ISSUER_MISMATCH`, `HTTP_STATUS`, and the other errors of a request
 */
export async function discover(
  issuer: string | URL,
  options: ClientOptions,
  { signal }: Pick<RequestSettings, 'signal'> = {},
): Promise<Client> {
  checkOptions(options)
  return createClient(await discoverServer(issuer, { ...options, signal }), options)
}
