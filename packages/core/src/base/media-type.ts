/** Essence, then parameters; the comma that joins two headers is refused unless it is quoted. */
const contentType = /^[ \t]*([\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+)[ \t]*(?:;(?:[^",]|"(?:[^"\\]|\\.)*")*)?$/

/**
 * The type and subtype of a `Content-Type`, in lower case and without parameters; `undefined` if it is absent or malformed, which two
 * headers joined by a comma are ({@link https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1 | RFC 9110 8.3.1}).
 */
export function mediaType(header: string | null | undefined): string | undefined {
  return contentType.exec(header ?? '')?.[1]?.toLowerCase()
}
