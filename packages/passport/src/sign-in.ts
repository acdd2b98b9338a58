import type { Request } from 'express'
import type { AuthenticateOptions } from 'passport'
import type { Success } from './answer.js'
import type { Settings } from './options.js'
import { guardStore } from './passport-error.js'
import { surviveSignIn } from './session-entry.js'

type Done = (error?: unknown) => void
type LogIn = (user: Express.User, options: object, done?: Done) => unknown

/**
 * Steps into the next `req.logIn` of this request, which passport calls after `success`, and the application where it gave passport a callback
 * of its own. Passport leaves no other way in: it replaces the session there, and then redirects by the options that all requests share.
 *
 * @param context.redirect Sends the user to their `returnTo`, instead of passport's `successRedirect`.
 */
export function joinLogIn(
  req: Request,
  { state, returnTo, record }: Success,
  context: { readonly settings: Settings; readonly options: AuthenticateOptions; readonly redirect: (url: string) => void },
): void {
  const { settings, options, redirect } = context
  const logIn = req.logIn as LogIn
  const prepare = (chosen: object) =>
    'session' in chosen && chosen.session === false
      ? Promise.resolve()
      : guardStore(() =>
          surviveSignIn(req, { settings, state, returnTo, record, keeps: 'keepSessionInfo' in chosen && !!chosen.keepSessionInfo }),
        )
  const joined = (user: Express.User, given: object | Done | undefined, last?: Done): unknown => {
    req.logIn = req.login = logIn as typeof req.logIn
    const [chosen, done] = typeof given === 'function' ? [{}, given as Done] : [given ?? {}, last]
    // Whoever logs in with options of its own is not passport, and redirects where it wants.
    const leads = returnTo !== undefined && chosen === options
    if (!done && !('res' in req))
      return logInFastify(
        () => prepare(chosen),
        () => logIn.call(req, user, chosen),
        leads ? () => redirect(returnTo) : undefined,
      )
    const leave: Done = (error) => (error || !leads ? done?.(error) : redirect(returnTo))
    prepare(chosen).then(() => logIn.call(req, user, chosen, leave), done)
    return undefined
  }
  req.logIn = req.login = joined as typeof req.logIn
}

/** In Fastify logIn gives a promise, after which its passport redirects: never, where the user has been sent to their `returnTo`. */
async function logInFastify(prepare: () => Promise<void>, logIn: () => unknown, leave: (() => void) | undefined): Promise<unknown> {
  await prepare()
  await logIn()
  if (!leave) return undefined
  leave()
  return new Promise(() => undefined)
}
