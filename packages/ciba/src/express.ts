import type { Client, OidcError } from '@oidc/core/plugin'
import { type AcceptedPing, acceptPing } from './ping.js'
import { type AcceptedPush, acceptPush, type PushOptions } from './push.js'

/** A request of Express, or of `node:http`, by its shape: this package knows no Node types. */
export interface ExpressRequest extends AsyncIterable<unknown> {
  readonly method?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** What a body parser has read. */
  readonly body?: unknown
}

export interface ExpressResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(): unknown
}

export type ExpressHandler = (req: ExpressRequest, res: ExpressResponse, next?: (error?: unknown) => void) => Promise<void>

export interface HandlerOptions {
  /** Told of calls that were refused, for a log, and of pushes that bring an error instead of tokens. */
  readonly onRefused?: ((error: OidcError, auth_req_id?: string) => void | Promise<void>) | undefined
}

/**
 * `acceptPing` for Express: `app.post('/ciba', createPingHandler(client, async (ping) => …))`. The call is answered at once, and then the
 * tokens are asked for; what `onPing` throws goes to `next`.
 */
export function createPingHandler(
  client: Client,
  onPing: (ping: AcceptedPing) => unknown,
  { onRefused }: HandlerOptions = {},
): ExpressHandler {
  return (req, res, next) =>
    guard(next, async () => {
      const ping = await acceptPing(client, toRequest(req))
      send(res, ping.response)
      await (ping.error ? onRefused?.(ping.error) : onPing(ping))
    })
}

/**
 * `acceptPush` for Express: `app.post('/ciba', createPushHandler(client, async ({ auth_req_id, tokens }) => …))`. The call is answered
 * once `onPush` has kept the tokens; what it throws goes to `next`.
 */
export function createPushHandler(
  client: Client,
  onPush: (push: AcceptedPush) => unknown,
  { onRefused, ...options }: HandlerOptions & PushOptions = {},
): ExpressHandler {
  return (req, res, next) =>
    guard(next, async () => {
      const push = await acceptPush(client, toRequest(req), options)
      await (push.tokens ? onPush(push) : onRefused?.(push.error, push.auth_req_id))
      send(res, push.response)
    })
}

/** Express 4 does not look at the promise that a handler gives. */
async function guard(next: ((error?: unknown) => void) | undefined, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!next) throw error
    next(error)
  }
}

/** All that is looked at; HTTP/2 has others that are no header names elsewhere. */
const telling = ['authorization', 'content-type', 'content-length']

function toRequest(req: ExpressRequest): Pick<Request, 'method' | 'headers' | 'body'> {
  const headers = new Headers()
  for (const name of telling) for (const value of [req.headers[name] ?? []].flat()) headers.append(name, value)
  return { method: req.method ?? '', headers, body: toBody(req) }
}

/** What a body parser has read is taken from there, for the stream is empty then. */
function toBody(req: ExpressRequest): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { body } = req
  if (body === undefined || (typeof body === 'object' && body !== null && !(body instanceof Uint8Array) && !Object.keys(body).length))
    return toStream(req)
  return toStream(
    (async function* () {
      yield typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
    })(),
  )
}

/** The iterator is never told to return: that would close the connection before the refusal is sent. */
function toStream(source: AsyncIterable<unknown>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = source[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
    const { done, value } = await iterator.next()
    if (done) controller.close()
    else controller.enqueue(value instanceof Uint8Array ? new Uint8Array(value) : encoder.encode(String(value)))
  }
  // Nothing is read ahead: who has no token is not listened to.
  return new ReadableStream({ pull }, { highWaterMark: 0 })
}

function send(res: ExpressResponse, { status, headers }: Response): void {
  res.statusCode = status
  headers.forEach((value, name) => void res.setHeader(name, value))
  res.end()
}
