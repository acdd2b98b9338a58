const mostCharacters = 2048

/**
 * Gives the path within an origin that a value means, or nothing. It is parsed as browsers do, for they read `//evil`, `/\evil` and `/<tab>/evil`
 * as another host. {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.11.1 RFC 9700, section 4.11.1}
 */
export function readReturnTo(value: unknown, origin: string): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('/')) return undefined
  const path = findPath(value, origin)
  // What was parsed once can parse to another host: `/.//evil` has the path `//evil`.
  return path !== undefined && path.length <= mostCharacters && findPath(path, origin) === path ? path : undefined
}

function findPath(value: string, origin: string): string | undefined {
  if (!URL.canParse(value, origin)) return undefined
  const url = new URL(value, origin)
  return url.origin === origin ? url.pathname + url.search + url.hash : undefined
}
