import { browserError } from './browser-error.js'
import type { WorkerAnswer, WorkerRequest } from './worker.js'

export interface WorkerFetchOptions {
  /** The addresses that the worker serves: the token endpoint, and that of revocation. */
  readonly endpoints: readonly string[]
  /** For all other requests. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/**
 * A fetch whose token requests go through a worker of {@link serveTokenWorker}. A SharedWorker serves all tabs; a Worker serves this page, and its refresh tokens are lost on reload.
 *
 * @example createBrowserSession({ ..., fetch: fetchThroughWorker(new SharedWorker(new URL('./token-worker.js', import.meta.url), { type: 'module' }), { endpoints }) })
 * @throws `BROWSER_WORKER_FAILED`
 */
export function fetchThroughWorker(
  worker: Worker | SharedWorker,
  { endpoints, fetch = (input, init) => globalThis.fetch(input, init) }: WorkerFetchOptions,
): typeof globalThis.fetch {
  const port = 'port' in worker ? worker.port : worker
  const waiting = new Map<string, (answer: WorkerAnswer) => void>()
  let failure: string | undefined
  port.addEventListener('message', (event) => {
    const { data } = event as MessageEvent<WorkerAnswer>
    waiting.get(data.id)?.(data)
    waiting.delete(data.id)
  })
  worker.addEventListener('error', () => {
    failure = 'did not start'
    for (const [id, resolve] of waiting) resolve({ id, error: 'Error' })
    waiting.clear()
  })
  if ('port' in worker) worker.port.start()
  return async (input, init = {}) => {
    const url = String(input instanceof Request ? input.url : input)
    if (!endpoints.includes(url)) return fetch(input, init)
    if (failure !== undefined) throw failed(failure)
    const request: WorkerRequest = {
      id: crypto.randomUUID(),
      url,
      method: init.method ?? 'GET',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...Object.fromEntries(new Headers(init.headers)) },
      body: init.body === undefined || init.body === null ? undefined : String(init.body),
    }
    const answer = await new Promise<WorkerAnswer>((resolve, reject) => {
      waiting.set(request.id, resolve)
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason), { once: true })
      port.postMessage(request)
    })
    if ('error' in answer) throw failed(`answered with ${answer.error}`)
    return new Response(answer.body, { status: answer.status, headers: answer.headers })
  }
}

function failed(what: string) {
  return browserError(
    'BROWSER_WORKER_FAILED',
    `The worker of the refresh tokens ${what}. Check its address, and that it calls serveTokenWorker with these endpoints.`,
    { retryable: true },
  )
}
