// The page of the tests: what an application's own script would do, with everything in reach of the tests.
import { type BrowserSessionOptions, createBrowserSession, forgetKeyPair, keepKeyPair, relayResponse } from '@oidc/browser'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { jarm } from '@oidc/jarm'
import { par } from '@oidc/par'

/** What a test says of the session of a page, as JSON. */
export interface PageSettings extends Omit<BrowserSessionOptions, 'use' | 'clock' | 'fetch' | 'storage'> {
  readonly storage?: 'session' | 'memory'
  readonly extensions?: readonly ('par' | 'dpop' | 'jarm')[]
  /** Seconds that the clock of the device is off. */
  readonly skew?: number
}

const settings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}') as PageSettings
const { extensions = [], skew = 0, ...options } = settings

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

export const open = (more: Partial<BrowserSessionOptions> = {}) =>
  createBrowserSession({ ...options, use: makeExtensions, ...more } as BrowserSessionOptions)

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
