import { now } from '@oidc/core/plugin'
import type { Request } from 'express'
import type { AuthenticateOptions } from 'passport'
import type { Answer } from './answer.js'
import { beginLogin } from './begin-login.js'
import { isCallback, isTentative } from './callback-request.js'
import { askOnError, toError, toFailure } from './failure.js'
import { finishLogin } from './finish-login.js'
import { noteOutcome } from './login-loop.js'
import { checkOptions, type OpenIDStrategyOptions, type Settings } from './options.js'
import { joinLogIn } from './sign-in.js'
import type { Verify } from './verify.js'

/** What passport puts on a strategy for each request. */
interface Actions {
  success(user: Express.User, info?: object): void
  fail(challenge: object, status: number): void
  redirect(url: string): void
  error(error: unknown): void
}

/**
 * Signs users in with OpenID Connect, for Passport in Express. One strategy serves both routes, the one that begins a login and the callback.
 * {@link https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth OpenID Connect Core 1.0, section 3.1}
 */
export class OpenIDStrategy {
  readonly name: string
  // Not #private: passport calls authenticate on an object that only inherits from this one.
  private readonly settings: Settings

  /**
   * @param verify Gives the user of the application for a login that passed every check, or `false`.
   * @throws `OPTION_INVALID`, `OPTION_UNKNOWN`, `CLIENT_INVALID`
   */
  constructor(options: OpenIDStrategyOptions, verify: Verify) {
    this.settings = checkOptions(options, verify)
    this.name = this.settings.name
  }

  /** For passport, which calls it for every request of `passport.authenticate(name, options)`. */
  authenticate(this: Actions, req: Request, options: AuthenticateOptions = {}): void {
    // Now: where the strategy itself is given to passport.authenticate, the next request replaces them while this one still waits.
    const { success, fail, redirect, error } = this
    const { settings } = this as unknown as OpenIDStrategy
    const perform = (answer: Answer): void => {
      if (answer.type === 'redirect') redirect(answer.url)
      else if (answer.type === 'fail') fail(answer.challenge, answer.status)
      else if (answer.type === 'error') error(answer.error)
      else if (answer.type === 'nothing') answerNothing(req)
      else {
        joinLogIn(req, answer, { settings, options, redirect })
        success(answer.user, answer.info)
      }
    }
    const { onError } = settings
    findAnswer(settings, req, options)
      .catch(toFailure)
      .then((answer) => noteOutcome(req, settings.name, answer))
      .then((answer) => (onError ? askOnError(onError, answer, req) : answer))
      .then(perform)
      .catch((thrown: unknown) => error(toError(thrown)))
  }
}

async function findAnswer(settings: Settings, req: Request, options: AuthenticateOptions): Promise<Answer> {
  if (isTentative(req)) return { type: 'nothing' }
  const client = await settings.findClient(req)
  const callback = settings.findCallback(req)
  // Throws for what is no client.
  const time = now(client)
  const context = { req, strategy: settings.name, now: time }
  return isCallback(req, callback)
    ? finishLogin(settings, client, callback, context, options)
    : beginLogin(settings, client, callback, context, options)
}

/** Never `pass`, which would go on to the route. A browser throws a prefetched answer away unless its status is one of success. */
function answerNothing({ method, res }: Request): void {
  if (!res) return
  res.statusCode = method === 'HEAD' ? 204 : 503
  res.setHeader('Cache-Control', 'no-store')
  res.end()
}
