import type { SeenRequest } from '../test-issuer.js'

const nothing = /(?!)/
const word = /[\w.-]+/g
const token = /^eyJ[\w-]+(?:\.[\w-]*){2,4}$/

/**
 * What went over the wire, so that two runs can be compared: a signature, or what is encrypted, is another one each time, and so is `jti`.
 * Headers of a connection are left out.
 */
export function describeRequests(requests: readonly SeenRequest[], varies?: RegExp): readonly string[] {
  return requests.map(({ method, url, headers, body, status }) =>
    [method, url, JSON.stringify(Object.entries(headers).sort()), body, status]
      .join(' ')
      .replace(word, (text) => (token.test(text) ? describeToken(text) : text))
      .replace(varies ?? nothing, '<varies>'),
  )
}

function describeToken(jwt: string): string {
  const [header = '', payload = '', ...rest] = jwt.split('.')
  if (rest.length > 1) return `<encrypted ${decode(header)}>`
  return `<${decode(header)} ${decode(payload)}>`
}

function decode(part: string): string {
  try {
    const { jti: _, ...members } = JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, unknown>
    return JSON.stringify(members)
  } catch {
    return part
  }
}
