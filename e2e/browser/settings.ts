import type { BrowserSessionOptions } from '@oidc/browser'

/** What a test says of the session of a page, as JSON. */
export interface PageSettings extends Omit<BrowserSessionOptions, 'use' | 'clock' | 'fetch' | 'storage'> {
  readonly storage?: 'session' | 'memory'
  readonly extensions?: readonly ('par' | 'dpop' | 'jarm')[]
  /** Seconds that the clock of the device is off. */
  readonly skew?: number
  /** Keeps refresh tokens in a shared worker. */
  readonly worker?: boolean
}

export function readSettings(): PageSettings {
  return JSON.parse(document.getElementById('settings')?.textContent ?? '{}') as PageSettings
}
