import { isOidcError, oidcError } from '../base/errors.js'
import { readOnce } from '../base/parameters.js'
import { checkUrl } from '../base/url.js'
import type { Client } from '../client/client.js'
import { isIssuer } from '../client/issuer.js'
import { optionError } from '../client/options.js'
import { readForm } from '../exchange/body.js'

/** A login that somebody else asks for, after the checks. */
export interface LoginInitiation {
  readonly issuer: string
  /** The one of `allowed` whose issuer it is; undefined where it is there as a string. */
  readonly client?: Client
  /** For the authorization request, as it is. It may name a person: never log it. */
  readonly login_hint?: string
  /** Where the user wants to be once signed in: of the application's own origin. */
  readonly target_link_uri?: URL
}

/** What the application allows. */
export interface LoginInitiationRules {
  /** Clients, or issuers whose client is made later. Nothing is fetched from an issuer that is not among them. */
  readonly allowed: readonly (Client | string)[]
  /** The application's own, e.g. `https://app.example`. */
  readonly origin: string | URL
}

/** The most characters of a parameter. */
const limit = 2048

/**
 * Reads the request of a third party to begin a login: a portal, a list of applications, the server itself. Anybody on the web can send one, so
 * `iss` must be allowed and `target_link_uri` lead to the application itself. Begin the login with `createAuthorizationRequest`, and keep the
 * target in its `data`. {@link https://openid.net/specs/openid-connect-core-1_0.html#ThirdPartyInitiatedLogin OpenID Connect Core 1.0, section 4}
 *
 * @param input The URL, the Request (GET or POST), or the parameters.
 * @throws `LOGIN_INITIATION_INVALID`, `LOGIN_INITIATION_ISSUER`, `LOGIN_INITIATION_TARGET`, `URL_INVALID`, `OPTION_INVALID`
 */
export async function readLoginInitiation(
  input: URL | Request | URLSearchParams,
  { allowed, origin }: LoginInitiationRules,
): Promise<LoginInitiation> {
  const home = checkUrl(origin, 'option origin', { allowInsecure: 'loopback' }).origin
  if (!Array.isArray(allowed)) throw optionError('allowed', allowed, 'an array of clients or issuers')
  const { iss, login_hint, target_link_uri } = await readParameters(input)
  if (!iss) throw invalid('has no iss')
  const match = allowed.find((one) => (typeof one === 'string' ? one === iss : isIssuer(one, iss)))
  if (match === undefined)
    throw oidcError(
      'LOGIN_INITIATION_ISSUER',
      `The request to begin a login names the issuer ${JSON.stringify(iss.slice(0, 200))}, which is not allowed. Refuse it; if the server is yours, add it to allowed exactly as it is spelled there.`,
    )
  return {
    issuer: iss,
    ...(typeof match === 'object' && { client: match }),
    ...(login_hint !== undefined && { login_hint }),
    ...(target_link_uri !== undefined && { target_link_uri: checkTarget(target_link_uri, home) }),
  }
}

/** Compared after parsing, as the browser will: no user name, no scheme that carries an origin within. */
function checkTarget(target: string, origin: string): URL {
  const url = URL.canParse(target) ? new URL(target) : undefined
  if (url?.href.startsWith(`${origin}/`)) return url
  throw oidcError(
    'LOGIN_INITIATION_TARGET',
    `The request to begin a login has a target_link_uri that is no absolute URL of ${origin}. Refuse it: the user would be sent to a place of somebody else.`,
  )
}

async function readParameters(input: unknown): Promise<Readonly<Record<string, string>>> {
  try {
    if (input instanceof URLSearchParams) return readOnce(input, limit)
    if (input instanceof URL) return readOnce(input.searchParams, limit)
    const request = input as Request
    if (request.method === 'GET') return readOnce(new URL(request.url).searchParams, limit)
    if (request.method === 'POST') return readOnce(new URLSearchParams(await readForm(request, limit * 8)), limit)
  } catch (error) {
    const isTold = error instanceof SyntaxError || isOidcError(error)
    throw invalid(`cannot be read: ${isTold ? error.message.replace(/\.$/, '') : 'it is no request'}`)
  }
  throw invalid('is neither GET nor POST')
}

function invalid(problem: string) {
  return oidcError('LOGIN_INITIATION_INVALID', `The request to begin a login ${problem}. Refuse it with status 400.`)
}
