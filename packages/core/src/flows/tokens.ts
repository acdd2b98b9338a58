import { oidcError } from '../base/errors.js'
import { isJsonObject, isString, type JsonObject } from '../base/json.js'
import type { IdTokenClaims } from '../client/id-token.js'
import { emit, internalsOf, now } from '../client/internals.js'
import type { Exchange, Operation, PresentedToken } from '../client/operation.js'
import { describe } from '../client/options.js'
import { json } from '../exchange/accept.js'

/**
 * What a token request gives: plain JSON, so that it survives `JSON.stringify` and `structuredClone`. It holds secrets: never log it.
 * {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749, section 5.1}
 */
export interface Tokens {
  readonly access_token: string
  readonly token_type: string
  /** Seconds. */
  readonly expires_in?: number
  /** Epoch seconds, by the client's clock. */
  readonly expires_at?: number
  readonly refresh_token?: string
  /** What was granted, separated by spaces, where the server says so. */
  readonly scope?: string
  readonly id_token?: string
  /** Of the verified ID token. */
  readonly claims?: IdTokenClaims
  readonly authorization_details?: readonly JsonObject[]
  readonly issued_token_type?: string
  /** Members of the response that have no place of their own. */
  readonly additional?: JsonObject
}

const known = [
  'access_token',
  'token_type',
  'expires_in',
  'refresh_token',
  'scope',
  'id_token',
  'authorization_details',
  'issued_token_type',
]
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
/** Ten years: a larger number is a mistake, and would overflow timers. */
const maxLifetime = 315360000

/** The token request. {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2 RFC 6749, section 3.2} */
export const tokenOperation: Operation<Tokens> = {
  name: 'token',
  endpoint: 'token_endpoint',
  method: 'POST',
  credential: 'client',
  body: 'form',
  status: [200],
  replay: 'if_refused',
  accept: { 'application/json': json },
  parse: parseTokens,
}

/** The claims of the verified ID token. @throws `ID_TOKEN_MISSING` */
export function idTokenClaims({ claims }: Tokens): IdTokenClaims {
  if (claims) return claims
  throw oidcError(
    'ID_TOKEN_MISSING',
    'The tokens have no ID token. Ask for the scope openid, and check that the server supports OpenID Connect.',
  )
}

/** Takes from tokens what is presented; from a store, they may be anything. @throws `OPTION_INVALID` */
export function presentedToken(tokens: unknown): PresentedToken {
  const { access_token, token_type } = isJsonObject(tokens) ? tokens : {}
  if (isString(access_token) && typeof token_type === 'string') return { access_token, token_type }
  throw oidcError(
    'OPTION_INVALID',
    `The tokens ${isJsonObject(tokens) ? 'have no access_token or no token_type' : `are ${describe(tokens)}`}. Give those that a grant gave.`,
  )
}

async function parseTokens(body: unknown, exchange: Exchange): Promise<Tokens> {
  if (!isJsonObject(body)) throw invalid('is not a JSON object')
  const { access_token, refresh_token, scope = null, authorization_details = null, issued_token_type = null } = body
  if (!isToken(access_token)) throw invalid('has no access_token of printable ASCII characters')
  if (refresh_token !== undefined && !isToken(refresh_token))
    throw invalid('has a refresh_token that is not a string of printable ASCII characters')
  if (scope !== null && typeof scope !== 'string') throw invalid('has a scope that is not a string')
  if (authorization_details !== null && !(Array.isArray(authorization_details) && authorization_details.every(isJsonObject)))
    throw invalid('has authorization_details that are not an array of objects')
  const expires_in = parseLifetime(body.expires_in)
  const additional = Object.entries(body).filter(([name, value]) => !known.includes(name) && value !== undefined)
  const tokens: Tokens = {
    access_token,
    token_type: parseTokenType(body.token_type, exchange),
    ...(expires_in !== undefined && { expires_in, expires_at: now(exchange.client) + expires_in }),
    ...(refresh_token !== undefined && { refresh_token }),
    ...(scope !== null && { scope }),
    ...(authorization_details !== null && { authorization_details: authorization_details as readonly JsonObject[] }),
    ...(typeof issued_token_type === 'string' && { issued_token_type }),
    ...(additional.length && { additional: Object.fromEntries(additional) }),
  }
  checkScope(tokens, exchange)
  return { ...tokens, ...(await parseIdToken(body.id_token ?? undefined, tokens, exchange)) }
}

