import { isSame } from '../base/compare.js'
import { type OidcError, oidcError } from '../base/errors.js'
import type { AuthorizationResponse, Transaction } from '../client/authorization.js'
import type { Client } from '../client/client.js'
import type { IdTokenClaims } from '../client/id-token.js'
import { internalsOf } from '../client/internals.js'
import { isIssuer } from '../client/issuer.js'
import { runSlot } from '../client/slots.js'
import type { RequestSettings } from './grant-parameters.js'
import { type ResponseInput, readAuthorizationResponse } from './read-authorization-response.js'
import { checkTransaction } from './transaction.js'

/** A response that passed every check, with the transaction it belongs to. */
export interface AcceptedResponse {
  readonly response: AuthorizationResponse
  readonly transaction: Transaction
  /** Of a verified ID token in the front channel. */
  readonly claims?: IdTokenClaims | undefined
}

/**
 * Reads a response, and opens a protected one (JARM), so that its `state` can be read. Nothing else is checked.
 *
 * @throws `AUTHORIZATION_RESPONSE_INVALID`, and what the plugin throws
 */
export async function openAuthorizationResponse(
  client: Client,
  input: ResponseInput,
  { signal }: RequestSettings = {},
): Promise<AuthorizationResponse> {
  const { slots, opened } = internalsOf(client)
  const response = await readAuthorizationResponse(client, input)
  const { open } = slots.authorization
  if (!open || opened.has(response)) return response
  // Read like any other: a claim that is no string would pass for a code.
  const result = await runSlot(open, 'authorization.open', async () =>
    readAuthorizationResponse(client, await open.run(response, { client, signal })),
  )
  opened.add(result)
  return result
}

/**
 * Checks an authorization response against its transaction, in this order: `state`, `iss`, tokens that nobody asked for, `error`, `code`, then
 * what plugins check. {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2 RFC 6749, section 4.1.2},
 * {@link https://www.rfc-editor.org/rfc/rfc9207#section-2.4 RFC 9207, section 2.4}
 *
 * @throws `TRANSACTION_INVALID`, `TRANSACTION_MISMATCH`, `TRANSACTION_EXPIRED`, `AUTHORIZATION_RESPONSE_INVALID`, `AUTHORIZATION_RESPONSE_MODE`,
 * `STATE_MISSING`, `STATE_MISMATCH`, `ISS_MISSING`, `ISS_MISMATCH`, `FRONT_CHANNEL_TOKEN`, `AUTHORIZATION_ERROR`, `CODE_MISSING`
 */
export async function checkAuthorizationResponse(
  client: Client,
  input: ResponseInput,
  given: Transaction,
  settings: RequestSettings = {},
): Promise<AcceptedResponse> {
  const transaction = checkTransaction(client, given)
  const response = await openAuthorizationResponse(client, input, settings)
  const { parameters } = response
  const { limits, opened, slots } = internalsOf(client)
  const isOpened = opened.has(response)
  const types = transaction.response_type.split(' ')
  checkPlace(response, transaction)
  if (parameters.response !== undefined && !isOpened)
    throw oidcError(
      'AUTHORIZATION_RESPONSE_MODE',
      'The response is protected (JARM), and the client has no plugin to open it. Install @oidc/jarm and add jarm() to use.',
    )
  checkState(parameters.state, transaction.state)
  const hasIss = checkIss(client, parameters.iss)
  for (const [name, type] of [
    ['access_token', 'token'],
    ['id_token', 'id_token'],
  ] as const)
    if (parameters[name] !== undefined && !types.includes(type)) throw frontChannel(name, 'which the request did not ask for')
  // An ID token in the front channel names the issuer as well, once it is verified.
  const mayStand = isOpened || (parameters.id_token !== undefined && parameters.error === undefined)
  if (!hasIss && !mayStand && client.server.authorization_response_iss_parameter_supported)
    throw oidcError(
      'ISS_MISSING',
      `The response has no iss, which ${client.server.issuer} promises to send. Discard it and start a new login: it may come from another server.`,
    )
  if (parameters.error !== undefined) throw describeError(parameters)
  if (types.includes('code') && !isCode(parameters.code, limits.parameter))
    throw oidcError(
      'CODE_MISSING',
      `The response has ${parameters.code ? `a code that is longer than ${limits.parameter} characters or not printable` : 'no code and no error'}. Start a new login.`,
    )
  let claims: IdTokenClaims | undefined
  for (const filler of slots.authorization.check ?? [])
    claims =
      (await runSlot(filler, 'authorization.check', () => filler.run(response, transaction, { client, signal: settings.signal })))
        ?.claims ?? claims
  if (parameters.id_token !== undefined && !(claims && isIssuer(client, claims.iss, claims)))
    throw frontChannel('id_token', 'which no installed plugin verified (install @oidc/hybrid and add hybrid() to use)')
  return { response, transaction, claims }
}

