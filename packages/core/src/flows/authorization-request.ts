import { encodeBase64Url } from '../base/base64url.js'
import { sha256 } from '../base/digest.js'
import { oidcError } from '../base/errors.js'
import type { Json } from '../base/json.js'
import { encodeForm } from '../base/parameters.js'
import { randomToken } from '../base/random.js'
import { mergeAdditions } from '../client/additions.js'
import type { Transaction } from '../client/authorization.js'
import type { Client } from '../client/client.js'
import { emit, internalsOf } from '../client/internals.js'
import type { Additions } from '../client/operation.js'
import { conflict, runSlot } from '../client/slots.js'
import { findEndpoint } from '../exchange/request.js'
import { type AuthorizationParameters, encodeParameters, findEssentialAcr } from './authorization-parameters.js'
import { checkOpenIdScope } from './grants.js'

/** Where to send the user agent, and what to keep until it comes back. */
export interface AuthorizationRequest {
  readonly url: URL
  readonly transaction: Transaction
}

/** What a login takes beside its parameters. */
export interface AuthorizationSettings {
  /** The application's own JSON, kept in the transaction. */
  readonly data?: Json
  readonly signal?: AbortSignal | undefined
  /** Whether the ID token's `acr` must be one of this request's `acr_values`. */
  readonly requireAcr?: boolean
}

type Parameters = Record<string, string | readonly string[]>

const ours = ['client_id', 'redirect_uri', 'state', 'nonce', 'code_challenge', 'code_challenge_method']

/**
 * Begins a login: `state` and PKCE S256 are always sent, `nonce` whenever an ID token can come back.
 * {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1 RFC 6749, section 4.1.1}, {@link https://www.rfc-editor.org/rfc/rfc7636 RFC 7636}
 *
 * @throws `PARAMETER_RESERVED`, `PARAMETER_INVALID`, `REDIRECT_URI_INVALID`, `PLUGIN_MISSING`, `PLUGIN_CONFLICT`, `SERVER_METADATA_MISSING`,
 * `SCOPE_OPENID_UNSUPPORTED`, and what plugins throw
 */
export async function createAuthorizationRequest(
  client: Client,
  parameters: AuthorizationParameters,
  { data, signal, requireAcr }: AuthorizationSettings = {},
): Promise<AuthorizationRequest> {
  // First, for it tells what is no client, such as a promise that nobody awaited.
  const { random, clock } = internalsOf(client)
  const endpoint = findEndpoint(client, 'authorization_endpoint')
  const merged = await addParameters(client, encodeParameters(parameters), signal)
  const hasOpenId = checkOpenIdScope(client, merged.scope)
  const redirect_uri = findRedirectUri(client, merged.redirect_uri)
  const response_type = String(merged.response_type ?? 'code')
  // What is no number would be greater than no age, and the check of auth_time would always pass.
  if (merged.max_age !== undefined && !/^\d{1,10}$/.test(String(merged.max_age)))
    throw oidcError('PARAMETER_INVALID', 'The parameter max_age is no whole number. Give seconds, 0 or more.')
  const { scope, response_mode, acr_values, resource } = merged as Readonly<Record<string, string | undefined>>
  const essential = findEssentialAcr(parameters)
  const asked = requireAcr && acr_values ? acr_values.split(' ') : undefined
  const essential_acr_values = essential && asked ? essential.filter((value) => asked.includes(value)) : (essential ?? asked)
  const transaction: Transaction = Object.freeze({
    issuer: client.server.issuer,
    client_id: client.metadata.client_id,
    state: randomToken(random),
    ...((hasOpenId || /\bid_token\b/.test(response_type)) && { nonce: randomToken(random) }),
    code_verifier: randomToken(random),
    redirect_uri,
    response_type,
    ...(response_mode !== undefined && { response_mode }),
    ...(scope !== undefined && { scope }),
    ...(merged.max_age !== undefined && { max_age: Number(merged.max_age) }),
    ...(acr_values !== undefined && { acr_values }),
    ...(essential_acr_values && { essential_acr_values }),
    ...(resource !== undefined && { resource }),
    created_at: clock.now(),
    ...(data !== undefined && { data }),
  })
  const request: Parameters = {
    ...merged,
    client_id: transaction.client_id,
    response_type,
    redirect_uri,
    state: transaction.state,
    ...(transaction.nonce !== undefined && { nonce: transaction.nonce }),
    code_challenge: encodeBase64Url(await sha256(transaction.code_verifier)),
    code_challenge_method: 'S256',
  }
  const query = await carry(client, request, transaction, signal)
  const url = new URL(`${endpoint}${endpoint.includes('?') ? '&' : '?'}${query}`)
  if (/^http:\/\/localhost[:/]/i.test(redirect_uri)) warn(client, 'redirect_uri_localhost')
  if (url.href.length > 8192) warn(client, 'authorization_url_length')
  return { url, transaction }
}

