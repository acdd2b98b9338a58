import { createCookieJar } from './cookie-jar.ts'
import { type FilledForm, fillForm, findLink, readText } from './plain-html.ts'
import type { Seen, Tab, UserAgent } from './user-agent.ts'

const maxRedirects = 20

/**
 * A user agent of fetch and cookies, for machines without a browser: it follows redirects and links and posts forms, and knows no scripts.
 * The pages of the demo need none.
 */
export function startPlainAgent(onSeen: (seen: Seen) => void): UserAgent {
  return {
    name: 'fetch with cookies (no browser)',
    async newVisitor() {
      const jar = createCookieJar()
      return { newTab: async () => openTab(jar, onSeen) }
    },
    close: async () => {},
  }
}

function openTab(jar: ReturnType<typeof createCookieJar>, onSeen: (seen: Seen) => void): Tab {
  let address = 'about:blank'
  let source = ''
  let typed = new Map<string, string>()

  const go = async (first: FilledForm) => {
    let { url, method, body } = first
    for (let hops = 0; hops < maxRedirects; hops++) {
      const headers = { cookie: jar.header(url), ...(method === 'POST' && { origin: new URL(address).origin }) }
      const response = await fetch(url, { method, headers, body: body ?? null, redirect: 'manual', signal: AbortSignal.timeout(15_000) })
      jar.store(url, response.headers.getSetCookie())
      const location = response.headers.get('location')
      onSeen({ method, url, status: response.status, location: location ?? undefined })
      const text = await response.text()
      if (location === null || response.status < 300 || response.status >= 400) {
        address = url
        source = text
        typed = new Map()
        return
      }
      url = new URL(location, url).href
      if (response.status !== 307 && response.status !== 308) [method, body] = ['GET', undefined]
    }
    throw new Error(`There were more than ${maxRedirects} redirects.`)
  }
  return {
    open: (url) => go({ url, method: 'GET' }),
    reload: () => go({ url: address, method: 'GET' }),
    follow: (link) => go({ url: new URL(findLink(source, link), address).href, method: 'GET' }),
    press: (button) => go(fillForm(source, button, typed, address)),
    type: async (label, text) => void typed.set(label, text),
    read: async () => readText(source),
  }
}
