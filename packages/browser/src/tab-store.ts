import type { TokenStore } from '@oidc/session'
import { createPeers, type Peers } from './peers.js'
import type { TabStorage } from './storage.js'
import { parseStored, type StoredSession } from './stored-session.js'
import { type EndReason, isNewer, nothing, parseVersion, type Version } from './version.js'

/** Every tab has its own copy of the tokens, and hands each new version to the others. */
export interface TabStore {
  /** The name of the session in the stores that it gives. */
  readonly key: string
  readonly peers: Peers
  /** The text of the session, if there is one. */
  text(): string | undefined
  /** Who is signed in. */
  session(): StoredSession | undefined
  sessionState(): string | undefined
  /** Why nobody is signed in, where that is known. */
  endReason(): EndReason | undefined
  /** The tokens of one user: while another is signed in, or nobody, there are none. */
  ofUser(sub: string): TokenStore
  /** The tokens as a login finds them: nothing is there until it has written, so one step leads from one user to the next. */
  ofLogin(session_state: string | undefined): TokenStore
  /** Takes over what another tab has, where that is newer, and forgets what has ended meanwhile. */
  catchUp(): Promise<void>
  /** Forgets the session here and in every tab. */
  end(reason: EndReason): void
  /** Called after each change. */
  onChange(listener: (change: Change) => void): void
}

export interface Change {
  readonly isOwn: boolean
  /** Of an end. */
  readonly reason?: EndReason | undefined
}

/**
 * @param storage Of this tab.
 * @param marks Shared by the tabs, and without any secret: which versions have ended.
 */
export function createTabStore(name: string, storage: TabStorage, marks: TabStorage): TabStore {
  const place = `${name}:tokens`
  const endPlace = `${name}:end`
  const listeners: ((change: Change) => void)[] = []
  const readEnd = (): number => Number(marks.get(endPlace) ?? 0) || 0
  const read = (): Version => {
    const version = parseVersion(storage.get(place)) ?? nothing
    return version.text !== null && version.number <= readEnd() ? { ...version, text: null } : version
  }
  const write = (version: Version, isOwn: boolean): void => {
    storage.set(place, JSON.stringify(version))
    if (version.text === null) tryTo(() => marks.set(endPlace, String(Math.max(version.number, readEnd()))))
    for (const listener of listeners) listener({ isOwn, reason: version.reason })
  }
  const receive = (version: Version): void => {
    if (!isNewer(version, read()) || (version.text !== null && version.number <= readEnd())) return
    // What this tab cannot keep, it does not have; the others do.
    tryTo(() => write(version, false))
  }
  const peers = createPeers(name, { current: read, receive })
  const put = (version: Pick<Version, 'text' | 'reason' | 'session_state'>): void => {
    const next = { number: Math.max(read().number, readEnd()) + 1, by: crypto.randomUUID(), ...version }
    write(next, true)
    peers.put(next)
  }
  const end = (reason: EndReason): void => put({ text: null, reason })
  const session = (): StoredSession | undefined => parseStored(read().text)

  const view = (see: () => string | undefined, save: (text: string) => void): TokenStore => {
    const get = (key: string): string | undefined => (key === name ? see() : marks.get(key))
    const set = (key: string, value: string | undefined): void => {
      if (key !== name) tryTo(() => (value === undefined ? marks.delete(key) : marks.set(key, value)))
      else if (value === undefined) end('expired')
      else save(value)
    }
    return {
      get,
      set,
      take(key) {
        const value = get(key)
        set(key, undefined)
        return value
      },
      delete: (key) => set(key, undefined),
      compareAndSwap(key, expected, value) {
        if (get(key) !== expected) return false
        set(key, value)
        return true
      },
    }
  }
  return {
    key: name,
    peers,
    text: () => read().text ?? undefined,
    session,
    sessionState: () => read().session_state,
    endReason: () => read().reason,
    ofUser(sub) {
      const see = (): string | undefined => (session()?.claims.sub === sub ? (read().text ?? undefined) : undefined)
      return view(see, (text) => put({ ...keepState(read()), text }))
    },
    ofLogin(session_state) {
      let written: string | undefined
      const see = (): string | undefined => (read().text === written ? written : undefined)
      return view(see, (text) => {
        put({ ...keepState({ session_state }), text })
        written = text
      })
    },
    async catchUp() {
      const newest = await peers.ask()
      if (newest) receive(newest)
      // A logout that this tab slept through.
      const stored = parseVersion(storage.get(place))
      if (stored && stored.text !== null && read().text === null) write({ ...stored, text: null }, false)
    },
    end,
    onChange: (listener) => void listeners.push(listener),
  }
}

const keepState = ({ session_state }: { readonly session_state?: string | undefined }): Pick<Version, 'session_state'> =>
  session_state === undefined ? {} : { session_state }

function tryTo(run: () => void): void {
  try {
    run()
  } catch {
    // Storage that is full or closed: nothing depends on it here.
  }
}
