import { oidcError } from '../base/errors.js'
import { describe } from '../client/options.js'

/** Parameters that a caller adds to a request. */
export type ExtraParameters = Readonly<Record<string, string | readonly string[] | undefined>>

/** What every network function takes beside its own. */
export interface RequestSettings {
  readonly signal?: AbortSignal | undefined
  /** Seconds for one attempt; the client's by default. */
  readonly timeout?: number | undefined
}

const credentials = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type']

/**
 * Puts the caller's parameters beside the ones that are ours, which stand.
 *
 * @throws `PARAMETER_RESERVED`, `PARAMETER_INVALID`
 */
export function mergeParameters(
  own: Readonly<Record<string, string>>,
  extra: ExtraParameters = {},
): Record<string, string | readonly string[]> {
  for (const [name, value] of Object.entries(own)) checkValue(name, value)
  const merged: Record<string, string | readonly string[]> = Object.assign(Object.create(null), own)
  for (const [name, value] of Object.entries(extra)) {
    if (value === undefined) continue
    if (Object.hasOwn(own, name) || credentials.includes(name))
      throw oidcError(
        'PARAMETER_RESERVED',
        `The parameter ${name} is set by the client itself. Take it away; what it must be comes from the client, the transaction or the arguments.`,
      )
    checkValue(name, value)
    merged[name] = value
  }
  return merged
}

function checkValue(name: string, value: unknown): void {
  if (typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))) return
  throw oidcError(
    'PARAMETER_INVALID',
    `The parameter ${name} is ${describe(value)}. Give a string, or an array of strings where the server takes several.`,
  )
}
