import type { Client } from '@oidc/core'
import { oidcError } from '@oidc/core/plugin'
import { type LoginRecord, parseRecord, recordKey } from './login-record.js'
import { guardStore } from './passport-error.js'
import { indexKeys, type SessionIndex } from './session-index.js'
import { forgetTokens } from './sign-out.js'
import type { TokenSettings } from './token-settings.js'

type Callback<T> = (error: unknown, result?: T) => void

/** As much of a store of express-session as is needed. */
export interface SessionStore {
  get(id: string, callback: Callback<unknown>): unknown
  destroy(id: string, callback: Callback<void>): unknown
  /** All sessions, as a list or by their id. */
  all?: ((callback: Callback<unknown>) => unknown) | undefined
}

/** Where sessions are looked for. */
export interface SessionPlace {
  /** The store that was given to express-session. */
  readonly store: SessionStore
  /** The one that was given to the strategy. Without it every session of the store is looked at. */
  readonly index?: SessionIndex | undefined
  /** Those that were given to the strategy, so that tokens end with their session. */
  readonly tokens?: TokenSettings | undefined
}

/** Whose sessions: with `sid` that one, with `sub` alone all of that user. */
export interface Ended {
  readonly iss: string
  readonly sub?: string | undefined
  readonly sid?: string | undefined
}

interface Found {
  readonly id: string
  readonly record: LoginRecord
}

/** @throws `OPTION_INVALID` */
export function checkPlace({ store, index, tokens }: SessionPlace, what: string): void {
  if (typeof store?.get !== 'function' || typeof store.destroy !== 'function')
    throw oidcError('OPTION_INVALID', `The option store of ${what} is missing or no store. Give the one that you gave to express-session.`)
  if (!index && typeof store.all !== 'function')
    throw oidcError(
      'OPTION_INVALID',
      `The store that ${what} got cannot list its sessions. Give index, here and to the strategy: one with add, list and delete.`,
    )
  if (index && (typeof index.list !== 'function' || typeof index.delete !== 'function'))
    throw oidcError('OPTION_INVALID', `The option index of ${what} is none. Give memorySessionIndex(), or one with add, list and delete.`)
  if (tokens !== undefined && typeof tokens?.store?.take !== 'function')
    throw oidcError('OPTION_INVALID', `The option tokens of ${what} has no store. Give the very settings that the strategy has.`)
}

/**
 * Ends sessions in their store, and the tokens that belong to them before: a session that could not be ended is still found when the provider
 * sends its token again.
 *
 * @returns How many there were.
 * @throws `STORE_FAILED`
 */
export async function endSessions(client: Client, place: SessionPlace, ended: Ended): Promise<number> {
  const { store, index, tokens } = place
  const found = await guardStore(() => (index ? findNoted(store, index, ended) : findAmongAll(store, ended)))
  for (const { id, record } of found) {
    await forgetTokens(client, record, tokens)
    await guardStore(async () => {
      await promise<void>((done) => store.destroy(id, done))
      if (index) for (const each of indexKeys(record)) await index.delete(each, id)
    })
  }
  return found.length
}

async function findAmongAll(store: SessionStore, ended: Ended): Promise<readonly Found[]> {
  const all = await promise<unknown>((done) => store.all?.(done))
  if (typeof all !== 'object' || all === null) return []
  return Object.entries(all).flatMap(([key, session]) => {
    const { id, [recordKey]: value } = (session ?? {}) as { readonly id?: unknown; readonly [recordKey]?: unknown }
    const record = parseRecord(value)
    if (!record || !isOf(record, ended)) return []
    return [{ id: Array.isArray(all) ? String(id) : key, record }]
  })
}

async function findNoted(store: SessionStore, index: SessionIndex, ended: Ended): Promise<readonly Found[]> {
  const ids = new Set((await Promise.all(indexKeys(ended).map((key) => index.list(key)))).flat())
  const found: Found[] = []
  for (const id of ids) {
    const session = (await promise<unknown>((done) => store.get(id, done))) as { readonly [recordKey]?: unknown } | null | undefined
    const record = parseRecord(session?.[recordKey])
    if (record && isOf(record, ended)) found.push({ id, record })
  }
  return found
}

/** A session that knows no `sid` may be the one that has ended: of those of the user, none is left. */
function isOf(record: LoginRecord, { iss, sub, sid }: Ended): boolean {
  if (record.iss !== iss) return false
  if (sid !== undefined && record.sid !== undefined) return record.sid === sid
  return sub !== undefined && record.sub === sub
}

/** Some stores say of a session that is gone that its file is. */
function promise<T>(step: (done: Callback<T>) => unknown): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const done: Callback<T> = (error, result) => {
      if (error && (error as { readonly code?: unknown }).code !== 'ENOENT') reject(error)
      else resolve(result)
    }
    // Stores with promises may throw as well; those that give both have called back already.
    Promise.resolve(step(done)).catch(reject)
  })
}
