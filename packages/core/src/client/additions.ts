import { oidcError } from '../base/errors.js'
import { isJsonObject } from '../base/json.js'
import type { Additions } from './operation.js'
import { describe } from './options.js'
import { conflict } from './slots.js'

type Values = Record<string, string | readonly string[]>

/**
 * Adds what fillers of one slot returned. All of them saw the same snapshot, so a name that is present already with another value is a
 * conflict, and an array is added only where its name is absent. Headers are compared in lower case.
 *
 * @throws `PLUGIN_CONFLICT` naming both sides; `PLUGIN_INVALID`
 */
export function mergeAdditions<T extends Values>(
  base: T,
  added: readonly { readonly plugin: string; readonly additions: Additions | undefined }[],
  what: 'parameter' | 'header',
): T {
  const owners = new Map<string, string>()
  const merged: Values = Object.assign(Object.create(null), base)
  for (const { plugin, additions } of added) {
    if (additions === undefined) continue
    // Headers and URLSearchParams have no members of their own: what they hold would be left out without a word.
    if (!isJsonObject(additions) || Symbol.iterator in additions)
      throw oidcError(
        'PLUGIN_INVALID',
        `The plugin ${plugin} gives ${what}s as something ${describe(additions)}, and a plain object is wanted. Report it to the plugin's authors.`,
      )
    for (const [given, value] of Object.entries(additions)) {
      if (value === undefined) continue
      const name = what === 'header' ? given.toLowerCase() : given
      if (typeof value !== 'string' && !(Array.isArray(value) && value.every((item) => typeof item === 'string')))
        throw oidcError(
          'PLUGIN_INVALID',
          `The plugin ${plugin} adds the ${what} ${name} as something else than a string or an array of strings. Report it to the plugin's authors.`,
        )
      if (name in merged) {
        if (merged[name] === value && typeof value === 'string') continue
        throw conflict(`the ${what} ${name}`, owners.get(name) ?? 'the request itself', plugin, 'Take one of them away.')
      }
      merged[name] = value
      owners.set(name, plugin)
    }
  }
  return merged as T
}
