import { createContext, createElement, type ReactElement, type ReactNode, useContext, useEffect, useSyncExternalStore } from 'react'
import { browserError } from './browser-error.js'
import type { BrowserSession } from './browser-session.js'
import type { SessionSnapshot } from './snapshot.js'

const SessionContext = /* @__PURE__ */ createContext<BrowserSession | undefined>(undefined)

export interface SessionProviderProps {
  /** Made once, outside of any component. */
  readonly session: BrowserSession
  readonly children?: ReactNode
}

/** Gives a session to the components in it, and calls its `init`; under StrictMode, too, that happens once. */
export function SessionProvider({ session, children }: SessionProviderProps): ReactElement {
  useEffect(() => {
    // What went wrong stands in the snapshot.
    session.init().catch(() => undefined)
  }, [session])
  return createElement(SessionContext.Provider, { value: session }, children)
}

/** The session, and its snapshot; the component is drawn again when that changes. */
export function useSession(): SessionSnapshot & Pick<BrowserSession, 'login' | 'loginPopup' | 'logout' | 'fetch' | 'refresh'> {
  const session = useContext(SessionContext)
  if (!session)
    throw browserError(
      'BROWSER_OPTION_INVALID',
      'useSession is used outside of a SessionProvider. Put <SessionProvider session={session}> around it.',
    )
  const snapshot = useSyncExternalStore(session.subscribe, session.getSnapshot, session.getSnapshot)
  const { login, loginPopup, logout, fetch, refresh } = session
  return { ...snapshot, login, loginPopup, logout, fetch, refresh }
}
