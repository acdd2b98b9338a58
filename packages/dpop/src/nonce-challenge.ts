import { type Challenge, isOidcError, type OidcError, type Operation, parseChallenges } from '@oidc/core/plugin'

const wanted = 'use_dpop_nonce'

/**
 * Whether a server refused a request because its proof lacks the nonce that the server wants. A request is sent once more by itself, so this
 * is for loops of your own: the nonce is known by now, and the next call carries it.
 * {@link https://www.rfc-editor.org/rfc/rfc9449#section-8 RFC 9449, sections 8 and 9}
 *
 * @param error What was thrown, or the Response of `fetchProtectedResource`.
 */
export function isDPoPNonceError(error: unknown): boolean {
  if (isOidcError(error)) return error.error === wanted || isChallenge(error.http?.status, error.http?.challenges)
  const { status, headers } = (error ?? {}) as Partial<Response>
  return typeof headers?.get === 'function' && isChallenge(status, parseChallenges(headers.get('www-authenticate')))
}

/**
 * The same, as strictly as an answer is read that makes us send again. A resource server says it in a challenge, which may stand beside a
 * Bearer one, and its body counts only where there is no challenge: a token endpoint says it in its body.
 */
export function asksForNonce({ error, http }: OidcError, { credential }: Operation<unknown>): boolean {
  const challenges = http?.challenges
  if (credential === 'token' && challenges) return isChallenge(http?.status, challenges)
  return error === wanted
}

function isChallenge(status: number | undefined, challenges: readonly Challenge[] = []): boolean {
  return status === 401 && challenges.some(({ scheme, parameters }) => scheme === 'dpop' && parameters.error === wanted)
}
