import { type Client, type Plugin, requirePlugin, type Signer, type SigningKey } from '@oidc/core/plugin'
import { cibaError, describe } from './ciba-error.js'
import { type CIBAStore, createCIBAStore } from './store.js'

/** How the result comes: asked for, asked for once the server has called, or brought by the server. */
export type DeliveryMode = 'poll' | 'ping' | 'push'

export interface CIBAOptions {
  /** The one that the client is registered with. */
  readonly mode: DeliveryMode
  /** Where requests wait for their ping or push; one in memory by default. Processes that share an endpoint share a store. */
  readonly store?: CIBAStore | undefined
  /** Signs the requests: a private key, or a signer that calls a KMS or HSM. */
  readonly key?: SigningKey | Signer | undefined
  /** Seconds that a signed request is good for: 60, at most 300. */
  readonly lifetime?: number | undefined
}

/** The options, checked. */
export interface CIBASettings extends CIBAOptions {
  readonly store: CIBAStore
  readonly lifetime: number
}

const settingsOf = /* @__PURE__ */ new WeakMap<Plugin, CIBASettings>()
const modes: readonly unknown[] = ['poll', 'ping', 'push']
const methods = ['set', 'get', 'take', 'delete'] as const

/**
 * Signs users in on another device than this one (client-initiated backchannel authentication).
 * {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html OpenID CIBA Core 1.0}
 *
 * @throws `CIBA_OPTION_INVALID`. When the client is made: `SERVER_METADATA_MISSING` without a `backchannel_authentication_endpoint`
 */
export function ciba(options: CIBAOptions): Plugin {
  const { mode, store = createCIBAStore(), key, lifetime = 60, ...unknown } = Object(options) as CIBAOptions
  if (!modes.includes(mode)) throw optionError(`mode is ${describe(mode)}, and poll, ping or push is wanted`)
  if (!methods.every((name) => typeof store?.[name] === 'function')) throw optionError('store has no set, get, take and delete')
  if (key !== undefined && (key === null || !/^(?:object|string)$/.test(typeof key) || key instanceof Promise))
    throw optionError('key is no private key and no signer')
  if (!(Number.isInteger(lifetime) && lifetime >= 1 && lifetime <= 300))
    throw optionError('lifetime is no whole number of seconds from 1 to 300')
  const [surplus] = Object.keys(unknown)
  if (surplus !== undefined) throw optionError(`${JSON.stringify(surplus.slice(0, 32))} is not known`)
  const plugin: Plugin = { name: 'ciba', requires: { server: ['backchannel_authentication_endpoint'] } }
  settingsOf.set(plugin, { mode, store, key, lifetime })
  return plugin
}

/**
 * The settings of the client's plugin, whose mode must be one of those that the caller is for.
 *
 * @throws `PLUGIN_MISSING`, `CIBA_MODE`
 */
export function requireCIBA(client: Client, ...wanted: readonly DeliveryMode[]): CIBASettings {
  const plugin = requirePlugin(client, 'ciba', { package: '@oidc/ciba', factory: `ciba({ mode: '${wanted[0] ?? 'poll'}' })` })
  const settings = settingsOf.get(plugin)
  if (!settings) throw optionError('use holds a plugin named ciba that is not one of this package')
  if (wanted.length && !wanted.includes(settings.mode))
    throw cibaError(
      'CIBA_MODE',
      `The client is one of ciba({ mode: '${settings.mode}' }), and this is for ${wanted.join(' or ')}. ${remedies[settings.mode]}`,
    )
  return settings
}

const remedies: Readonly<Record<DeliveryMode, string>> = {
  poll: 'Use pollBackchannelAuthenticationGrant, or register the client for the other mode and say so to ciba().',
  ping: 'Use acceptPing and then pollBackchannelAuthenticationGrant, or register the client for the other mode and say so to ciba().',
  push: 'Use acceptPush, or register the client for the other mode and say so to ciba().',
}

function optionError(problem: string) {
  return cibaError('CIBA_OPTION_INVALID', `The option ${problem}. Correct it: ciba({ mode }), and see the README for the others.`)
}
