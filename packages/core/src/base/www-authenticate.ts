/** One challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string
  readonly token68?: string
  /** Names in lower case; no prototype. */
  readonly parameters: Readonly<Record<string, string>>
}

/** The most characters read of a header. */
const limit = 0x10000
/** The most seconds a server may ask us to wait. */
const longestWait = 86_400

/** What separates it from the element before; a token; then `=` and a token or quoted string if it is a parameter. */
const element = /([ \t,]*)([\w!#$%&'*+.^`|~-]+)(?:[ \t]*=[ \t]*(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)")|(?=[ ,]|$))/y
const token68 = / +([\w.~+/-]+=*)(?=[ \t]*(?:,|$))/y

/**
 * Parses the challenges of a `WWW-Authenticate` header, in linear time. It never throws: what cannot be parsed ends the list. Parameters
 * are also taken without a comma between them, as many servers send them.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 | RFC 9110 11.6.1}
 */
export function parseChallenges(header: string | null): readonly Challenge[] {
  const text = (header ?? '').slice(0, limit)
  const challenges: Challenge[] = []
  let parameters: Record<string, string> | undefined
  for (let at = 0; ; ) {
    element.lastIndex = at
    const match = element.exec(text)
    if (!match) return challenges
    const [, separator = '', word = '', token, quoted] = match
    if (at && !separator) return challenges
    at = element.lastIndex
    const name = word.toLowerCase()
    const value = token ?? quoted?.replace(/\\(.)/g, '$1')
    if (value === undefined) {
      if (parameters && !separator.includes(',')) return challenges
      parameters = Object.create(null) as Record<string, string>
      token68.lastIndex = at
      const credentials = token68.exec(text)?.[1]
      if (credentials) at = token68.lastIndex
      challenges.push({ scheme: name, ...(credentials && { token68: credentials }), parameters })
    } else {
      // A name may appear once.
      if (!parameters || name in parameters) return challenges
      parameters[name] = value
    }
  }
}

/**
 * The seconds that a `Retry-After` asks to wait, a number or a date, at most a day; `undefined` if it is absent, past or unreadable.
 *
 * @param now Seconds since the epoch.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 | RFC 9110 10.2.3}
 */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  // All three forms of https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7; the last one ends in its year, is in UTC and does not say so.
  const match = /^(?:\d+|[A-Z].+:\d\d (GMT|\d{4}))$/.exec(header ?? '')
  if (!match) return undefined
  const [text, end] = match
  const seconds = end ? Date.parse(end === 'GMT' ? text : `${text} GMT`) / 1000 - now : Number(text)
  return seconds >= 0 ? Math.min(seconds, longestWait) : undefined
}
