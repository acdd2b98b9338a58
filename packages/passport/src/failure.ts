import { isOidcError, type OidcError, oidcError } from '@oidc/core/plugin'
import type { Request } from 'express'
import type { Answer } from './answer.js'
import { isSecure } from './cookies.js'
import { passportError } from './passport-error.js'
import type { StoreContext } from './transaction-store.js'

/** The user, or the provider for them, said no. */
const denied = ['access_denied', 'login_required', 'interaction_required', 'consent_required', 'account_selection_required']

/** The login is not the one that this browser began, or no longer. */
const lost = [
  'TRANSACTION_NOT_FOUND',
  'TRANSACTION_USED',
  'TRANSACTION_EXPIRED',
  'TRANSACTION_INVALID',
  'TRANSACTION_MISMATCH',
  'STATE_MISSING',
  'STATE_MISMATCH',
]

/** The request is bad, not the application. */
const badRequest = /^(?:CALLBACK_EMPTY|CODE_MISSING|FRONT_CHANNEL_TOKEN|(?:AUTHORIZATION_RESPONSE|ISS|BODY)_\w+)$/

/** What an application makes of a login that failed. */
export type Outcome =
  | { readonly type: 'fail'; readonly status?: number; readonly info?: object }
  | { readonly type: 'error'; readonly error?: unknown }
  | { readonly type: 'redirect'; readonly url: string }

/** What would become of it, and the request. */
export interface Failed {
  readonly type: 'fail' | 'error'
  readonly req: Request
}

export type OnError = (error: unknown, failed: Failed) => Outcome | undefined | Promise<Outcome | undefined>

/** Asks the application. @returns What becomes of the request. */
export async function askOnError(onError: OnError, answer: Answer, req: Request): Promise<Answer> {
  if (answer.type !== 'fail' && answer.type !== 'error') return answer
  const error = answer.type === 'fail' ? answer.challenge : answer.error
  const outcome = await onError(error, { type: answer.type, req })
  if (outcome?.type === 'redirect') return outcome
  if (outcome?.type === 'error') return { type: 'error', error: outcome.error ?? error }
  if (outcome?.type === 'fail') {
    const status = answer.type === 'fail' ? answer.status : 401
    return {
      type: 'fail',
      challenge: outcome.info ?? (answer.type === 'fail' ? answer.challenge : toChallenge(error)),
      status: outcome.status ?? status,
    }
  }
  return answer
}

/** Passport would write a string into a header. */
function toChallenge(error: unknown): object {
  return typeof error === 'object' && error !== null ? error : { message: 'The login failed.' }
}

/** What becomes of a request whose login failed. An OidcError is no string, so passport puts nothing of it into a header. */
export function toFailure(thrown: unknown): Answer {
  if (!isOidcError(thrown)) return { type: 'error', error: toError(thrown) }
  const { code, error = '', retryable } = thrown
  if (code === 'USER_REFUSED' || (code === 'AUTHORIZATION_ERROR' && denied.includes(error)))
    return { type: 'fail', challenge: thrown, status: 401 }
  if (lost.includes(code)) return { type: 'fail', challenge: thrown, status: 403 }
  // Express answers with the status that an error has, else with 500.
  if (badRequest.test(code)) Object.assign(thrown, { status: 400 })
  else if (retryable) Object.assign(thrown, { status: 503 })
  return { type: 'error', error: thrown }
}

/** Express takes `undefined` for no error, and goes on to the route as if somebody had signed in; 'route' skips what follows. */
export function toError(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null
    ? thrown
    : passportError(
        'VERIFY_FAILED',
        `Something threw a value of type ${typeof thrown}. Throw an Error, in verify and in every other function.`,
      )
}

export function stateMissing(): OidcError {
  return oidcError(
    'STATE_MISSING',
    'The response has no state, so it belongs to no login of this browser. Start a new login: logins that the provider begins on its own are not accepted.',
  )
}

export function transactionUsed(): OidcError {
  return passportError(
    'TRANSACTION_USED',
    'This response came before, its code was redeemed then, and the session is not signed in by it. Start a new login; if that was no reload, look at how the first one failed.',
  )
}

/** Says what was seen, and never a value of it. */
export function transactionNotFound({ req }: StoreContext, others: number): OidcError {
  const hasCookie = req.headers.cookie !== undefined
  const seen = `a ${req.method} request with${hasCookie ? '' : 'out'} a Cookie header over ${isSecure(req) ? 'https' : 'http'}, ${others || 'no'} other pending login${others === 1 ? '' : 's'}`
  const causes = [
    ...(req.method === 'POST'
      ? ['a cookie that is not SameSite=None and Secure is kept back from a form_post (use cookieTransactions({ secret }))']
      : []),
    ...(isSecure(req) ? [] : ['a Secure cookie does not come over http (if TLS ends at a proxy, set trust proxy)']),
    'the login began at another host name than that of the callbackURL',
    'the callback was loaded again, or opened in another browser',
    'the sign-in took longer than 15 minutes, or the session ended meanwhile',
    ...(hasCookie ? ['the processes of the application do not share a session store'] : []),
  ]
  return passportError(
    'TRANSACTION_NOT_FOUND',
    `No login is pending in this browser that the response belongs to. Seen: ${seen}. Usual causes: ${causes.join('; ')}. Start a new login.`,
  )
}
