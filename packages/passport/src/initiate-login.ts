import { type LoginInitiationRules, readLoginInitiation } from '@oidc/core'
import { isOidcError, oidcError } from '@oidc/core/plugin'
import type { Request as ExpressRequest, RequestHandler } from 'express'
import passport from 'passport'
import { checkNames } from './backchannel-logout.js'
import { isTentative, readText, splitTarget } from './callback-request.js'
import { toError } from './failure.js'
import type { RequireLoginOptions } from './require-login.js'

export interface InitiateLoginOptions extends RequireLoginOptions, LoginInitiationRules {}

/**
 * Begins the login that a third party asks for, such as a portal: mount it with `app.all` at the `initiate_login_uri`. Anybody on the web can send
 * such a request, so the issuer must be allowed and the target be of this application.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#ThirdPartyInitiatedLogin OpenID Connect Core 1.0, section 4}
 *
 * @throws `OPTION_INVALID`, `OPTION_UNKNOWN`. To the error handler: `LOGIN_INITIATION_INVALID`, `LOGIN_INITIATION_ISSUER`, `LOGIN_INITIATION_TARGET`
 */
export function initiateLogin(options: InitiateLoginOptions): RequestHandler {
  checkNames(options, ['allowed', 'origin', 'passport', 'strategy', 'authenticate'], 'initiateLogin')
  const { passport: own = passport, strategy = 'openid', authenticate = {}, allowed, origin } = options
  if (!Array.isArray(allowed) || !URL.canParse(String(origin)))
    throw oidcError(
      'OPTION_INVALID',
      'The options allowed or origin of initiateLogin are missing. Give the issuers, and https://app.example.',
    )
  return (req, res, next) => {
    read(req, { allowed, origin }).then(
      ({ login_hint, target_link_uri }) => {
        const target = target_link_uri && target_link_uri.pathname + target_link_uri.search + target_link_uri.hash
        const begin = own.authenticate(strategy, {
          ...authenticate,
          ...(login_hint !== undefined && { loginHint: login_hint }),
          ...(target !== undefined && { returnTo: target }),
        }) as RequestHandler
        // The strategy would take a POST, or its own parameters, for a callback.
        begin(isTentative(req) ? req : asBegin(req), res, next)
      },
      (thrown: unknown) => next(isOidcError(thrown) ? Object.assign(thrown, { status: 400 }) : toError(thrown)),
    )
  }
}

async function read(req: ExpressRequest, rules: LoginInitiationRules) {
  const query = new URLSearchParams(splitTarget(req)[1])
  if (req.method !== 'POST') return readLoginInitiation(query, rules)
  const { body } = req as { readonly body?: unknown }
  const isParsed = typeof body === 'object' && body !== null && !Buffer.isBuffer(body) && Object.keys(body).length > 0
  const entries = isParsed
    ? Object.entries(body).flatMap(([name, value]) => [value].flat().map((each): [string, string] => [name, String(each)]))
    : undefined
  return readLoginInitiation(new URLSearchParams(entries ?? (await readText(req, 'login request'))), rules)
}

/** The same request, as the begin of a login looks: a GET without parameters. */
function asBegin(req: ExpressRequest): ExpressRequest {
  const [path = '/'] = splitTarget(req)
  return Object.create(req, {
    method: { value: 'GET' },
    originalUrl: { value: path },
    url: { value: path },
  }) as ExpressRequest
}
