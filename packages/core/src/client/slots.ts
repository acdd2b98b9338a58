import { compareText } from '../base/compare.js'
import { isOidcError, type OidcError, oidcError } from '../base/errors.js'
import { checkPlugin } from './check-plugin.js'
import type { Decode } from './operation.js'
import { describe } from './options.js'
import type { AuthorizationSlots, ExchangeSlots, OperationHooks, Plugin } from './plugin.js'

/** A slot's filler and whose it is. */
export interface Filler<Hook> {
  readonly plugin: string
  readonly run: Hook
}

type Hook<Slots, Name extends keyof Slots> = Filler<NonNullable<Slots[Name]>>
type All<Slots, Name extends keyof Slots> = readonly Hook<Slots, Name>[] | undefined

/** Hooks on one operation, of all plugins. */
export interface OperationSlots {
  readonly parameters: All<OperationHooks<unknown>, 'parameters'>
  readonly accept: ReadonlyMap<string, Filler<Decode>> | undefined
  readonly check: All<OperationHooks<unknown>, 'check'>
}

/** Every slot of a client, filled once when it is made. An empty one is undefined and costs nothing. */
export interface Slots {
  readonly authorization: {
    readonly parameters: All<AuthorizationSlots, 'parameters'>
    readonly protect: Hook<AuthorizationSlots, 'protect'> | undefined
    readonly deliver: Hook<AuthorizationSlots, 'deliver'> | undefined
    readonly open: Hook<AuthorizationSlots, 'open'> | undefined
    readonly check: All<AuthorizationSlots, 'check'>
  }
  readonly exchange: {
    readonly endpoint: Hook<ExchangeSlots, 'endpoint'> | undefined
    readonly headers: All<ExchangeSlots, 'headers'>
    /** By lower-case name: the spelling, and whose it is. */
    readonly tokenTypes: ReadonlyMap<string, Filler<string>> | undefined
    readonly seal: Hook<ExchangeSlots, 'seal'> | undefined
    readonly unseal: Hook<ExchangeSlots, 'unseal'> | undefined
    readonly received: All<ExchangeSlots, 'received'>
    readonly retry: All<ExchangeSlots, 'retry'>
  }
  readonly operations: ReadonlyMap<string, OperationSlots> | undefined
  readonly around: All<Plugin, 'around'>
}

/**
 * Sorts plugins by name, so that no order of registration can be observed, and refuses what cannot work together.
 *
 * @throws `PLUGIN_INVALID`, `PLUGIN_UNSUPPORTED`, `PLUGIN_CONFLICT`, `PLUGIN_MISSING`
 */
export function sortPlugins(use: readonly Plugin[]): readonly Plugin[] {
  for (const plugin of use) checkPlugin(plugin)
  const plugins = [...use].sort((a, b) => compareText(a.name, b.name))
  for (const [i, { name, requires }] of plugins.entries()) {
    if (plugins[i + 1]?.name === name) throw conflict('use', name, name, 'Take one of them away.')
    for (const needed of requires?.plugins ?? [])
      if (!plugins.some((other) => other.name === needed))
        throw oidcError('PLUGIN_MISSING', `The plugin ${name} needs the plugin ${needed}, which is not installed. Add it to use.`)
  }
  return plugins
}

/** Fills the slots with sorted plugins. @throws `PLUGIN_CONFLICT` */
export function fillSlots(plugins: readonly Plugin[]): Slots {
  const authorization = collector(plugins.map(({ name, authorization }) => ({ name, hooks: authorization })))
  const exchange = collector(plugins.map(({ name, exchange }) => ({ name, hooks: exchange })))
  return {
    authorization: {
      parameters: authorization('parameters'),
      protect: single('protect', authorization('protect')),
      deliver: single('deliver', authorization('deliver')),
      open: single('open', authorization('open')),
      check: authorization('check'),
    },
    exchange: {
      endpoint: single('endpoint', exchange('endpoint')),
      headers: exchange('headers'),
      tokenTypes: keyed(
        'tokenTypes',
        exchange('tokenTypes')?.flatMap(({ plugin, run }) => run.map((type) => [type.toLowerCase(), { plugin, run: type }] as const)),
      ),
      seal: single('seal', exchange('seal')),
      unseal: single('unseal', exchange('unseal')),
      received: exchange('received'),
      retry: exchange('retry'),
    },
    operations: fillOperations(plugins),
    around: collector(plugins.map((plugin) => ({ name: plugin.name, hooks: plugin })))('around'),
  }
}

