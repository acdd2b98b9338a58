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
      void answer(endpoints, tokens, data).then((answered) => port.postMessage(answered))
    })
    port.start?.()
  }
  const scope = globalThis as unknown as Port & { addEventListener(type: 'connect', listener: (event: MessageEvent) => void): void }
  if ('SharedWorkerGlobalScope' in globalThis) scope.addEventListener('connect', ({ ports: [port] }: MessageEvent) => port && serve(port))
  else serve(scope)
}

async function answer(endpoints: readonly string[], tokens: Map<string, string>, request: unknown): Promise<WorkerAnswer> {
  if (!isRequest(request)) return { id: String((request as Partial<WorkerRequest> | null)?.id), error: 'TypeError' }
  const { id, url, method, headers, body } = request
  if (!endpoints.includes(url)) return { id, error: 'NotAllowedError' }
  const form = new URLSearchParams(body)
  const used: string[] = []
  for (const name of ['refresh_token', 'token']) {
    const given = form.get(name) ?? ''
    if (!given.startsWith(prefix)) continue
    const token = tokens.get(given)
    // The worker was started anew since, and the token went with the one before.
    if (token === undefined) return { id, status: 400, headers: json, body: '{"error":"invalid_grant"}' }
    used.push(given)
    form.set(name, token)
  }
  try {
    const response = await fetch(url, { method, headers, ...(body !== undefined && { body: form.toString() }), redirect: 'error' })
    const { text, isFresh } = hideToken(await response.text(), tokens)
    if (response.ok && isFresh) for (const handle of used) tokens.delete(handle)
    return { id, status: response.status, headers: Object.fromEntries(response.headers), body: text }
  } catch (error) {
    return { id, error: error instanceof Error ? error.name : 'Error' }
  }
}

const prefix = 'worker:'
const json = { 'content-type': 'application/json' }

/** Any script of the origin can open a shared worker. */
function isRequest(request: unknown): request is WorkerRequest {
  const { id, url, method, headers, body } = (request ?? {}) as Partial<WorkerRequest>
  const isText = [id, url, method].every((text) => typeof text === 'string')
  return isText && typeof headers === 'object' && headers !== null && (body === undefined || typeof body === 'string')
}

/** Only the text is touched: what is wrong with an answer is for the client to find. */
function hideToken(body: string, tokens: Map<string, string>): { readonly text: string; readonly isFresh: boolean } {
  try {
    const { refresh_token } = JSON.parse(body) as { readonly refresh_token?: unknown }
    if (typeof refresh_token === 'string' && refresh_token !== '') {
      const handle = `${prefix}${crypto.randomUUID()}`
      tokens.set(handle, refresh_token)
      return { text: body.replaceAll(JSON.stringify(refresh_token), JSON.stringify(handle)), isFresh: true }
    }
  } catch {
    // No JSON, so there is no token in it.
  }
  return { text: body, isFresh: false }
}
