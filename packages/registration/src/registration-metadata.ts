import type { ClientMetadata } from '@oidc/core'
import { checkUrl, type JsonObject, type UrlPolicy } from '@oidc/core/plugin'
import { findKind, isOfKind } from './member-kinds.js'
import { describe, isObject, registrationError } from './registration-error.js'
import type { Registration } from './registration-response.js'

/** What only the server says. {@link https://www.rfc-editor.org/rfc/rfc7592#section-2.2 RFC 7592, section 2.2} */
const issued = [
  'client_id',
  'client_secret',
  'client_id_issued_at',
  'client_secret_expires_at',
  'registration_access_token',
  'registration_client_uri',
] as const

/** What a client asks to be registered as. Names with a language tag, such as `client_name#ja`, and a vendor's own go into `additional`. */
export type RegistrationMetadata = Omit<ClientMetadata, (typeof issued)[number]> & { readonly additional?: JsonObject }

/** What is to be changed: null takes a member away. */
export type RegistrationChanges = { readonly [Name in keyof RegistrationMetadata]?: RegistrationMetadata[Name] | null | undefined }

type Body = Readonly<Record<string, unknown>>

/**
 * Makes the body of a registration.
 *
 * @throws `REGISTRATION_METADATA_INVALID`, `URL_INVALID`, `URL_INSECURE`
 */
export function buildRequest(metadata: RegistrationMetadata, policy: UrlPolicy): Body {
  const body: Record<string, unknown> = Object.create(null)
  if (!isObject(metadata))
    throw invalid(`are ${describe(metadata)}`, "Give an object such as { redirect_uris: ['https://app.example/cb'] }")
  const { additional = {}, ...members } = metadata as RegistrationMetadata
  if (!isObject(additional)) throw invalid(`have additional, which is ${describe(additional)}`, 'Give an object of further members')
  for (const [name, value] of Object.entries(additional)) {
    if ((issued as readonly string[]).includes(name)) throw invalid(`have additional.${name}, which only the server says`, 'Take it away')
    if (value !== undefined) body[name] = value
  }
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue
    checkMember(name, value)
    body[name] = value
  }
  if (body.jwks !== undefined && body.jwks_uri !== undefined)
    throw invalid('have jwks and jwks_uri, and a server takes one of them', 'Take one away, in a change by null')
  checkKeys(body.jwks)
  for (const uri of (body.redirect_uris ?? []) as readonly string[]) checkRedirectUri(uri)
  for (const name of ['jwks_uri', 'sector_identifier_uri', 'initiate_login_uri'])
    if (body[name] !== undefined) checkUrl(body[name], `${name} of the client metadata`, policy)
  return body
}

/**
 * Makes the body of an update. It replaces everything that is registered, so what is not changed goes along as the server gave it; what only the server
 * says stays away. {@link https://www.rfc-editor.org/rfc/rfc7592#section-2.2 RFC 7592, section 2.2}
 */
export function buildUpdate(registration: Registration, changes: RegistrationChanges, policy: UrlPolicy): Body {
  if (!isObject(changes)) throw invalid(`to change are ${describe(changes)}`, "Give an object such as { client_name: 'New name' }")
  const { additional, ...members } = changes as RegistrationChanges
  const { additional: kept, ...registered } = registration
  const merged = merge(Object.fromEntries(Object.entries(registered).filter(([name]) => !isIssued(name))), members)
  const body = buildRequest(
    { ...merged, additional: merge(kept ?? {}, additional ?? {}, additional === null) } as RegistrationMetadata,
    policy,
  )
  return { ...body, client_id: registration.client_id }
}

function merge(registered: object, changes: object, isEmptied = false): JsonObject {
  const merged: Record<string, unknown> = isEmptied ? {} : { ...registered }
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete merged[name]
    else if (value !== undefined) merged[name] = value
  }
  return merged as JsonObject
}

function isIssued(name: string): boolean {
  return (issued as readonly string[]).includes(name)
}

function checkMember(name: string, value: unknown): void {
  const shown = JSON.stringify(name.slice(0, 64))
  if (isIssued(name)) throw invalid(`have ${name}, which only the server says`, 'Take it away')
  const kind = findKind(name)
  // Misspelled, it would be registered as nothing, and the server would take its default.
  if (kind === undefined)
    throw invalid(`have the unknown member ${shown}`, "Correct its name, or put what is the vendor's own into additional")
  if (!isOfKind(value, kind)) throw invalid(`have ${name}, which is ${describe(value)}`, `Give ${kind}`)
}

/** A private key that a server was told is one no longer. {@link https://www.rfc-editor.org/rfc/rfc7591#section-2 RFC 7591, section 2} */
function checkKeys(jwks: unknown): void {
  if (jwks === undefined) return
  const keys = isObject(jwks) ? jwks.keys : undefined
  if (!Array.isArray(keys) || !keys.every(isObject)) throw invalid('have jwks without an array of keys', 'Give { keys: [publicKey] }')
  const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv', 'k']
  if (keys.some((key) => secret.some((member) => key[member] !== undefined)))
    throw invalid('have a private or symmetric key in jwks, which nobody else may see', 'Export the public half alone')
}

/** Any scheme, for native applications have their own; none that runs code. RFC 6749, section 3.1.2: absolute, without a fragment. */
function checkRedirectUri(uri: string): void {
  let url: URL | undefined
  try {
    url = new URL(uri)
  } catch {
    // As one that is relative.
  }
  if (!url || uri.includes('#') || /^(?:javascript|data|vbscript|blob|file):$/.test(url.protocol))
    throw invalid(
      'have a redirect URI that is relative, has a fragment, or runs code',
      "Give absolute ones such as 'https://app.example/cb'",
    )
}

function invalid(problem: string, remedy: string) {
  return registrationError('REGISTRATION_METADATA_INVALID', `The client metadata ${problem}. ${remedy}; nothing was sent.`)
}
