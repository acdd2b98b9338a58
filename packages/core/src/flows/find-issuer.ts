import { oidcError } from '../base/errors.js'
import { isJsonObject, isString } from '../base/json.js'
import { checkUrl } from '../base/url.js'
import { createSender, type SenderOptions } from '../client/create.js'
import { internalsOf } from '../client/internals.js'
import { describe } from '../client/options.js'
import { fetchDocument } from '../exchange/fetch-document.js'
import { refusePrivateHosts } from '../exchange/refuse-private-hosts.js'
import { askEgress } from '../exchange/send.js'
import { waitFor } from '../exchange/shared.js'
import { checkIssuer } from '../metadata/parse-server-metadata.js'

/** What the application allows, beside the options of every request. */
export interface IssuerSearch extends SenderOptions {
  /** The issuers that may be the answer, exactly as they spell themselves. All that `egress` allows by default. */
  readonly allowed?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

const relation = 'http://openid.net/specs/connect/1.0/issuer'
/** The most characters of an identifier. */
const limit = 2048

/**
 * Asks the host of what a user typed, an e-mail address or a URL, which server signs that user in (WebFinger). Both the host and the answer come from
 * outside: each is asked of `egress` before a connection, and without that option, those of private networks are refused. Give the same options
 * to `discover`. {@link https://openid.net/specs/openid-connect-discovery-1_0.html#IssuerDiscovery OpenID Connect Discovery 1.0, section 2},
 * {@link https://www.rfc-editor.org/rfc/rfc7033 RFC 7033}
 *
 * @param identifier E.g. `joe@example.com`, `acct:joe@example.com`, `example.com`, `https://example.com/joe`.
 * @returns The issuer. Nothing else is known of it yet.
 * @throws `IDENTIFIER_INVALID`, `WEBFINGER_INVALID`, `ISSUER_REFUSED`, `EGRESS_REFUSED`, `URL_INVALID`, `URL_INSECURE`, and the other errors of a request
 */
export async function findIssuer(identifier: string, options: IssuerSearch = {}): Promise<string> {
  const { allowed, signal, ...settings } = options
  const { resource, origin } = normalizeIdentifier(identifier, options)
  const internals = internalsOf(createSender({ issuer: origin }, settings))
  const { onEvent, allowInsecure } = options
  const egress = options.egress ?? (allowInsecure === undefined ? refusePrivateHosts : undefined)
  const url = `${origin}/.well-known/webfinger?${new URLSearchParams({ resource, rel: relation })}`
  const document = await waitFor(
    fetchDocument({ ...internals, onEvent, egress }, url, 'webfinger', ['application/jrd+json']),
    signal,
    'webfinger',
  )
  const issuer = findLink(document)
  if (allowed && !allowed.includes(issuer))
    throw oidcError(
      'ISSUER_REFUSED',
      `${origin} names the issuer ${JSON.stringify(issuer.slice(0, 200))}, which is not allowed. Refuse the sign-in; if you trust it, add it to allowed exactly as it is spelled there.`,
      { operation: 'webfinger' },
    )
  const place = checkIssuer(issuer, internals.policy)
  if (egress) await askEgress(egress, place.href, { operation: 'discovery', url: place.origin + place.pathname })
  return issuer
}

/** {@link https://openid.net/specs/openid-connect-discovery-1_0.html#NormalizationSteps OpenID Connect Discovery 1.0, section 2.1.2} */
function normalizeIdentifier(identifier: unknown, { allowInsecure }: IssuerSearch): { readonly resource: string; readonly origin: string } {
  if (!isString(identifier) || identifier.length > limit)
    throw refuse(typeof identifier === 'string' ? 'empty or too long' : describe(identifier))
  const [text = ''] = identifier.trim().split('#')
  if (/^(?:xri:|[=@!+$(])/i.test(text)) throw refuse('an XRI, which WebFinger does not know')
  const isAccount = /^acct:/i.test(text) || /^[^@:/?\s]+@[^@:/?\s]+$/.test(text)
  if (isAccount) {
    const account = text.replace(/^acct:/i, '')
    const at = account.lastIndexOf('@')
    const host = account.slice(at + 1)
    if (at < 1 || /[\s:/?\\]/.test(host)) throw refuse('no account at a host')
    return { resource: `acct:${account}`, origin: originOf(`https://${host}`, allowInsecure) }
  }
  const url = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `https://${text}`
  // A user name is part of the resource and never of the connection.
  const origin = originOf(url.replace(/^(\w+:\/\/)[^/?@]*@/, '$1'), allowInsecure)
  return { resource: /^\w+:\/\/[^/?]+$/.test(url) ? `${url}/` : url, origin }
}

function originOf(url: string, allowInsecure: IssuerSearch['allowInsecure']): string {
  try {
    return checkUrl(url, 'identifier', { allowInsecure }).origin
  } catch {
    // The error quotes it, and it is about a person.
    throw refuse('no host that can be asked over https')
  }
}

/** The first link of that relation: they stand in the order of preference. RFC 7033, section 4.4.4. */
function findLink(document: unknown): string {
  const links = isJsonObject(document) && Array.isArray(document.links) ? document.links : []
  const href = links.find((link) => isJsonObject(link) && link.rel === relation)?.href
  if (isString(href)) return href
  throw oidcError(
    'WEBFINGER_INVALID',
    'The answer to the webfinger request names no issuer. Ask the user for the server itself: that host does not say who signs the user in.',
    { operation: 'webfinger' },
  )
}

function refuse(problem: string) {
  return oidcError(
    'IDENTIFIER_INVALID',
    `What the user typed is ${problem}, and an e-mail address, a host or an https URL is wanted. Ask for it again.`,
  )
}
