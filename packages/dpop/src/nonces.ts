import { createBoundedMap } from './bounded-map.js'
import { dpopError } from './dpop-error.js'

/** The nonces that servers gave, the latest one of each origin. */
export interface DPoPNonces {
  get(origin: string): string | undefined
  set(origin: string, nonce: string): void
  /** Plain JSON, for `createDPoPNonces` in another process. */
  entries(): readonly DPoPNonce[]
}

/** An origin, e.g. `https://as.example`, and its nonce. */
export type DPoPNonce = readonly [origin: string, nonce: string]

/** A client that is led to ever new origins must not run out of memory. */
const maxOrigins = 100
/** {@link https://www.rfc-editor.org/rfc/rfc9449#section-8.1 RFC 9449, section 8.1}: NQCHAR. Nobody needs more than 256 of them. */
const pattern = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/

/**
 * Makes a store of nonces for 100 origins; what was used longest ago goes first. Give one to every `dpop()` of a process, so that a nonce
 * that one user's request learned spares the next user's a refused attempt.
 * {@link https://www.rfc-editor.org/rfc/rfc9449#section-8.2 RFC 9449, section 8.2}
 *
 * @param entries What `entries()` of another store gave, also through JSON. What is no nonce is left out.
 * @throws `DPOP_OPTION_INVALID`
 */
export function createDPoPNonces(entries: readonly DPoPNonce[] = []): DPoPNonces {
  const nonces = createBoundedMap<string>(maxOrigins)
  if (!Array.isArray(entries))
    throw dpopError(
      'DPOP_OPTION_INVALID',
      'The nonces to begin with are no array. Give what entries() of another store gave, or leave them out.',
    )
  const set = (origin: unknown, nonce: unknown) => {
    const value = parseNonce(nonce)
    if (typeof origin === 'string' && value !== undefined) nonces.set(origin, value)
  }
  for (const entry of entries as readonly unknown[]) if (Array.isArray(entry)) set(entry[0], entry[1])
  return { get: nonces.get, set, entries: nonces.entries }
}

/** Undefined for everything that the specification does not let a nonce be: it goes into a signed proof. */
export function parseNonce(value: unknown): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined
}
