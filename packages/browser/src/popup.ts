import type { IdTokenClaims } from '@oidc/core'
import { waitFor } from '@oidc/core/plugin'
import { browserError } from './browser-error.js'
import type { Context } from './context.js'
import { beginLogin, finishLogin, type LoginOptions, matchResponse } from './login.js'
import type { PopupSettings } from './options.js'
import { awaitResponse } from './relay.js'

const defaultFeatures = 'popup,width=480,height=640'
/** Seconds. */
const defaultTimeout = 300
/** Milliseconds between two looks at the window: no event tells that it was closed. */
const look = 100

/** A page that stood there for so many looks was not cut off: that takes some milliseconds. */
const settled = 3

/** Signs in with a window of its own. It must be called in the handler of a click, before any await: browsers block what opens later. */
export function loginInPopup(context: Context, login: LoginOptions): Promise<IdTokenClaims> {
  const { popup = {}, redirect_uri } = context.options
  const opened = openPopup(popup)
  return opened ? run(context, opened, login, popup.redirect_uri ?? redirect_uri).finally(() => opened.close()) : Promise.reject(blocked())
}

export function openPopup({ features = defaultFeatures }: PopupSettings): Window | null {
  return window.open('about:blank', '_blank', features)
}

async function run(context: Context, opened: Window, login: LoginOptions, redirect_uri: string): Promise<IdTokenClaims> {
  const { url, pending } = await beginLogin(context, 'popup', redirect_uri, login)
  const response = awaitResponse(pending.transaction.state, matchResponse(context, pending))
  const watch = watchPopup(opened, context.options.popup ?? {})
  try {
    // Core has checked that it is https: a script would run as this page.
    opened.location.replace(url.href)
    const href = await waitFor(Promise.race([response.href, watch.failure]), login.signal, 'authorization')
    return await finishLogin(context, new URL(href), pending)
  } finally {
    response.stop()
    watch.stop()
    context.transactions.take(pending.transaction.state)
  }
}

export interface PopupWatch {
  /** Rejects where no response can come any more. */
  readonly failure: Promise<never>
  stop(): void
}

/**
 * A window that the provider cut off by Cross-Origin-Opener-Policy looks closed though it is open. That happens as soon as its first page is there, and then the user
 * is there and not on this page.
 */
export function watchPopup(opened: Window, { timeout = defaultTimeout, severed = false }: PopupSettings): PopupWatch {
  let foreignLooks = 0
  let wasAway = false
  let wasClosed = false
  const isGone = (): boolean => {
    if (!opened.closed && isForeign(opened)) foreignLooks++
    wasAway ||= !document.hasFocus()
    return !severed && opened.closed && (foreignLooks >= settled || (wasAway && document.hasFocus()))
  }
  let stop = (): void => undefined
  const failure = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(tooLate(timeout)), timeout * 1000)
    const looking = setInterval(() => {
      const isClosed = isGone()
      // Twice, for the callback page closes its window right after it has sent the response.
      if (isClosed && wasClosed) reject(closed())
      wasClosed = isClosed
    }, look)
    stop = () => {
      clearTimeout(timer)
      clearInterval(looking)
    }
  })
  // Whoever stopped waiting does not hear of it.
  failure.catch(() => undefined)
  return { failure, stop }
}

/** Whether a page of another origin is there: its address cannot be read. */
function isForeign(opened: Window): boolean {
  try {
    return opened.location.href === undefined
  } catch {
    return true
  }
}

function blocked() {
  return browserError(
    'BROWSER_POPUP_BLOCKED',
    'The browser did not open the popup. Call loginPopup in the handler of a click before any await, or use login.',
  )
}

function closed() {
  return browserError('BROWSER_POPUP_CLOSED', 'The popup was closed before a response came. Offer to sign in again.')
}

function tooLate(timeout: number) {
  return browserError(
    'BROWSER_RESPONSE_TIMEOUT',
    `No response came from the popup within ${timeout} seconds. See that its callback page calls relayResponse.`,
  )
}
