import type { Client, Tokens } from '@oidc/core'
import {
  type ExtraParameters,
  mergeParameters,
  now,
  type PollOptions,
  poll,
  type RequestSettings,
  request,
  tokenOperation,
} from '@oidc/core/plugin'
import { checkBinding, checkSubject, expectTokens } from './binding.js'
import { requireCIBA } from './ciba.js'
import { cibaError, describe } from './ciba-error.js'
import { type BackchannelAuthentication, isAuthReqId } from './initiate.js'

export interface PollGrantOptions extends RequestSettings {
  /** Seconds for one token request: 90, for the server may hold it until the user has answered. */
  readonly timeout?: number | undefined
  /** Called before each wait, in seconds. */
  readonly onPoll?: PollOptions['onPoll']
  /** The `sub` of the user who was asked, where that is known. */
  readonly expectedSubject?: string | undefined
  /** Further parameters of the token request. */
  readonly parameters?: ExtraParameters | undefined
}

/** Servers hold a request for 30 seconds, and some for a minute. */
const longTimeout = 90
/** Seconds. What a ping speaks of is there already. */
const defaultLifetime = 120

/**
 * Asks for the tokens until the user has answered or the request has expired. In mode ping the first request goes out at once: call it with
 * what `acceptPing` gave, and once only, for a request that is redeemed twice looks stolen to the server.
 * {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#token_request OpenID CIBA Core 1.0, section 10.1}
 *
 * @param authentication What `initiateBackchannelAuthentication` or `acceptPing` gave.
 * @throws `PLUGIN_MISSING`, `CIBA_MODE` in mode push, `CIBA_OPTION_INVALID`, `POLL_EXPIRED`, `ABORTED`, `OAUTH_ERROR` (`access_denied` where the user
 * declined), `CIBA_SUBJECT`, `CIBA_AUTH_REQ_ID`, `CIBA_PUSH_BINDING`, `TOKEN_…`, `ID_TOKEN_…`, and the errors of a request
 */
export async function pollBackchannelAuthenticationGrant(
  client: Client,
  authentication: Pick<BackchannelAuthentication, 'auth_req_id'> & Partial<BackchannelAuthentication>,
  options: PollGrantOptions = {},
): Promise<Tokens> {
  const { mode } = requireCIBA(client, 'poll', 'ping')
  const { auth_req_id, expires_at, expires_in = defaultLifetime, interval, ...asked } = Object(authentication) as typeof authentication
  const { signal, timeout = longTimeout, onPoll, expectedSubject, parameters } = options
  if (!isAuthReqId(auth_req_id))
    throw cibaError(
      'CIBA_OPTION_INVALID',
      `The authentication has an auth_req_id that is ${describe(auth_req_id)}. Give what initiateBackchannelAuthentication or acceptPing gave.`,
    )
  // With what is no number, each request would end before it began.
  if (!(timeout > 0))
    throw cibaError('CIBA_OPTION_INVALID', `The option timeout is ${describe(timeout)}. Give a number of seconds above 0.`)
  const deadline = expires_at ?? now(client) + expires_in
  const merged = mergeParameters({ grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id }, parameters)
  const expected = expectTokens(client, asked)
  const ask = async (): Promise<Tokens> => {
    // Nobody waits for an answer beyond the end.
    const left = Math.max(1, deadline - now(client))
    const tokens = await request(client, tokenOperation, { signal, timeout: Math.min(timeout, left), parameters: merged, expected })
    await checkBinding(client, tokens, auth_req_id)
    checkSubject(tokens, expectedSubject)
    return tokens
  }
  return poll(
    client,
    { interval, expires_in: Math.max(0, deadline - now(client)), atOnce: mode === 'ping', longPolling: true, signal, onPoll },
    ask,
  )
}
