import { inspect } from 'node:util'
import { isOidcError, type OidcError } from '../src/base/errors.js'

/** The OidcError that a function throws or rejects with. Anything else, or nothing, fails the test. */
export async function caught(run: () => unknown): Promise<OidcError> {
  try {
    await run()
  } catch (error) {
    if (isOidcError(error)) return error
    throw new Error('It threw something else than an OidcError.', { cause: error })
  }
  throw new Error('It threw nothing.')
}

/** Everything that a log could show of a value: hidden members, getters and all levels. */
export function shown(value: unknown): string {
  const text = [inspect(value, { depth: Infinity, showHidden: true, getters: true, maxStringLength: Infinity, maxArrayLength: Infinity })]
  text.push(JSON.stringify(value) ?? '', String(value))
  return text.join('\n')
}
