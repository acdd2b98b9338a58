/** A response of an authorization server that stands in the address bar, or came through a channel. */
export interface FoundResponse {
  readonly url: URL
  /** Undefined under JARM, where it is inside of `response`. */
  readonly state: string | undefined
}

const names = ['code', 'error', 'response', 'id_token'] as const

/** Finds a response at one of the addresses that the server sends browsers to. */
export function findResponse(href: string, redirectUris: readonly string[]): FoundResponse | undefined {
  const url = new URL(href)
  if (!redirectUris.some((redirect_uri) => isAt(url, new URL(redirect_uri)))) return undefined
  for (const parameters of [url.searchParams, new URLSearchParams(url.hash.slice(1))])
    if (names.some((name) => parameters.has(name)) && (parameters.has('state') || parameters.has('response')))
      return { url, state: parameters.get('state') ?? undefined }
  return undefined
}

/** The redirect_uri may have a query of its own, which is there beside the response. */
function isAt(url: URL, redirect: URL): boolean {
  if (url.origin !== redirect.origin || url.pathname !== redirect.pathname) return false
  return [...redirect.searchParams].every(([name, value]) => url.searchParams.getAll(name).includes(value))
}

/** What is left of the address without the response: neither history nor Referer may keep a code. */
export function withoutResponse({ url }: FoundResponse, redirectUris: readonly string[]): string {
  const [redirect] = redirectUris.map((redirect_uri) => new URL(redirect_uri)).filter((candidate) => isAt(url, candidate))
  return redirect ? `${redirect.pathname}${redirect.search}` : url.pathname
}
