import { oidcError } from './errors.js'

/** Which URLs are accepted beside `https:`. */
export interface UrlPolicy {
  /** `'loopback'`: also `http:` to this very machine, for development. */
  readonly allowInsecure?: 'loopback' | undefined
}

/** Refuses what the platform would quietly repair or drop: white space, backslashes, missing slashes, empty userinfo, an empty fragment. */
const plainUrl = /^https?:\/\/[^\s\p{Cc}\\/?#@]+(?:[/?][^\s\p{Cc}\\#]*)?$/iu

/**
 * Parses an absolute `https:` URL without userinfo and fragment. It is parsed once, so that what is checked is what is connected to.
 *
 * @param what Whose URL it is, for the error, e.g. `token_endpoint of the server metadata`.
 * @throws {@link OidcError} URL_INVALID, URL_INSECURE
 */
export function checkUrl(value: unknown, what: string, policy: UrlPolicy): URL {
  const text = value instanceof URL ? value.href : value
  const url = typeof text === 'string' && plainUrl.test(text) ? parseUrl(text) : undefined
  // Platforms do not agree on what port 0 is.
  const isValid = url && url.port !== '0'
  const isLocal = isValid && isLoopback(url.hostname)
  if (isValid && (url.protocol === 'https:' || (isLocal && policy.allowInsecure === 'loopback'))) return url
  const seen = typeof text === 'string' ? JSON.stringify(withoutQuery(text).slice(0, 200) + (text.includes('#') ? '#…' : '')) : typeof text
  const option = isLocal ? ", or set `allowInsecure: 'loopback'` for development" : ''
  throw oidcError(
    isValid ? 'URL_INSECURE' : 'URL_INVALID',
    `The ${what} is ${seen}, not an absolute https: URL without user name, password, fragment, white space or backslash. Give one${option}.`,
  )
}

/** Whether the host name of a parsed URL is this very machine: `localhost`, 127.0.0.0/8 or `[::1]`. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
}

/** Origin and path, for errors and events: a query, a fragment or userinfo may be a secret. A string need not be a URL. */
export function withoutQuery(url: string | URL): string {
  const text = String(url)
  if (!text.includes('@')) return text.replace(/[?#].*/s, '')
  const parsed = parseUrl(text)
  // Nobody knows where the password ends in what is no URL of the web.
  return parsed && parsed.origin !== 'null' ? parsed.origin + parsed.pathname : '(hidden)'
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
