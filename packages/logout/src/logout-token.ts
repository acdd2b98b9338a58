import type { Client, JsonObject } from '@oidc/core'
import { type DecodedJwt, emit, encodeBase64Url, isOidcError, now, readQuirk, sha256, verifyJwt } from '@oidc/core/plugin'
import { checkNames } from './check-names.js'
import { logoutError } from './logout-error.js'
import { readLogoutToken } from './logout-token-request.js'
import { memoryReplayStore, type ReplayStore } from './replay-store.js'

/** What a logout token asks for. With `sid`: that one session; with `sub` alone: all sessions of that user. Both belong to `iss` only. */
export interface LogoutToken {
  readonly iss: string
  readonly sub?: string
  readonly sid?: string
  readonly jti: string
  /** All claims. */
  readonly claims: JsonObject
}

export interface LogoutTokenRules {
  /** Where tokens are remembered; in this process by default. Several processes need a store that they share. */
  readonly replay?: ReplayStore | undefined
  /** Seconds since `iat` that a token is accepted for: 300. */
  readonly maxAge?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const event = 'http://schemas.openid.net/event/backchannel-logout'

/** By the object that all clients of a server share within this process. */
const stores = /* @__PURE__ */ new WeakMap<object, ReplayStore>()

/**
 * Validates a logout token, by which the server says behind the browser's back that a session has ended: type, signature, `iss`, `aud`, `iat`,
 * `exp`, `events`, no `nonce`, `sub` or `sid`, and that it did not come before.
 * {@link https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation OpenID Connect Back-Channel Logout 1.0, section 2.6}
 *
 * @param input The token, or the Request that it came with.
 * @throws `LOGOUT_OPTION_INVALID`, `LOGOUT_REQUEST_METHOD`, `LOGOUT_REQUEST_MEDIA_TYPE`, `LOGOUT_REQUEST_INVALID`; `LOGOUT_TOKEN_EVENTS`, `LOGOUT_TOKEN_NONCE`,
 * `LOGOUT_TOKEN_SUBJECT`, `LOGOUT_TOKEN_REPLAYED`, `LOGOUT_STORE_FAILED`; one code for each rule of a JWT that is broken, from
 * `LOGOUT_TOKEN_MALFORMED` to `LOGOUT_TOKEN_CLAIM`; the errors of fetching keys
 */
export async function validateLogoutToken(client: Client, input: string | Request, rules: LogoutTokenRules = {}): Promise<LogoutToken> {
  const time = now(client)
  checkNames('validateLogoutToken', rules, ['replay', 'maxAge', 'signal'])
  const { replay, maxAge = 300, signal } = rules
  if (!(typeof maxAge === 'number' && maxAge > 0))
    throw logoutError('LOGOUT_OPTION_INVALID', 'The option maxAge is no number of seconds above 0. Give one, or leave it away.')
  if (replay !== undefined && typeof replay?.add !== 'function')
    throw logoutError('LOGOUT_OPTION_INVALID', 'The option replay is no store. Give memoryReplayStore(), or one with add and delete.')
  const jwt = await verify(client, typeof input === 'string' ? input : await readLogoutToken(input), maxAge, signal)
  const { claims } = jwt
  checkEvents(jwt)
  if (claims.nonce !== undefined)
    throw logoutError('LOGOUT_TOKEN_NONCE', 'The logout token has a nonce, as ID tokens have and logout tokens must not. Discard it.')
  const token = readToken(claims)
  const id = await identify(client, token)
  const left = Math.min(Number(claims.exp ?? Infinity), Number(claims.iat) + maxAge) - time
  const store = replay ?? findStore(client)
  // Tolerances of both clocks: it must be known for as long as it would be accepted.
  if (await keep(() => store.add(id, Math.max(left, 0) + 600))) return token
  throw logoutError('LOGOUT_TOKEN_REPLAYED', 'The logout token came before. Change nothing: what it asked for was done then.')
}

/**
 * Forgets a logout token, because the sessions could not be ended: the server may send the same one again, and that is no replay then.
 *
 * @param rules The same as `validateLogoutToken` got.
 * @throws `LOGOUT_STORE_FAILED`
 */
export async function forgetLogoutToken(client: Client, token: LogoutToken, { replay }: LogoutTokenRules = {}): Promise<void> {
  const id = await identify(client, token)
  await keep(() => (replay ?? findStore(client)).delete(id))
}

function verify(client: Client, token: string, maxAge: number, signal: AbortSignal | undefined): Promise<DecodedJwt> {
  const { metadata, server } = client
  const { id_token_signed_response_alg: registered } = metadata
  const withoutExp = readQuirk(client, 'logoutTokenWithoutExp') === true
  if (withoutExp) emit(client, { type: 'quirk', name: 'logoutTokenWithoutExp', operation: 'logout_token' })
  return verifyJwt(client, token, {
    what: 'logout token',
    code: 'LOGOUT_TOKEN',
    // The same as for ID tokens (section 2.6).
    registered,
    algorithms: server.id_token_signing_alg_values_supported ?? ['RS256'],
    typ: 'logout+jwt',
    untyped: true,
    encryption: { alg: metadata.id_token_encrypted_response_alg, enc: metadata.id_token_encrypted_response_enc },
    required: ['iat', 'jti', ...(withoutExp ? [] : ['exp'])],
    maxAge,
    signal,
  })
}

/** What makes a JWT a logout token, and an ID token none. */
function checkEvents({ claims: { events } }: DecodedJwt): void {
  if (isObject(events) && Object.hasOwn(events, event) && isObject(events[event])) return
  throw logoutError(
    'LOGOUT_TOKEN_EVENTS',
    `The logout token has no object named ${event} in its events. Discard it: it is another kind of token, such as an ID token.`,
  )
}

function readToken(claims: JsonObject): LogoutToken {
  const { iss, sub, sid, jti } = claims
  const has = (name: string, value: unknown): value is string | undefined => {
    if (value === undefined || (typeof value === 'string' && value !== '' && value.length <= 1024)) return true
    throw logoutError(
      'LOGOUT_TOKEN_SUBJECT',
      `The logout token has a ${name} that is no text of 1 to 1024 characters. Report it to the people who run the server.`,
    )
  }
  if (!has('sub', sub) || !has('sid', sid) || !has('jti', jti) || (sub === undefined && sid === undefined))
    throw logoutError('LOGOUT_TOKEN_SUBJECT', 'The logout token has neither sub nor sid, so it is for nobody. Discard it.')
  return { iss: String(iss), ...(sub !== undefined && { sub }), ...(sid !== undefined && { sid }), jti: String(jti), claims }
}

/** The same `jti` of another server or client is another token. */
async function identify({ metadata }: Client, { iss, jti }: LogoutToken): Promise<string> {
  return encodeBase64Url(await sha256(JSON.stringify([iss, metadata.client_id, jti])))
}

function findStore(client: Client): ReplayStore {
  const known = stores.get(client.server)
  if (known) return known
  const store = memoryReplayStore(() => now(client))
  stores.set(client.server, store)
  return store
}

async function keep<T>(step: () => T | Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (isOidcError(error)) throw error
    // What was thrown stays behind: it may hold what the store could not write.
    throw logoutError(
      'LOGOUT_STORE_FAILED',
      'The store of logout tokens that came before failed. See that it runs, and answer with a status that makes the server try again.',
      { retryable: true },
    )
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