function warn(client: Client, name: 'redirect_uri_localhost' | 'authorization_url_length'): void {
  emit(client, { type: 'warning', name, operation: 'authorization' })
}

/** What plugins add; each sees a copy of its own of what the caller gave. */
async function addParameters(client: Client, given: Parameters, signal: AbortSignal | undefined): Promise<Parameters> {
  const fillers = internalsOf(client).slots.authorization.parameters
  const asked = given.response_type
  if (asked !== undefined && asked !== 'code')
    throw oidcError(
      'PLUGIN_MISSING',
      `The response_type ${JSON.stringify(asked)} is asked for by a plugin, not by the caller. Install @oidc/hybrid and add hybrid({ response_type }) to use.`,
    )
  if (!fillers) return given
  const added = await Promise.all(
    fillers.map(async (filler) => {
      const additions: Additions | undefined = await runSlot(filler, 'authorization.parameters', () =>
        filler.run(toSearch(given), { client, signal }),
      )
      for (const name of Object.keys(additions ?? {}))
        if (ours.includes(name)) throw conflict(`the parameter ${name}`, '@oidc/core', filler.plugin, 'Take the plugin away.')
      return { plugin: filler.plugin, additions }
    }),
  )
  return mergeAdditions(given, added, 'parameter')
}

/** Protects and delivers the request where plugins do so, and gives the query that the user agent carries. */
async function carry(client: Client, request: Parameters, transaction: Transaction, signal: AbortSignal | undefined): Promise<string> {
  const { protect, deliver } = internalsOf(client).slots.authorization
  if (!protect && !deliver) return encodeForm(request)
  const context = { client, transaction, signal }
  let search = toSearch(request)
  for (const [slot, filler] of [
    ['protect', protect],
    ['deliver', deliver],
  ] as const) {
    if (!filler) continue
    const before = search
    search = await runSlot(filler, `authorization.${slot}`, async () => new URLSearchParams(await filler.run(before, context)))
    if (search.get('client_id') !== transaction.client_id)
      throw conflict('the parameter client_id', '@oidc/core', filler.plugin, 'Report it to the plugin’s authors.')
  }
  return search.toString()
}

function toSearch(parameters: Parameters): URLSearchParams {
  return new URLSearchParams(encodeForm(parameters))
}

/**
 * The caller's, else the only registered one. It is compared with the registered ones as a string, except for the port of a loopback address
 * (RFC 8252, section 7.3).
 */
function findRedirectUri({ metadata }: Client, given: Parameters[string] | undefined): string {
  const invalid = (problem: string) =>
    oidcError('REDIRECT_URI_INVALID', `The redirect_uri ${problem}. Give the absolute URI that is registered for the client.`)
  const { redirect_uris } = metadata
  const uri = given ?? (redirect_uris?.length === 1 ? redirect_uris[0] : undefined)
  if (typeof uri !== 'string') throw invalid('is missing')
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  if (!url || /^(?:javascript|data|file|vbscript|blob|about):$/.test(url.protocol))
    throw invalid('is not an absolute URI that a browser may be sent to')
  if (uri.includes('#')) throw invalid('has a fragment')
  const isRegistered =
    !redirect_uris || redirect_uris.some((other) => other === uri || withoutLoopbackPort(other) === withoutLoopbackPort(uri))
  if (!isRegistered) throw invalid(`${JSON.stringify(uri.slice(0, 200))} is none of the redirect_uris of the client metadata`)
  return uri
}

function withoutLoopbackPort(uri: string): string {
  return uri.replace(/^(http:\/\/(?:127\.0\.0\.1|\[::1\])):\d+(?=\/|$|\?)/, '$1')
}
