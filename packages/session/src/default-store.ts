import type { Client } from '@oidc/core'
import { memoryStore } from './memory-store.js'
import type { TokenStore } from './token-store.js'

/** What remembers a store as long as a token source uses it. */
interface Reference {
  deref(): TokenStore | undefined
}

const stores = /* @__PURE__ */ new WeakMap<Client, Map<string, Reference>>()
let sweepAt = 1000

/**
 * The store of token sources that are given none: the same for the same tokens of a client, so that two sources do not spend one refresh token,
 * and gone with the last of them.
 */
export function findDefaultStore(client: Client, key: string): TokenStore {
  const known = stores.get(client) ?? new Map<string, Reference>()
  stores.set(client, known)
  const found = known.get(key)?.deref()
  if (found) return found
  const store = memoryStore()
  // Some runtimes for the edge have none.
  if (typeof WeakRef === 'undefined') return store
  if (known.size >= sweepAt) {
    for (const [name, reference] of known) if (!reference.deref()) known.delete(name)
    sweepAt = Math.max(1000, known.size * 2)
  }
  known.set(key, new WeakRef(store))
  return store
}
