import { oidcError } from '../base/errors.js'

/** What an error or event may say of a request. */
export interface Place {
  readonly operation: string
  /** Without query and fragment. */
  readonly url: string
}

/**
 * Bounds one attempt, headers and body together. It settles in time even where `fetch` or a body does not listen to its signal. The caller's
 * signal stays tied to what was fetched: it also ends a body that the caller reads later.
 *
 * @param timeout Seconds.
 * @throws `TIMEOUT`, `ABORTED`
 */
export function withDeadline<T>(
  place: Place,
  { timeout, signal }: { readonly timeout: number; readonly signal?: AbortSignal | undefined },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const { operation, url } = place
    const controller = new AbortController()
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      finish()
    }
    const stop = (error: Error) => {
      settle(() => reject(error))
      controller.abort(error)
    }
    const onAbort = () =>
      stop(
        oidcError('ABORTED', `The caller's signal ended the request to ${url}. Nothing is to be done if that was meant.`, {
          operation,
          http: { url },
          cause: signal?.reason,
        }),
      )
    const onTimeout = () =>
      stop(
        oidcError(
          'TIMEOUT',
          `${url} did not answer in full within ${timeout} seconds. Check that the server is up and reachable, or raise the option timeout.`,
          {
            operation,
            http: { url },
            retryable: true,
          },
        ),
      )
    // A longer delay overflows the timer, which then fires at once.
    const timer = setTimeout(onTimeout, Math.min(timeout * 1000, 2147483647))
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    run(signal ? AbortSignal.any([controller.signal, signal]) : controller.signal).then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    )
  })
}
