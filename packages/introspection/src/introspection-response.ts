import { type Client, clockTolerance, type Json, type JsonObject, now } from '@oidc/core/plugin'
import { describe, introspectionError } from './introspection-error.js'

/** The key or certificate that a token is bound to. */
export interface Confirmation {
  /** Thumbprint of a DPoP key. {@link https://www.rfc-editor.org/rfc/rfc9449#section-6.2 RFC 9449, section 6.2} */
  readonly jkt?: string
  /** Hash of a client certificate. {@link https://www.rfc-editor.org/rfc/rfc8705#section-3.2 RFC 8705, section 3.2} */
  readonly 'x5t#S256'?: string
  readonly [method: string]: Json | undefined
}

/** A token that is good now. {@link https://www.rfc-editor.org/rfc/rfc7662#section-2.2 RFC 7662, section 2.2} */
export interface ActiveToken {
  readonly active: true
  /** What it may be used for, separated by spaces. */
  readonly scope?: string
  /** Who it was issued to. */
  readonly client_id?: string
  readonly username?: string
  readonly token_type?: string
  /** Epoch seconds. */
  readonly exp?: number
  /** Epoch seconds. */
  readonly iat?: number
  /** Epoch seconds. */
  readonly nbf?: number
  readonly sub?: string
  /** Which resource servers it is for. */
  readonly aud?: string | readonly string[]
  readonly iss?: string
  readonly jti?: string
  readonly cnf?: Confirmation
  /** {@link https://www.rfc-editor.org/rfc/rfc9396#section-9.2 RFC 9396, section 9.2} */
  readonly authorization_details?: readonly (JsonObject & { readonly type: string })[]
  /** Members of the answer that have no place of their own. */
  readonly additional?: JsonObject
}

/** A token that has expired, was revoked, is not for the caller to know, or was never issued: the server does not say which. */
export interface InactiveToken {
  readonly active: false
}

export type Introspection = ActiveToken | InactiveToken

/** By the kind they must be of. */
const kinds: readonly (readonly [names: readonly string[], wanted: string, isGood: (value: unknown) => boolean])[] = [
  [['scope', 'client_id', 'username', 'token_type', 'sub', 'iss', 'jti'], 'a string', (value) => typeof value === 'string'],
  [['exp', 'iat', 'nbf'], 'a time in epoch seconds', isTime],
  [['aud'], 'a string or an array of strings', (value) => [value].flat().every((item) => typeof item === 'string')],
  [['cnf'], 'an object with thumbprints that are strings', isConfirmation],
  [['authorization_details'], 'an array of objects with a type', (value) => Array.isArray(value) && value.every(isDetail)],
]

/**
 * Checks the members of an answer. Of an inactive token nothing but that is passed on, whatever the server says beside it.
 *
 * @throws `INTROSPECTION_INVALID`
 */
export function parseIntrospection(body: unknown, client: Client): Introspection {
  const invalid = (problem: string) =>
    introspectionError(
      'INTROSPECTION_INVALID',
      `The introspection answer of ${client.server.issuer} ${problem}. Treat the token as not valid, and report it to the people who run the server.`,
    )
  if (!isObject(body)) throw invalid('is not a JSON object')
  const { active } = body
  // "false" and 0 are true for some languages, and "true" and 1 would be for a careless reader.
  if (typeof active !== 'boolean') throw invalid(`has an active that is ${describe(active)}, and true or false is wanted`)
  if (!active) return { active }
  const token: Record<string, unknown> = { active }
  const rest = new Map(Object.entries(body).filter(([name, value]) => name !== 'active' && value !== null && value !== undefined))
  for (const [names, wanted, isGood] of kinds)
    for (const name of names) {
      const value = name === 'exp' || name === 'iat' || name === 'nbf' ? readTime(rest.get(name)) : rest.get(name)
      rest.delete(name)
      if (value === undefined) continue
      if (!isGood(value)) throw invalid(`has a ${name} that is ${describe(value)}, and ${wanted} is wanted`)
      token[name] = value
    }
  if (rest.size) token.additional = Object.fromEntries(rest)
  return token as unknown as ActiveToken
}

/** By our own clock, whatever the server says of it. {@link https://www.rfc-editor.org/rfc/rfc7662#section-4 RFC 7662, section 4} */
export function isInTime({ exp = Infinity, nbf = 0 }: ActiveToken, client: Client): boolean {
  const time = now(client)
  const tolerance = clockTolerance(client)
  return time < exp + tolerance && time >= nbf - tolerance
}

/** Some servers send digits in a string. */
function readTime(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 8.64e12
}

function isConfirmation(value: unknown): boolean {
  return isObject(value) && [value.jkt, value['x5t#S256']].every((thumbprint) => thumbprint === undefined || typeof thumbprint === 'string')
}

function isDetail(value: unknown): boolean {
  return isObject(value) && typeof value.type === 'string'
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