/** Runs one filler; what it throws says whose it is. @throws `PLUGIN_FAILED` for anything that is no OidcError */
export async function runSlot<T>(filler: { readonly plugin: string }, slot: string, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw blame(error, filler.plugin, slot)
  }
}

/** Marks an error with the plugin and slot that threw it. The innermost wins: a slot may make a request of its own. */
export function blame(error: unknown, plugin: string, slot: string): unknown {
  const marked = isOidcError(error)
    ? error
    : oidcError(
        'PLUGIN_FAILED',
        `The plugin ${plugin} threw ${error instanceof Error ? error.name : describe(error)} in its slot ${slot}. Report it to the plugin's authors.`,
        { cause: error },
      )
  marked.plugin ??= plugin
  marked.slot ??= slot
  return marked
}

export function conflict(slot: string, first: string, second: string, remedy: string): OidcError {
  return oidcError('PLUGIN_CONFLICT', `Both ${first} and ${second} want ${slot}, which only one of them can have. ${remedy}`)
}

function fillOperations(plugins: readonly Plugin[]): Slots['operations'] {
  const bound = plugins.flatMap(({ name, operations = [] }) => operations.map(({ operation, hooks }) => ({ name, operation, hooks })))
  if (!bound.length) return undefined
  const slots = new Map<string, OperationSlots>()
  for (const { operation } of bound) {
    const mine = bound.filter((candidate) => candidate.operation === operation)
    const all = collector(mine.map(({ name, hooks }) => ({ name, hooks: hooks as OperationHooks<unknown> })))
    slots.set(operation, {
      parameters: all('parameters'),
      accept: keyed(
        `accept of ${operation}`,
        all('accept')?.flatMap(({ plugin, run }) =>
          Object.entries(run).map(([type, decode]) => [type.toLowerCase(), { plugin, run: decode }] as const),
        ),
      ),
      check: all('check'),
    })
  }
  return slots
}

/** Collects one slot's fillers from all owners, in their order. */
function collector<Hooks extends object>(owners: readonly { readonly name: string; readonly hooks: Hooks | undefined }[]) {
  return <Name extends keyof Hooks>(name: Name): readonly Hook<Hooks, Name>[] | undefined => {
    const fillers: Hook<Hooks, Name>[] = []
    for (const { name: plugin, hooks } of owners) {
      const run = hooks?.[name]
      if (run === undefined || run === null) continue
      // A hook may use `this`: it is called as a method of the object that the factory made.
      fillers.push({ plugin, run: (typeof run === 'function' ? run.bind(hooks) : run) as NonNullable<Hooks[Name]> })
    }
    return fillers.length ? fillers : undefined
  }
}

function single<Hook>(slot: string, fillers: readonly Filler<Hook>[] | undefined): Filler<Hook> | undefined {
  const [first, second] = fillers ?? []
  if (first && second) throw conflict(`the slot ${slot}`, first.plugin, second.plugin, 'Take one of them away.')
  return first
}

function keyed<Value extends { readonly plugin: string }>(
  slot: string,
  entries: readonly (readonly [string, Value])[] | undefined,
): ReadonlyMap<string, Value> | undefined {
  if (!entries?.length) return undefined
  const map = new Map<string, Value>()
  for (const [key, value] of entries) {
    const other = map.get(key)
    if (other) throw conflict(`${key} in the slot ${slot}`, other.plugin, value.plugin, 'Take one of them away.')
    map.set(key, value)
  }
  return map
}
