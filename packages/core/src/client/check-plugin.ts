import { oidcError } from '../base/errors.js'
import { describe } from './options.js'
import type { Plugin } from './plugin.js'

const known = {
  plugin: 'name requires authorization exchange operations around',
  requires: 'server plugins',
  authorization: 'parameters protect deliver open check',
  exchange: 'endpoint headers tokenTypes seal unseal received retry',
  operations: 'parameters accept check',
} as const

/** A plugin for a newer core must not have its check silently ignored: a slot that this core does not know is refused. */
export function checkPlugin(plugin: unknown): asserts plugin is Plugin {
  const invalid = (problem: string) => oidcError('PLUGIN_INVALID', `${problem} Give what the plugin's factory returned, e.g. par().`)
  if (typeof plugin !== 'object' || plugin === null)
    throw invalid(`An entry of use is ${describe(plugin)}${typeof plugin === 'function' ? ': a factory that was not called' : ''}.`)
  const { name, requires, authorization, exchange, operations = [] } = plugin as Plugin
  if (typeof name !== 'string' || !name) throw invalid('A plugin has no name.')
  checkNames(name, 'plugin', plugin)
  checkNames(name, 'requires', requires)
  checkNames(name, 'authorization', authorization)
  checkNames(name, 'exchange', exchange)
  for (const bound of operations) checkNames(name, 'operations', bound.hooks)
}

function checkNames(plugin: string, group: keyof typeof known, value: object | undefined): void {
  for (const slot of Object.keys(value ?? {}))
    if (!known[group].split(' ').includes(slot))
      throw oidcError(
        'PLUGIN_UNSUPPORTED',
        `The plugin ${plugin} fills ${group === 'plugin' ? '' : `${group}.`}${slot}, which this version of @oidc/core does not know. Update @oidc/core, or use the version of the plugin that was made for it.`,
      )
}
