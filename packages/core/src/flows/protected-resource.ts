import { oidcError } from '../base/errors.js'
import type { Client } from '../client/client.js'
import type { Operation, RequestBody } from '../client/operation.js'
import { request } from '../exchange/request.js'
import type { RequestSettings } from './grant-parameters.js'
import type { Tokens } from './tokens.js'

/** A request to a protected resource: what `fetch` takes, as far as it makes sense here. */
export interface ResourceInit extends RequestSettings {
  readonly method?: string | undefined
  readonly headers?: HeadersInit | undefined
  readonly body?: RequestBody | undefined
}

/** {@link https://www.rfc-editor.org/rfc/rfc6749#section-7 RFC 6749, section 7} */
export const resourceOperation: Operation<Response> = {
  name: 'resource',
  endpoint: null,
  method: 'GET',
  credential: 'token',
  body: 'none',
  status: [],
  replay: 'if_refused',
  accept: 'response',
  parse: (response) => response as Response,
}

const reserved = ['authorization', 'dpop', 'host', 'cookie']

/**
 * Calls an API with the access token in the Authorization header, and gives its Response whatever its status is. Redirects are not followed.
 * {@link https://www.rfc-editor.org/rfc/rfc6750#section-2.1 RFC 6750, section 2.1}
 *
 * @throws `HEADER_RESERVED`, `URL_INVALID`, `URL_INSECURE`, `TOKEN_TYPE_UNSUPPORTED`, `NETWORK_ERROR`, `TIMEOUT`, `ABORTED`
 */
export async function fetchProtectedResource(
  client: Client,
  { access_token, token_type }: Pick<Tokens, 'access_token' | 'token_type'>,
  url: string | URL,
  init: ResourceInit = {},
): Promise<Response> {
  const { method = 'GET', headers, body, ...settings } = init
  const given = Object.fromEntries(new Headers(headers))
  for (const name of reserved)
    if (given[name] !== undefined)
      throw oidcError(
        'HEADER_RESERVED',
        `The header ${name} of a protected resource request is not the caller's. Take it away; the access token is put there by the client.`,
      )
  return request(client, resourceOperation, {
    ...settings,
    url,
    method: method.toUpperCase(),
    headers: given,
    body,
    token: { access_token, token_type },
  })
}
