import type { Client, Json } from '@oidc/core'
import { isSame, now } from '@oidc/core/plugin'
import type { EndSessionTransaction } from './end-session-request.js'
import { logoutError } from './logout-error.js'
import { type QueryInput, readQuery } from './query.js'

/** A user who came back from the server after logout. */
export interface EndSessionResponse {
  /** What the application gave when the logout began. */
  readonly data: Json | undefined
}

/** Seconds that a user may stay at the server. */
const lifetime = 900

/**
 * Checks that a browser that arrives at the `post_logout_redirect_uri` comes from the logout that it began: by `state`. It proves nothing about
 * the server's session, so what the application had to end was ended before.
 * {@link https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RedirectionAfterLogout OpenID Connect RP-Initiated Logout 1.0, section 3}
 *
 * @param response The URL that was called, the Request, or its query.
 * @param transaction What `createEndSessionRequest` gave, from where this browser alone could have put it.
 * @throws `END_SESSION_RESPONSE_INVALID`, `END_SESSION_STATE_MISSING`, `END_SESSION_STATE_MISMATCH`, `END_SESSION_TRANSACTION_INVALID`,
 * `END_SESSION_TRANSACTION_EXPIRED`
 */
export async function validateEndSessionResponse(
  client: Client,
  response: QueryInput,
  transaction: EndSessionTransaction,
): Promise<EndSessionResponse> {
  const time = now(client)
  checkTransaction(client, transaction)
  const { state } = readQuery(response, (problem) =>
    logoutError('END_SESSION_RESPONSE_INVALID', `The return from logout cannot be used: ${problem}. Show the user your start page.`),
  )
  if (state === undefined)
    throw logoutError(
      'END_SESSION_STATE_MISSING',
      'The return from logout has no state, and the one that was sent is wanted. Show the user your start page: somebody else may have sent them here.',
    )
  if (!isSame(state, transaction.state))
    throw logoutError(
      'END_SESSION_STATE_MISMATCH',
      'The return from logout has another state than its transaction. Show the user your start page: somebody else may have sent them here.',
    )
  const age = time - transaction.created_at
  // A clock that was set back must not keep it good forever.
  if (!(age <= lifetime && age >= -lifetime))
    throw logoutError(
      'END_SESSION_TRANSACTION_EXPIRED',
      `The logout began ${age} seconds ago, and at most ${lifetime} are wanted. Show the user your start page.`,
    )
  return { data: transaction.data }
}

function checkTransaction({ server, metadata }: Client, transaction: unknown): void {
  const { issuer, client_id, state, created_at } = (transaction ?? {}) as Readonly<Record<string, unknown>>
  if (typeof state === 'string' && state && typeof created_at === 'number' && issuer === server.issuer && client_id === metadata.client_id)
    return
  throw logoutError(
    'END_SESSION_TRANSACTION_INVALID',
    `The transaction is ${typeof state === 'string' ? 'of another client or server' : 'missing, or none that createEndSessionRequest gave'}. Give the one that was kept for this browser, and the same client.`,
  )
}
