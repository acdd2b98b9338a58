import type { Clock } from '../base/clock.js'
import { oidcError } from '../base/errors.js'
import type { Random } from '../base/random.js'
import type { UrlPolicy } from '../base/url.js'
import type { ClientMetadata } from '../metadata/client-metadata.js'
import type { ServerMetadata } from '../metadata/server-metadata.js'
import type { AuthorizationResponse } from './authorization.js'
import type { Client } from './client.js'
import type { ClientEvent } from './events.js'
import { type ClientOptions, describe, type Limits, type Quirks } from './options.js'
import type { ClientAuthentication, Plugin } from './plugin.js'
import type { Slots } from './slots.js'
import type { Verifier } from './verifier.js'

/** What a client is made of, for core's own floors. */
export interface Internals {
  readonly contract: typeof contract
  readonly options: ClientOptions
  readonly policy: UrlPolicy
  readonly authentication: ClientAuthentication
  /** Sorted by name. */
  readonly plugins: readonly Plugin[]
  readonly slots: Slots
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly random: Random
  /** Seconds. */
  readonly timeout: number
  /** Seconds. */
  readonly clockTolerance: number
  readonly limits: Required<Limits>
  /** Absent in a client for plain OAuth 2. */
  readonly verifier: Verifier | undefined
  /** Responses that the `open` slot has opened already. */
  readonly opened: WeakSet<AuthorizationResponse>
}

/** Grows when a plugin of an older core could no longer work with a client of a newer one. */
const contract = 1

/** Global, so that a plugin with a copy of core of its own still understands the client. */
const key: unique symbol = /* @__PURE__ */ Symbol.for('@oidc/core') as never

/** Makes the frozen client. The internals stand in a closure: no inspection, however thorough, shows a secret among the options. */
export function sealClient(server: ServerMetadata, metadata: ClientMetadata, internals: Omit<Internals, 'contract'>): Client {
  const sealed = Object.freeze({ contract, ...internals })
  return Object.freeze(Object.defineProperty({ server, metadata }, key, { value: () => sealed }))
}

/**
 * @throws `CLIENT_INVALID` for anything that is no client, e.g. the promise of `discover()`; `CLIENT_CONTRACT` for a client of another
 * contract version.
 */
export function internalsOf(client: Client): Internals {
  const internals = (client as { [key]?: () => Internals } | null | undefined)?.[key]?.()
  if (!internals) throw oidcError('CLIENT_INVALID', `The client is ${describe(client)}. Give what createClient() or await discover() gave.`)
  if (internals.contract !== contract)
    throw oidcError(
      'CLIENT_CONTRACT',
      `The client was made by an @oidc/core of plugin contract ${String(internals.contract)}, and this package speaks ${contract}. Install one version of @oidc/core.`,
    )
  return internals
}

/** Tells `onEvent`. An observer that throws does not break a login. */
export function emit(client: Client, event: ClientEvent): void {
  notify(internalsOf(client).options.onEvent, event)
}

/** The same where there is no client yet. */
export function notify(onEvent: ClientOptions['onEvent'], event: ClientEvent): void {
  if (!onEvent) return
  try {
    onEvent(event)
  } catch {
    // Its own fault, and none of the user's who is logging in.
  }
}

/** The client's time in epoch seconds. */
export function now(client: Client): number {
  return internalsOf(client).clock.now()
}

/** Seconds that the server's clock may differ from the client's. */
export function clockTolerance(client: Client): number {
  return internalsOf(client).clockTolerance
}

/** What the client tolerates of its server by this name. Say `emit(client, { type: 'quirk', name, operation })` when it is used. */
export function readQuirk<Name extends keyof Quirks>(client: Client, name: Name): Quirks[Name] | undefined {
  return internalsOf(client).options.quirks?.[name]
}

/** Which URLs the client takes, for `checkUrl` on those that an answer holds. */
export function urlPolicy(client: Client): UrlPolicy {
  return internalsOf(client).policy
}

/** The very object that the plugin's factory made. @throws `PLUGIN_MISSING` */
export function requirePlugin(client: Client, name: string, install: { readonly package: string; readonly factory: string }): Plugin {
  const plugin = internalsOf(client).plugins.find((candidate) => candidate.name === name)
  if (plugin) return plugin
  throw oidcError(
    'PLUGIN_MISSING',
    `The client has no plugin ${name}. Install ${install.package} and add ${install.factory} to use: { use: [${install.factory}] }.`,
  )
}
