/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject

/** A JSON object. */
export interface JsonObject {
  readonly [member: string]: Json | undefined
}

const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true })

/**
 * Parses JSON text strictly, in time linear in its length. A member named `__proto__` is dropped at every level.
 *
 * @param maxDepth How many arrays and objects may lie in one another.
 * @throws SyntaxError with a fixed message that holds nothing of the text: it is not JSON, a member name appears twice
 *   ({@link https://www.rfc-editor.org/rfc/rfc8259#section-4 | RFC 8259 4}), or it is nested too deep.
 */
export function parseJson(text: string, maxDepth = 32): unknown {
  let members = countMembers(text, maxDepth)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The native message quotes the text, which may be a token.
    throw new SyntaxError('it is not JSON')
  }
  const pending: unknown[] = [value]
  for (const item of pending) {
    if (typeof item !== 'object' || item === null) continue
    const children: unknown[] = Object.values(item)
    for (const child of children) if (typeof child === 'object') pending.push(child)
    if (Array.isArray(item)) continue
    members -= children.length
    if (Object.hasOwn(item, '__proto__')) Reflect.deleteProperty(item, '__proto__')
  }
  // The parser keeps one member of every name, so a name that stands there twice is missing from its count, however it was escaped.
  if (members !== 0) throw new SyntaxError('a member name appears twice')
  return value
}

/** Counts the colons outside strings: one a member. Runs before the parser, whose recursion a deep text could exhaust. */
function countMembers(text: string, maxDepth: number): number {
  let members = 0
  let depth = 0
  let isInside = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    // A backslash outside strings ends all parsing, so what is counted behind it does not matter.
    if (unit === 0x5c) at++
    else if (unit === 0x22) isInside = !isInside
    else if (isInside) continue
    else if (unit === 0x3a) members++
    // 0x20 is all that [ and { differ in, and ] and }.
    else if ((unit | 0x20) === 0x7d) depth--
    else if ((unit | 0x20) === 0x7b && ++depth > maxDepth) throw new SyntaxError(`it is nested deeper than ${maxDepth} levels`)
  }
  return members
}

/**
 * Decodes UTF-8, ignoring one leading byte order mark.
 *
 * @throws SyntaxError if the bytes are not UTF-8 ({@link https://www.rfc-editor.org/rfc/rfc8259#section-8.1 | RFC 8259 8.1}).
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new SyntaxError('it is not UTF-8')
  }
}

/** Whether a value is a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value is a string that is not empty. */
export function isString(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
