import { oidcError } from '../base/errors.js'
import { isString } from '../base/json.js'
import type { AuthorizationResponse, Transaction } from '../client/authorization.js'
import type { Client } from '../client/client.js'
import type { Expectation } from '../client/id-token.js'
import { internalsOf } from '../client/internals.js'
import { describe } from '../client/options.js'
import { request } from '../exchange/request.js'
import { checkAuthorizationResponse } from './authorization-response.js'
import { type ExtraParameters, mergeParameters, type RequestSettings } from './grant-parameters.js'
import type { ResponseInput } from './read-authorization-response.js'
import { type Tokens, tokenOperation } from './tokens.js'

/** Options of a grant. */
export interface GrantOptions extends RequestSettings {
  /** Further parameters of the token request. */
  readonly parameters?: ExtraParameters
}

/**
 * Checks an authorization response and redeems its code.
 * {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3 RFC 6749, section 4.1.3},
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#TokenRequest OpenID Connect Core 1.0, section 3.1.3}
 *
 * @param response The URL that the browser came back to, the Request, or the parameters.
 * @param transaction What `createAuthorizationRequest` gave. Use it once.
 * @throws `TRANSACTION_…`, `STATE_…`, `ISS_…`, `AUTHORIZATION_…`, `CODE_MISSING`, `FRONT_CHANNEL_TOKEN`, `OAUTH_ERROR`, `TOKEN_…`, `ID_TOKEN_…`,
 * and the errors of a request
 */
export async function authorizationCodeGrant(
  client: Client,
  response: ResponseInput,
  transaction: Transaction,
  options: GrantOptions = {},
): Promise<Tokens> {
  const { parameters, ...settings } = options
  const { response: accepted, transaction: checked, claims } = await checkAuthorizationResponse(client, response, transaction, settings)
  const { code } = accepted.parameters
  const { redirect_uri, code_verifier, resource } = checked
  if (code === undefined)
    throw oidcError(
      'CODE_MISSING',
      `The response type ${checked.response_type} gives no code. Use the function of the extension that asked for it.`,
    )
  return request(client, tokenOperation, {
    ...settings,
    parameters: mergeParameters(
      { grant_type: 'authorization_code', code, redirect_uri, code_verifier },
      { resource: findOnlyResource(resource), ...parameters },
    ),
    authorization: { response: accepted, transaction: checked },
    expected: expectIdToken(client, checked, accepted, claims),
  })
}

/**
 * Gets new tokens for a refresh token. {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749, section 6},
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokens OpenID Connect Core 1.0, section 12}
 *
 * @param tokens The tokens so far: what the server leaves out of its answer (refresh token, ID token, scope) is carried over, and a new ID
 * token must be of the same user. Or the refresh token alone, with no such check.
 * @throws `REFRESH_TOKEN_MISSING`, `SCOPE_OPENID_UNSUPPORTED`, `TOKEN_TYPE_CHANGED`, `OAUTH_ERROR`, `TOKEN_…`, `ID_TOKEN_…`, and the errors of a request
 */
export async function refreshTokenGrant(client: Client, tokens: Tokens | string, options: GrantOptions = {}): Promise<Tokens> {
  const { parameters, ...settings } = options
  const earlier: Partial<Tokens> = typeof tokens === 'string' ? { refresh_token: tokens } : tokens
  const { refresh_token, id_token, claims, scope, token_type } = earlier ?? {}
  checkOpenIdScope(client, parameters?.scope)
  if (typeof refresh_token !== 'string' || !refresh_token)
    throw oidcError(
      'REFRESH_TOKEN_MISSING',
      `The refresh token is ${describe(refresh_token)}. Ask for the scope offline_access (or what the server wants instead), or start a new login.`,
    )
  const fresh = await request(client, tokenOperation, {
    ...settings,
    parameters: mergeParameters({ grant_type: 'refresh_token', refresh_token }, parameters),
    expected: { nonce: null, previous: claims },
  })
  // From a store, it may be anything.
  if (token_type !== undefined && String(token_type).toLowerCase() !== fresh.token_type.toLowerCase())
    throw oidcError(
      'TOKEN_TYPE_CHANGED',
      `The server answered a refresh of ${token_type} tokens with ${fresh.token_type} ones. Discard them and start a new login.`,
    )
  return {
    ...(scope !== undefined && { scope }),
    ...(id_token !== undefined && { id_token }),
    ...(claims && { claims }),
    refresh_token,
    ...fresh,
  }
}

/**
 * Gets an access token for the client itself. {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.4 RFC 6749, section 4.4}
 *
 * @param parameters E.g. `scope`, `resource`.
 * @throws `OAUTH_ERROR`, `TOKEN_…`, and the errors of a request
 */
export function clientCredentialsGrant(client: Client, parameters: ExtraParameters = {}, options: RequestSettings = {}): Promise<Tokens> {
  return grant(client, 'client_credentials', parameters, options)
}

/**
 * Any other grant: token exchange, JWT bearer, a vendor's own. {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.5 RFC 6749, section 4.5}
 *
 * @throws `SCOPE_OPENID_UNSUPPORTED`, `OAUTH_ERROR`, `TOKEN_…`, `ID_TOKEN_…`, and the errors of a request
 */
export async function grant(
  client: Client,
  grant_type: string,
  parameters: ExtraParameters = {},
  options: RequestSettings = {},
): Promise<Tokens> {
  checkOpenIdScope(client, parameters.scope)
  return request(client, tokenOperation, { ...options, parameters: mergeParameters({ grant_type }, parameters), expected: { nonce: null } })
}

/** A client that cannot verify ID tokens does not ask for them. @throws `SCOPE_OPENID_UNSUPPORTED` */
export function checkOpenIdScope(client: Client, scope: unknown): boolean {
  // What is no string is told when the parameters are looked at.
  const hasOpenId = [scope].flat().filter(isString).join(' ').split(' ').includes('openid')
  if (hasOpenId && !internalsOf(client).verifier)
    throw oidcError(
      'SCOPE_OPENID_UNSUPPORTED',
      'The scope openid asks for an ID token, which a client of @oidc/core/oauth cannot verify. Make the client with @oidc/core, or take openid away.',
    )
  return hasOpenId
}

/** What `acr` must be, of the requested values: with the option `requireAcr` one of them, else anything. */
export function requiredAcr(client: Client, acr_values: string | undefined): readonly string[] | undefined {
  return internalsOf(client).options.requireAcr && acr_values ? acr_values.split(' ') : undefined
}

/**
 * The one resource that the login asked for. Of several none is sent: most servers refuse more than one at the token endpoint, for an access
 * token is for one resource, so the caller says which. {@link https://www.rfc-editor.org/rfc/rfc8707#section-2.2 RFC 8707, section 2.2}
 */
function findOnlyResource(resource: Transaction['resource']): string | undefined {
  const [first, ...others] = [resource ?? []].flat()
  return others.length ? undefined : first
}

function expectIdToken(
  client: Client,
  transaction: Transaction,
  { parameters }: AuthorizationResponse,
  previous: Expectation['previous'],
): Expectation {
  const { nonce, max_age, acr_values, essential_acr_values } = transaction
  return {
    required: nonce !== undefined,
    nonce,
    max_age,
    acr_values: essential_acr_values ?? requiredAcr(client, acr_values),
    code: parameters.code,
    previous,
  }
}
