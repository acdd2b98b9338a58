import { openAuthorizationResponse } from '@oidc/core/plugin'
import { browserError } from './browser-error.js'
import type { Context } from './context.js'
import { finishLogin, readReturnTo } from './login.js'
import { redirectUrisOf } from './options.js'
import { offerResponse, secured } from './relay.js'
import { type FoundResponse, findResponse, withoutResponse } from './response-url.js'

/** A response that has been taken out of the address bar. */
export interface TakenResponse extends FoundResponse {
  readonly isFramed: boolean
}

/** Takes a response out of the address bar, at once: what runs later must not find it there, nor history, nor Referer. */
export function takeResponse({ options }: Pick<Context, 'options'>): TakenResponse | undefined {
  const redirectUris = redirectUrisOf(options)
  const found = findResponse(location.href, redirectUris)
  if (!found) return undefined
  history.replaceState(history.state, '', withoutResponse(found, redirectUris))
  return { ...found, isFramed: window.top !== window.self }
}

/** What became of a response: the user is signed in and wants to go on, or another page of this origin has it. */
export type CallbackOutcome = { readonly outcome: 'signed_in'; readonly returnTo: string | undefined } | { readonly outcome: 'relayed' }

/**
 * Finishes the login that a response belongs to. One that nobody here knows is offered to a page that may wait for it.
 *
 * @throws `BROWSER_FRAMED`, `BROWSER_TRANSACTION_NOT_FOUND`, `BROWSER_TRANSACTION_USED`, and the errors of `authorizationCodeGrant`
 */
export async function finishCallback(context: Context, { url, state: seen, isFramed }: TakenResponse): Promise<CallbackOutcome> {
  const { transactions } = context
  const state = seen ?? (await openAuthorizationResponse(await context.client(), url)).parameters.state
  const known = state === undefined ? undefined : transactions.peek(state)
  // One that nobody here knows may be of a page that waits for its popup or frame.
  if (known?.kind !== 'redirect' && state !== undefined && (await offerResponse(url.href, seen === undefined ? secured : state))) {
    if (!isFramed) window.close()
    return { outcome: 'relayed' }
  }
  if (isFramed)
    throw browserError(
      'BROWSER_FRAMED',
      'The response of a login arrived in a frame that nobody here waits for, and was not used. Open the page at the top.',
    )
  const pending = known?.kind === 'redirect' && state !== undefined ? transactions.take(state) : undefined
  if (pending) {
    await finishLogin(context, url, pending)
    return { outcome: 'signed_in', returnTo: readReturnTo(pending) }
  }
  if (state !== undefined && transactions.wasUsed(state))
    throw browserError('BROWSER_TRANSACTION_USED', 'This response was used before: the page was reloaded, or came back. Start a new login.')
  throw browserError(
    'BROWSER_TRANSACTION_NOT_FOUND',
    `No login is pending in this tab for the response that came to ${url.origin}${url.pathname}: it began in another tab, on another host name, or more than 15 minutes ago, or session storage was emptied meanwhile. Start a new login.`,
  )
}
