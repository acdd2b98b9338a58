import type { ResourceInit } from '@oidc/core'
import { browserError } from './browser-error.js'
import type { Context } from './context.js'

/** Where tokens may go: the page's own origin, and those that were named. @throws `BROWSER_ORIGIN_REFUSED` */
export function checkOrigin(url: URL, origins: readonly string[]): void {
  if (url.origin === location.origin || origins.includes(url.origin)) return
  throw browserError(
    'BROWSER_ORIGIN_REFUSED',
    `${url.origin} is not among the origins that tokens may go to, so nothing was sent. Name it in the option origins if it may see them.`,
  )
}

/**
 * Calls an API as the user who is signed in. An answer that comes when somebody else is signed in is dropped.
 *
 * @throws `BROWSER_ORIGIN_REFUSED`, `BROWSER_OPTION_INVALID`, `BROWSER_SIGNED_OUT`, `BROWSER_SESSION_CHANGED`, and the errors of a token source
 */
export async function fetchAsUser(
  { options, store, sources, now }: Context,
  renew: () => Promise<unknown>,
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const url = new URL(input instanceof Request ? input.url : input, location.href)
  checkOrigin(url, options.origins ?? [])
  const request = toInit(input instanceof Request ? { ...(await readRequest(input)), ...init } : init)
  const session = store.session()
  // Without a refresh token the source cannot renew: the frame can. Tokens that are good still bridge its failure.
  if (session && session.tokens.refresh_token === undefined && options.silent && session.due <= now()) await renew().catch(() => undefined)
  return sources.use((source) => source.fetch(url, request))
}

/** A body that was read can be sent a second time. */
async function readRequest(request: Request): Promise<RequestInit> {
  const { method, headers, signal } = request
  return { method, headers, signal, ...(request.body && { body: await request.arrayBuffer() }) }
}

function toInit({ method, headers, body, signal }: RequestInit): ResourceInit {
  return {
    ...(method !== undefined && { method }),
    ...(headers && { headers }),
    ...(body !== null && body !== undefined && { body: body as NonNullable<ResourceInit['body']> }),
    ...(signal && { signal }),
  }
}
