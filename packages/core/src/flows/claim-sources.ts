import { oidcError } from '../base/errors.js'
import { decodeUtf8, isJsonObject, isString, type JsonObject } from '../base/json.js'
import type { Client } from '../client/client.js'
import { buildClient, type SenderOptions } from '../client/create.js'
import { internalsOf } from '../client/internals.js'
import type { Operation } from '../client/operation.js'
import { optionError } from '../client/options.js'
import { refusePrivateHosts } from '../exchange/refuse-private-hosts.js'
import { request } from '../exchange/request.js'
import { decodeJwt, isEncrypted } from '../jose/decode.js'
import type { ServerMetadata } from '../metadata/server-metadata.js'
import { verifySourcedJwt } from '../tokens/sourced-jwt.js'
import { discoverServer } from './discovery.js'
import type { RequestSettings } from './grant-parameters.js'

/** Claims that somebody else than the server of the login states, verified against that issuer's own keys. */
export interface SourcedClaims {
  /** Whoever states them. */
  readonly issuer: string
  /** Those that `_claim_names` expects of this source. They are never about who signed in: no `sub`, no `iss`. */
  readonly claims: JsonObject
}

/** What the application allows. */
export interface ClaimSourceRules extends RequestSettings {
  /** Who may state claims: issuers, whose keys are found by discovery, or their metadata. Nothing is believed of anybody else. */
  readonly issuers: readonly (string | ServerMetadata)[]
  /** The claims that are wanted: sources of others are not touched. All by default. */
  readonly names?: readonly string[] | undefined
}

interface Source {
  readonly names: readonly string[]
  readonly jwt: unknown
  readonly endpoint: unknown
  readonly access_token: unknown
}

/** More sources are no user's. */
const mostSources = 16
/** What is about the JWT or the sign-in, and not about a person; a source that could state it could turn one user into another. */
const reserved =
  /* @__PURE__ */ 'iss sub aud exp nbf iat jti nonce azp at_hash c_hash s_hash acr amr auth_time sid events cnf _claim_names _claim_sources'.split(
    ' ',
  )

const sourceOperation: Operation<string> = {
  name: 'claim_source',
  endpoint: null,
  method: 'GET',
  credential: 'none',
  body: 'none',
  status: [200],
  replay: 'safe',
  accept: { 'application/jwt': (body) => decodeUtf8(body).trim() },
  parse: String,
}

/**
 * Verifies aggregated claims: JWTs of other issuers that came inside of an ID token or UserInfo answer. No request but for the keys of issuers that are
 * allowed. {@link https://openid.net/specs/openid-connect-core-1_0.html#AggregatedDistributedClaims OpenID Connect Core 1.0, section 5.6.2}
 *
 * @param claims Of `idTokenClaims` or `fetchUserInfo`. They stay as they are: what a source states is given apart.
 * @throws `CLAIM_SOURCE_…`, `OPTION_INVALID`, and the errors of discovery and of a request for the key set
 */
export async function verifyAggregatedClaims(client: Client, claims: object, rules: ClaimSourceRules): Promise<readonly SourcedClaims[]> {
  const sources = findSources(claims, rules).filter(({ jwt }) => jwt !== undefined)
  return Promise.all(sources.map((source) => verifySource(client, source, source.jwt, rules)))
}

/**
 * Fetches distributed claims and verifies them: JWTs that an ID token or UserInfo answer only points to. The addresses come from the server of the login:
 * they are asked of the option `egress`, and where there is none, those of private networks are refused.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#AggregatedDistributedClaims OpenID Connect Core 1.0, section 5.6.2}
 *
 * @param claims Of `idTokenClaims` or `fetchUserInfo`. They stay as they are: what a source states is given apart.
 * @throws `CLAIM_SOURCE_…`, `OPTION_INVALID`, `URL_INVALID`, `URL_INSECURE`, `EGRESS_REFUSED`, and the errors of a request
 */
export async function fetchDistributedClaims(client: Client, claims: object, rules: ClaimSourceRules): Promise<readonly SourcedClaims[]> {
  const sources = findSources(claims, rules).filter(({ endpoint }) => endpoint !== undefined)
  const { options } = internalsOf(client)
  const egress = options.egress ?? (options.allowInsecure === undefined ? refusePrivateHosts : undefined)
  // The token that stands beside the address goes there, and nothing of this client does.
  const sender = impersonal(client, client.server, { egress })
  const { signal, timeout } = rules
  return Promise.all(
    sources.map(async (source) => {
      const { endpoint, access_token } = source
      if (!isString(endpoint)) throw invalid('has an endpoint that is no string')
      if (access_token !== undefined && !(isString(access_token) && /^[\x21-\x7e]+$/.test(access_token)))
        throw invalid('has an access_token that cannot be sent')
      const token = access_token === undefined ? undefined : { access_token: String(access_token), token_type: 'Bearer' }
      return verifySource(client, source, await request(sender, sourceOperation, { url: endpoint, token, signal, timeout }), rules)
    }),
  )
}

