/** As much of a browser as the pages of an application need: cookies and single requests. */
export interface AppBrowser {
  get(path: string): Promise<Response>
  post(path: string, form?: URLSearchParams): Promise<Response>
  text(path: string): Promise<string>
}

/** @param origin Of the application. */
export function createAppBrowser(origin: string, fetch: typeof globalThis.fetch = globalThis.fetch): AppBrowser {
  const cookies = new Map<string, string>()
  const send = async (path: string, init: RequestInit = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { accept: 'text/html', ...(cookie && { cookie }) }
    const response = await fetch(new URL(path, origin), { redirect: 'manual', ...init, headers: { ...init.headers, ...headers } })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) cookies.delete(pair.slice(0, at))
      else cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    return response
  }
  return {
    get: (path) => send(path),
    post: (path, form = new URLSearchParams()) => send(path, { method: 'POST', body: form }),
    text: async (path) => (await send(path)).text(),
  }
}