/** The response is read from the place that its `response_mode` names, and refused elsewhere. */
function checkPlace({ place }: AuthorizationResponse, { response_mode, response_type }: Transaction): void {
  const [mode = ''] = (response_mode ?? '').split('.')
  const wanted = mode === '' || mode === 'jwt' ? (response_type === 'code' ? 'query' : 'fragment') : mode
  if (place !== 'unknown' && ['query', 'fragment', 'form_post'].includes(wanted) && place !== wanted)
    throw oidcError(
      'AUTHORIZATION_RESPONSE_MODE',
      `The response came by ${place}, and the request asked for ${wanted}. Check that the server supports response_mode=${wanted}, and that the callback is routed for it.`,
    )
}

/** The values are never shown. */
function checkState(seen: string | undefined, wanted: string): void {
  if (seen === undefined)
    throw oidcError(
      'STATE_MISSING',
      'The response has no state, and the one that was sent is wanted. Discard it and start a new login: it may be forged.',
    )
  if (!isSame(seen, wanted))
    throw oidcError(
      'STATE_MISMATCH',
      'The response has another state than its transaction. Look the transaction up by the state, or start a new login: the response may be forged.',
    )
}

function checkIss(client: Client, iss: string | undefined): boolean {
  if (iss === undefined) return false
  if (!isIssuer(client, iss))
    throw oidcError(
      'ISS_MISMATCH',
      `The response is from ${JSON.stringify(iss.slice(0, 200))}, and ${JSON.stringify(client.server.issuer)} was asked. Discard it: somebody mixes two servers up.`,
    )
  return true
}

const explained: Readonly<Record<string, string>> = {
  access_denied: 'The user or the server said no. Offer to sign in again.',
  login_required: 'The user must sign in: send the request again without prompt=none.',
  interaction_required: 'The user must do something: send the request again without prompt=none.',
  consent_required: 'The user must consent: send the request again without prompt=none.',
  account_selection_required: 'The user must choose an account: send the request again without prompt=none.',
  unmet_authentication_requirements: 'The server cannot sign the user in as strongly as asked: ask for less.',
  temporarily_unavailable: 'Try again later.',
  invalid_scope: 'Ask for scopes that the server knows and the client may have.',
  unauthorized_client: 'Allow the authorization code flow for this client at the server.',
}

/** The server's own words are kept apart, as untrusted. */
function describeError({ error = '', error_description }: AuthorizationResponse['parameters']): OidcError {
  const hint = Object.hasOwn(explained, error) ? explained[error] : 'Compare the request with what the server allows for this client.'
  const shown = /^[\w.-]{1,64}$/.test(error) ? error : '(not printable)'
  return oidcError('AUTHORIZATION_ERROR', `The server answered the authorization request with the error ${shown}. ${hint}`, {
    operation: 'authorization',
    hint,
    error: error.slice(0, 128),
    error_description: error_description?.slice(0, 1024),
  })
}

function isCode(code: string | undefined, limit: number): boolean {
  return code !== undefined && code.length <= limit && /^[\x20-\x7e]+$/.test(code)
}

function frontChannel(name: string, problem: string) {
  return oidcError(
    'FRONT_CHANNEL_TOKEN',
    `The response holds an ${name} in the front channel, ${problem}. Discard the response and start a new login: anybody may have put it there.`,
  )
}
