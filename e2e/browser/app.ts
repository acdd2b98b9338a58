// The page of the tests: what an application's own script would do, with everything in reach of the tests.
import {
  type BrowserSessionOptions,
  createBrowserSession,
  fetchThroughWorker,
  forgetKeyPair,
  keepKeyPair,
  relayResponse,
} from '@oidc/browser'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { jarm } from '@oidc/jarm'
import { par } from '@oidc/par'
import { readSettings } from './settings.ts'

const { extensions = [], skew = 0, worker = false, ...options } = readSettings()

async function makeExtensions() {
  const keyPair = extensions.includes('dpop') ? await keepKeyPair('dpop', () => generateDPoPKeyPair()) : undefined
  return [
    ...(extensions.includes('par') ? [par()] : []),
    ...(extensions.includes('jarm') ? [jarm()] : []),
    ...(keyPair ? [dpop({ keyPair })] : []),
  ]
}

if (skew !== 0) {
  const now = Date.now.bind(Date)
  Date.now = () => now() + skew * 1000
}

function makeWorkerFetch() {
  const endpoints = ['/token', '/token/revocation'].map((path) => `${options.issuer}${path}`)
  const query = new URLSearchParams(endpoints.map((endpoint) => ['endpoint', endpoint]))
  return fetchThroughWorker(new SharedWorker(`/token-worker.js?${query}`, { type: 'module' }), { endpoints })
}

export const open = (more: Partial<BrowserSessionOptions> = {}) =>
  createBrowserSession({ ...options, use: makeExtensions, ...(worker && { fetch: makeWorkerFetch() }), ...more } as BrowserSessionOptions)

const describe = (error: unknown) => {
  const { code, message } = error as { readonly code?: string; readonly message?: string }
  return { code, message }
}

/** As `window.oidc`. */
const oidc = {
  open,
  describe,
  keepKeyPair,
  forgetKeyPair,
  relayResponse,
  fetchThroughWorker,
  session: open(),
  changes: [] as unknown[],
  results: [] as Promise<unknown>[],
}
oidc.session.subscribe(() => oidc.changes.push(oidc.session.getSnapshot()))

export type TestPage = typeof oidc & { readonly ready: Promise<{ sub?: string; code?: string; message?: string }> }

const ready = oidc.session.init().then(
  (user) => (user ? { sub: user.sub } : {}),
  (error: unknown) => describe(error),
)
Object.assign(window, { oidc: Object.assign(oidc, { ready }) })
