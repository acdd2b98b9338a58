import type { ServerResponse } from 'node:http'
import type { Request } from 'express'

export interface CookieAttributes {
  /** Seconds; 0 removes the cookie. */
  readonly maxAge: number
  readonly secure: boolean
  readonly sameSite: 'Lax' | 'None'
}

/** The cookies of a request, as they came. Where a name stands twice the first counts, which is the one of the longest path. */
export function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, Math.max(at, 0)).trim()
    if (name && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim())
  }
  return cookies
}

/** One `Set-Cookie` line. Name and value must be free of what separates cookies. */
export function formatCookie(name: string, value: string, { maxAge, secure, sameSite }: CookieAttributes): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly${secure ? '; Secure' : ''}; SameSite=${sameSite}`
}

export function appendCookie(res: ServerResponse, line: string): void {
  const earlier = res.getHeader('Set-Cookie') ?? []
  res.setHeader('Set-Cookie', [...[earlier].flat().map(String), line])
}

/** Whether the request came by https, as far as the framework believes the proxy. Fastify has no `secure`. */
export function isSecure(req: Request): boolean {
  return (req.secure as boolean | undefined) ?? req.protocol === 'https'
}
