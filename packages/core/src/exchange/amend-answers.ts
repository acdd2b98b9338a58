import { type OidcError, oidcError } from '../base/errors.js'
import { decodeUtf8, isJsonObject, type JsonObject } from '../base/json.js'
import type { AmendAnswer } from '../client/options.js'
import { describe } from '../client/options.js'

/** An answer of a server that breaks rules, read within the limits and not looked at yet. */
export interface GivenAnswer {
  readonly status: number
  /** As it stands in the header, e.g. `application/json; charset=utf-8`; empty where there is none. */
  readonly contentType: string
  readonly body: string
}

/** What shall stand in its place; what is left out stays. */
export interface AmendedAnswer {
  /** Of the same hundred: an error stays an error, and a success a success. */
  readonly status?: number
  readonly contentType?: string
  /** An object is written as JSON. */
  readonly body?: string | JsonObject
}

/** By the name of the operation, e.g. `token`, `userinfo`, `revocation`, or that of an extension. */
export type Amendments = Readonly<Record<string, (answer: GivenAnswer) => AmendedAnswer | undefined>>

/**
 * Makes the option `amend`: rewrites answers of a server that breaks rules for which there is no quirk, before anything looks at them. Whatever it
 * gives is then checked as if the server had sent it: signatures, types, limits. It never sees a redirect, it cannot make a success of an error, and
 * `onEvent` is told each time that it changes something.
 *
 * @example amend: amendAnswers({ token: ({ status }) => (status === 201 ? { status: 200 } : undefined) })
 * @throws `OPTION_INVALID`, also where a function throws or gives what cannot be used
 */
export function amendAnswers(amendments: Amendments): AmendAnswer {
  const entries: readonly (readonly [string, unknown])[] = isJsonObject(amendments) ? Object.entries(amendments) : []
  if (!entries.length)
    throw invalid(
      'amend',
      isJsonObject(amendments) ? 'holds nothing' : `is ${describe(amendments)}`,
      'a function by the name of an operation',
    )
  for (const [name, amend] of entries) {
    // These are shared by all clients of the process: what one amends, another would believe.
    if (name === 'discovery' || name === 'jwks')
      throw invalid(`amend.${name}`, 'cannot be amended', 'corrected metadata to createClient(), or quirks: { acceptContentTypes }')
    if (typeof amend !== 'function') throw invalid(`amend.${name}`, `is ${describe(amend)}`, 'a function')
  }
  const known = new Map(entries as readonly (readonly [string, Amendments[string]])[])
  return (operation, response, bytes) => {
    const amend = known.get(operation)
    if (!amend) return undefined
    const { status } = response
    let amended: AmendedAnswer | undefined
    try {
      amended = amend({ status, contentType: response.headers.get('content-type') ?? '', body: decode(bytes) })
    } catch {
      // What it threw may quote the body.
      throw invalid(`amend.${operation}`, 'threw an error', 'a function that takes whatever the server sends')
    }
    if (amended === undefined) return undefined
    if (!isJsonObject(amended) || amended instanceof Promise)
      throw invalid(`amend.${operation}`, `gave something ${describe(amended)}`, 'an object or undefined, at once')
    return apply(operation, response, bytes, amended)
  }
}

function apply(operation: string, response: Response, bytes: Uint8Array, { status = response.status, contentType, body }: AmendedAnswer) {
  if (Math.floor(status / 100) !== Math.floor(response.status / 100))
    throw invalid(`amend.${operation}`, `makes a status ${response.status} one of ${status}`, 'one of the same hundred')
  const headers = new Headers(response.headers)
  if (contentType !== undefined) headers.set('content-type', contentType)
  const text = isJsonObject(body) ? JSON.stringify(body) : body
  return { response: new Response(null, { status, headers }), body: text === undefined ? bytes : new TextEncoder().encode(text) }
}

/** What is not UTF-8 is refused anyway, unless the function replaces it. */
function decode(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes)
  } catch {
    return ''
  }
}

function invalid(name: string, problem: string, wanted: string): OidcError {
  return oidcError('OPTION_INVALID', `The option ${name} ${problem}. Give ${wanted}.`)
}
