import { type Client, fetchProtectedResource, type ResourceInit, type Tokens } from '@oidc/core'
import { parseChallenges } from '@oidc/core/plugin'

/** Gets other tokens than those that an API refused; undefined where there are none. */
export type Replace = (refused: Tokens) => Promise<Tokens | undefined>

/**
 * Calls an API. On 401 the token is renewed and the request sent once more, if its body can be read twice; on 403 it is not, for the token was
 * understood.
 */
export async function fetchWithTokens(
  client: Client,
  tokens: Tokens,
  url: string | URL,
  init: ResourceInit,
  replace: Replace,
): Promise<{ readonly response: Response; readonly tokens: Tokens }> {
  const response = await fetchProtectedResource(client, tokens, url, init)
  if (response.status !== 401 || init.body instanceof ReadableStream || !isTokenRefused(response)) return { response, tokens }
  const other = await replace(tokens)
  if (!other) return { response, tokens }
  await response.body?.cancel().catch(() => undefined)
  return { response: await fetchProtectedResource(client, other, url, init), tokens: other }
}

/** What a 401 says that no other token of the same login would mend: RFC 9449, section 7.1; RFC 9470, section 3. */
const others = ['insufficient_user_authentication', 'insufficient_scope', 'invalid_dpop_proof', 'use_dpop_nonce', 'invalid_request']

function isTokenRefused({ headers }: Response): boolean {
  const challenges = parseChallenges(headers.get('www-authenticate'))
  return !challenges.some(({ parameters: { error } }) => error !== undefined && others.includes(error))
}
