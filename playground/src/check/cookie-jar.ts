interface Cookie {
  readonly host: string
  readonly path: string
  readonly name: string
  readonly value: string
}

/** Cookies by host, path and name, as RFC 6265 section 5 has them, as far as the demo's own servers go. */
export function createCookieJar() {
  const cookies = new Map<string, Cookie>()
  return {
    /** The Cookie header for a URL; the port does not count. */
    header(url: string): string {
      const { hostname, pathname } = new URL(url)
      const fitting = [...cookies.values()].filter(({ host, path }) => host === hostname && isBelow(pathname, path))
      // Longer paths first, section 5.4.
      return fitting
        .sort((a, b) => b.path.length - a.path.length)
        .map(({ name, value }) => `${name}=${value}`)
        .join('; ')
    },
    store(url: string, setCookies: readonly string[]): void {
      for (const line of setCookies) {
        const { expired, ...cookie } = parseSetCookie(line, new URL(url))
        const key = `${cookie.host} ${cookie.path} ${cookie.name}`
        if (expired) cookies.delete(key)
        else cookies.set(key, cookie)
      }
    },
  }
}

function parseSetCookie(line: string, { hostname, pathname }: URL): Cookie & { readonly expired: boolean } {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const attribute = (name: string) => attributes.find((part) => part.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
  const [maxAge, expires] = [attribute('max-age'), attribute('expires')]
  const expired = maxAge === undefined ? expires !== undefined && Date.parse(expires) <= Date.now() : Number(maxAge) <= 0
  const at = pair.indexOf('=')
  const folder = pathname.slice(0, pathname.lastIndexOf('/')) || '/'
  return { host: hostname, path: attribute('path') ?? folder, name: pair.slice(0, at), value: pair.slice(at + 1), expired }
}

/** Section 5.1.4. */
function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}
