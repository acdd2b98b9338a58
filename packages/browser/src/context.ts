import type { Client } from '@oidc/core'
import type { BrowserSessionOptions } from './options.js'
import type { SnapshotStore } from './snapshot.js'
import type { Sources } from './sources.js'
import type { TabStorage } from './storage.js'
import type { TabStore } from './tab-store.js'
import type { Transactions } from './transactions.js'

/** What the parts of one session share. */
export interface Context {
  readonly options: BrowserSessionOptions
  /** Of everything that is kept in the browser for this session. */
  readonly name: string
  readonly client: () => Promise<Client>
  /** Epoch seconds, of the client's clock as soon as there is a client. */
  readonly now: () => number
  readonly storage: TabStorage
  readonly store: TabStore
  readonly sources: Sources
  readonly transactions: Transactions
  readonly snapshots: SnapshotStore
}
