import { isOidcError, readForm } from '@oidc/core/plugin'
import { logoutError } from './logout-error.js'

/** Bytes of a body: more than the longest JWT that is taken. */
const mostBytes = 131072

/**
 * The token of a back-channel logout request: in a posted form, once, and nowhere else.
 * {@link https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest OpenID Connect Back-Channel Logout 1.0, section 2.5}
 */
export async function readLogoutToken(request: Request): Promise<string> {
  if (typeof request !== 'object' || request === null || typeof request.method !== 'string')
    throw logoutError('LOGOUT_REQUEST_INVALID', 'The logout request is neither a token nor a Request. Give one of them.')
  if (request.method !== 'POST')
    throw logoutError(
      'LOGOUT_REQUEST_METHOD',
      `The method of the logout request is ${request.method.slice(0, 16)}, and POST is wanted. Refuse it with status 405.`,
    )
  const { logout_token } = await readBody(request)
  if (!logout_token)
    throw logoutError('LOGOUT_REQUEST_INVALID', 'The logout request has no logout_token in its body. Refuse it with status 400.')
  return logout_token
}

async function readBody(request: Request): Promise<Readonly<Record<string, string>>> {
  const [type = ''] = String(request.headers.get('content-type')).split(';', 1)
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded')
    throw logoutError(
      'LOGOUT_REQUEST_MEDIA_TYPE',
      'The body of the logout request is no application/x-www-form-urlencoded. Refuse it with status 415.',
    )
  try {
    return await readForm(request, mostBytes)
  } catch (error) {
    const problem = isOidcError(error) ? error.message.replace(/\. [^.]*\.$/, '') : 'It cannot be read'
    throw logoutError('LOGOUT_REQUEST_INVALID', `The logout request cannot be used. ${problem}. Refuse it with status 400.`)
  }
}
