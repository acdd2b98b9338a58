/** Parameters as they go on the wire; an array repeats its name. At run time without prototype, and frozen. */
export type ReadonlyParameters = Readonly<Record<string, string | readonly string[]>>

const maxParameters = 100

/** Encodes parameters as `application/x-www-form-urlencoded`, in exactly the spelling of `URLSearchParams`. */
export function encodeForm(parameters: ReadonlyParameters): string {
  let form = ''
  for (const [name, value] of Object.entries(parameters)) {
    const start = `&${formEncode(name)}=`
    if (typeof value === 'string') form += start + formEncode(value)
    else for (const each of value) form += start + formEncode(each)
  }
  return form.slice(1)
}

/**
 * Encodes one value as `application/x-www-form-urlencoded` does: `-`, `.`, `_` and `*` stay, a space is `+`. Servers that do not decode
 * HTTP Basic credentials then still see the punctuation that ids are made of
 * ({@link https://www.rfc-editor.org/rfc/rfc6749#appendix-B | RFC 6749 Appendix B}).
 */
export function formEncode(value: string): string {
  // Most values need no encoding: to see that is faster than to encode them.
  return /[^\w.*-]/.test(value) ? new URLSearchParams([['', value]]).toString().slice(1) : value
}

/** The parameters of a query or form as a record without prototype; a repeated name becomes an array. */
export function toRecord(search: URLSearchParams): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of search) {
    const before = record[name]
    if (before === undefined) record[name] = value
    else if (typeof before === 'string') record[name] = [before, value]
    else before.push(value)
  }
  return record
}

/**
 * Reads parameters each of which may appear once ({@link https://www.rfc-editor.org/rfc/rfc6749#section-3.1 | RFC 6749 3.1}). Names are
 * case-sensitive; the record has no prototype and is frozen.
 *
 * @param limit The most characters of a name or value.
 * @throws SyntaxError that names the parameter, never its value: it appears twice, it is too long, or there are more than 100.
 */
export function readOnce(search: URLSearchParams, limit: number): Readonly<Record<string, string>> {
  const record: Record<string, string> = Object.create(null)
  let count = 0
  for (const [name, value] of search) {
    if (++count > maxParameters) throw new SyntaxError(`there are more than ${maxParameters} parameters`)
    if (name in record) throw refused(name, 'appears twice')
    if (name.length > limit || value.length > limit) throw refused(name, `is longer than ${limit} characters`)
    record[name] = value
  }
  return Object.freeze(record)
}

function refused(name: string, problem: string): SyntaxError {
  return new SyntaxError(`the parameter ${JSON.stringify(name.slice(0, 64))} ${problem}`)
}
