import { systemClock } from '../base/clock.js'
import { systemRandom } from '../base/random.js'
import type { ClientMetadata } from '../metadata/client-metadata.js'
import { parseServerMetadata } from '../metadata/parse-server-metadata.js'
import type { ServerMetadata } from '../metadata/server-metadata.js'
import type { AuthorizationResponse } from './authorization.js'
import type { Client } from './client.js'
import { checkDemands } from './demands.js'
import { internalsOf, sealClient } from './internals.js'
import { type ClientOptions, checkOptions, checkSettings, defaultLimits } from './options.js'
import type { Plugin, PluginAuthentication } from './plugin.js'
import { fillSlots, sortPlugins } from './slots.js'
import type { Verifier } from './verifier.js'

/** Makes a client from checked metadata, with or without a verifier of ID tokens. */
export function buildClient(server: ServerMetadata, options: ClientOptions, verifier: Verifier | undefined): Client {
  checkOptions(options)
  return assembleClient(server, options, verifier)
}

/**
 * Makes a client without id and plugins, for requests that no client makes: registration, sources of distributed claims.
 *
 * @throws `OPTION_INVALID`, `SERVER_METADATA_INVALID`, `URL_INVALID`, `URL_INSECURE`
 */
export function createSender(server: ServerMetadata, options: SenderOptions = {}): Client {
  checkSettings({ ...options })
  return assembleClient(server, { ...options, client_id: '', authentication: { method: 'none', authenticate: () => ({}) } }, undefined)
}

/** The options that matter without a client. */
export type SenderOptions = Pick<
  ClientOptions,
  'use' | 'fetch' | 'egress' | 'clock' | 'random' | 'clockTolerance' | 'timeout' | 'limits' | 'onEvent' | 'allowInsecure'
>

function assembleClient(server: ServerMetadata, options: ClientOptions, verifier: Verifier | undefined): Client {
  const policy = { allowInsecure: options.allowInsecure }
  const metadata = parseServerMetadata(server, policy)
  const { plugin, yields, authentication } = splitAuthentication(options)
  const use = options.use ?? []
  const isReplaced = yields && use.some((other) => other?.name === plugin?.name)
  const plugins = sortPlugins(plugin && !isReplaced ? [...use, plugin] : use)
  const slots = fillSlots(plugins)
  checkDemands(metadata, options, plugins, slots)
  const client = sealClient(metadata, pickMetadata(options), {
    // A copy: what the caller does with its own object later loosens no check.
    options: Object.freeze({ ...options }),
    policy,
    authentication,
    plugins,
    slots,
    fetch: options.fetch ?? globalFetch,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    timeout: options.timeout ?? 10,
    clockTolerance: options.clockTolerance ?? 30,
    limits: { ...defaultLimits, ...options.limits },
    verifier,
    opened: new WeakSet(),
  })
  authentication.check?.(client)
  options.verifyMac?.check?.(client)
  options.decrypt?.check?.(client)
  return client
}

/**
 * Gives a new client with further plugins. A plugin of an installed name replaces that one, so that a DPoP key for each user costs little.
 *
 * @throws `PLUGIN_INVALID`, `PLUGIN_UNSUPPORTED`, `PLUGIN_CONFLICT`, `PLUGIN_MISSING`, `SERVER_METADATA_MISSING`
 */
export function extend(client: Client, ...plugins: readonly Plugin[]): Client {
  const { contract: _, ...internals } = internalsOf(client)
  const kept = internals.plugins.filter(({ name }) => !plugins.some((plugin) => plugin?.name === name))
  const sorted = sortPlugins([...kept, ...plugins])
  const slots = fillSlots(sorted)
  checkDemands(client.server, client.metadata, sorted, slots)
  // What one client has opened, its extended self need not open again, unless it opens otherwise.
  const opened = plugins.some((plugin) => plugin.authorization?.open) ? new WeakSet<AuthorizationResponse>() : internals.opened
  return sealClient(client.server, client.metadata, { ...internals, plugins: sorted, slots, opened })
}

/** Looked up at every call: tests and instrumentation replace it. */
export const globalFetch: typeof fetch = (...request) => fetch(...request)

function splitAuthentication({
  authentication,
}: ClientOptions): Partial<PluginAuthentication> & Pick<PluginAuthentication, 'authentication'> {
  return 'authentication' in authentication ? authentication : { authentication }
}

const hidden = /^client_secret$|^registration_access_token$/

/** The registered metadata among the options: what is spelled in snake case, without the secrets. */
function pickMetadata(options: ClientOptions): ClientMetadata {
  const entries = Object.entries(options).filter(
    ([name, value]) => value !== undefined && (name.includes('_') || snakeless.has(name)) && !hidden.test(name),
  )
  return Object.freeze(Object.fromEntries(entries)) as unknown as ClientMetadata
}

const snakeless = /* @__PURE__ */ new Set(['contacts', 'scope', 'jwks'])
