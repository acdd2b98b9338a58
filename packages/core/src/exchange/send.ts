import { isOidcError, oidcError } from '../base/errors.js'
import type { HttpRequest } from '../client/operation.js'
import { type ClientOptions, describe } from '../client/options.js'
import type { Place } from './deadline.js'

const redirects = /^30[12378]$/

/**
 * Sends one request and gives its response as it is. Redirects are never followed: a code, secret or token would go where nobody meant it to.
 *
 * @throws `EGRESS_REFUSED`, `NETWORK_ERROR`, `REDIRECT_REFUSED`
 */
export async function send(
  fetch: typeof globalThis.fetch,
  request: HttpRequest,
  place: Place,
  signal: AbortSignal,
  egress?: ClientOptions['egress'],
): Promise<Response> {
  const { url, method, headers, body } = request
  const init: RequestInit & { duplex?: 'half' } = { method, headers, redirect: 'manual', signal }
  if (body !== undefined) init.body = body
  if (body instanceof ReadableStream) init.duplex = 'half'
  if (egress) {
    await askEgress(egress, url, place)
    // Whoever gave up while it thought wants no request any more.
    signal.throwIfAborted()
  }
  let response: Response
  try {
    response = await fetch(url, init)
  } catch (error) {
    // The thrown value itself stays behind: it may hold the request with its Authorization header.
    throw oidcError(
      'NETWORK_ERROR',
      `${place.url} could not be reached: ${reasonOf(error)}. Check the address, the network, and that the server is up.`,
      {
        operation: place.operation,
        http: { url: place.url },
        retryable: true,
      },
    )
  }
  if (typeof response?.headers?.get !== 'function')
    throw oidcError(
      'OPTION_INVALID',
      `The option fetch gave something ${describe(response)} for ${place.url}. Give a function that gives a Response.`,
      {
        operation: place.operation,
      },
    )
  // A fetch that does not listen to its signal answers when nobody waits any more.
  if (signal.aborted) discard(response)
  signal.throwIfAborted()
  if (response.type === 'opaqueredirect') throw refuseRedirect(place, undefined)
  return response
}

/** Asked at the last moment: a plugin may have changed the address, and a name may lead elsewhere than at the last request. */
export async function askEgress(
  egress: NonNullable<ClientOptions['egress']>,
  url: string,
  { operation, url: shown }: Place,
): Promise<void> {
  try {
    await egress(new URL(url), operation)
  } catch (error) {
    if (isOidcError(error)) throw error
    // What was thrown stays behind: it may quote the address with its query.
    throw oidcError(
      'EGRESS_REFUSED',
      `The option egress refused the ${operation} request to ${shown}, so it was not sent. Check where that address comes from, or allow it there.`,
      { operation, http: { url: shown } },
    )
  }
}

/** Refuses a redirect where the Response itself is not what the caller wants. @throws `REDIRECT_REFUSED` */
export function checkRedirect(response: Response, place: Place): void {
  if (!redirects.test(String(response.status))) return
  discard(response)
  throw refuseRedirect(place, response.status)
}

/** Lets go of a body that nobody will read. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => undefined)
}

function refuseRedirect({ operation, url }: Place, status: number | undefined) {
  return oidcError(
    'REDIRECT_REFUSED',
    `${url} answered ${status ?? 'with a redirect'}, and redirects are not followed. Give the address that the server really serves.`,
    {
      operation,
      http: { status, url },
    },
  )
}

/** The system's code for what happened (`ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`), else the error's name. Never its message. */
function reasonOf(error: unknown): string {
  try {
    for (let e = error, depth = 0; typeof e === 'object' && e !== null && depth < 4; e = (e as Error).cause, depth++) {
      const { code } = e as { code?: unknown }
      if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,63}$/.test(code)) return code
      const [first] = e instanceof AggregateError ? e.errors : []
      if (first !== undefined) return reasonOf(first)
    }
    if (error instanceof Error && /^\w{1,64}$/.test(error.name)) return error.name
  } catch {
    // A getter of it throws, or it holds itself: whatever it is, it must not hide that the request failed.
  }
  return 'an unknown error'
}
