import { authorizationCodeGrant, type Client, fetchUserInfo, idTokenClaims, type Transaction } from '@oidc/core'
import { type AuthorizationResponse, openAuthorizationResponse } from '@oidc/core/plugin'
import type { AuthenticateOptions } from 'passport'
import type { Answer, Success } from './answer.js'
import { readData } from './begin-login.js'
import { readResponse } from './callback-request.js'
import { stateMissing, toFailure, transactionNotFound, transactionUsed } from './failure.js'
import { makeRecord } from './login-record.js'
import type { Callback, Settings } from './options.js'
import { guardStore, passportError } from './passport-error.js'
import { findUse, type Use } from './session-entry.js'
import { keepTokens } from './token-settings.js'
import type { StoreContext } from './transaction-store.js'
import { type Login, runVerify } from './verify.js'

/** Reads the response, takes its transaction, and redeems the code: each of it once, however often the callback is delivered. */
export async function finishLogin(
  settings: Settings,
  client: Client,
  callback: Callback,
  context: StoreContext,
  options: AuthenticateOptions,
): Promise<Answer> {
  // Opened first: with JARM, the state stands inside.
  const response = await openAuthorizationResponse(client, await readResponse(context.req, callback))
  const { state } = response.parameters
  if (state === undefined) throw stateMissing()
  const { transaction, others } = await guardStore(() => settings.store.take(context, state))
  const use = findUse(context.req, context.strategy, state)
  if (!transaction && !use) throw transactionNotFound(context, others)
  // Delivered twice at once: whoever had the transaction, and so may know what came of it, waits for the first one's result.
  const { flights } = settings
  const running = flights.get(state)
  if (running !== undefined) return running
  if (!transaction) return repeat(context, use, options)
  const flight = redeem(settings, client, context, response, transaction).catch((thrown: unknown) => markBounced(toFailure(thrown)))
  flights.set(state, flight)
  return flight.finally(() => flights.delete(state))
}

/** The callback again, by reload or the back button: what it did is done, so the user goes where they went then. */
function repeat({ req }: StoreContext, use: Use | undefined, { successRedirect, successReturnToOrRedirect }: AuthenticateOptions): Answer {
  if (!use?.signedIn || !req.isAuthenticated()) throw transactionUsed()
  return { type: 'redirect', url: use.returnTo ?? successReturnToOrRedirect ?? successRedirect ?? '/' }
}

/** Of a login that this browser did begin: a stranger's callback must not count as a try. */
function markBounced(answer: Answer): Answer {
  return answer.type === 'fail' || answer.type === 'error' ? { ...answer, bounced: true } : answer
}

async function redeem(
  { verify, findTokenParameters, tokens: keep }: Settings,
  client: Client,
  { req }: StoreContext,
  response: AuthorizationResponse,
  transaction: Transaction,
): Promise<Answer> {
  const tokens = await authorizationCodeGrant(client, response, transaction, { parameters: await findTokenParameters(req) })
  const { returnTo, data } = readData(transaction)
  const login: Login = {
    tokens,
    get claims() {
      return idTokenClaims(tokens)
    },
    userinfo: () => fetchUserInfo(client, tokens),
    client,
    req,
    transaction,
    returnTo,
    data,
  }
  const { user, info } = await runVerify(verify, login)
  if (user !== false) {
    const key = keep && (await keepTokens(client, tokens, keep))
    return { type: 'success', user, info, state: transaction.state, returnTo, record: makeRecord(client, tokens, key) } satisfies Success
  }
  if (info) return { type: 'fail', challenge: info, status: 401 }
  throw passportError(
    'USER_REFUSED',
    'The function verify gave no user, so nobody is signed in. Return the user, or false with info that says why.',
  )
}
