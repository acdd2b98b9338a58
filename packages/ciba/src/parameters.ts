import { type Client, type Json, type JsonObject, oidcError } from '@oidc/core/plugin'
import { cibaError, describe } from './ciba-error.js'

/**
 * Parameters of a backchannel authentication request, in the spelling of the specification. `client_notification_token` is made anew each time.
 * {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request OpenID CIBA Core 1.0, section 7.1}
 */
export interface BackchannelAuthenticationParameters {
  /** Separated by spaces, with `openid` among them. */
  readonly scope: string
  /** Who the user is. Exactly one of these three. */
  readonly login_hint?: string | undefined
  readonly id_token_hint?: string | undefined
  readonly login_hint_token?: string | undefined
  /** What the user sees on both devices: at most 100 characters of plain text. */
  readonly binding_message?: string | undefined
  /** A secret of the user, known to the server, against unwanted requests. */
  readonly user_code?: string | undefined
  /** Seconds that the request should be good for. */
  readonly requested_expiry?: number | undefined
  readonly acr_values?: string | undefined
  readonly resource?: string | readonly string[] | undefined
  readonly authorization_details?: readonly JsonObject[] | undefined
  readonly [extension: string]: Json | undefined
}

const hints = ['login_hint', 'id_token_hint', 'login_hint_token']
const texts = ['login_hint', 'id_token_hint', 'login_hint_token', 'scope', 'binding_message', 'user_code', 'acr_values']
/** `nonce` has no meaning here; the others are ours. In a signed request the registered claims are as well. */
const reserved = [
  'client_notification_token',
  'request',
  'request_uri',
  'client_id',
  'nonce',
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
]
const repeated = ['resource', 'audience']
const longestMessage = 100

/**
 * Checks what can be checked before the server is asked.
 *
 * @returns The values as the wire has them: text, or for `resource` several.
 * @throws `CIBA_SCOPE`, `CIBA_HINT`, `CIBA_BINDING_MESSAGE`, `CIBA_UNSUPPORTED`, `PARAMETER_INVALID`, `PARAMETER_RESERVED`
 */
export function encodeParameters(
  { server }: Client,
  parameters: BackchannelAuthenticationParameters,
): Record<string, string | readonly string[]> {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters))
    throw invalid(`backchannel authentication parameters are ${describe(parameters)}`, 'Give an object with scope and login_hint.')
  const encoded: Record<string, string | readonly string[]> = Object.create(null)
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue
    if (reserved.includes(name))
      throw oidcError(
        'PARAMETER_RESERVED',
        `The parameter ${name} of the backchannel authentication request is made by the client itself. Take it away.`,
      )
    if (texts.includes(name) && (typeof value !== 'string' || !value.trim()))
      throw invalid(`parameter ${name} is ${describe(value)}`, 'Give a text that is not empty, or leave it out.')
    encoded[name] = encodeValue(name, value)
  }
  checkScope(encoded.scope)
  checkHints(encoded)
  checkMessage(parameters.binding_message)
  checkExpiry(parameters.requested_expiry)
  if (parameters.user_code !== undefined && server.backchannel_user_code_parameter_supported === false)
    throw cibaError('CIBA_UNSUPPORTED', `${server.issuer} takes no user_code. Take the parameter away, or ask its operator.`)
  return encoded
}

function encodeValue(name: string, value: Json): string | readonly string[] {
  if (typeof value === 'string') return value
  if ((typeof value === 'number' && Number.isFinite(value)) || typeof value === 'boolean') return String(value)
  if (Array.isArray(value) && repeated.includes(name) && value.every((item) => typeof item === 'string')) return [...value]
  if (typeof value === 'object' && value !== null && (!Array.isArray(value) || name === 'authorization_details'))
    return JSON.stringify(value)
  throw invalid(`parameter ${name} is ${describe(value)}`, 'Give one string, with spaces between its values where it has several.')
}

function checkScope(scope: unknown): void {
  if (typeof scope === 'string' && scope.split(' ').includes('openid')) return
  throw cibaError(
    'CIBA_SCOPE',
    `The scope of the backchannel authentication request ${scope === undefined ? 'is missing' : 'does not hold openid'}. Give scope: 'openid', with whatever else is wanted beside it.`,
  )
}

function checkHints(encoded: Readonly<Record<string, unknown>>): void {
  const given = hints.filter((name) => encoded[name] !== undefined)
  if (given.length !== 1)
    throw cibaError(
      'CIBA_HINT',
      `The backchannel authentication request has ${given.length ? given.join(' and ') : 'no hint'}, and exactly one of ${hints.join(', ')} is wanted. Say once who the user is.`,
    )
}

/** It is shown on two devices, and the user compares them: nothing may hide in it or turn it round. */
function checkMessage(message: string | undefined): void {
  if (message === undefined) return
  const { length } = [...message]
  const problem =
    length > longestMessage
      ? `has ${length} characters`
      : /[\p{C}\p{Zl}\p{Zp}]/u.test(message)
        ? 'holds control or formatting characters'
        : undefined
  if (problem)
    throw cibaError(
      'CIBA_BINDING_MESSAGE',
      `The binding_message ${problem}, and at most ${longestMessage} of plain text are wanted. Give a short code that the user sees here as well.`,
    )
}

function checkExpiry(seconds: unknown): void {
  if (seconds === undefined || (Number.isSafeInteger(seconds) && (seconds as number) > 0)) return
  throw invalid('parameter requested_expiry is no positive whole number', 'Give the number of seconds that the request should be good for.')
}

function invalid(problem: string, remedy: string) {
  return oidcError('PARAMETER_INVALID', `The ${problem}. ${remedy}`)
}