async function parseIdToken(
  id_token: unknown,
  { access_token }: Tokens,
  { client, call, url }: Exchange,
): Promise<Pick<Tokens, 'id_token' | 'claims'>> {
  const { expected = { nonce: null } } = call
  if (id_token === undefined) {
    if (expected.required)
      throw oidcError(
        'ID_TOKEN_MISSING',
        'The token response has no id_token, though the scope openid was asked for. Check that the server supports OpenID Connect and grants openid to this client.',
      )
    return {}
  }
  if (typeof id_token !== 'string') throw invalid('has an id_token that is not a string')
  const { verifier } = internalsOf(client)
  if (!verifier)
    throw oidcError(
      'ID_TOKEN_UNEXPECTED',
      'The token response holds an id_token, which a client of @oidc/core/oauth cannot verify. Make the client with @oidc/core.',
    )
  return {
    id_token,
    claims: await verifier.idToken(client, id_token, { ...expected, access_token, isDirect: url.startsWith('https:') }, call.signal),
  }
}

/** @throws `TOKEN_TYPE_MISSING`, `TOKEN_TYPE_UNSUPPORTED`: such a token must not be used, RFC 6749, section 7.1 */
function parseTokenType(token_type: unknown, { client, parameters, operation }: Exchange): string {
  const { slots, options } = internalsOf(client)
  if (token_type === undefined || token_type === null) {
    const { missingTokenType } = options.quirks ?? {}
    if (missingTokenType === undefined)
      throw oidcError(
        'TOKEN_TYPE_MISSING',
        "The token response has no token_type, and one is required. If this server always leaves it out, give the option quirks: { missingTokenType: 'Bearer' }.",
      )
    emit(client, { type: 'quirk', name: 'missingTokenType', operation: operation.name })
    return missingTokenType
  }
  if (typeof token_type !== 'string') throw invalid('has a token_type that is not a string')
  const type = token_type.toLowerCase()
  if (type === 'bearer') return 'Bearer'
  const spelling = slots.exchange.tokenTypes?.get(type)?.run
  if (spelling !== undefined) return spelling
  if (token_type === 'N_A' && parameters.grant_type === tokenExchange) return token_type
  throw oidcError(
    'TOKEN_TYPE_UNSUPPORTED',
    `The token response has the token_type ${JSON.stringify(token_type.slice(0, 32))}, which this client cannot use. ${type === 'dpop' ? 'Install @oidc/dpop and add dpop({ keyPair }) to use.' : 'Ask the server for Bearer tokens, or install the plugin for that type.'}`,
  )
}

/** Seconds; digits in a string are taken as well, for some servers send them. */
function parseLifetime(expires_in: unknown): number | undefined {
  if (expires_in === undefined || expires_in === null) return undefined
  const seconds = typeof expires_in === 'string' && /^\d+$/.test(expires_in) ? Number(expires_in) : expires_in
  if (typeof seconds !== 'number' || !(seconds >= 0)) throw invalid('has an expires_in that is not a number of seconds')
  return Math.floor(Math.min(seconds, maxLifetime))
}

function checkScope({ scope }: Tokens, { client, parameters, call }: Exchange): void {
  if (scope === undefined || !internalsOf(client).options.strictScope) return
  const given = parameters.scope ?? call.authorization?.transaction.scope ?? call.expected?.scope
  // Where none was asked for, as at most refreshes, the server gives what it gave before, or its default.
  if (given === undefined) return
  const asked = [given].flat().join(' ').split(' ')
  const wider = scope.split(' ').filter((value) => value && !asked.includes(value))
  if (wider.length)
    throw oidcError(
      'SCOPE_WIDER',
      `The server granted scope that was not asked for: ${JSON.stringify(wider.join(' ').slice(0, 200))}. Ask for it, or take the option strictScope away.`,
    )
}

/** Characters that can stand in an Authorization header. {@link https://www.rfc-editor.org/rfc/rfc6749#appendix-A.12 RFC 6749, appendix A.12} */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}

function invalid(problem: string) {
  return oidcError('TOKEN_RESPONSE_INVALID', `The token response ${problem}. Report it to the people who run the server.`, {
    operation: 'token',
  })
}
