import type { Request, RequestHandler } from 'express'
import passport, { type AuthenticateOptions } from 'passport'
import { checkNames } from './backchannel-logout.js'
import { isTentative } from './callback-request.js'
import { passportError } from './passport-error.js'

export interface RequireLoginOptions {
  /** The one that has the strategy; passport's own by default. */
  readonly passport?: Pick<typeof passport, 'authenticate'> | undefined
  /** The name of the strategy: `openid` by default. */
  readonly strategy?: string | undefined
  /** Options of the login that begins, such as `scope` and `prompt`. */
  readonly authenticate?: AuthenticateOptions | undefined
}

/**
 * Lets only users through who are signed in. A page begins a login and leads back to where the user wanted to go; what a script asks for, and
 * whatever is no GET, ends in the error handler with 401, for a login cannot interrupt it.
 *
 * @throws `OPTION_UNKNOWN`. To the error handler: `LOGIN_REQUIRED`
 */
export function requireLogin(options: RequireLoginOptions = {}): RequestHandler {
  checkNames(options, ['passport', 'strategy', 'authenticate'], 'requireLogin')
  const { passport: own = passport, strategy = 'openid', authenticate = {} } = options
  const begin = own.authenticate(strategy, { returnTo: ({ originalUrl }: Request) => originalUrl, ...authenticate }) as RequestHandler
  return (req, res, next) => {
    if (req.isAuthenticated?.()) next()
    else if (isPage(req)) begin(req, res, next)
    else
      next(
        Object.assign(
          passportError(
            'LOGIN_REQUIRED',
            `Nobody is signed in, and the ${req.method.slice(0, 16)} request is none that a login could interrupt. Answer 401, and let the page lead the user to the login.`,
          ),
          { status: 401 },
        ),
      )
  }
}

function isPage(req: Request): boolean {
  const { method, headers } = req
  if (method !== 'GET') return false
  // A look ahead begins no login; the strategy answers it.
  if (isTentative(req)) return true
  return /text\/html/i.test(String(headers.accept))
}
