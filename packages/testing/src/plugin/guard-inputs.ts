import type { Plugin } from '@oidc/core/plugin'

/** A plugin whose hooks are watched until `restore` is called. */
export interface Guarded {
  readonly guarded: Plugin
  restore(): void
}

/**
 * Watches the hooks of a plugin: what they change of their inputs is reported. The plugin stays the very object that its factory made, by which an
 * extension finds its options; only of one that is frozen a copy is watched.
 */
export function guardInputs(plugin: Plugin, report: (slot: string) => void): Guarded {
  const watched: { -readonly [Part in 'authorization' | 'exchange' | 'operations']?: unknown } = {}
  for (const part of ['authorization', 'exchange'] as const) if (plugin[part]) watched[part] = guardHooks(plugin[part], part, report)
  if (plugin.operations)
    watched.operations = plugin.operations.map((bound) => ({
      ...bound,
      hooks: guardHooks(bound.hooks, `operations.${bound.operation}`, report),
    }))
  if (Object.isFrozen(plugin)) return { guarded: { ...plugin, ...watched } as Plugin, restore: () => undefined }
  const before = { ...plugin }
  return { guarded: Object.assign(plugin, watched), restore: () => void Object.assign(plugin, before) }
}

function guardHooks(hooks: object, part: string, report: (slot: string) => void): object {
  return Object.fromEntries(
    Object.entries(hooks).map(([name, hook]) => [
      name,
      typeof hook === 'function' ? guardHook(hook.bind(hooks), `${part}.${name}`, report) : hook,
    ]),
  )
}

type Hook = (...inputs: readonly unknown[]) => unknown

function guardHook(hook: Hook, slot: string, report: (slot: string) => void): Hook {
  return (...inputs) => {
    const before = inputs.map(describe)
    const compare = (): void => {
      if (inputs.some((input, index) => describe(input) !== before[index])) report(slot)
    }
    const result = hook(...inputs)
    if (!(result instanceof Promise)) {
      compare()
      return result
    }
    return result.finally(compare)
  }
}

/** What can be seen of an input, as text. Bodies are left out: reading one uses it up. */
function describe(input: unknown): string {
  if (input instanceof URLSearchParams || input instanceof URL) return input.toString()
  if (input instanceof Headers) return JSON.stringify([...input])
  if (input instanceof Response || input instanceof Request) return JSON.stringify([...input.headers])
  return JSON.stringify(input, (_, value: unknown) => (value instanceof URLSearchParams ? value.toString() : value)) ?? 'undefined'
}
