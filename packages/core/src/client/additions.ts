import { oidcError } from '../base/errors.js'
import type { Additions } from './operation.js'
import { conflict } from './slots.js'

type Values = Record<string, string | readonly string[]>

/**
 * Adds what fillers of one slot returned. All of them saw the same snapshot, so a name that is present already with another value is a
 * conflict, and an array is added only where its name is absent.
 *
 * @throws `PLUGIN_CONFLICT` naming both sides
 */
export function mergeAdditions<T extends Values>(
  base: T,
  added: readonly { readonly plugin: string; readonly additions: Additions | undefined }[],
  what: string,
): T {
  const owners = new Map<string, string>()
  const merged: Values = Object.assign(Object.create(null), base)
  for (const { plugin, additions } of added) {
    if (additions === undefined) continue
    for (const [name, value] of Object.entries(additions)) {
      if (value === undefined) continue
      if (typeof value !== 'string' && !(Array.isArray(value) && value.every((item) => typeof item === 'string')))
        throw oidcError(
          'PLUGIN_INVALID',
          `The plugin ${plugin} adds the ${what} ${name} as something else than a string or an array of strings.`,
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