function findSources(claims: unknown, { issuers, names }: ClaimSourceRules): readonly Source[] {
  if (!Array.isArray(issuers)) throw optionError('issuers', issuers, 'an array of the issuers that may state claims')
  const { _claim_names, _claim_sources } = isJsonObject(claims) ? claims : {}
  if (_claim_names === undefined && _claim_sources === undefined) return []
  if (!isJsonObject(_claim_names) || !isJsonObject(_claim_sources)) throw invalid('is not described by two objects')
  const found = new Map<string, string[]>()
  for (const [name, source] of Object.entries(_claim_names)) {
    if (reserved.includes(name) || (names && !names.includes(name))) continue
    for (const one of [source].flat()) {
      if (!isString(one) || !Object.hasOwn(_claim_sources, one)) throw invalid('is named, and stands nowhere')
      found.set(one, [...(found.get(one) ?? []), name])
    }
  }
  if (found.size > mostSources) throw invalid(`is one of ${found.size}, and ${mostSources} are looked at`)
  return [...found].map(([source, wanted]) => {
    const described = _claim_sources[source]
    if (!isJsonObject(described) || (described.JWT === undefined) === (described.endpoint === undefined))
      throw invalid('has not exactly one of JWT and endpoint')
    return { names: wanted, jwt: described.JWT, endpoint: described.endpoint, access_token: described.access_token }
  })
}

async function verifySource(client: Client, { names }: Source, jwt: unknown, rules: ClaimSourceRules): Promise<SourcedClaims> {
  const { issuers, signal } = rules
  const { limits, options } = internalsOf(client)
  const iss = readIssuer(jwt, limits.jwt, limits.depth)
  const issuer = issuers.find((one) => (typeof one === 'string' ? one : one.issuer) === iss)
  if (issuer === undefined)
    throw oidcError(
      'CLAIM_SOURCE_ISSUER',
      `The JWT of a claim source has the issuer ${iss === undefined ? 'missing' : JSON.stringify(iss.slice(0, 200))}, which is not allowed. Discard its claims; if you trust it, add it to issuers exactly as it is spelled there.`,
    )
  const server =
    typeof issuer === 'string' ? await discoverServer(issuer, { ...options, metadataUrl: undefined, quirks: undefined, signal }) : issuer
  const claims = await verifySourcedJwt(impersonal(client, server, {}), jwt, signal)
  return {
    issuer: server.issuer,
    claims: Object.fromEntries(names.filter((name) => Object.hasOwn(claims, name)).map((name) => [name, claims[name]])),
  }
}

/** Unverified: only which of the allowed issuers it must be. What is no JWT at all is told when it is opened. */
function readIssuer(jwt: unknown, limit: number, depth: number): string | undefined {
  if (typeof jwt === 'string' && isEncrypted(jwt))
    throw oidcError(
      'CLAIM_SOURCE_ENCRYPTION',
      'The JWT of a claim source is encrypted, which is not supported. Have the source sign its claims only.',
    )
  try {
    const { iss } = decodeJwt(jwt, limit, depth).claims
    return isString(iss) ? iss : undefined
  } catch (error) {
    throw oidcError(
      'CLAIM_SOURCE_MALFORMED',
      `The JWT of a claim source cannot be used: ${(error as Error).message}. Report it to the people who run the server.`,
    )
  }
}

/** The same network, clock and limits without credentials and plugins: a source is told nothing of how this client speaks to its own server. */
function impersonal(client: Client, server: ServerMetadata, changes: Pick<SenderOptions, 'egress'>): Client {
  const { fetch, egress, clock, random, clockTolerance, timeout, limits, onEvent, allowInsecure, trustedAudiences } =
    internalsOf(client).options
  const authentication = { method: 'none', authenticate: () => ({}) }
  const { client_id } = client.metadata
  const kept = { fetch, egress, clock, random, clockTolerance, timeout, limits, onEvent, allowInsecure, trustedAudiences }
  return buildClient(onlyKeys(server), { client_id, authentication, ...kept, ...changes }, undefined)
}

/** What a server demands of its clients is nothing to whoever only verifies what it signed. */
function onlyKeys({ issuer, jwks_uri }: ServerMetadata): ServerMetadata {
  return { issuer, ...(jwks_uri !== undefined && { jwks_uri }) }
}

function invalid(problem: string) {
  return oidcError(
    'CLAIM_SOURCE_INVALID',
    `A claim source ${problem}. Report it to the people who run the server, or name the claims that are wanted.`,
  )
}
