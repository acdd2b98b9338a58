import { oidcError } from '../base/errors.js'
import type { Client } from '../client/client.js'
import type { Operation, RequestBody } from '../client/operation.js'
import { request } from '../exchange/request.js'
import type { RequestSettings } from './grant-parameters.js'
import { presentedToken, type Tokens } from './tokens.js'

/** A request to a protected resource: what `fetch` takes, as far as it makes sense here. */
export interface ResourceInit extends RequestSettings {
  readonly method?: string | undefined
  // Not HeadersInit: browsers alone have a type of that name.
  readonly headers?: ConstructorParameters<typeof Headers>[0]
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
 * @throws `OPTION_INVALID`, `HEADER_RESERVED`, `URL_INVALID`, `URL_INSECURE`, `TOKEN_TYPE_UNSUPPORTED`, `NETWORK_ERROR`, `TIMEOUT`, `ABORTED`
 */
export async function fetchProtectedResource(
  client: Client,
  tokens: Pick<Tokens, 'access_token' | 'token_type'>,
  url: string | URL,
  init: ResourceInit = {},
): Promise<Response> {
  const token = presentedToken(tokens)
  const { method = 'GET', headers, body, ...settings } = init
  const given = readHeaders(headers)
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
    token,
  })
}

/** What the platform throws stays behind: it quotes the value, which may be a secret. */
function readHeaders(headers: ResourceInit['headers']): Record<string, string> {
  try {
    return Object.fromEntries(new Headers(headers))
  } catch {
    throw oidcError(
      'OPTION_INVALID',
      'The headers of the protected resource request cannot be sent. Give names and values as HTTP has them.',
    )
  }
}
