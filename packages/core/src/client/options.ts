import type { Clock } from '../base/clock.js'
import { type OidcError, oidcError } from '../base/errors.js'
import { isJsonObject, isString, type JsonObject } from '../base/json.js'
import type { Random } from '../base/random.js'
import { type ClientMetadata, clientMetadataNames } from '../metadata/client-metadata.js'
import type { Client } from './client.js'
import type { ClientEvent } from './events.js'
import type { ClientAuthentication, Plugin, PluginAuthentication } from './plugin.js'

/** Upper bounds on what is read from outside. */
export interface Limits {
  /** Bytes of a response body, decoded. 1 MiB. */
  readonly body?: number
  /** Levels of nesting in JSON. 32. */
  readonly depth?: number
  /** Keys of a key set that are looked at. 100. */
  readonly keys?: number
  /** Characters of a JWT. 65536. */
  readonly jwt?: number
  /** Characters of one parameter of an authorization response. 2048; JWTs in there have their own. */
  readonly parameter?: number
}

export const defaultLimits: Required<Limits> = { body: 1048576, depth: 32, keys: 100, jwt: 65536, parameter: 2048 }

/** What the client has registered for the kind of token that came. */
export interface RegisteredEncryption {
  readonly client: Client
  readonly alg: string | undefined
  readonly enc: string | undefined
}

/** Gives the plaintext of a compact JWE: a JWT. */
export interface Decrypt {
  (jwe: string, registered: RegisteredEncryption): Promise<string>
  /** Throws where it cannot do what the client has registered: told when the client is made, not at the first callback. */
  check?(client: Client): void
}

/** Whether the client secret made the HMAC of a compact JWS, by the `alg` that the client has registered. */
export interface VerifyMac {
  (client: Client, jws: string, alg: string): Promise<boolean>
  /** Throws where the client has no secret that is long enough: told when the client is made. */
  check?(client: Client): void
}

/** Gives what stands in place of an answer and its body; undefined where it stays as it is. */
export type AmendAnswer = (
  operation: string,
  response: Response,
  body: Uint8Array,
) => { readonly response: Response; readonly body: Uint8Array } | undefined

/** Rules that a server is known to break, each tolerated by its name only. */
export interface Quirks {
  /** A token response without `token_type` is taken as this one. */
  readonly missingTokenType?: 'Bearer'
  /** `ignore`: at_hash is not compared, for servers that hash otherwise under EdDSA or ML-DSA. */
  readonly atHash?: 'ignore'
  /** Media types that a document may have beside its own, e.g. `{ jwks: ['text/plain'] }` for one in an object storage; '' is none at all. */
  readonly acceptContentTypes?: { readonly jwks?: readonly string[]; readonly discovery?: readonly string[] }
  /** `accept`: a `sub` of more than 255 characters. */
  readonly longSubject?: 'accept'
  /**
   * `tls`: the signature of an ID token that came straight from the token endpoint over https is not verified, as OpenID Connect Core 1.0, section
   * 3.1.3.7 (6), allows: for servers whose keys cannot be reached. Every other rule holds. Never for FAPI, nor where TLS ends at a proxy of others.
   */
  readonly skipIdTokenSignature?: 'tls'
  /** Clients whose `azp` is accepted in a token for this client. */
  readonly allowedAuthorizedParties?: readonly string[]
  /**
   * The issuer of a server of many tenants, with `{tenantid}` as one whole segment of its path, e.g.
   * `https://login.microsoftonline.com/{tenantid}/v2.0` of Entra ID. The metadata may then name it, filled or not, and each ID token must name the
   * tenant of its own `tid`. Users of every tenant can sign in: compare `claims.tid` with those that you know.
   */
  readonly issuerTemplate?: string
  /** Logout tokens without `exp` are taken, for as long after their `iat` as those with one. */
  readonly logoutTokenWithoutExp?: boolean
}

