import type { Client } from '@oidc/core'
import { memoryStore } from './memory-store.js'
import type { TokenStore } from './token-store.js'

/** What remembers a store as long as a token source uses it. */
interface Reference {
  deref(): TokenStore | undefined
}

/** The stores of one client. */
interface Known {
  readonly references: Map<string, Reference>
  /** The size at which those that are gone are looked for. */
  sweepAt: number
}

const stores = /* @__PURE__ */ new WeakMap<Client, Known>()
const least = 1000

/**
 * The store of token sources that are given none: the same for the same tokens of a client, so that two sources do not spend one refresh token,
 * and gone with the last of them.
 */
export function findDefaultStore(client: Client, key: string): TokenStore {
  const known: Known = stores.get(client) ?? { references: new Map(), sweepAt: least }
  stores.set(client, known)
  const { references } = known
  const found = references.get(key)?.deref()
  if (found) return found
  const store = memoryStore()
  // Some runtimes for the edge have none.
  if (typeof WeakRef === 'undefined') return store
  if (references.size >= known.sweepAt) {
    for (const [name, reference] of references) if (!reference.deref()) references.delete(name)
    known.sweepAt = Math.max(least, references.size * 2)
  }
  references.set(key, new WeakRef(store))
  return store
}
