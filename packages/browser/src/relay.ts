/** Responses travel from the popup or the frame to the page that opened it over a channel of this origin, named by their `state`: no window has to know another. */
const channelOf = (state: string): string => `oidc:response:${state}`
export const secured = 'secured'

/**
 * The whole script of a callback page for popups and hidden frames: hands the response to the page that waits for it, and closes the window.
 * It cleans the address first, so that neither history nor Referer keeps a code.
 */
export function relayResponse(): void {
  const { href } = location
  history.replaceState(history.state, '', location.pathname)
  const url = new URL(href)
  const state = url.searchParams.get('state') ?? new URLSearchParams(url.hash.slice(1)).get('state')
  // Under JARM the state is inside of the response, which only the page that waits can open.
  relay(href, state ?? secured)
  window.close()
}

function relay(href: string, state: string): void {
  const channel = new BroadcastChannel(channelOf(state))
  channel.postMessage({ href })
  channel.close()
}

/** Hands a response to whoever waits for it, and says whether somebody does. */
export function offerResponse(href: string, state: string): Promise<boolean> {
  const channel = new BroadcastChannel(channelOf(state))
  return new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), longestWait)
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data !== taken) return
      clearTimeout(timer)
      resolve(true)
    })
    channel.postMessage({ href })
  }).finally(() => channel.close())
}

const taken = 'taken'
/** Milliseconds for a page of the same origin to say that it waits. */
const longestWait = 500

/** What tells the response of one login from others. */
export interface ResponseMatch {
  /** `state` is inside of the response, so one channel serves all logins. */
  readonly isSecured: boolean
  isMine(href: string): Promise<boolean>
}

export interface AwaitedResponse {
  readonly href: Promise<string>
  stop(): void
}

/** Waits for what {@link relayResponse} sends for this login. Whatever else comes is ignored. */
export function awaitResponse(state: string, { isSecured, isMine }: ResponseMatch): AwaitedResponse {
  const channel = new BroadcastChannel(channelOf(isSecured ? secured : state))
  return {
    stop: () => channel.close(),
    href: new Promise((resolve) =>
      channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        const { href } = (data ?? {}) as { readonly href?: unknown }
        if (typeof href !== 'string' || !URL.canParse(href)) return
        void isMine(href).then((is) => {
          if (!is) return
          channel.postMessage(taken)
          resolve(href)
        })
      }),
    ),
  }
}
