import type { IdTokenClaims } from '@oidc/core'
import { now as nowOf } from '@oidc/core/plugin'
import { takeResponse } from './callback.js'
import { createClientSource } from './client-source.js'
import type { Context } from './context.js'
import { show } from './display.js'
import { beginLogin, type LoginOptions } from './login.js'
import { type BrowserSessionOptions, checkOptions } from './options.js'
import { followPage } from './page-life.js'
import { loginInPopup } from './popup.js'
import { fetchAsUser } from './protected-fetch.js'
import { createRenew } from './renew.js'
import { createRenewalTimer } from './renewal.js'
import { createMonitor } from './session-monitor.js'
import { type LogoutOptions, signOut, takeLogoutReturn } from './sign-out.js'
import { createSnapshotStore, type SessionSnapshot } from './snapshot.js'
import { createSources } from './sources.js'
import { startSession } from './start.js'
import { createMemoryStorage, createWebStorage, type TabStorage } from './storage.js'
import { createTabStore } from './tab-store.js'
import { createTransactions } from './transactions.js'
import { createWebLock } from './web-lock.js'

/** A login session of a single-page application. Its functions need no `this`. */
export interface BrowserSession {
  /**
   * Finishes a login if the page was opened by one, else restores the session of this tab or of another. Call it at the start; called again it gives the same promise.
   *
   * @returns The verified claims of the user, if somebody is signed in.
   * @throws `BROWSER_FRAMED`, `BROWSER_TRANSACTION_NOT_FOUND`, `BROWSER_TRANSACTION_USED`, and the errors of a login that failed
   */
  init(): Promise<IdTokenClaims | undefined>
  /**
   * Sends the user to the provider. The promise is not kept, for the page goes away.
   *
   * @throws `BROWSER_OPTION_INVALID`, `BROWSER_STORAGE_UNAVAILABLE`, and the errors of discovery and of an authorization request
   */
  login(options?: LoginOptions): Promise<void>
  /**
   * Signs in with a popup. Call it in the handler of a click, before any await.
   *
   * @throws `BROWSER_POPUP_BLOCKED`, `BROWSER_POPUP_CLOSED`, `BROWSER_RESPONSE_TIMEOUT`, and those of `login` and of a login that failed
   */
  loginPopup(options?: LoginOptions): Promise<IdTokenClaims>
  /** Ends the session in all tabs, and at the provider unless `local` is given. The promise is not kept where the page goes away. */
  logout(options?: LogoutOptions): Promise<void>
  /** The verified claims of the user who is signed in. */
  readonly user: IdTokenClaims | undefined
  /**
   * Calls an API with the access token, renewed where it must be: of this origin, or of one named in `origins`.
   *
   * @throws `BROWSER_ORIGIN_REFUSED`, `BROWSER_SIGNED_OUT`, `BROWSER_SESSION_CHANGED`, `REAUTHENTICATION_REQUIRED`, and the errors of a request
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /**
   * Renews the tokens now: by refresh token, else by the hidden frame where `silent` is given.
   *
   * @throws `BROWSER_SIGNED_OUT`, `BROWSER_SESSION_CHANGED`, `BROWSER_RESPONSE_TIMEOUT`, `REAUTHENTICATION_REQUIRED`, and the errors of a token request
   */
  refresh(): Promise<IdTokenClaims>
  /** Calls a listener after each change of the snapshot; gives what ends it. */
  subscribe(listener: () => void): () => void
  getSnapshot(): SessionSnapshot
  /** Lets go of timers, channels and locks: for tests, and where a page throws the session away. Nobody is signed out by it. */
  close(): void
}

/**
 * Makes the login session of a page. Nothing is sent before `init` or `login`.
 *
 * @throws `BROWSER_OPTION_INVALID`, `BROWSER_INSECURE_CONTEXT`
 */
export function createBrowserSession(options: BrowserSessionOptions): BrowserSession {
  checkOptions(options)
  const context = createContext(options)
  const { store, snapshots } = context
  const renew = createRenew(context)
  const timer = createRenewalTimer(context, renew)
  const monitor = createMonitor(context)
  const leavePage = followPage(store)
  let isReady = false
  let starting: Promise<IdTokenClaims | undefined> | undefined
  const follow = (): void => {
    timer.plan()
    monitor.look()
  }
  store.onChange((change) => {
    if (!isReady) return
    show(context, change)
    follow()
  })
  const start = async (): Promise<IdTokenClaims | undefined> => {
    // Both clean the address, so both run before anything else may look at it.
    const response = takeResponse(context)
    takeLogoutReturn(context)
    return startSession(context, renew, response).finally(() => {
      isReady = true
      follow()
    })
  }
  return {
    init() {
      starting ??= start()
      return starting
    },
    async login(login = {}) {
      const { url } = await beginLogin(context, 'redirect', options.redirect_uri, login)
      location.assign(url.href)
      await forever()
    },
    async loginPopup(login = {}) {
      const claims = await loginInPopup(context, login)
      if (!isReady) show(context)
      isReady = true
      follow()
      return claims
    },
    logout: (logout = {}) => signOut(context, logout),
    get user() {
      return snapshots.get().user
    },
    fetch: (input, init) => fetchAsUser(context, renew, input, init),
    refresh: renew,
    subscribe: snapshots.subscribe,
    getSnapshot: snapshots.get,
    close() {
      leavePage()
      timer.stop()
      monitor.stop()
    },
  }
}

function createContext(options: BrowserSessionOptions): Context {
  const name = `oidc:${new URL(options.issuer).href}|${options.client_id}`
  const storage = chooseStorage(options.storage)
  const marks = createWebStorage(() => localStorage)
  const store = createTabStore(name, storage, marks)
  const makeClient = createClientSource(options, name, marks)
  let now = (): number => Math.floor(Date.now() / 1000)
  const client: Context['client'] = async () => {
    const made = await makeClient()
    now = () => nowOf(made)
    return made
  }
  return {
    options,
    name,
    client,
    now: () => now(),
    storage,
    store,
    sources: createSources({ client, store, lock: createWebLock(marks, store.catchUp), lease: options.lease }),
    transactions: createTransactions(storage, `${name}:`, () => now()),
    snapshots: createSnapshotStore(),
  }
}

function chooseStorage(storage: BrowserSessionOptions['storage'] = 'session'): TabStorage {
  if (storage === 'memory') return createMemoryStorage()
  return storage === 'session' ? createWebStorage(() => sessionStorage) : storage
}

/** The page is about to go away: nothing after this must run. */
export function forever(): Promise<never> {
  return new Promise<never>(() => undefined)
}