export interface ClientOptions extends ClientMetadata {
  /** Required, for a forgotten one must not make a public client: `publicClient()`, `clientSecretBasic(secret)`, `privateKeyJwt(key)` ... */
  readonly authentication: ClientAuthentication | PluginAuthentication
  /** Extensions, in any order. */
  readonly use?: readonly Plugin[] | undefined
  /** Sends every request of this client. */
  readonly fetch?: typeof fetch | undefined
  /**
   * Called before each connection, with the address as it will be requested and what it is for, e.g. `jwks` or `token`. Throw to refuse it
   * (`EGRESS_REFUSED`). `refusePrivateHosts` is one for issuers that come from users.
   */
  readonly egress?: ((url: URL, what: string) => void | Promise<void>) | undefined
  readonly clock?: Clock | undefined
  /** Gives so many random bytes. */
  readonly random?: Random | undefined
  /** Seconds that the server's clock may differ from this one's: 30, at most 300. */
  readonly clockTolerance?: number | undefined
  /** Seconds for one attempt, headers and body together: 10. */
  readonly timeout?: number | undefined
  /** Opens encrypted ID tokens and responses: `decryptWith(key)`, `decryptWithSecret(secret)` or your own. */
  readonly decrypt?: Decrypt | undefined
  /** Verifies ID tokens, UserInfo and introspection answers of a client that has registered HS256, HS384 or HS512 for them: `verifyWithSecret(secret)`. */
  readonly verifyMac?: VerifyMac | undefined
  readonly limits?: Limits | undefined
  /** Gets structured events without secrets. */
  readonly onEvent?: ((event: ClientEvent) => void) | undefined
  /** Where the server metadata is, if it is not at a well-known place of the issuer. */
  readonly metadataUrl?: string | URL | undefined
  /** What the server registered and nobody here knows, as `registerClient` of `@oidc/registration` gives it. Kept by the application, read by nothing. */
  readonly additional?: JsonObject | undefined
  readonly quirks?: Quirks | undefined
  /** Rewrites answers of a server that breaks rules for which there is no quirk: `amendAnswers({ token: (answer) => ... })`. */
  readonly amend?: AmendAnswer | undefined
  /** Audiences that may stand beside this client's in an ID token. */
  readonly trustedAudiences?: readonly string[] | undefined
  /** Seconds since `iat` that an ID token is accepted for. No limit by default. */
  readonly maxIdTokenAge?: number | undefined
  /** Whether the ID token's `acr` must be one of the requested `acr_values`. */
  readonly requireAcr?: boolean | undefined
  /** Whether a token response with more scope than was asked for is refused. */
  readonly strictScope?: boolean | undefined
  /** Accepts http for 127.0.0.0/8, [::1] and localhost: for development. */
  readonly allowInsecure?: 'loopback' | undefined
}

/** The names of {@link ClientOptions} beside those of the metadata. A test compares them with the type. */
export const programNames =
  'authentication use fetch egress clock random clockTolerance timeout decrypt verifyMac limits onEvent amend metadataUrl additional quirks trustedAudiences maxIdTokenAge requireAcr strictScope allowInsecure'

/**
 * Refuses options that are missing, of the wrong kind, or unknown: a misspelled option would silently loosen a check.
 *
 * @throws `OPTION_INVALID`, `OPTION_UNKNOWN`
 */
export function checkOptions(options: unknown): asserts options is ClientOptions {
  if (!isJsonObject(options))
    throw oidcError('OPTION_INVALID', `The client options are ${describe(options)}. Give an object with client_id and authentication.`)
  const names = `${programNames} ${clientMetadataNames}`.split(' ')
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue
    throw unknownOption(name, names)
  }
  const { client_id, authentication } = options as Record<string, unknown>
  if (!isString(client_id)) throw optionError('client_id', client_id, 'the client identifier that the server gave you, a non-empty string')
  if (!isAuthentication(authentication) && !(isJsonObject(authentication) && isAuthentication(authentication.authentication)))
    throw optionError(
      'authentication',
      authentication,
      'clientSecretBasic(secret), privateKeyJwt(key), or publicClient() for a client without a secret',
    )
  checkSettings(options as Record<string, unknown>)
  for (const name of ['id_token_signed_response_alg', 'userinfo_signed_response_alg', 'introspection_signed_response_alg'])
    if (/^HS/.test(String(options[name])) && !options.verifyMac)
      throw optionError('verifyMac', undefined, `verifyWithSecret(secret), for ${name} is ${String(options[name]).slice(0, 32)}`)
}

