import type { ClientMetadata } from '../metadata/client-metadata.js'
import type { ServerMetadata } from '../metadata/server-metadata.js'

/** A client of one server: frozen, cheap, safe to share between requests. What it is made of is opaque. */
export interface Client {
  readonly server: ServerMetadata
  readonly metadata: ClientMetadata
}
