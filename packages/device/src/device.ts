import {
  type Client,
  checkOpenIdScope,
  type ExtraParameters,
  mergeParameters,
  now,
  oidcError,
  type Plugin,
  type PollOptions,
  poll,
  type RequestSettings,
  request,
  requiredAcr,
  requirePlugin,
  type Tokens,
  tokenOperation,
} from '@oidc/core/plugin'
import { type DeviceAuthorization, deviceOperation } from './device-authorization.js'
import { deviceError } from './device-error.js'

/** How to poll. */
export interface DevicePollSettings extends RequestSettings, Pick<PollOptions, 'onPoll'> {
  /** Further parameters of the token request, e.g. `resource`. */
  readonly parameters?: ExtraParameters | undefined
}

const name = 'device'
const install = { package: '@oidc/device', factory: 'device()' }
const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'

/**
 * Lets a device without browser or keyboard sign its user in: the user opens an address on another device and types a code there.
 * {@link https://www.rfc-editor.org/rfc/rfc8628 RFC 8628}
 *
 * @throws when the client is made: `SERVER_METADATA_MISSING` without a `device_authorization_endpoint`
 */
export function device(): Plugin {
  return { name, requires: { server: ['device_authorization_endpoint'] } }
}

/**
 * Asks for a code that the user types at another device. Show `user_code` and `verification_uri`, then poll.
 * {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628, section 3.1}
 *
 * @param parameters E.g. `scope`, `resource`, `max_age`.
 * @throws `PLUGIN_MISSING`, `SCOPE_OPENID_UNSUPPORTED`, `PARAMETER_…` before anything is sent; `DEVICE_RESPONSE_INVALID`, `URL_…`, `OAUTH_ERROR`,
 * and the other errors of a request
 */
export async function initiateDeviceAuthorization(
  client: Client,
  parameters: ExtraParameters = {},
  { signal, timeout }: RequestSettings = {},
): Promise<DeviceAuthorization> {
  requirePlugin(client, name, install)
  checkOpenIdScope(client, parameters.scope)
  // What is no number could not be checked against auth_time later.
  if (parameters.max_age !== undefined && !/^\d{1,15}$/.test(String(parameters.max_age)))
    throw oidcError('PARAMETER_INVALID', 'The parameter max_age is no whole number of seconds. Give one, as a string.')
  return request(client, deviceOperation, { parameters: mergeParameters({}, parameters), signal, timeout })
}

/**
 * Waits until the user has answered, and gives the tokens. It asks no more often than the server wants, goes on while the network or the server is
 * in trouble, and ends when the code expires, also where that was while this machine slept.
 * {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628, sections 3.4 and 3.5}
 *
 * @param authorization What `initiateDeviceAuthorization` gave; it may have been stored.
 * @throws `PLUGIN_MISSING`, `DEVICE_AUTHORIZATION_INVALID`, `PARAMETER_…` before anything is sent; `POLL_EXPIRED`, `ABORTED`; `OAUTH_ERROR` with
 * `error` `access_denied` where the user refused, `expired_token` where the server says so; `TOKEN_…`, `ID_TOKEN_…`, and the other errors of a request
 */
export async function pollDeviceAuthorizationGrant(
  client: Client,
  authorization: DeviceAuthorization,
  { signal, timeout, onPoll, parameters: extra }: DevicePollSettings = {},
): Promise<Tokens> {
  requirePlugin(client, name, install)
  const { device_code, expires_in, expires_at, interval, scope, max_age, acr_values, nonce } = checkAuthorization(authorization)
  const parameters = mergeParameters({ grant_type, device_code }, extra)
  // The flow has no nonce of its own: an ID token that has one is of another login (OpenID Connect Core 1.0, section 3.1.3.7).
  const expected = { required: checkOpenIdScope(client, scope), nonce, scope, max_age, acr_values: requiredAcr(client, acr_values) }
  return poll(client, { interval, expires_in: expires_at === undefined ? expires_in : expires_at - now(client), signal, onPoll }, () =>
    request(client, tokenOperation, { parameters, expected, signal, timeout }),
  )
}

/** From a store, it may be anything. The members that time depends on are checked by `poll`. */
function checkAuthorization(value: DeviceAuthorization): Omit<DeviceAuthorization, 'expires_at'> & { readonly expires_at?: number } {
  const { device_code, expires_at, expires_in } = (value as Partial<DeviceAuthorization> | null | undefined) ?? {}
  if (typeof device_code === 'string' && device_code && Number.isFinite(expires_at ?? expires_in)) return value
  throw deviceError(
    'DEVICE_AUTHORIZATION_INVALID',
    'The device authorization has no device_code or no expires_at. Give what await initiateDeviceAuthorization() gave.',
  )
}
