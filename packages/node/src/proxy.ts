import { type NodeFetchOptions, optionError } from './options.js'

/** The proxy for a URL, or none. */
export type FindProxy = (url: URL) => URL | undefined

/** @throws `NODE_FETCH_OPTION_INVALID` */
export function createFindProxy(
  proxy: NodeFetchOptions['proxy'],
  environment: Readonly<Record<string, string | undefined>>,
): FindProxy | undefined {
  if (proxy === undefined) return undefined
  if (proxy === 'environment') return readEnvironment(environment)
  if (typeof proxy !== 'function') {
    const fixed = parseProxy(proxy)
    return () => fixed
  }
  return (url) => {
    const found = proxy(url)
    return found === undefined ? undefined : parseProxy(found)
  }
}

function parseProxy(proxy: string | URL): URL {
  const url = URL.canParse(String(proxy)) ? new URL(proxy) : undefined
  // What stands there may hold a password.
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw optionError('The option proxy is no http or https address. Give one with scheme, host and port.')
  return url
}

/** As curl reads them: in either spelling, but HTTP_PROXY in lower case only, for a server's CGI sets the other from a header of the request. */
function readEnvironment(environment: Readonly<Record<string, string | undefined>>): FindProxy {
  const read = (name: string): string | undefined => environment[name.toLowerCase()] || environment[name] || undefined
  const secure = read('HTTPS_PROXY')
  const plain = environment.http_proxy
  const proxies = { 'https:': secure ? parseProxy(secure) : undefined, 'http:': plain ? parseProxy(plain) : undefined }
  const exceptions = (read('NO_PROXY') ?? '').split(/[\s,]+/).filter(Boolean)
  return ({ protocol, hostname, port }) => {
    const isException = exceptions.some((exception) => isExcepted(exception, hostname, port || (protocol === 'https:' ? '443' : '80')))
    return isException ? undefined : proxies[protocol as keyof typeof proxies]
  }
}

/** `*`, `host`, `.domain`, `*.domain`, each with or without `:port`. */
function isExcepted(exception: string, hostname: string, port: string): boolean {
  if (exception === '*') return true
  const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(exception.toLowerCase().replace(/^\*?\./, '')) ?? []
  if (only !== undefined && only !== port) return false
  return name !== '' && (hostname === name || hostname.endsWith(`.${name}`))
}

/** The password of a proxy, as a header. */
export function authorizeProxy({ username, password }: URL): Readonly<Record<string, string>> {
  if (!username && !password) return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
}
