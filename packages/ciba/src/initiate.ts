import type { Client, RequestSettings } from '@oidc/core/plugin'
import { checkOpenIdScope, type Exchange, json, mergeParameters, now, type Operation, request } from '@oidc/core/plugin'
import { type CIBASettings, requireCIBA } from './ciba.js'
import { cibaError, describe } from './ciba-error.js'
import { type BackchannelAuthenticationParameters, encodeParameters } from './parameters.js'
import { findPending, hash, isOf, prepareNotification } from './pending.js'
import { protectParameters } from './signed-request.js'
import type { Asked } from './store.js'

/** A request that the user has yet to answer. Plain JSON; its `auth_req_id` is worth what the tokens are, so do not log it. */
export interface BackchannelAuthentication extends Asked {
  readonly auth_req_id: string
  /** Seconds. */
  readonly expires_in: number
  /** Epoch seconds, by the client's clock. */
  readonly expires_at: number
  /** Seconds between two token requests; 5 where the server does not say. */
  readonly interval?: number
}

/** Whoever waits longer has a mistake in the server: a week. */
const maxLifetime = 604800

/**
 * The backchannel authentication request.
 * {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_backchannel_endpoint OpenID CIBA Core 1.0, section 7}
 */
export const backchannelAuthenticationOperation: Operation<BackchannelAuthentication> = {
  name: 'backchannel_authentication',
  endpoint: 'backchannel_authentication_endpoint',
  method: 'POST',
  credential: 'client',
  body: 'form',
  status: [200],
  replay: 'if_refused',
  accept: { 'application/json': json },
  parse: parseAuthentication,
}

/**
 * Asks the server to have a user sign in on another device.
 * {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request OpenID CIBA Core 1.0, section 7.1}
 *
 * @returns what `pollBackchannelAuthenticationGrant` takes. In mode push, keep its `auth_req_id`: the push names it.
 * @throws before anything is sent: `PLUGIN_MISSING`, `CIBA_MODE`, `CIBA_SCOPE`, `CIBA_HINT`, `CIBA_BINDING_MESSAGE`, `CIBA_UNSUPPORTED`,
 * `CIBA_ALGORITHM`, `KEY_INVALID`, `PARAMETER_INVALID`, `PARAMETER_RESERVED`, `SCOPE_OPENID_UNSUPPORTED`. Afterwards: `CIBA_RESPONSE_INVALID`,
 * `OAUTH_ERROR`, and the errors of a request
 */
export async function initiateBackchannelAuthentication(
  client: Client,
  parameters: BackchannelAuthenticationParameters,
  settings: RequestSettings = {},
): Promise<BackchannelAuthentication> {
  const own = requireCIBA(client)
  checkMode(client, own)
  const encoded = mergeParameters({}, encodeParameters(client, parameters))
  checkOpenIdScope(client, encoded.scope)
  const { scope, acr_values } = parameters
  const asked: Asked = { scope, ...(acr_values !== undefined && { acr_values }) }
  if (own.mode === 'poll') return send(client, await protectParameters(client, own, encoded), settings, asked)
  const { client_notification_token, token_hash } = await prepareNotification(client, own, asked)
  try {
    const protectedParameters = await protectParameters(client, own, { ...encoded, client_notification_token })
    const authentication = await send(client, protectedParameters, settings, asked)
    await bind(client, own, token_hash, authentication)
    return authentication
  } catch (error) {
    await forget(own, token_hash)
    throw error
  }
}

async function send(
  client: Client,
  parameters: Readonly<Record<string, string | readonly string[]>>,
  settings: RequestSettings,
  asked: Asked,
): Promise<BackchannelAuthentication> {
  return { ...(await request(client, backchannelAuthenticationOperation, { ...settings, parameters })), ...asked }
}

/** Ties the request to the token. A ping that was faster has done so already, and a push has ended it. */
async function bind(
  client: Client,
  { store }: Pick<CIBASettings, 'store'>,
  token_hash: string,
  authentication: BackchannelAuthentication,
): Promise<void> {
  const { auth_req_id, expires_at, expires_in, interval } = authentication
  const auth_req_id_hash = await hash(auth_req_id)
  const pending = await findPending(client, { store }, token_hash)
  if (!pending) return
  if (!isOf(pending, auth_req_id_hash)) throw invalid(client, 'has another auth_req_id than the notification that came before it')
  await store.set(token_hash, { ...pending, auth_req_id_hash, expires_at, ...(interval !== undefined && { interval }) }, expires_in)
}

/** A store that fails as well must not hide what happened before. */
async function forget({ store }: CIBASettings, token_hash: string): Promise<void> {
  try {
    await store.delete(token_hash)
  } catch {
    // It expires by itself.
  }
}

/** @throws `CIBA_MODE` */
function checkMode({ server, metadata }: Client, { mode }: CIBASettings): void {
  const { backchannel_token_delivery_mode: registered } = metadata
  const { backchannel_token_delivery_modes_supported: supported } = server
  if (registered !== undefined && registered !== mode)
    throw cibaError(
      'CIBA_MODE',
      `The client metadata has the backchannel_token_delivery_mode ${JSON.stringify(registered)}, and ciba() the mode ${mode}. Give both the one that is registered.`,
    )
  if (supported && !supported.includes(mode))
    throw cibaError(
      'CIBA_MODE',
      `${server.issuer} offers the modes ${JSON.stringify(supported.slice(0, 8))}, and ciba() has the mode ${mode}. Register the client for one that is offered.`,
    )
}

function parseAuthentication(body: unknown, { client }: Exchange): BackchannelAuthentication {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid(client, 'is not a JSON object')
  const { auth_req_id, expires_in, interval } = body as Readonly<Record<string, unknown>>
  if (!isAuthReqId(auth_req_id))
    throw invalid(client, `has an auth_req_id that is ${describe(auth_req_id)}, and 1 to 2048 printable ASCII characters are wanted`)
  const seconds = readSeconds(expires_in)
  if (seconds === undefined || seconds < 1)
    throw invalid(client, `has an expires_in that is ${seconds ?? describe(expires_in)}, and a positive number of seconds is wanted`)
  const wait = interval === null ? undefined : readSeconds(interval)
  if (wait === undefined && interval !== undefined && interval !== null)
    throw invalid(client, `has an interval that is ${describe(interval)}, and a number of seconds is wanted`)
  const lifetime = Math.floor(Math.min(seconds, maxLifetime))
  return { auth_req_id, expires_in: lifetime, expires_at: now(client) + lifetime, ...(wait !== undefined && { interval: wait }) }
}

export function isAuthReqId(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,2048}$/.test(value)
}

/** Some servers send digits in a string. */
function readSeconds(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
}

function invalid({ server }: Client, problem: string) {
  return cibaError(
    'CIBA_RESPONSE_INVALID',
    `The answer of ${server.issuer} to the backchannel authentication request ${problem}. Report it to the people who run the server; no tokens were asked for.`,
    { operation: backchannelAuthenticationOperation.name },
  )
}
