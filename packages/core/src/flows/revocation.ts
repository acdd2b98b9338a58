import { oidcError } from '../base/errors.js'
import { isString } from '../base/json.js'
import type { Client } from '../client/client.js'
import type { Operation } from '../client/operation.js'
import { describe } from '../client/options.js'
import { request } from '../exchange/request.js'
import { mergeParameters } from './grant-parameters.js'
import type { GrantOptions } from './grants.js'

/** {@link https://www.rfc-editor.org/rfc/rfc7009#section-2 RFC 7009, section 2}; what the body says is ignored. */
export const revocationOperation: Operation<void> = {
  name: 'revocation',
  endpoint: 'revocation_endpoint',
  method: 'POST',
  credential: 'client',
  body: 'form',
  status: [200],
  replay: 'safe',
  accept: {},
  parse: () => undefined,
}

/**
 * Tells the server that a token is no longer needed. A token that the server does not know counts as revoked.
 * {@link https://www.rfc-editor.org/rfc/rfc7009#section-2.1 RFC 7009, section 2.1}
 *
 * @param token A refresh or access token; `parameters: { token_type_hint }` says which.
 * @throws `OPTION_INVALID`, `SERVER_METADATA_MISSING`, `OAUTH_ERROR`, `HTTP_STATUS`, and the other errors of a request
 */
export async function revokeToken(client: Client, token: string, { parameters, ...settings }: GrantOptions = {}): Promise<void> {
  if (!isString(token))
    throw oidcError('OPTION_INVALID', `The token to revoke is ${describe(token)}. Give tokens.refresh_token or tokens.access_token.`)
  await request(client, revocationOperation, { ...settings, parameters: mergeParameters({ token }, parameters) })
}
