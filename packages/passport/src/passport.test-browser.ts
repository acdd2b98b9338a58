import http from 'node:http'
import https from 'node:https'

export interface Page {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly location: string
  readonly text: string
  /** The `Set-Cookie` lines. */
  readonly cookies: readonly string[]
}

export interface RequestInit {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Whether another site makes the browser send it: only cookies that are SameSite=None come along. */
  readonly crossSite?: boolean
}

export interface Browser {
  /** Name and value of every cookie. */
  readonly cookies: Map<string, { readonly value: string; readonly line: string }>
  get(path: string, init?: RequestInit): Promise<Page>
  /** Posts a form from the provider's site. */
  post(path: string, form: URLSearchParams | string, init?: RequestInit): Promise<Page>
  /** Begins a login, and gives the authorization URL. */
  begin(path?: string): Promise<string>
  /** The request and its answer, without redirects: path and query exactly as given. */
  send(path: string, init?: RequestInit): Promise<Page>
}

/** As much of a browser as cookies need. */
export function createBrowser(origin: string): Browser {
  const cookies: Browser['cookies'] = new Map()
  const browser: Browser = {
    cookies,
    get: (path, init = {}) => browser.send(path, init),
    post: (path, form, init = {}) =>
      browser.send(path, {
        method: 'POST',
        body: String(form),
        crossSite: true,
        ...init,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...init.headers },
      }),
    async begin(path = '/login') {
      const { location, text } = await browser.get(path)
      if (!location) throw new Error(`No login began: ${text}`)
      return location
    },
    async send(path, { method = 'GET', headers = {}, body, crossSite = false } = {}) {
      const isSecure = origin.startsWith('https')
      const cookie = [...cookies]
        .filter(([, { line }]) => (isSecure || !/; secure/i.test(line)) && (!crossSite || /; samesite=none/i.test(line)))
        .map(([name, { value }]) => `${name}=${value}`)
        .join('; ')
      const page = await request(origin, path, method, { ...(cookie && { cookie }), ...headers }, body)
      for (const line of page.cookies) keepCookie(cookies, line)
      return page
    },
  }
  return browser
}

function keepCookie(cookies: Browser['cookies'], line: string): void {
  const [pair = ''] = line.split(';')
  const at = pair.indexOf('=')
  if (/; max-age=0/i.test(line)) cookies.delete(pair.slice(0, at))
  else cookies.set(pair.slice(0, at), { value: pair.slice(at + 1), line })
}

function request(origin: string, path: string, method: string, headers: http.OutgoingHttpHeaders, body?: string): Promise<Page> {
  const { hostname, port, protocol } = new URL(origin)
  return new Promise((resolve, reject) => {
    const start = protocol === 'https:' ? https.request : http.request
    const sent = start({ hostname, port, path, method, headers, agent: false, rejectUnauthorized: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          location: response.headers.location ?? '',
          text,
          cookies: response.headers['set-cookie'] ?? [],
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
