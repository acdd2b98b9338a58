import { oidcError } from '../base/errors.js'
import { isJsonObject, isString, type JsonObject } from '../base/json.js'
import { checkUrl, type UrlPolicy } from '../base/url.js'
import { createSender, type SenderOptions } from '../client/create.js'
import { internalsOf } from '../client/internals.js'
import { fetchDocument } from '../exchange/fetch-document.js'
import { waitFor } from '../exchange/shared.js'
import { checkIssuer } from '../metadata/parse-server-metadata.js'

/** What a protected resource says of itself. {@link https://www.rfc-editor.org/rfc/rfc9728#section-2 RFC 9728, section 2} */
export interface ResourceMetadata {
  readonly resource: string
  /** Issuers whose tokens it takes. */
  readonly authorization_servers?: readonly string[]
  readonly jwks_uri?: string
  readonly scopes_supported?: readonly string[]
  /** An empty list: it takes no bearer tokens at all. */
  readonly bearer_methods_supported?: readonly string[]
  readonly resource_signing_alg_values_supported?: readonly string[]
  readonly resource_name?: string
  readonly resource_documentation?: string
  readonly resource_policy_uri?: string
  readonly resource_tos_uri?: string
  readonly tls_client_certificate_bound_access_tokens?: boolean
  readonly authorization_details_types_supported?: readonly string[]
  readonly dpop_signing_alg_values_supported?: readonly string[]
  readonly dpop_bound_access_tokens_required?: boolean
  /** Not verified. */
  readonly signed_metadata?: string
  readonly [member: string]: unknown
}

export interface ResourceDiscovery extends SenderOptions {
  /** Where its metadata is, if not at its well-known place: the `resource_metadata` of a challenge (RFC 9728, section 5.1). */
  readonly metadataUrl?: string | URL | undefined
  readonly signal?: AbortSignal | undefined
}

const switches = ['tls_client_certificate_bound_access_tokens', 'dpop_bound_access_tokens_required']

/**
 * Gets the metadata of a protected resource: which servers issue tokens for it, and which kinds it takes. Where the address comes from users or
 * from a challenge, give `egress: refusePrivateHosts`, here and to `discover` of what `authorization_servers` names.
 * {@link https://www.rfc-editor.org/rfc/rfc9728#section-3 RFC 9728, section 3}
 *
 * @param resource Its identifier, letter by letter: an https URL without fragment. A slash at the end of its path is part of it.
 * @throws `URL_INVALID`, `URL_INSECURE`, `RESOURCE_METADATA_INVALID`, `RESOURCE_MISMATCH`, and the errors of a request
 */
export async function discoverResource(resource: string | URL, options: ResourceDiscovery = {}): Promise<ResourceMetadata> {
  const { metadataUrl, signal, ...settings } = options
  const policy = { allowInsecure: options.allowInsecure }
  const text = String(resource)
  const { origin, pathname, search } = checkUrl(resource, 'resource', policy)
  const internals = internalsOf(createSender({ issuer: origin }, settings))
  // The slash after the host goes, and any other one stays. RFC 9728, section 3.1.
  const place = `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}${search}`
  const url = metadataUrl === undefined ? place : checkUrl(metadataUrl, 'option metadataUrl', policy).href
  const { onEvent, egress } = options
  const document = await waitFor(fetchDocument({ ...internals, onEvent, egress }, url, 'resource_metadata'), signal, 'resource_metadata')
  const metadata = parseResourceMetadata(document, policy)
  // Of a URL, a lone slash as its path is not taken to be part of it unless the resource says so.
  if (metadata.resource !== text && !(resource instanceof URL && pathname === '/' && `${metadata.resource}/` === text))
    throw oidcError(
      'RESOURCE_MISMATCH',
      `The metadata is of ${JSON.stringify(metadata.resource.slice(0, 200))}, and ${JSON.stringify(text.slice(0, 200))} was asked for. Give the resource exactly as it is spelled there, if that is the one you mean: else a token would go to somebody else.`,
      { operation: 'resource_metadata' },
    )
  return metadata
}

function parseResourceMetadata(value: unknown, policy: UrlPolicy): ResourceMetadata {
  if (!isJsonObject(value)) throw invalid('is not a JSON object')
  if (!isString(value.resource)) throw invalid('has no resource: a non-empty string is wanted')
  const metadata: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    if (member === null || member === undefined || name === '__proto__') continue
    const copy = parseMember(name, member, policy)
    if (copy !== undefined) metadata[name] = copy
  }
  return Object.freeze(metadata) as unknown as ResourceMetadata
}

function parseMember(name: string, member: NonNullable<JsonObject[string]>, policy: UrlPolicy): unknown {
  if (switches.includes(name) && typeof member !== 'boolean') throw invalid(`has ${name} as ${typeof member}, and true or false is wanted`)
  if (name === 'jwks_uri') return checkUrl(member, 'jwks_uri of the resource metadata', policy) && member
  const isServers = name === 'authorization_servers'
  if (!isServers && !name.endsWith('_supported')) return member
  const isList = Array.isArray(member) && member.every(isString)
  if (!isServers) return isList ? Object.freeze([...member]) : undefined
  if (!isList) throw invalid('has authorization_servers that are no list of strings')
  for (const issuer of member) checkIssuer(issuer, policy)
  return Object.freeze([...member])
}

function invalid(problem: string) {
  return oidcError('RESOURCE_METADATA_INVALID', `The resource metadata ${problem}. Report it to the people who run the resource.`, {
    operation: 'resource_metadata',
  })
}
