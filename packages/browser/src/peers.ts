import { isNewer, isVersion, type Version } from './version.js'

type Message =
  | { readonly type: 'put'; readonly version: Version }
  | { readonly type: 'ask'; readonly id: string }
  | { readonly type: 'have'; readonly id: string; readonly version: Version }

/** The other tabs of this origin that have the same session open. */
export interface Peers {
  /** Hands a version to all of them. */
  put(version: Version): void
  /** The newest that they have. Frozen tabs do not answer; there the wait ends after half a second. */
  ask(): Promise<Version | undefined>
  /** Away while the page is in the back-forward cache: a page that is there hears nothing. */
  leave(): void
  join(): void
}

export interface PeerHooks {
  /** What this tab has. */
  current(): Version
  /** Another tab has another version. */
  receive(version: Version): void
}

const longestWait = 500

/** @param name Of the channel and of the lock that shows presence. */
export function createPeers(name: string, { current, receive }: PeerHooks): Peers {
  let channel: BroadcastChannel | undefined
  let release: (() => void) | undefined
  const answers = new Map<string, (version: Version) => void>()
  const onMessage = ({ data }: MessageEvent<unknown>): void => {
    if (!isMessage(data)) return
    if (data.type === 'ask') channel?.postMessage({ type: 'have', id: data.id, version: current() } satisfies Message)
    else if (data.type === 'have') answers.get(data.id)?.(data.version)
    else receive(data.version)
  }
  const join = (): void => {
    if (channel) return
    channel = new BroadcastChannel(name)
    channel.addEventListener('message', onMessage)
    // A lock that all share: who holds it is there. It needs no timer and no cleaning up after a crash.
    void navigator.locks
      .request(`${name}:present`, { mode: 'shared' }, () => new Promise<void>((resolve) => (release = resolve)))
      .catch(() => undefined)
  }
  join()
  return {
    join,
    put: (version) => channel?.postMessage({ type: 'put', version } satisfies Message),
    async ask() {
      const others = await countOthers(`${name}:present`)
      if (!channel || others < 1) return undefined
      const id = crypto.randomUUID()
      let newest: Version | undefined
      let left = others
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, longestWait)
        answers.set(id, (version) => {
          if (!newest || isNewer(version, newest)) newest = version
          if (--left > 0) return
          clearTimeout(timer)
          resolve()
        })
        channel?.postMessage({ type: 'ask', id } satisfies Message)
      })
      answers.delete(id)
      return newest
    },
    leave() {
      release?.()
      channel?.close()
      channel = undefined
    },
  }
}

async function countOthers(name: string): Promise<number> {
  const { held = [] } = await navigator.locks.query()
  return held.filter((lock) => lock.name === name).length - 1
}

/** Any script of the origin can send anything. */
function isMessage(data: unknown): data is Message {
  const { type, id, version } = (data ?? {}) as { readonly type?: unknown; readonly id?: unknown; readonly version?: unknown }
  if (type === 'ask') return typeof id === 'string'
  return isVersion(version) && (type === 'put' || (type === 'have' && typeof id === 'string'))
}
