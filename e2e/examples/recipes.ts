/** Sends a request again while the network or the server is in trouble: what `fetch` gives is what a client gets. Only what may be sent twice. */
export function retrying(
  fetch: typeof globalThis.fetch,
  times: number,
  pause: (attempt: number) => Promise<void>,
): typeof globalThis.fetch {
  return async (input, init) => {
    const isSafe = /^(?:GET|HEAD)$/i.test(init?.method ?? 'GET')
    for (let attempt = 1; ; attempt++) {
      const mayRetry = isSafe && attempt < times
      try {
        const response = await fetch(input, init)
        if (!mayRetry || response.status < 500) return response
        await response.body?.cancel()
      } catch (error) {
        if (!mayRetry || init?.signal?.aborted) throw error
      }
      await pause(attempt)
    }
  }
}

/** Sees every request before it leaves and every answer as it comes, for traces and metrics. Log addresses without their query, and no headers: secrets stand there. */
export function watched(
  fetch: typeof globalThis.fetch,
  see: (method: string, address: string, status: number | undefined, milliseconds: number) => void,
): typeof globalThis.fetch {
  return async (input, init) => {
    const { origin, pathname } = new URL(String(input))
    const started = performance.now()
    const tell = (status: number | undefined): void =>
      see(init?.method ?? 'GET', `${origin}${pathname}`, status, performance.now() - started)
    try {
      const response = await fetch(input, init)
      tell(response.status)
      return response
    } catch (error) {
      tell(undefined)
      throw error
    }
  }
}
