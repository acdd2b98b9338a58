import type { Client, IdTokenClaims, Tokens } from '@oidc/core'
import {
  type AuthorizationResponse,
  checkAuthorizationResponse,
  now,
  type RequestSettings,
  type ResponseInput,
  requirePlugin,
  type Transaction,
} from '@oidc/core/plugin'
import { hybridError } from './hybrid-error.js'
import { includes } from './options.js'

/** What came through the browser, verified. */
export interface FrontChannelResponse {
  readonly id_token: string
  readonly claims: IdTokenClaims
  /** Only with `unsafeFrontChannelAccessToken`. Whoever saw the browser's address has it as well. */
  readonly unsafeAccessToken?: Pick<Tokens, 'access_token' | 'token_type' | 'expires_in' | 'expires_at' | 'scope'>
}

/**
 * Verifies a response whose ID token comes through the browser, and redeems nothing: for `id_token` and `id_token token` this is the whole login.
 * With a code, `authorizationCodeGrant` makes the same checks before it redeems it.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#ImplicitFlowAuth OpenID Connect Core 1.0, section 3.2}
 *
 * @param response The URL with its fragment, or the posted Request.
 * @param transaction What `createAuthorizationRequest` gave. Use it once.
 * @throws `PLUGIN_MISSING`, `HYBRID_RESPONSE_INVALID`, `HYBRID_HASH_MISSING`, `HYBRID_ID_TOKEN_TOO_OLD`, `ID_TOKEN_…`, `TRANSACTION_…`, `STATE_…`,
 * `ISS_…`, `AUTHORIZATION_…`
 */
export async function validateFrontChannelResponse(
  client: Client,
  response: ResponseInput,
  transaction: Transaction,
  settings: RequestSettings = {},
): Promise<FrontChannelResponse> {
  requirePlugin(client, 'hybrid', { package: '@oidc/hybrid', factory: 'hybrid({ response_type })' })
  const { response: accepted, claims } = await checkAuthorizationResponse(client, response, transaction, settings)
  const { id_token } = accepted.parameters
  if (id_token === undefined || claims === undefined)
    throw hybridError(
      'HYBRID_RESPONSE_INVALID',
      `The response_type ${JSON.stringify(transaction.response_type)} brings no ID token through the browser. Redeem the code with authorizationCodeGrant; an access token beside it is not used.`,
    )
  const unsafeAccessToken = readAccessToken(client, accepted, transaction)
  return { id_token, claims, ...(unsafeAccessToken && { unsafeAccessToken }) }
}

function readAccessToken(
  client: Client,
  { parameters }: AuthorizationResponse,
  { response_type }: Transaction,
): FrontChannelResponse['unsafeAccessToken'] {
  const { access_token, expires_in, scope } = parameters
  if (access_token === undefined || !includes(response_type, 'token')) return undefined
  const seconds = /^\d{1,9}$/.test(expires_in ?? '') ? Number(expires_in) : undefined
  return {
    access_token,
    token_type: 'Bearer',
    ...(seconds !== undefined && { expires_in: seconds, expires_at: now(client) + seconds }),
    ...(scope !== undefined && { scope }),
  }
}
