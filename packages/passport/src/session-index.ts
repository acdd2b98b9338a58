import { createHash } from 'node:crypto'
import type { LoginRecord } from './login-record.js'

type Awaitable<T> = T | Promise<T>

/**
 * Notes sessions by user and by session at the provider, so that a logout finds them without reading every session. What it holds is only a
 * hint: each session is looked at before it is ended.
 */
export interface SessionIndex {
  /** Adds a session id to those under a key, in one step. An entry may be forgotten once its session is sure to have ended. */
  add(key: string, sessionId: string): Awaitable<unknown>
  list(key: string): Awaitable<readonly string[]>
  delete(key: string, sessionId: string): Awaitable<unknown>
}

/** An index in this process, for tests and for a store in memory. */
export function memorySessionIndex(): SessionIndex {
  const entries = new Map<string, Set<string>>()
  return {
    add: (key, sessionId) => entries.set(key, (entries.get(key) ?? new Set()).add(sessionId)),
    list: (key) => [...(entries.get(key) ?? [])],
    delete(key, sessionId) {
      const ids = entries.get(key)
      ids?.delete(sessionId)
      if (ids?.size === 0) entries.delete(key)
    },
  }
}

/** Keyed with the issuer: the same `sid` of another server is another session. */
export function indexKeys({ iss, sub, sid }: { iss: string; sub?: string | undefined; sid?: string | undefined }): readonly string[] {
  const key = (kind: string, value: string | undefined) => (value ? [hash([kind, iss, value])] : [])
  return [...key('sid', sid), ...key('sub', sub)]
}

export async function noteSession(index: SessionIndex, record: LoginRecord, sessionId: string): Promise<void> {
  for (const key of indexKeys(record)) await index.add(key, sessionId)
}

/** No `sub` stands in the index. */
function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