/** What each quirk may be: a kind, or the one value that says it. */
const quirkValues = {
  missingTokenType: 'Bearer',
  atHash: 'ignore',
  longSubject: 'accept',
  logoutTokenWithoutExp: 'true or false',
  skipIdTokenSignature: 'tls',
  acceptContentTypes: 'an object',
  allowedAuthorizedParties: 'an array',
  issuerTemplate: '',
}

/** By the kind they must be of: of another kind, some would loosen a check instead of failing. */
const kinds = {
  'a function': 'fetch egress random decrypt verifyMac onEvent amend',
  'an object': 'clock limits quirks additional',
  'an array': 'use trustedAudiences redirect_uris',
  'true or false': 'requireAcr strictScope require_auth_time',
  'a number of seconds': 'maxIdTokenAge default_max_age',
}

/** Refuses what is of the wrong kind among the options that a sender has as well. @throws `OPTION_INVALID` */
export function checkSettings(options: Readonly<Record<string, unknown>>): void {
  for (const [kind, names] of Object.entries(kinds))
    for (const name of names.split(' '))
      if (options[name] !== undefined && !isOfKind(options[name], kind)) throw optionError(name, options[name], kind)
  const { clockTolerance = 30, timeout = 10, allowInsecure, limits = {} } = options
  for (const [name, limit] of Object.entries(limits as Limits))
    if (!Object.hasOwn(defaultLimits, name) || !isWithin(limit, 1, Number.MAX_SAFE_INTEGER))
      throw optionError(`limits.${name}`, limit, `a number of at least 1 for one of ${Object.keys(defaultLimits).join(', ')}`)
  for (const [name, value] of Object.entries((options.quirks ?? {}) as Quirks)) {
    const wanted = Object.hasOwn(quirkValues, name) ? quirkValues[name as keyof Quirks] : undefined
    if (wanted === undefined) throw unknownOption(`quirks.${name}`, Object.keys(quirkValues), name)
    const isKind = wanted.includes(' ')
    if (value !== undefined && wanted && !(isKind ? isOfKind(value, wanted) : value === wanted))
      throw optionError(`quirks.${name}`, value, isKind ? wanted : `'${wanted}' or nothing`)
  }
  const template = (options.quirks as Quirks | undefined)?.issuerTemplate
  // In the host, it would stand for servers of anybody.
  if (template !== undefined && !/^[^{}]+[^/{}]\/\{tenantid\}(?:\/[^{}]*)?$/.test(template))
    throw optionError('quirks.issuerTemplate', template, 'an issuer with {tenantid} as one segment of its path')
  if (!isWithin(clockTolerance, 0, 300)) throw optionError('clockTolerance', clockTolerance, 'a number of seconds from 0 to 300')
  if (!isWithin(timeout, 0.001, 2147483)) throw optionError('timeout', timeout, 'a number of seconds above 0')
  if (allowInsecure !== undefined && allowInsecure !== 'loopback')
    throw optionError('allowInsecure', allowInsecure, `'loopback' or nothing`)
}

function unknownOption(shown: string, names: readonly string[], name: string = shown): OidcError {
  const nearest = nearestName(name, names)
  return oidcError(
    'OPTION_UNKNOWN',
    `The client option ${JSON.stringify(shown.slice(0, 64))} is unknown.${nearest ? ` Did you mean ${nearest}?` : ''} Correct its name or take it away.`,
  )
}

export function optionError(name: string, seen: unknown, wanted: string): OidcError {
  return oidcError('OPTION_INVALID', `The option ${name} is ${describe(seen)}. Give ${wanted}.`)
}

/** Says of what kind a value is, never the value: it may be a secret. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (value === '') return 'an empty string'
  if (value instanceof Promise) return 'a promise that was not awaited'
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`
}

function isOfKind(value: unknown, kind: string): boolean {
  if (kind === 'an array') return Array.isArray(value)
  if (kind === 'an object') return isJsonObject(value)
  if (kind === 'a function') return typeof value === 'function'
  return kind === 'true or false' ? typeof value === 'boolean' : isWithin(value, 0, Infinity)
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most
}

function isAuthentication(value: unknown): boolean {
  return isJsonObject(value) && isString(value.method) && typeof (value.authenticate as unknown) === 'function'
}

function nearestName(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.min(4, Math.ceil(name.length / 3) + 1)
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase().replaceAll('_', ''), candidate.toLowerCase().replaceAll('_', ''))
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length && i <= 64; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length] ?? 0
}
