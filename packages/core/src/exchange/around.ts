import { isOidcError, oidcError } from '../base/errors.js'
import type { Call } from '../client/operation.js'
import type { Plugin } from '../client/plugin.js'
import { blame, type Filler } from '../client/slots.js'

type Around = NonNullable<Plugin['around']>

/** One `around`: it must call `next` once and give its result on, for hooks can only tighten. */
export function surround({ plugin, run }: Filler<Around>, call: Call, next: () => Promise<unknown>): () => Promise<unknown> {
  const misuse = (problem: string) =>
    blame(
      oidcError('PLUGIN_FAILED', `The plugin ${plugin} ${problem} in its slot around. It must call next() once and give its result.`),
      plugin,
      'around',
    )
  return async () => {
    let inner: Promise<unknown> | undefined
    const once = () => {
      if (inner !== undefined) throw misuse('called next() twice')
      inner = next()
      return inner
    }
    let given: unknown
    try {
      given = await run(call, once)
    } catch (thrown) {
      const own = await inner?.then(
        () => undefined,
        (error: unknown) => error,
      )
      throw own !== undefined && own === thrown ? thrown : isOidcError(thrown) && thrown.plugin ? thrown : blame(thrown, plugin, 'around')
    }
    if (inner === undefined) throw misuse('did not call next()')
    if (given !== (await inner)) throw misuse('changed the result')
    return given
  }
}
