import type { ClientOptions, Clock } from '@oidc/core'
import type { TabStorage } from './storage.js'

type Clocked = Pick<ClientOptions, 'clock' | 'fetch'>

/** Seconds. Further off, it is not the clock that is wrong. */
const most = 86_400 * 2

/**
 * A clock for devices whose own is wrong: the ID token of a login says what time it is. It has just been issued for this login, which its `nonce` shows, and signature
 * and claims are verified after this all the same; what is lost is that an old ID token would count as new, and the nonce refuses those.
 *
 * @param marks Keeps the offset: a page that is loaded again has no fresh ID token.
 */
export function createClockOffset(
  { fetch = globalThis.fetch.bind(globalThis), clock }: Clocked,
  marks: TabStorage,
  key: string,
): Required<Clocked> {
  const system = (): number => clock?.now() ?? Math.floor(Date.now() / 1000)
  let offset = clip(Number(marks.get(key) ?? 0))
  const shifted: Clock = {
    now: () => system() + offset,
    sleep: (seconds, signal) => clock?.sleep(seconds, signal) ?? sleep(seconds, signal),
  }
  const watch: typeof globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (response.ok && init?.method === 'POST' && String(init.body).includes('grant_type=authorization_code')) {
      const issuedAt = readIssuedAt(await response.clone().text())
      offset = issuedAt === undefined ? offset : clip(issuedAt - system())
      keep(marks, key, offset)
    }
    return response
  }
  return { clock: shifted, fetch: watch }
}

const clip = (seconds: number): number => (Math.abs(seconds) <= most ? Math.round(seconds) : 0)

function keep(marks: TabStorage, key: string, offset: number): void {
  try {
    marks.set(key, String(offset))
  } catch {
    // It is good for this page.
  }
}

function readIssuedAt(body: string): number | undefined {
  try {
    const { id_token } = JSON.parse(body) as { readonly id_token?: unknown }
    const payload = String(id_token).split('.')[1] ?? ''
    const { iat, nonce } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Readonly<Record<string, unknown>>
    return typeof iat === 'number' && typeof nonce === 'string' ? iat : undefined
  } catch {
    return undefined
  }
}

function sleep(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, Math.min(seconds * 1000, 2 ** 31 - 1))
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}
