import type { ClientOptions, OidcError, Plugin } from '@oidc/core'
import { browserError } from './browser-error.js'
import type { TabStorage } from './storage.js'

/** What the session adds to the options of its client. */
export interface BrowserSessionSettings {
  readonly issuer: string | URL
  /** The page that the provider sends users back to: of this origin, registered exactly so. */
  readonly redirect_uri: string
  /** `openid` by default; with `offline_access` most providers give a refresh token. */
  readonly scope?: string | undefined
  /** The page after a logout at the provider. */
  readonly post_logout_redirect_uri?: string | undefined
  /** Parameters of every authorization request, e.g. `audience` or `resource`. */
  readonly parameters?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined
  /** Origins beside that of the page that `fetch` may send tokens to. */
  readonly origins?: readonly string[] | undefined
  /**
   * Where tokens and pending logins live: `session` is the session storage of the tab, `memory` is lost on reload. Or four functions of your own.
   */
  readonly storage?: 'session' | 'memory' | TabStorage | undefined
  readonly popup?: PopupSettings | undefined
  /** Renews by a hidden frame with `prompt=none` where there is no refresh token. Most browsers keep the provider's cookies from it unless it is of the same site. */
  readonly silent?: SilentSettings | undefined
  /** Watches the session at the provider with its check_session_iframe. {@link https://openid.net/specs/openid-connect-session-1_0.html Session Management 1.0} */
  readonly monitor?: MonitorSettings | undefined
  /** Extensions, or what makes them: a key that is kept in the browser is there only later. */
  readonly use?: readonly Plugin[] | (() => Promise<readonly Plugin[]>) | undefined
  /** Goes to the place that `login` was given; by default the address changes and `popstate` is fired, for routers. */
  readonly navigate?: ((returnTo: string) => void) | undefined
  /** Renews tokens before they expire while the page is visible: true by default. */
  readonly renew?: boolean | undefined
  /** Seconds after which a tab that was renewing counts as frozen: 30. Three timeouts or more. */
  readonly lease?: number | undefined
  /** `issued_at`: takes the time of the device's login from its fresh ID token, for devices whose clock is wrong by hours. */
  readonly clockOffset?: 'issued_at' | undefined
}

export interface PopupSettings {
  /** The page at the end of the popup, which calls `relayResponse`; `redirect_uri` by default. */
  readonly redirect_uri?: string | undefined
  /** Features of window.open. */
  readonly features?: string | undefined
  /** Seconds: 300. */
  readonly timeout?: number | undefined
  /** The provider cuts its window off by Cross-Origin-Opener-Policy: a popup that seems closed may still be open, so only the timeout ends the wait. */
  readonly severed?: boolean | undefined
}

export interface SilentSettings {
  /** A page that calls `relayResponse`; `redirect_uri` by default. */
  readonly redirect_uri?: string | undefined
  /** Seconds: 10. */
  readonly timeout?: number | undefined
}

export interface MonitorSettings {
  /** Seconds between two looks: 5. */
  readonly interval?: number | undefined
}

export type BrowserSessionOptions = BrowserSessionSettings &
  Omit<ClientOptions, 'authentication' | 'use'> & {
    /** A single-page application has no secret: `publicClient()` by default. */
    readonly authentication?: ClientOptions['authentication'] | undefined
  }

const ownNames: Readonly<Record<keyof BrowserSessionSettings, true>> = {
  issuer: true,
  redirect_uri: true,
  scope: true,
  post_logout_redirect_uri: true,
  parameters: true,
  origins: true,
  storage: true,
  popup: true,
  silent: true,
  monitor: true,
  use: true,
  navigate: true,
  renew: true,
  lease: true,
  clockOffset: true,
}

/** Takes the client's own options out; core refuses those that it does not know. */
export function clientOptionsOf(options: BrowserSessionOptions): Omit<ClientOptions, 'authentication' | 'use'> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(ownNames, name))) as Omit<
    ClientOptions,
    'authentication' | 'use'
  >
}

/** Every address that a response may arrive at. */
export function redirectUrisOf({ redirect_uri, popup, silent }: BrowserSessionSettings): readonly string[] {
  return [redirect_uri, popup?.redirect_uri, silent?.redirect_uri].filter((uri) => uri !== undefined)
}

/** @throws `BROWSER_OPTION_INVALID`, `BROWSER_INSECURE_CONTEXT` */
export function checkOptions(options: BrowserSessionOptions): void {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle || !navigator.locks || typeof BroadcastChannel === 'undefined')
    throw browserError(
      'BROWSER_INSECURE_CONTEXT',
      `${location.origin} is not served securely, or the browser is too old, so there is no cryptography. Serve the page over https, or from localhost in development.`,
    )
  for (const [name, uri] of Object.entries({ redirect_uri: options.redirect_uri, ...nested(options) }))
    if (uri !== undefined && !isOwn(uri))
      throw invalid(`${name} is not of ${location.origin}, and only a page of this origin can take the response. Give one, as registered.`)
  for (const origin of options.origins ?? [])
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw invalid(`origins names something that is no origin. Give scheme, host and port alone, such as https://api.example.`)
  const { storage = 'session', lease = 30, clockOffset } = options
  if (storage !== 'session' && storage !== 'memory' && typeof storage?.get !== 'function')
    throw invalid("storage is neither 'session' nor 'memory' nor a storage of your own. Give one of them.")
  if (!(lease >= 1 && lease <= 600)) throw invalid('lease is no number from 1 to 600. Give seconds.')
  if (clockOffset !== undefined && clockOffset !== 'issued_at') throw invalid("clockOffset is not 'issued_at'. Give that, or leave it out.")
  for (const [name, timeout] of Object.entries({
    popup: options.popup?.timeout,
    silent: options.silent?.timeout,
    monitor: options.monitor?.interval,
  }))
    if (timeout !== undefined && !(timeout > 0 && timeout <= 86_400))
      throw invalid(`A time of ${name} is no number of seconds above 0. Give one.`)
}

const nested = ({ popup, silent }: BrowserSessionOptions): Readonly<Record<string, string | undefined>> => ({
  'popup.redirect_uri': popup?.redirect_uri,
  'silent.redirect_uri': silent?.redirect_uri,
})

const isOwn = (uri: unknown): boolean => typeof uri === 'string' && URL.canParse(uri) && new URL(uri).origin === location.origin

function invalid(message: string): OidcError {
  return browserError('BROWSER_OPTION_INVALID', message)
}
