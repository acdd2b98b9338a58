import { isOidcError } from '@oidc/core/plugin'

const statuses: Readonly<Record<string, number>> = { LOGOUT_REQUEST_METHOD: 405, LOGOUT_REQUEST_MEDIA_TYPE: 415 }

/**
 * The HTTP status that a back-channel logout request is answered with when it failed: never one of success. 400 is also for sessions that could
 * not be ended. {@link https://openid.net/specs/openid-connect-backchannel-1_0.html#BCResponse OpenID Connect Back-Channel Logout 1.0, section 2.8}
 */
export function logoutErrorStatus(error: unknown): number {
  return (isOidcError(error) ? statuses[error.code] : undefined) ?? 400
}
