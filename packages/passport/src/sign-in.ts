import type { Request } from 'express'
import type { AuthenticateOptions } from 'passport'
import type { Success } from './answer.js'
import { guardStore } from './passport-error.js'
import { surviveSignIn } from './session-entry.js'

type Done = (error?: unknown) => void
type LogIn = (user: Express.User, options: object, done?: Done) => void

/**
 * Steps into the next `req.logIn` of this request, which passport calls after `success`, and the application where it gave passport a callback
 * of its own. Passport leaves no other way in: it replaces the session there, and then redirects by the options that all requests share.
 *
 * @param settings.redirect Sends the user to their `returnTo`, instead of passport's `successRedirect`.
 */
export function joinLogIn(
  req: Request,
  { state, returnTo }: Success,
  settings: { readonly strategy: string; readonly options: AuthenticateOptions; readonly redirect: (url: string) => void },
): void {
  const { strategy, options, redirect } = settings
  const logIn = req.logIn as LogIn
  const joined = (user: Express.User, given: object | Done | undefined, last?: Done): void => {
    req.logIn = req.login = logIn
    const [chosen, done] = typeof given === 'function' ? [{}, given as Done] : [given ?? {}, last]
    // Whoever logs in with options of its own is not passport, and redirects where it wants.
    const leave: Done = (error) => (error || returnTo === undefined || chosen !== options ? done?.(error) : redirect(returnTo))
    const proceed = () => logIn.call(req, user, chosen, leave)
    if ('session' in chosen && chosen.session === false) proceed()
    else guardStore(() => surviveSignIn(req, strategy, state, returnTo)).then(proceed, done)
  }
  req.logIn = req.login = joined
}
