import { oidcError } from '../base/errors.js'
import { isJsonObject, type Json, type JsonObject } from '../base/json.js'
import { describe } from '../client/options.js'

/**
 * Parameters of an authorization request, in their RFC's spelling. `state`, `nonce` and PKCE are core's.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest OpenID Connect Core 1.0, section 3.1.2.1}
 */
export interface AuthorizationParameters {
  /** Exactly as registered. May be left out where the client metadata has one of `redirect_uris`. */
  readonly redirect_uri?: string | URL | undefined
  /** Separated by spaces; `openid` for an ID token. */
  readonly scope?: string | undefined
  readonly response_mode?: string | undefined
  readonly display?: string | undefined
  readonly prompt?: string | undefined
  /** Seconds. */
  readonly max_age?: number | undefined
  readonly ui_locales?: string | undefined
  readonly id_token_hint?: string | undefined
  readonly login_hint?: string | undefined
  readonly acr_values?: string | undefined
  readonly claims?: JsonObject | undefined
  readonly resource?: string | readonly string[] | undefined
  readonly audience?: string | readonly string[] | undefined
  readonly authorization_details?: readonly JsonObject[] | undefined
  readonly [extension: string]: Json | URL | undefined
}

/** An array of any other name would be sent several times, which servers refuse or misread. */
const repeated = ['resource', 'audience']
const reserved = ['state', 'nonce', 'code_challenge', 'code_challenge_method', 'code_verifier', 'request', 'request_uri', 'client_id']

/**
 * Encodes each value as the wire has it.
 *
 * @throws `PARAMETER_RESERVED`, `PARAMETER_INVALID`
 */
export function encodeParameters(parameters: AuthorizationParameters): Record<string, string | readonly string[]> {
  if (!isJsonObject(parameters))
    throw invalid(`authorization parameters are ${describe(parameters)}`, 'Give an object with redirect_uri and scope.')
  const encoded: Record<string, string | readonly string[]> = Object.create(null)
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue
    if (reserved.includes(name))
      throw oidcError(
        'PARAMETER_RESERVED',
        `The parameter ${name} of the authorization request is made by the client itself. Take it away; to keep something of your own, give { data } as the third argument.`,
      )
    encoded[name] = encodeValue(name, value)
  }
  return encoded
}

function encodeValue(name: string, value: Json | URL): string | readonly string[] {
  if (typeof value === 'string') return value
  if (value instanceof URL) return value.href
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value === 'boolean') return String(value)
  if (Array.isArray(value) && repeated.includes(name) && value.every((item) => typeof item === 'string')) return [...value]
  if (isJsonObject(value) || (Array.isArray(value) && value.length && value.every(isJsonObject)))
    try {
      return JSON.stringify(value)
    } catch {
      // A bigint, or an object that holds itself: no JSON, and told as that.
    }
  throw invalid(
    `parameter ${name} is ${typeof value === 'number' ? value : describe(value)}`,
    `Give one string${Array.isArray(value) ? ', with spaces between its values' : ''}.`,
  )
}

function invalid(problem: string, remedy: string) {
  return oidcError('PARAMETER_INVALID', `The ${problem}. ${remedy}`)
}

/** The values of `acr` that the `claims` parameter asks for as essential. {@link https://openid.net/specs/openid-connect-core-1_0.html#acrSemantics OpenID Connect Core 1.0, section 5.5.1.1} */
export function findEssentialAcr({ claims }: AuthorizationParameters): readonly string[] | undefined {
  const acr = isJsonObject(claims) && isJsonObject(claims.id_token) ? claims.id_token.acr : undefined
  if (!isJsonObject(acr) || acr.essential !== true) return undefined
  const values = Array.isArray(acr.values) ? acr.values : [acr.value]
  const wanted = values.filter((value) => typeof value === 'string')
  return wanted.length ? wanted : undefined
}
