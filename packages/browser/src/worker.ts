/** What the page asks of the worker. */
export interface WorkerRequest {
  readonly id: string
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** What the worker answers; `error` is the name of what was thrown. */
export type WorkerAnswer =
  | { readonly id: string; readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
  | { readonly id: string; readonly error: string }

interface Port {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: MessageEvent<unknown>) => void): void
  start?(): void
}

/**
 * The whole script of a worker that holds refresh tokens, so that no script of the page can read one: the page knows each by a handle alone, and the worker sends the token
 * itself to these addresses and no others.
 *
 * @param endpoints The token endpoint, and that of revocation.
 */
export function serveTokenWorker(endpoints: readonly string[]): void {
  const tokens = new Map<string, string>()
  const serve = (port: Port): void => {
    port.addEventListener('message', ({ data }) => {
      void answer(endpoints, tokens, data as WorkerRequest).then((answered) => port.postMessage(answered))
    })
    port.start?.()
  }
  const scope = globalThis as unknown as Port & { addEventListener(type: 'connect', listener: (event: MessageEvent) => void): void }
  if ('SharedWorkerGlobalScope' in globalThis) scope.addEventListener('connect', ({ ports: [port] }: MessageEvent) => port && serve(port))
  else serve(scope)
}

async function answer(
  endpoints: readonly string[],
  tokens: Map<string, string>,
  { id, url, method, headers, body }: WorkerRequest,
): Promise<WorkerAnswer> {
  if (!endpoints.includes(url)) return { id, error: 'NotAllowedError' }
  const form = new URLSearchParams(body)
  for (const name of ['refresh_token', 'token']) {
    const token = tokens.get(form.get(name) ?? '')
    if (token !== undefined) form.set(name, token)
  }
  try {
    const response = await fetch(url, { method, headers, ...(body !== undefined && { body: form.toString() }), redirect: 'manual' })
    return { id, status: response.status, headers: Object.fromEntries(response.headers), body: hideToken(await response.text(), tokens) }
  } catch (error) {
    return { id, error: error instanceof Error ? error.name : 'Error' }
  }
}

/** Only the text is touched: what is wrong with an answer is for the client to find. */
function hideToken(body: string, tokens: Map<string, string>): string {
  try {
    const { refresh_token } = JSON.parse(body) as { readonly refresh_token?: unknown }
    if (typeof refresh_token !== 'string' || refresh_token === '') return body
    const handle = `worker:${crypto.randomUUID()}`
    tokens.set(handle, refresh_token)
    return body.replaceAll(JSON.stringify(refresh_token), JSON.stringify(handle))
  } catch {
    return body
  }
}
