import { isOidcError } from '../base/errors.js'
import { parseChallenges } from '../base/www-authenticate.js'
import type { Client } from '../client/client.js'
import type { AuthorizationParameters } from './authorization-parameters.js'
import { type AuthorizationRequest, type AuthorizationSettings, createAuthorizationRequest } from './authorization-request.js'

/** What an API demands of the sign-in before it answers. {@link https://www.rfc-editor.org/rfc/rfc9470#section-3 RFC 9470, section 3} */
export interface StepUpChallenge {
  /** Separated by spaces, the preferred one first. */
  readonly acr_values?: string
  /** Seconds since the user last signed in. */
  readonly max_age?: number
  /** What the access token needs, separated by spaces. */
  readonly scope?: string
}

/** The most characters of a list that goes on into a URL. */
const limit = 1024

/**
 * Finds the demand for another sign-in (`insufficient_user_authentication`) in an answer.
 *
 * @param answer The Response of `fetchProtectedResource`, or what a function such as `fetchUserInfo` threw.
 * @returns undefined for anything else. What the API wrote that cannot be used is left out.
 */
export function findStepUpChallenge(answer: unknown): StepUpChallenge | undefined {
  const challenge = challengesOf(answer).find(({ parameters }) => parameters.error === 'insufficient_user_authentication')
  if (!challenge) return undefined
  const { acr_values = '', max_age = '', scope = '' } = challenge.parameters
  return {
    ...(isList(acr_values) && { acr_values }),
    ...(/^\d{1,10}$/.test(max_age) && { max_age: Number(max_age) }),
    ...(isList(scope) && { scope }),
  }
}

/**
 * Begins the login that a challenge demands. `authorizationCodeGrant` then refuses an ID token whose `acr` is none of the demanded ones, or whose
 * `auth_time` is too long ago. Without the scope `openid` there is no ID token to look at, and the API alone judges again.
 * {@link https://www.rfc-editor.org/rfc/rfc9470#section-4 RFC 9470, section 4}
 *
 * @param parameters As of every login; `acr_values` gives way to the demanded ones, and of two values of `max_age` the smaller one counts. Give
 * `login_hint` or `id_token_hint`, so that the same user comes back, and compare their `sub`.
 * @throws as `createAuthorizationRequest`
 */
export function createStepUpRequest(
  client: Client,
  { acr_values, max_age }: StepUpChallenge,
  parameters: AuthorizationParameters,
  settings: AuthorizationSettings = {},
): Promise<AuthorizationRequest> {
  const ages = [max_age, parameters.max_age].filter((age) => age !== undefined)
  return createAuthorizationRequest(
    client,
    { ...parameters, ...(acr_values !== undefined && { acr_values }), ...(ages.length && { max_age: Math.min(...ages) }) },
    { ...settings, requireAcr: true },
  )
}

function challengesOf(answer: unknown): ReturnType<typeof parseChallenges> {
  if (isOidcError(answer)) return answer.http?.challenges ?? []
  const { headers } = (answer ?? {}) as Partial<Response>
  return typeof headers?.get === 'function' ? parseChallenges(headers.get('www-authenticate')) : []
}

/** {@link https://www.rfc-editor.org/rfc/rfc6749#appendix-A.4 RFC 6749, appendix A.4}: the characters of a list separated by spaces. */
function isList(value: string): boolean {
  return value.length <= limit && /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(value)
}
