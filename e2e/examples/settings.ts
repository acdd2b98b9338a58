import type { Client } from '@oidc/core'

/** What every example is given: where it runs, and its client. */
export interface ExampleSettings {
  /** Where browsers reach it. */
  readonly origin: string
  /** Called at every request; `discover` keeps its answer. */
  readonly client: () => Promise<Client>
}
