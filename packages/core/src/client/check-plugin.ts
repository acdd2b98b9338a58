import { oidcError } from '../base/errors.js'
import { isJsonObject, isString } from '../base/json.js'
import { describe } from './options.js'
import type { Plugin } from './plugin.js'

const known = {
  plugin: 'name requires authorization exchange operations around',
  requires: 'server plugins',
  authorization: 'parameters protect deliver open check',
  exchange: 'endpoint headers tokenTypes seal unseal received retry',
  operations: 'parameters accept check',
} as const

/** What is no function, by its name in whatever group. */
const kinds: Readonly<Record<string, 'a string' | 'an object' | 'an array' | 'an array of strings'>> = {
  name: 'a string',
  requires: 'an object',
  authorization: 'an object',
  exchange: 'an object',
  operations: 'an array',
  server: 'an array of strings',
  plugins: 'an array of strings',
  tokenTypes: 'an array of strings',
  accept: 'an object',
}

/** A plugin for a newer core must not have its check silently ignored: a slot that this core does not know is refused. */
export function checkPlugin(plugin: unknown): asserts plugin is Plugin {
  if (typeof plugin !== 'object' || plugin === null)
    throw invalid(`An entry of use is ${describe(plugin)}${typeof plugin === 'function' ? ': a factory that was not called' : ''}.`)
  const { name, requires, authorization, exchange, operations } = plugin as Partial<Plugin>
  if (!isString(name)) throw invalid('A plugin has no name.')
  checkGroup(name, 'plugin', plugin)
  checkGroup(name, 'requires', requires)
  checkGroup(name, 'authorization', authorization)
  checkGroup(name, 'exchange', exchange)
  for (const bound of (operations ?? []) as readonly unknown[]) {
    if (!isJsonObject(bound) || !isString(bound.operation) || !isJsonObject(bound.hooks))
      throw invalid(`The operations of the plugin ${name} hold something that on() did not give.`)
    checkGroup(name, 'operations', bound.hooks)
    for (const [type, decode] of Object.entries(bound.hooks.accept ?? {}))
      if (typeof (decode as unknown) !== 'function')
        throw invalid(`The plugin ${name} decodes ${type} by something ${describe(decode)}, and a function is wanted.`)
  }
}

function checkGroup(plugin: string, group: keyof typeof known, value: object | null | undefined): void {
  for (const slot of listNames(value ?? {})) {
    const filler = (value as Readonly<Record<string, unknown>>)[slot]
    const place = `${group === 'plugin' ? '' : `${group}.`}${slot}`
    if (!known[group].split(' ').includes(slot))
      throw oidcError(
        'PLUGIN_UNSUPPORTED',
        `The plugin ${plugin} fills ${place}, which this version of @oidc/core does not know. Update @oidc/core, or use the version of the plugin that was made for it.`,
      )
    const kind = kinds[slot] ?? 'a function'
    if (filler !== undefined && filler !== null && !isOfKind(filler, kind))
      throw invalid(`The plugin ${plugin} fills ${place} with something ${describe(filler)}, and ${kind} is wanted.`)
  }
}

/** Its own, and those that it has of a class: a slot there is filled as well. */
function listNames(value: object): Set<string> {
  const names = new Set(Object.keys(value))
  for (let from = Object.getPrototypeOf(value); from && Object.getPrototypeOf(from); from = Object.getPrototypeOf(from))
    for (const name of Object.getOwnPropertyNames(from)) if (name !== 'constructor') names.add(name)
  return names
}

function isOfKind(value: unknown, kind: string): boolean {
  if (kind === 'a function') return typeof value === 'function'
  if (kind === 'an object') return isJsonObject(value)
  if (kind === 'a string') return isString(value)
  return Array.isArray(value) && (kind === 'an array' || value.every(isString))
}

function invalid(problem: string) {
  return oidcError('PLUGIN_INVALID', `${problem} Give what the plugin's factory returned, e.g. par().`)
}
