import type { AuthorizationParameters, Json, JsonObject } from '@oidc/core'
import { oidcError } from '@oidc/core/plugin'
import type { Request } from 'express'
import type { AuthenticateOptions } from 'passport'
import { joinWords } from './options.js'

/** Options of one `passport.authenticate`, beside passport's own `scope` and `prompt`. They count when a login begins. */
export interface OpenIDAuthenticateOptions {
  readonly loginHint?: string | undefined
  readonly idTokenHint?: string | undefined
  readonly resource?: string | readonly string[] | undefined
  readonly authorizationDetails?: readonly JsonObject[] | undefined
  readonly acrValues?: string | readonly string[] | undefined
  /** Seconds. */
  readonly maxAge?: number | undefined
  readonly uiLocales?: string | readonly string[] | undefined
  /** Any further parameters of the authorization request, in their RFC's spelling. */
  readonly parameters?: AuthorizationParameters | undefined
  /**
   * Where the user goes after the login, before `successRedirect`: a path of the callback's origin. Anything else is left out without a word,
   * for it may come from a link that somebody else made.
   */
  readonly returnTo?: string | ((req: Request) => unknown) | undefined
  /** The application's own JSON, which `verify` gets back. */
  readonly data?: Json | ((req: Request) => Json | undefined) | undefined
}

declare module 'passport' {
  interface AuthenticateOptions extends OpenIDAuthenticateOptions {}
}

/** The parameters that the options of a call stand for. @throws `PARAMETER_RESERVED` */
export function toParameters({ state, scope, prompt, ...options }: AuthenticateOptions): AuthorizationParameters {
  if (state !== undefined)
    throw oidcError(
      'PARAMETER_RESERVED',
      'The option state of passport.authenticate is made by the client itself. Take it away; to keep something of your own, give data, which verify gets back.',
    )
  const parameters: AuthorizationParameters = {
    scope: joinWords(scope),
    prompt,
    login_hint: options.loginHint,
    id_token_hint: options.idTokenHint,
    resource: options.resource,
    authorization_details: options.authorizationDetails,
    acr_values: joinWords(options.acrValues),
    max_age: options.maxAge,
    ui_locales: joinWords(options.uiLocales),
  }
  // One that is not given must not hide the strategy's.
  return { ...Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined)), ...options.parameters }
}
