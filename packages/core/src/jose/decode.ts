import { decodeBase64Url } from '../base/base64url.js'
import { decodeUtf8, isJsonObject, type JsonObject, parseJson } from '../base/json.js'

/** A JWT taken apart, nothing of it verified. */
export interface DecodedJwt {
  readonly header: JsonObject
  readonly claims: JsonObject
}

/**
 * Takes a compact JWS apart without verifying it, strictly: length before anything else, three segments, canonical base64url, JSON objects
 * without duplicate members.
 *
 * @param limit Characters: 65536.
 * @param depth Levels of nesting: 32.
 * @throws SyntaxError without any of the token
 */
export function decodeJwt(jwt: unknown, limit = 65536, depth = 32): DecodedJwt {
  if (typeof jwt !== 'string') throw new SyntaxError('it is not a string')
  if (jwt.length > limit) throw new SyntaxError(`it is longer than ${limit} characters`)
  const segments = jwt.split('.', 7)
  if (segments.length !== 3) throw new SyntaxError(`it has ${segments.length} segments, and a signed JWT has 3`)
  const [header, claims, signature] = segments as [string, string, string]
  decodeBase64Url(signature)
  return { header: decodeSegment(header, depth), claims: decodeSegment(claims, depth) }
}

/** Whether it has the five segments of a compact JWE. */
export function isEncrypted(jwt: string): boolean {
  return jwt.split('.', 6).length === 5
}

/** The header of a compact JWE, nothing of it verified; undefined where it is none. */
export function readHeader(jwe: string): JsonObject | undefined {
  try {
    return decodeSegment(jwe.split('.', 1)[0] ?? '', 8)
  } catch {
    return undefined
  }
}

function decodeSegment(segment: string, depth: number): JsonObject {
  const value = parseJson(decodeUtf8(decodeBase64Url(segment)), depth)
  if (!isJsonObject(value)) throw new SyntaxError('a segment is not a JSON object')
  return value
}
