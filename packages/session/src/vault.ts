import type { Client } from '@oidc/core'
import { checkHome, findHome } from './home.js'
import { sessionError } from './session-error.js'
import { parseRecord, type SessionRecord } from './session-record.js'
import type { GuardedStore } from './token-store.js'

/** Keeps what is stored from being read or changed by whoever can reach the store. */
export interface Encryption {
  seal(text: string): Promise<string>
  /** Throws where the text was changed, or sealed with an unknown key. */
  open(sealed: string): Promise<string>
}

/** A record, and the text that stands for it in the store. */
export interface Kept {
  readonly text: string
  readonly record: SessionRecord
}

/** One session in the store. */
export interface Vault {
  read(): Promise<Kept | undefined>
  /** Writes in place of what was read. Undefined: another was faster. */
  write(expected: Kept | undefined, record: SessionRecord): Promise<Kept | undefined>
  /** Puts back what was there before. */
  restore(expected: Kept, before: Kept): Promise<void>
  /** Deletes what was read; of what descends from the same login, nothing is stored again. False: another was faster. */
  end(expected: Kept): Promise<boolean>
  /** Whether a login with this name has ended. */
  hasEnded(name: string): Promise<boolean>
}

/** Seconds that an ended session is remembered, so that tokens which the application still holds do not bring it back. */
const memoryOfTheEnd = 86400

export function openVault(client: Client, store: GuardedStore, key: string, encryption: Encryption | undefined): Vault {
  const home = findHome(client)
  const tombstone = `${key}:ended`
  return {
    async read() {
      const text = await store.get(key)
      if (text === undefined) return undefined
      const record = parseRecord(await openText(text, encryption))
      checkHome(record, home)
      return { text, record }
    },
    async write(expected, record) {
      const plain = JSON.stringify(record)
      const text = encryption ? await encryption.seal(plain) : plain
      if (await store.swap(key, expected?.text, text)) return { text, record }
      // An answer that was lost on the way looks like a swap that failed.
      return (await store.get(key)) === text ? { text, record } : undefined
    },
    async restore(expected, before) {
      await store.swap(key, expected.text, before.text)
    },
    async end(expected) {
      await store.set(tombstone, JSON.stringify(expected.record.lineage), { ttl: memoryOfTheEnd })
      return store.swap(key, expected.text, undefined)
    },
    async hasEnded(name) {
      return (await store.get(tombstone))?.includes(JSON.stringify(name)) ?? false
    },
  }
}

async function openText(text: string, encryption: Encryption | undefined): Promise<string> {
  try {
    return encryption ? await encryption.open(text) : text
  } catch {
    throw sessionError(
      'SESSION_RECORD_INVALID',
      'What the store holds under the key of this session cannot be decrypted. Give the key that it was encrypted with, or delete it and start a new login.',
    )
  }
}
