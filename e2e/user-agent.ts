/** Where a walk through the pages of a server ended. */
export interface Arrival {
  /** The first address outside of the server, or the server's own page that asks nothing more. */
  readonly url: URL
  /** What the browser would post there (response mode `form_post`). */
  readonly form?: URLSearchParams
  /** The text of the server's last page. */
  readonly page?: string
}

export interface UserAgent {
  /**
   * Opens an address and answers every form of the server until it is left.
   *
   * @param answers Put into every form, beside its hidden fields: `login`, `password`, `user_code`, `logout: 'yes'` ...
   * @param cancelAt The prompt (`login` or `consent`) at which the user takes the cancel link.
   */
  walk(url: string | URL, answers: Readonly<Record<string, string>>, cancelAt?: string): Promise<Arrival>
}

interface Cookie {
  readonly name: string
  readonly path: string
  readonly value: string
}

interface Form {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

const mostSteps = 20

/** A browser as far as the login pages of a server need one: cookies by path, redirects, forms. It runs no scripts. */
export function createUserAgent(fetch: typeof globalThis.fetch, origin: string): UserAgent {
  let cookies: readonly Cookie[] = []

  async function load(url: URL, body: URLSearchParams | undefined): Promise<Response> {
    const cookie = cookies
      .filter(({ path }) => url.pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie },
      ...(body && { method: 'POST', body }),
    })
    for (const line of response.headers.getSetCookie()) {
      const fresh = parseCookie(line)
      cookies = cookies.filter(({ name, path }) => name !== fresh.name || path !== fresh.path)
      if (fresh.value) cookies = [...cookies, fresh]
    }
    return response
  }

  return {
    async walk(start, answers, cancelAt) {
      let url = new URL(start)
      let body: URLSearchParams | undefined
      for (let step = 0; step < mostSteps; step++) {
        const response = await load(url, body)
        body = undefined
        const location = response.headers.get('location')
        if (location !== null) {
          url = new URL(location, url)
          if (url.origin !== origin) return { url }
          continue
        }
        const page = await response.text()
        const form = parseForm(page)
        if (!form && response.status >= 400) throw new Error(`${url.pathname} answered ${response.status}: ${textOf(page)}`)
        if (!form) return { url, page }
        const action = new URL(form.action, url)
        if (action.origin !== origin) return { url: action, form: new URLSearchParams(form.fields) }
        if (cancelAt !== undefined && form.fields.prompt === cancelAt) url = new URL(findCancelLink(page), url)
        else {
          url = action
          body = new URLSearchParams({ ...form.fields, ...answers })
        }
      }
      throw new Error(`The server asked for more than ${mostSteps} steps; the last was ${url.pathname}`)
    },
  }
}

function parseCookie(line: string): Cookie {
  const [pair = '', ...attributes] = line.split(/;\s*/)
  const at = pair.indexOf('=')
  const attribute = (wanted: string) => attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)
  const expires = attribute('expires')
  const isGone = attribute('max-age') === '0' || (expires !== undefined && Date.parse(expires) <= Date.now())
  return { name: pair.slice(0, at), path: attribute('path') ?? '/', value: isGone ? '' : pair.slice(at + 1) }
}

function parseForm(page: string): Form | undefined {
  const [, tag = '', content = ''] = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(page) ?? []
  const { action } = parseAttributes(tag)
  if (action === undefined) return undefined
  const inputs = [...content.matchAll(/<input\b([^>]*)>/gi)].map(([, text = '']) => parseAttributes(text))
  return { action, fields: Object.fromEntries(inputs.flatMap(({ name, value = '' }) => (name === undefined ? [] : [[name, value]]))) }
}

function parseAttributes(tag: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, unescapeHtml(value)]))
}

function findCancelLink(page: string): string {
  const [, href] = /href="([^"]*\/abort)"/.exec(page) ?? []
  if (href === undefined) throw new Error('The page has no link to cancel')
  return unescapeHtml(href)
}

function unescapeHtml(text: string): string {
  const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" }
  return text.replace(/&(#?\w+);/g, (whole, name: string) => named[name] ?? whole)
}

function textOf(page: string): string {
  return page
    .replace(/<style[\s\S]*?<\/style>|<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 500)
}
