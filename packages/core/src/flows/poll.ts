import { isOidcError, oidcError } from '../base/errors.js'
import type { Client } from '../client/client.js'
import { internalsOf } from '../client/internals.js'
import { optionError } from '../client/options.js'
import { pause } from '../exchange/pause.js'

/** How long and how often to ask. */
export interface PollOptions {
  /** Seconds between two requests: 5, at least 1. */
  readonly interval?: number | undefined
  /** Seconds from now after which nothing more is asked. */
  readonly expires_in: number
  /** Whether the first request goes out without a wait, as after a CIBA ping. */
  readonly atOnce?: boolean | undefined
  /** Whether the server may hold a request until there is news: the interval then counts from when the last one was sent. */
  readonly longPolling?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Called before each wait, in seconds. */
  readonly onPoll?: ((state: { readonly nextIn: number; readonly expiresIn: number }) => void) | undefined
}

/** Answers of a proxy, a captive portal or a login page: no token endpoint gives them. */
const strange = ['RESPONSE_CONTENT_TYPE', 'RESPONSE_MALFORMED', 'HTTP_STATUS', 'REDIRECT_REFUSED']

/**
 * Asks until there is an answer: `authorization_pending` goes on, `slow_down` adds five seconds for good, a server in trouble is asked half as
 * often each time, `Retry-After` is honoured. What no token endpoint can have answered is trouble as well, but a status 4xx or a redirect only
 * where the same request was answered before: else the address is wrong. {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628, section 3.5}
 *
 * @throws `OPTION_INVALID`, `POLL_EXPIRED`, `ABORTED`, and every other error of `ask`
 */
export async function poll<T>(
  client: Client,
  { interval = 5, expires_in, atOnce = false, longPolling = false, signal, onPoll }: PollOptions,
  ask: () => Promise<T>,
): Promise<T> {
  const { clock } = internalsOf(client)
  // With what is no number, nothing would ever expire, and there would be no wait between two requests.
  for (const [name, value] of Object.entries({ interval, expires_in }))
    if (!Number.isFinite(value)) throw optionError(name, value, 'a number of seconds')
  const deadline = clock.now() + expires_in
  let wait = Math.max(1, interval)
  let backoff = 1
  let retryAfter = 0
  let isKnown = false
  let trouble: unknown
  let sentAt: number | undefined
  for (;;) {
    const expiresIn = deadline - clock.now()
    // A server in trouble gets its rest in full, however long it took to answer.
    const held = longPolling && sentAt !== undefined && backoff === 1 ? Math.max(0, clock.now() - sentAt) : 0
    const due = atOnce && sentAt === undefined ? 0 : Math.max(wait * backoff - held, retryAfter, 0)
    const nextIn = Math.min(due, Math.max(0, expiresIn))
    onPoll?.({ nextIn, expiresIn })
    if (due > 0 || signal?.aborted) await pause(client, nextIn, signal)
    // The machine may have slept far longer than it meant to.
    if (clock.now() >= deadline)
      throw oidcError(
        'POLL_EXPIRED',
        `${expires_in > 0 ? `Nobody answered within ${expires_in} seconds, and the request has expired` : 'The request has expired already'}. Start again.`,
        { cause: trouble },
      )
    sentAt = clock.now()
    try {
      return await ask()
    } catch (error) {
      if (!isOidcError(error)) throw error
      const isPending = error.error === 'authorization_pending' || error.error === 'slow_down'
      isKnown ||= isPending
      if (!isPending && !error.retryable && !(strange.includes(error.code) && (isKnown || error.http?.status === 200))) throw error
      trouble = isPending ? undefined : error
      if (error.error === 'slow_down') wait += 5
      backoff = isPending ? 1 : backoff * 2
      retryAfter = error.http?.retryAfter ?? 0
    }
  }
}
