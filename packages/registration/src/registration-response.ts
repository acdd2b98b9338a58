import type { ClientMetadata } from '@oidc/core'
import { type Client, checkUrl, emit, type JsonObject, type OidcError } from '@oidc/core/plugin'
import { findKind, isOfKind } from './member-kinds.js'
import { describe, isObject, registrationError } from './registration-error.js'

/**
 * What the server registered: plain JSON that spreads into the options of a client, `{ ...registration, authentication: clientSecretBasic() }`. It
 * holds secrets: keep it as you keep a password, and never log it.
 */
export interface Registration extends ClientMetadata {
  /** Members that nobody here knows, and defaults of the server that nobody asked for. */
  readonly additional?: JsonObject
}

/** Rules that a server is known to break, each tolerated by its name only. */
export interface RegistrationQuirks {
  /** A registration is answered with status 200 in place of 201. */
  readonly status200?: true
  /** A secret comes without `client_secret_expires_at`. */
  readonly missingSecretExpiry?: true
  /** Numbers come as strings of digits. */
  readonly digitStrings?: true
  /** Origins beside that of the registration endpoint at which `registration_client_uri` may be. */
  readonly clientUriOrigins?: readonly string[]
}

/** What an answer is judged by. */
export interface Judgement {
  readonly quirks: RegistrationQuirks
  readonly allowInsecure: 'loopback' | undefined
  /** What was asked for. */
  readonly asked: Readonly<Record<string, unknown>>
}

/**
 * The default algorithms of JARM and of signed introspection: a server that writes them down asks for neither, and among the options of a
 * client they would.
 */
const defaults = ['authorization_signed_response_alg', 'introspection_signed_response_alg']

/**
 * Checks the members of a client information response.
 * {@link https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1 RFC 7591, section 3.2.1}
 *
 * @throws `REGISTRATION_INVALID`, `REGISTRATION_SECRET_EXPIRY`
 */
export function parseRegistration(body: unknown, client: Client, { quirks, asked }: Judgement): Registration {
  if (!isObject(body)) throw invalid(client, 'is not a JSON object')
  const known: Record<string, unknown> = {}
  const additional: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(body)) {
    if (value === null || value === undefined) continue
    const kind = findKind(name)
    if (kind === undefined || (defaults.includes(name) && (asked[name] ?? null) === null)) additional[name] = value
    else {
      const read = kind === 'a number of seconds' ? readNumber(name, value, client, quirks) : value
      if (!isOfKind(read, kind)) throw invalid(client, `has a ${name} that is ${describe(read)}, and ${kind} is wanted`)
      known[name] = read
    }
  }
  const { client_id, client_secret, client_secret_expires_at } = known
  if (!client_id) throw invalid(client, 'has no client_id')
  if (client_secret === '') throw invalid(client, 'has a client_secret that is empty')
  if (client_secret !== undefined && client_secret_expires_at === undefined) {
    if (!quirks.missingSecretExpiry)
      throw registrationError(
        'REGISTRATION_SECRET_EXPIRY',
        `The registration answer of ${client.server.issuer} has a client_secret and no client_secret_expires_at, so nobody knows how long it is good. Report it to the people who run the server, or give quirks: { missingSecretExpiry: true }.`,
      )
    emit(client, { type: 'quirk', name: 'missingSecretExpiry', operation: 'registration' })
  }
  if (Object.keys(additional).length) known.additional = additional
  return known as unknown as Registration
}

/**
 * Whoever gets the registration access token can change everything that is registered, so it goes nowhere but to the server that issued it.
 *
 * @throws `REGISTRATION_ADDRESS`, `URL_INVALID`, `URL_INSECURE`
 */
export function checkClientUri(uri: unknown, { server }: Client, { quirks, allowInsecure }: Omit<Judgement, 'asked'>): void {
  const { origin } = checkUrl(uri, 'registration_client_uri', { allowInsecure })
  const own = new URL(server.registration_endpoint ?? server.issuer).origin
  if (origin === own || quirks.clientUriOrigins?.includes(origin)) return
  throw registrationError(
    'REGISTRATION_ADDRESS',
    `The registration_client_uri is at ${origin}, and ${own} is wanted, where clients are registered: the registration access token would go to another server. If that one is the server's own, give quirks: { clientUriOrigins: [${JSON.stringify(origin)}] }.`,
  )
}

/** Tells the application which members the server replaced: it may, and a client may then be less than it was meant to be. */
export function tellReplaced(registration: Registration, client: Client, asked: Judgement['asked']): void {
  const answered: Readonly<Record<string, unknown>> = { ...registration.additional, ...registration }
  const members = Object.keys(asked).filter((name) => JSON.stringify(asked[name]) !== JSON.stringify(answered[name]))
  if (members.length) emit(client, { type: 'registration:replaced', members })
}

function readNumber(name: string, value: unknown, client: Client, { digitStrings }: RegistrationQuirks): unknown {
  if (typeof value !== 'string' || !/^\d{1,12}$/.test(value)) return value
  if (!digitStrings)
    throw registrationError(
      'REGISTRATION_INVALID',
      `The registration answer of ${client.server.issuer} has a ${name} that is a string of digits, and a number of seconds is wanted. Report it to the people who run the server, or give quirks: { digitStrings: true }.`,
    )
  emit(client, { type: 'quirk', name: 'digitStrings', operation: 'registration' })
  return Number(value)
}

export function invalid({ server }: Client, problem: string): OidcError {
  return registrationError(
    'REGISTRATION_INVALID',
    `The registration answer of ${server.issuer} ${problem}. Report it to the people who run the server.`,
  )
}
