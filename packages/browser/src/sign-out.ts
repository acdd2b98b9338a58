import { createEndSessionRequest } from '@oidc/logout'
import { browserError } from './browser-error.js'
import type { Context } from './context.js'
import { openPopup, watchPopup } from './popup.js'
import { awaitResponse } from './relay.js'

export interface LogoutOptions {
  /** Ends the session in this browser alone; at the provider it goes on. */
  readonly local?: boolean | undefined
  /** Leaves the page where it is and ends the provider's session in a popup. Call it in the handler of a click, before any await. */
  readonly popup?: boolean | undefined
  /** Where the user comes back to: that of the session by default. In a popup it is a page that calls `relayResponse`. */
  readonly post_logout_redirect_uri?: string | undefined
  readonly logout_hint?: string | undefined
  readonly ui_locales?: string | undefined
}

const names = ['local', 'popup', 'post_logout_redirect_uri', 'logout_hint', 'ui_locales']

/**
 * Ends the session in all tabs at once, whether the server can be reached or not; then revokes its tokens, and sends the user to the provider to end it there, if that is
 * offered.
 * {@link https://openid.net/specs/openid-connect-rpinitiated-1_0.html RP-Initiated Logout 1.0}
 *
 * @throws `BROWSER_OPTION_INVALID`, `BROWSER_POPUP_BLOCKED`, and the errors of discovery and of `createEndSessionRequest`: the session here has ended all the same
 */
export async function signOut(context: Context, logout: LogoutOptions): Promise<void> {
  const unknown = Object.keys(logout).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw browserError('BROWSER_OPTION_INVALID', `The option ${unknown.slice(0, 64)} of a logout is unknown. Give ${names.join(', ')}.`)
  const { local = false, popup = false } = logout
  const opened = popup && !local ? openPopup(context.options.popup ?? {}) : undefined
  const { store, sources } = context
  const text = store.text()
  const id_token = store.session()?.tokens.id_token
  if (text !== undefined) store.end('logout')
  else context.snapshots.set({ status: 'signed_out', reason: 'logout' })
  try {
    // Here they are gone; that they could not be revoked is no reason to fail.
    if (text !== undefined) await sources.revoke(text).catch(() => undefined)
    if (!local) await endAtProvider(context, logout, id_token, opened)
  } finally {
    opened?.close()
  }
}

async function endAtProvider(
  context: Context,
  { local: _, popup, ...given }: LogoutOptions,
  id_token_hint: string | undefined,
  opened: Window | null | undefined,
): Promise<void> {
  const { options, storage } = context
  const client = await context.client()
  if (typeof client.server.end_session_endpoint !== 'string') return
  const post_logout_redirect_uri = given.post_logout_redirect_uri ?? options.post_logout_redirect_uri
  const { url, transaction } = await createEndSessionRequest(client, {
    ...given,
    ...(post_logout_redirect_uri !== undefined && { post_logout_redirect_uri }),
    ...(id_token_hint !== undefined && { id_token_hint }),
  })
  if (!popup) {
    if (transaction) storage.set(placeOf(context), transaction.state)
    location.assign(url.href)
    await new Promise<never>(() => undefined)
  }
  if (!opened)
    throw browserError(
      'BROWSER_POPUP_BLOCKED',
      'The browser did not open the popup. Call logout in the handler of a click before any await.',
    )
  const { state = '' } = transaction ?? {}
  const response = awaitResponse(state, { isSecured: false, isMine: async (href) => new URL(href).searchParams.get('state') === state })
  const watch = watchPopup(opened, options.popup ?? {})
  try {
    opened.location.replace(url.href)
    await Promise.race([response.href, watch.failure])
  } finally {
    response.stop()
    watch.stop()
  }
}

const placeOf = ({ name }: Pick<Context, 'name'>): string => `${name}:logout`

/**
 * Takes the `state` of a logout that this tab began out of the address. One that it did not begin stays there: it may be the application's own.
 * {@link https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RedirectionAfterLogout RP-Initiated Logout 1.0, section 3}
 *
 * @returns Whether the user comes back from the logout that began here.
 */
export function takeLogoutReturn(context: Pick<Context, 'name' | 'storage'>): boolean {
  const place = placeOf(context)
  const state = context.storage.get(place)
  const url = new URL(location.href)
  if (state === undefined || url.searchParams.get('state') !== state) return false
  context.storage.delete(place)
  url.searchParams.delete('state')
  history.replaceState(history.state, '', `${url.pathname}${url.search}${url.hash}`)
  return true
}
