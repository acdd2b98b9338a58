import { authorizationCodeGrant, createAuthorizationRequest, type IdTokenClaims, idTokenClaims } from '@oidc/core'
import { openAuthorizationResponse } from '@oidc/core/plugin'
import { browserError } from './browser-error.js'
import type { Context } from './context.js'
import type { ResponseMatch } from './relay.js'
import { findResponse } from './response-url.js'
import { checkReturnTo } from './return-to.js'
import type { LoginKind, PendingLogin } from './transactions.js'

/** What a login may ask for, in the spelling of the request. */
export interface LoginOptions {
  /** A place of this origin to go to afterwards. */
  readonly returnTo?: string | undefined
  readonly prompt?: string | undefined
  readonly login_hint?: string | undefined
  readonly acr_values?: string | undefined
  /** Seconds. */
  readonly max_age?: number | undefined
  readonly scope?: string | undefined
  /** Further parameters. */
  readonly parameters?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined
  readonly signal?: AbortSignal | undefined
}

const names = ['returnTo', 'prompt', 'login_hint', 'acr_values', 'max_age', 'scope', 'parameters', 'signal']

/** Makes the request of a login and remembers it in this tab. */
export async function beginLogin(
  context: Context,
  kind: LoginKind,
  redirect_uri: string,
  login: LoginOptions,
): Promise<{ url: URL; pending: PendingLogin }> {
  const unknown = Object.keys(login).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw browserError('BROWSER_OPTION_INVALID', `The option ${unknown.slice(0, 64)} of a login is unknown. Give ${names.join(', ')}.`)
  const { options, transactions } = context
  const { returnTo, parameters, signal, scope = options.scope ?? 'openid', ...known } = login
  const data = returnTo === undefined ? undefined : { returnTo: checkReturnTo(returnTo, location.origin) }
  const wanted = { ...options.parameters, ...parameters, ...known, scope, redirect_uri }
  checkResponseMode(wanted)
  const { url, transaction } = await createAuthorizationRequest(
    await context.client(),
    wanted as Parameters<typeof createAuthorizationRequest>[1],
    { ...(data && { data }), signal },
  )
  const pending: PendingLogin = { kind, transaction }
  transactions.put(pending)
  return { url, pending }
}

/** A form is posted to a server: a page never sees it. */
function checkResponseMode({ response_mode }: Readonly<Record<string, unknown>>): void {
  if (!String(response_mode).startsWith('form_post')) return
  throw browserError(
    'BROWSER_OPTION_INVALID',
    `The response_mode ${String(response_mode).slice(0, 64)} posts the response to a server, and a page cannot read it. Leave response_mode out.`,
  )
}

/** Whether a response is the one of this login: anything can be sent over a channel, and only this one ends the wait. */
export function matchResponse(context: Context, { transaction }: PendingLogin): ResponseMatch {
  const { state, response_mode = '', redirect_uri } = transaction
  return {
    isSecured: /(?:^|\.)jwt$/.test(response_mode),
    async isMine(href) {
      const found = findResponse(href, [redirect_uri])
      if (!found) return false
      return (found.state ?? (await readSecuredState(context, found.url))) === state
    },
  }
}

/** Under JARM `state` is inside of the response. */
async function readSecuredState(context: Context, url: URL): Promise<string | undefined> {
  try {
    return (await openAuthorizationResponse(await context.client(), url)).parameters.state
  } catch {
    // Not of our server.
    return undefined
  }
}

/**
 * Redeems the response of a login, and puts its user in the place of whoever was there.
 *
 * @param expectedSubject The user who is signed in, where no other may come of it.
 * @throws `BROWSER_SESSION_CHANGED`, and the errors of `authorizationCodeGrant`
 */
export async function finishLogin(
  context: Context,
  url: URL,
  { transaction }: PendingLogin,
  expectedSubject?: string,
): Promise<IdTokenClaims> {
  const { options, sources, store } = context
  const client = await context.client()
  const tokens = await authorizationCodeGrant(client, url, transaction)
  const claims = idTokenClaims(tokens)
  if (expectedSubject !== undefined && expectedSubject !== claims.sub) {
    store.end('provider')
    throw browserError(
      'BROWSER_SESSION_CHANGED',
      'Another user is signed in at the provider by now, so the session of this one has ended. Draw the page anew, and offer to sign in.',
    )
  }
  const { session_state } = options.monitor ? (await openAuthorizationResponse(client, url)).parameters : {}
  await sources.begin(tokens, session_state)
  return claims
}

/** Where the user wanted to go. */
export function readReturnTo({ transaction }: PendingLogin): string | undefined {
  const { returnTo } = (transaction.data ?? {}) as { readonly returnTo?: unknown }
  // It was in the storage of the browser meanwhile.
  return typeof returnTo === 'string' ? checkReturnTo(returnTo, location.origin) : undefined
}
