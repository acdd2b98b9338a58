import { oidcError } from '../base/errors.js'
import { isJsonObject, isString } from '../base/json.js'
import { checkUrl, type UrlPolicy } from '../base/url.js'
import type { ServerMetadata } from './server-metadata.js'

const parsed = /* @__PURE__ */ new WeakMap<object, UrlPolicy['allowInsecure'] | null>()

/**
 * Checks a server's metadata at the border and freezes a copy of it.
 *
 * Every endpoint is checked now and not at its first use, so that a `javascript:` or `http:` address is never stored. A list that is no
 * list is dropped: the strict default then stands for it. A switch that is no boolean is refused: dropping it could loosen a check.
 *
 * @throws `SERVER_METADATA_INVALID`, `URL_INVALID`, `URL_INSECURE`
 */
export function parseServerMetadata(value: unknown, policy: UrlPolicy): ServerMetadata {
  const { allowInsecure } = policy
  if (isJsonObject(value) && parsed.get(value) === (allowInsecure ?? null)) return value as unknown as ServerMetadata
  if (!isJsonObject(value)) throw invalid(`is not a JSON object`)
  if (!isString(value.issuer)) throw invalid(`has no issuer: a non-empty string is wanted`)
  checkIssuer(value.issuer, policy)
  const metadata: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    // Assigned, `__proto__` would give the copy members that nobody checked.
    if (member === null || member === undefined || name === '__proto__') continue
    const copy = parseMember(name, member, policy)
    if (copy !== undefined) metadata[name] = copy
  }
  parsed.set(Object.freeze(metadata), allowInsecure ?? null)
  return metadata as unknown as ServerMetadata
}

/**
 * An issuer is an absolute https URL without query and fragment.
 * {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414, section 2}
 */
export function checkIssuer(issuer: string, policy: UrlPolicy): URL {
  const url = checkUrl(issuer, 'issuer', policy)
  if (url.search || issuer.includes('?')) throw invalid(`has an issuer with a query, which an issuer may not have: take it away`)
  return url
}

function parseMember(name: string, member: unknown, policy: UrlPolicy): unknown {
  if (name.endsWith('_endpoint') || name === 'jwks_uri' || name === 'check_session_iframe')
    return checkUrl(member, `${name} of the server metadata`, policy) && member
  if (name === 'mtls_endpoint_aliases') {
    if (!isJsonObject(member)) throw invalid(`has mtls_endpoint_aliases that are not an object`)
    for (const [alias, url] of Object.entries(member)) checkUrl(url, `mtls_endpoint_aliases.${alias} of the server metadata`, policy)
    return Object.freeze({ ...member })
  }
  if (name.endsWith('_supported') && !switches.test(name))
    return Array.isArray(member) && member.every(isString) ? Object.freeze([...member]) : undefined
  if ((name.startsWith('require_') || switches.test(name)) && typeof member !== 'boolean')
    throw invalid(`has ${name} as ${typeof member}, and true or false is wanted`)
  return member
}

const switches = /(?:parameter|logout|session)_supported$|_bound_access_tokens$/

function invalid(problem: string) {
  return oidcError(
    'SERVER_METADATA_INVALID',
    `The server metadata ${problem}. Correct the metadata, or report it to the people who run the server.`,
  )
}
