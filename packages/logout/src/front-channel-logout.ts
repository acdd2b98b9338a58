import type { Client } from '@oidc/core'
import { isSame, now } from '@oidc/core/plugin'
import { checkNames } from './check-names.js'
import { logoutError } from './logout-error.js'
import { type QueryInput, readQuery } from './query.js'

/** Whose session the server says has ended. Without `sid`: that of the browser that sent the request. */
export interface FrontChannelLogout {
  readonly iss?: string
  readonly sid?: string
}

export interface FrontChannelLogoutRules {
  /** The `sid` of the ID token that the session of this browser came with, if that is known: another one is refused. */
  readonly sid?: string | undefined
}

/**
 * Checks the request that the server has the browser make, in an invisible frame, when the user logs out there. Any page on the web can make a
 * browser send one, so a refused request changes nothing.
 * {@link https://openid.net/specs/openid-connect-frontchannel-1_0.html#RPLogout OpenID Connect Front-Channel Logout 1.0, section 2}
 *
 * @param request The URL that was called, the Request, or its query.
 * @throws `LOGOUT_OPTION_INVALID`, `FRONT_CHANNEL_LOGOUT_INVALID`, `FRONT_CHANNEL_LOGOUT_MISSING` where `frontchannel_logout_session_required` is registered,
 * `FRONT_CHANNEL_LOGOUT_ISSUER`, `FRONT_CHANNEL_LOGOUT_SESSION`
 */
export async function validateFrontChannelLogout(
  client: Client,
  request: QueryInput,
  rules: FrontChannelLogoutRules = {},
): Promise<FrontChannelLogout> {
  // Tells what is no client.
  now(client)
  checkNames('validateFrontChannelLogout', rules, ['sid'])
  const { sid: expected } = rules
  const { iss, sid } = readQuery(request, (problem) =>
    logoutError('FRONT_CHANNEL_LOGOUT_INVALID', `The front-channel logout cannot be used: ${problem}. Change nothing.`),
  )
  const { issuer } = client.server
  if (!iss && !sid && client.metadata.frontchannel_logout_session_required !== true) return {}
  if (!iss || !sid)
    throw logoutError(
      'FRONT_CHANNEL_LOGOUT_MISSING',
      `The front-channel logout has no ${[!iss && 'iss', !sid && 'sid'].filter(Boolean).join(' and no ')}, and both are wanted. Change nothing: any page could have made the browser send it.`,
    )
  if (iss !== issuer)
    throw logoutError(
      'FRONT_CHANNEL_LOGOUT_ISSUER',
      `The front-channel logout names another issuer than ${JSON.stringify(issuer)}. Change nothing; if it is yours, route it to its own client.`,
    )
  if (expected !== undefined && !isSame(sid, expected))
    throw logoutError(
      'FRONT_CHANNEL_LOGOUT_SESSION',
      'The front-channel logout is for another session than that of this browser. Change nothing.',
    )
  return { iss, sid }
}
