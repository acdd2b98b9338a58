import { type Client, decodeJwt, type Json, type JsonObject, oidcError, toRecord } from '@oidc/core/plugin'
import { jarmError } from './jarm-error.js'

export type RequestObjectClaims = JsonObject

/** The object's own. With a `sub` it would be good as a client assertion (RFC 9101, section 10.8). */
const reserved = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'request', 'request_uri']
const objects: Readonly<Record<string, (value: unknown) => boolean>> = {
  claims: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  authorization_details: Array.isArray,
}

/**
 * The parameters of a request as claims: numbers, objects and arrays are such.
 * {@link https://www.rfc-editor.org/rfc/rfc9101#section-4 RFC 9101, section 4}
 *
 * @throws `PARAMETER_RESERVED`, `PARAMETER_INVALID`
 */
export function toClaims(search: URLSearchParams): RequestObjectClaims {
  const claims: Record<string, Json> = Object.create(null)
  for (const [name, value] of Object.entries(toRecord(search))) {
    if (reserved.includes(name))
      throw oidcError(
        'PARAMETER_RESERVED',
        `The parameter ${name} may not stand in a request object, where it means something else. Take it away.`,
      )
    claims[name] = typeof value === 'string' ? readValue(name, value) : value
  }
  return claims
}

function readValue(name: string, value: string): Json {
  if (name === 'max_age') return Number(value)
  const isWanted = Object.hasOwn(objects, name) ? objects[name] : undefined
  if (!isWanted) return value
  let parsed: unknown
  try {
    parsed = JSON.parse(value)
  } catch {
    // Told below, without the text: it may be about a person.
  }
  if (!isWanted(parsed))
    throw oidcError(
      'PARAMETER_INVALID',
      `The parameter ${name} is no JSON ${name === 'claims' ? 'object' : 'array'}. Give one, not its text.`,
    )
  return parsed as Json
}

/** Compares the algorithm with what client and server say, when nothing was sent yet. @throws `JAR_ALGORITHM` */
export function checkSigningAlgorithm({ server, metadata }: Client, signed: string): void {
  const alg = String(decodeJwt(signed).header.alg)
  const { request_object_signing_alg: registered } = metadata
  for (const [wanted, whose] of [
    [registered === undefined ? undefined : [registered], 'The client metadata'],
    [server.request_object_signing_alg_values_supported, server.issuer],
  ] as const)
    if (wanted && !wanted.includes(alg))
      throw jarmError(
        'JAR_ALGORITHM',
        `The key of jar() signs with ${alg}, and ${whose} says ${JSON.stringify(wanted.slice(0, 16))}. Give a key for that, as { key, alg } where it goes by several names.`,
      )
}
