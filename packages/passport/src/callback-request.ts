import type { ResponseInput } from '@oidc/core/plugin'
import { oidcError } from '@oidc/core/plugin'
import type { Request as ExpressRequest } from 'express'
import type { Callback } from './options.js'
import { passportError } from './passport-error.js'

const telling = ['code', 'error', 'response', 'state']
const form = 'application/x-www-form-urlencoded'
/** Bytes of a posted response. */
const mostBytes = 131072

/**
 * Whether a browser asks only in case it will be needed, or only for the headers: no code is redeemed for that, and no login begins.
 * {@link https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2 RFC 9110, section 9.3.2}
 */
export function isTentative({ method, headers }: ExpressRequest): boolean {
  return method === 'HEAD' || /prefetch|prerender|preview/i.test(`${headers['sec-purpose']} ${headers.purpose} ${headers['x-moz']}`)
}

/** Whether the request is the way back from the provider, and not the begin of a login. */
export function isCallback(req: ExpressRequest, { url }: Callback): boolean {
  const [path = '', search] = splitTarget(req)
  const query = new URLSearchParams(search)
  return req.method !== 'GET' || trimSlash(path) === trimSlash(url.pathname) || telling.some((name) => query.has(name))
}

/**
 * The authorization response of a request, exactly as it came: `req.query` has lost what stood twice.
 *
 * @throws `CALLBACK_EMPTY`, `BODY_INVALID`, `BODY_TOO_LARGE`, `AUTHORIZATION_RESPONSE_INVALID`
 */
export async function readResponse(req: ExpressRequest, { url }: Callback): Promise<ResponseInput> {
  if (req.method === 'GET') {
    const response = new URL(url)
    response.search = splitTarget(req)[1]
    checkTelling([...response.searchParams.keys()])
    return response
  }
  if (req.method !== 'POST')
    throw oidcError(
      'AUTHORIZATION_RESPONSE_INVALID',
      `The authorization response cannot be used: the method of the request is ${req.method.slice(0, 16)}, and GET or POST is wanted. Route no other method to the strategy.`,
    )
  return readPosted(req, url)
}

/** What a body parser has read is taken from there, for the stream is empty then. */
async function readPosted(req: ExpressRequest, url: URL): Promise<ResponseInput> {
  const type = String(req.headers['content-type']).split(';', 1)[0]?.trim().toLowerCase()
  if (type !== form)
    throw oidcError('BODY_INVALID', `The body of the callback is of another media type than ${form}. Refuse the request with status 415.`)
  const { body } = req as { readonly body?: unknown }
  if (isRecord(body) && Object.keys(body).length) {
    checkTelling(Object.keys(body))
    // Core refuses what is not a string: a name that stands twice, or one with brackets.
    return { place: 'form_post', parameters: body as Readonly<Record<string, string>> }
  }
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? String(body) : await readText(req, 'callback')
  checkTelling([...new URLSearchParams(text).keys()])
  return new Request(url, { method: 'POST', headers: { 'content-type': form }, body: text })
}

/** Reads what no body parser has read. @throws `BODY_INVALID`, `BODY_TOO_LARGE` */
export async function readText(req: ExpressRequest, what: string): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of req) {
      chunks.push(Buffer.from(chunk))
      length += chunk.length
      if (length > mostBytes) break
    }
  } catch {
    throw oidcError('BODY_INVALID', `The body of the ${what} broke off. Refuse the request with status 400.`)
  }
  if (length > mostBytes)
    throw oidcError('BODY_TOO_LARGE', `The body of the ${what} is larger than ${mostBytes} bytes. Refuse it: no honest one is.`)
  return Buffer.concat(chunks).toString()
}

function checkTelling(names: readonly string[]): void {
  if (telling.some((name) => names.includes(name))) return
  throw passportError(
    'CALLBACK_EMPTY',
    `The callback was called without any of ${telling.join(', ')}. Begin logins at a route of their own, not at the callbackURL; if the provider sent the browser here, compare its response_mode with the client’s.`,
  )
}

/** Path and query of the request line, whatever router has mounted the strategy. */
export function splitTarget({ originalUrl, url }: ExpressRequest): readonly [string, string] {
  const [target = ''] = (originalUrl ?? url).split('#', 1)
  const at = target.indexOf('?')
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
}

export function trimSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
}
