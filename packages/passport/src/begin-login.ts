import {
  type AuthorizationParameters,
  type Client,
  createAuthorizationRequest,
  type Json,
  type JsonObject,
  type Transaction,
} from '@oidc/core'
import { oidcError } from '@oidc/core/plugin'
import type { AuthenticateOptions } from 'passport'
import type { Answer } from './answer.js'
import { toParameters } from './authenticate-options.js'
import { isSecure } from './cookies.js'
import { checkLoop } from './login-loop.js'
import type { Callback, Settings } from './options.js'
import { guardStore, passportError } from './passport-error.js'
import { readReturnTo } from './return-to.js'
import { isFormPost, type StoreContext } from './transaction-store.js'

/** Sends the browser to the provider, once the transaction is safely kept. */
export async function beginLogin(
  settings: Settings,
  client: Client,
  callback: Callback,
  context: StoreContext,
  options: AuthenticateOptions,
): Promise<Answer> {
  const { scope, store, name } = settings
  checkLoop(context.req, name)
  const given: AuthorizationParameters = {
    ...(scope && { scope }),
    ...(await settings.findParameters(context.req)),
    ...toParameters(options),
  }
  if (given.redirect_uri !== undefined)
    throw oidcError('PARAMETER_RESERVED', 'The parameter redirect_uri is made of the option callbackURL. Give that, and take it away.')
  const checkMode = (response_mode: string | undefined) => {
    checkTransport(context, response_mode)
    store.check?.(context, response_mode)
  }
  checkMode(given.response_mode)
  const data = collectData(context, callback, options)
  const { url, transaction } = await createAuthorizationRequest(
    client,
    { ...given, redirect_uri: callback.redirect_uri },
    Object.keys(data).length ? { data } : {},
  )
  // A plugin may have chosen another one.
  if (transaction.response_mode !== given.response_mode) checkMode(transaction.response_mode)
  await guardStore(() => store.put(context, transaction))
  return { type: 'redirect', url: url.href }
}

/** What the strategy keeps in a transaction: `returnTo`, and the application's own as `data`. */
export function readData({ data, redirect_uri }: Transaction): { readonly returnTo: string | undefined; readonly data: Json | undefined } {
  const { returnTo, data: own } = (data ?? {}) as JsonObject
  return { returnTo: readReturnTo(returnTo, new URL(redirect_uri).origin), data: own }
}

function collectData({ req }: StoreContext, { url }: Callback, options: AuthenticateOptions): JsonObject {
  const returnTo = readReturnTo(typeof options.returnTo === 'function' ? options.returnTo(req) : options.returnTo, url.origin)
  const data = typeof options.data === 'function' ? options.data(req) : options.data
  return { ...(returnTo !== undefined && { returnTo }), ...(data !== undefined && { data }) }
}

/** @throws `FORM_POST_INSECURE` */
function checkTransport({ req }: StoreContext, response_mode: string | undefined): void {
  if (isFormPost(response_mode) && !isSecure(req))
    throw passportError(
      'FORM_POST_INSECURE',
      'The response_mode form_post was asked for over plain http: the cookie that finds the login again must be SameSite=None to come with a post from the provider’s site, SameSite=None needs Secure, and Secure needs https. Serve the application over https, or leave response_mode away; if TLS ends at a proxy, set trust proxy.',
    )
}
