import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Readable } from 'node:stream'
import { readBody, type SentBody } from './body.js'
import { type Connections, createConnections } from './connections.js'
import { checkOptions, type NodeFetchOptions, optionError } from './options.js'
import { makeResponse } from './response.js'

/** A `fetch` for the option of a client, and for whatever else goes to the same servers. */
export interface NodeFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** Closes idle connections at once, and those in use when they are done: for a process that ends. */
  close(): void
}

/**
 * A fetch over Node's own HTTP client, for what the global one cannot do: proxies, private certificate authorities, client certificates, connections that are judged by
 * the address they go to. It speaks HTTP/1.1, keeps connections, and costs about a quarter of the processor time of the global fetch.
 *
 * Redirects are never followed: the answer is given as it is, for a code or a token must not go where nobody meant it to. A GET or HEAD whose kept connection
 * turns out to be closed is sent once more over a new one; nothing else is sent twice.
 *
 * @example discover(issuer, { client_id, authentication, fetch: nodeFetch({ proxy: 'http://proxy.example:3128' }) })
 * @throws `NODE_FETCH_OPTION_INVALID`. What it gives rejects with what Node says of the network, `NODE_EGRESS_REFUSED`, `NODE_PROXY_REFUSED`, or the signal's reason
 */
export function nodeFetch(options: NodeFetchOptions = {}): NodeFetch {
  checkOptions(options)
  const connections = createConnections(options, process.env)
  const fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const request = readRequest(input, init)
    request.signal?.throwIfAborted()
    const body = await readBody(init.body ?? (input instanceof Request ? input.body : undefined), request.headers)
    const prepared: Prepared = { ...request, body }
    try {
      return await exchange(connections, prepared)
    } catch (error) {
      if (!isStale(error) || prepared.body !== undefined || !/^(?:GET|HEAD)$/.test(prepared.method)) throw error
      return exchange(connections, prepared)
    }
  }
  return Object.assign(fetch, { close: connections.close })
}

interface Prepared {
  readonly url: URL
  readonly method: string
  /** Lower-case names. */
  readonly headers: Record<string, string>
  readonly signal: AbortSignal | undefined
  readonly body: SentBody
}

function readRequest(input: string | URL | Request, init: RequestInit): Omit<Prepared, 'body'> {
  const given = input instanceof Request ? input : undefined
  const url = new URL(given ? given.url : String(input))
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw optionError(`${url.protocol} was to be fetched, and nodeFetch speaks https and http. Check the address.`)
  if (init.redirect === 'follow')
    throw optionError('redirect is follow, and nodeFetch follows no redirect. Give manual, and look at the status.')
  return {
    url,
    method: (init.method ?? given?.method ?? 'GET').toUpperCase(),
    headers: readHeaders(init.headers ?? given?.headers),
    signal: init.signal ?? given?.signal ?? undefined,
  }
}

function readHeaders(headers: HeadersInit | undefined): Record<string, string> {
  if (!headers) return {}
  if (headers instanceof Headers || Array.isArray(headers)) return Object.fromEntries(new Headers(headers))
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
}

/** The server closed a kept connection before it answered: the request did not fail, the connection was gone. */
const stale = /* @__PURE__ */ new WeakSet<object>()
const isStale = (error: unknown): boolean => typeof error === 'object' && error !== null && stale.has(error)

/** One request over one connection. */
function exchange(connections: Connections, { url, method, headers, signal, body }: Prepared): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { agent, via, headers: added } = connections.find(url)
    const send = (via ?? url).protocol === 'https:' ? requestHttps : requestHttp
    const target = via ?? url
    const request = send({
      agent,
      method,
      host: target.hostname.replace(/^\[|\]$/g, ''),
      port: target.port || undefined,
      path: via ? url.href.replace(/#.*$/s, '') : `${url.pathname}${url.search}`,
      headers: { accept: '*/*', ...headers, ...added, host: url.host },
    })
    const onAbort = (): void => {
      reject(signal?.reason)
      request.destroy()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    request.once('close', () => signal?.removeEventListener('abort', onAbort))
    request.once('error', (error: NodeJS.ErrnoException) => {
      if (request.reusedSocket && error.code === 'ECONNRESET') stale.add(error)
      reject(error)
    })
    request.once('response', (message: IncomingMessage) => {
      try {
        resolve(makeResponse(message, method, signal))
      } catch (error) {
        request.destroy()
        reject(error)
      }
    })
    sendBody(request, body)
  })
}

function sendBody(request: ClientRequest, body: SentBody): void {
  if (!(body instanceof ReadableStream)) {
    request.end(body)
    return
  }
  Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0])
    .once('error', (error) => request.destroy(error))
    .pipe(request)
}
