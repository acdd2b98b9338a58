import type { Client, Json } from '@oidc/core'
import { decryptJwt, findEndpoint, mergeParameters, now, type ReadonlyParameters, randomToken } from '@oidc/core/plugin'
import { checkNames } from './check-names.js'
import { logoutError } from './logout-error.js'

export interface EndSessionParameters {
  /** The ID token of the login that is to end: without it, many servers ask the user first. An encrypted one is opened before it is sent. */
  readonly id_token_hint?: string | undefined
  /** Where the user comes back to, exactly as registered. The only registered one by default; without one the user stays at the server. */
  readonly post_logout_redirect_uri?: string | undefined
  readonly logout_hint?: string | undefined
  readonly ui_locales?: string | readonly string[] | undefined
  readonly [parameter: string]: string | readonly string[] | undefined
}

export interface EndSessionSettings {
  /** The application's own JSON, kept in the transaction. */
  readonly data?: Json | undefined
}

/** What must be remembered while the user is at the server: one JSON value, kept where only the same browser can reach it, used once. */
export interface EndSessionTransaction {
  readonly issuer: string
  readonly client_id: string
  readonly state: string
  readonly post_logout_redirect_uri: string
  /** Epoch seconds. */
  readonly created_at: number
  /** The application's own. */
  readonly data?: Json
}

/** A form that the browser posts. */
export interface EndSessionForm {
  readonly action: string
  readonly parameters: ReadonlyParameters
}

export interface EndSessionRequest {
  /** Where to send the browser. It leaves out an `id_token_hint` that makes it too long; the server then asks the user. */
  readonly url: URL
  /** The whole request, where `url` had to leave out the hint: servers must take it by POST as well, but a POST comes without some cookies. */
  readonly form?: EndSessionForm
  /** Undefined where the user does not come back. */
  readonly transaction: EndSessionTransaction | undefined
}

/** Characters of a URL that everything on the way carries. {@link https://www.rfc-editor.org/rfc/rfc9110#section-4.1 RFC 9110, section 4.1} */
const longestUrl = 8000

/**
 * Asks the server to end its session, and to send the user back. End the application's own session first: whether the user comes back, and
 * whether the server did as it was asked, nobody can tell.
 * {@link https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout OpenID Connect RP-Initiated Logout 1.0, section 2}
 *
 * @throws `LOGOUT_OPTION_INVALID`, `SERVER_METADATA_MISSING`, `END_SESSION_REDIRECT`, `PARAMETER_RESERVED`, `PARAMETER_INVALID`; `ID_TOKEN_ENCRYPTION`,
 * `DECRYPTION_FAILED` of a hint that is encrypted
 */
export async function createEndSessionRequest(
  client: Client,
  parameters: EndSessionParameters = {},
  settings: EndSessionSettings = {},
): Promise<EndSessionRequest> {
  const time = now(client)
  checkNames('createEndSessionRequest', settings, ['data'])
  const { data } = settings
  const action = findEndpoint(client, 'end_session_endpoint')
  const { id_token_hint, ui_locales, post_logout_redirect_uri: given, ...extra } = parameters
  const post_logout_redirect_uri = findRedirect(client, given)
  const { issuer } = client.server
  const { client_id } = client.metadata
  const transaction: EndSessionTransaction | undefined =
    post_logout_redirect_uri === undefined
      ? undefined
      : Object.freeze({
          issuer,
          client_id,
          state: randomToken(client),
          post_logout_redirect_uri,
          created_at: time,
          ...(data !== undefined && { data }),
        })
  const own = {
    client_id,
    state: transaction?.state ?? '',
    post_logout_redirect_uri: post_logout_redirect_uri ?? '',
    ui_locales: joinWords(ui_locales) ?? '',
    id_token_hint: (await openHint(client, id_token_hint)) ?? '',
  }
  const all = Object.fromEntries(Object.entries(mergeParameters(own, extra)).filter(([, value]) => value !== ''))
  const url = toUrl(action, all)
  if (url.href.length <= longestUrl || all.id_token_hint === undefined) return { url, transaction }
  const { id_token_hint: _, ...rest } = all
  return { url: toUrl(action, rest), form: { action, parameters: all }, transaction }
}

/** An ID token that was encrypted to the client is nothing that the server can read. */
async function openHint(client: Client, hint: string | undefined): Promise<string | undefined> {
  if (hint === undefined) return undefined
  return String(await decryptJwt(client, hint, { what: 'ID token', code: 'ID_TOKEN', algorithms: [] }))
}

/** @throws `END_SESSION_REDIRECT` */
function findRedirect({ metadata }: Client, given: unknown): string | undefined {
  const { post_logout_redirect_uris: registered } = metadata
  const uri = given ?? (registered?.length === 1 ? registered[0] : undefined)
  if (uri === undefined) return undefined
  const invalid = (problem: string) =>
    logoutError('END_SESSION_REDIRECT', `The post_logout_redirect_uri ${problem}. Give the absolute URI that is registered for the client.`)
  if (typeof uri !== 'string' || !URL.canParse(uri)) throw invalid('is not an absolute URI')
  if (/^(?:javascript|data|file|vbscript|blob|about):$/.test(new URL(uri).protocol))
    throw invalid('is no address that a browser may be sent to')
  // Never echoed: it may have come with a request.
  if (registered && !registered.includes(uri)) throw invalid('is none of the post_logout_redirect_uris of the client metadata')
  return uri
}

function joinWords(words: string | readonly string[] | undefined): string | undefined {
  return typeof words === 'string' ? words : words?.join(' ')
}

function toUrl(action: string, parameters: ReadonlyParameters): URL {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) for (const each of [value].flat()) query.append(name, each)
  return new URL(`${action}${action.includes('?') ? '&' : '?'}${query}`)
}
