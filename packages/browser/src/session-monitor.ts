import type { Client } from '@oidc/core'
import type { Context } from './context.js'
import { renewInFrame } from './silent.js'

/** Seconds. */
const defaultInterval = 5

/** Watches the session at the provider as long as somebody is signed in here. */
export interface Monitor {
  /** Looks whom it has to watch now. */
  look(): void
  stop(): void
}

/**
 * Where the provider says that its session is another one, it is asked without the user who is signed in there: the same user goes on, for any other the session here ends.
 * {@link https://openid.net/specs/openid-connect-session-1_0.html#RPiframe OpenID Connect Session Management 1.0, section 3.1}
 */
export function createMonitor(context: Context): Monitor {
  const { options, store } = context
  let watched: string | undefined
  let end: (() => void) | undefined
  const stop = (): void => {
    end?.()
    end = undefined
    watched = undefined
  }
  const onChange = (answer: MonitorAnswer): void => {
    // After an error, the section says, the provider is not asked.
    if (answer === 'changed') renewInFrame(context).catch(() => store.session() && store.end('provider'))
  }
  const begin = async (session_state: string): Promise<void> => {
    const client = await context.client()
    if (watched !== session_state) return
    end?.()
    end = watchSession(client, { session_state, interval: options.monitor?.interval, onChange })
  }
  return {
    look() {
      const session_state = store.session() && store.sessionState()
      if (!options.monitor || watched === session_state) return
      stop()
      watched = session_state
      if (session_state !== undefined) begin(session_state).catch(stop)
    },
    stop,
  }
}

/** What a provider's frame says of its session where it is not unchanged. */
export type MonitorAnswer = 'changed' | 'error'

interface Watch {
  readonly session_state: string
  /** Seconds. */
  readonly interval: number | undefined
  readonly onChange: (answer: MonitorAnswer) => void
}

/**
 * Asks the provider's frame again and again whether its session is still the one of the login.
 *
 * @returns What ends it.
 */
function watchSession({ server, metadata }: Client, { session_state, interval = defaultInterval, onChange }: Watch): () => void {
  const address = server.check_session_iframe
  if (typeof address !== 'string') return () => undefined
  const { origin } = new URL(address)
  const frame = document.createElement('iframe')
  frame.hidden = true
  frame.title = 'OpenID Connect session'
  let timer: ReturnType<typeof setInterval> | undefined
  const ask = (): void => frame.contentWindow?.postMessage(`${metadata.client_id} ${session_state}`, origin)
  const stop = (): void => {
    clearInterval(timer)
    window.removeEventListener('message', onMessage)
    frame.remove()
  }
  const onMessage = ({ data, origin: from, source }: MessageEvent<unknown>): void => {
    // Any window can send anything; only this frame is asked.
    if (from !== origin || source !== frame.contentWindow || (data !== 'changed' && data !== 'error')) return
    stop()
    onChange(data)
  }
  window.addEventListener('message', onMessage)
  frame.addEventListener('load', () => {
    ask()
    clearInterval(timer)
    timer = setInterval(ask, interval * 1000)
  })
  frame.src = address
  document.body.append(frame)
  return stop
}
