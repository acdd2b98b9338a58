import type { Client, JsonObject } from '@oidc/core'
import { isOidcError, isSame } from '@oidc/core/plugin'
import {
  createEndSessionRequest,
  type EndSessionForm,
  type EndSessionParameters,
  type EndSessionTransaction,
  validateEndSessionResponse,
} from '@oidc/logout'
import type { Request, RequestHandler, Response } from 'express'
import { checkNames } from './backchannel-logout.js'
import { isTentative, splitTarget, trimSlash } from './callback-request.js'
import { type ClientOption, checkClientOption, findClient } from './client-option.js'
import { toError } from './failure.js'
import { renderForm } from './form-page.js'
import type { LoginRecord } from './login-record.js'
import { checkCallback } from './options.js'
import { guardStore, passportError } from './passport-error.js'
import { readReturnTo } from './return-to.js'
import { readRecord, sessionOf } from './session-entry.js'
import { endLocalSession, forgetTokens } from './sign-out.js'
import { findTokens, type TokenSettings } from './token-settings.js'

export interface LogoutOptions {
  readonly client: ClientOption
  /** Where the provider sends the user back to, absolute, as registered: a route with the same handler. Without it the user stays there. */
  readonly postLogoutRedirectURL?: string | URL | ((req: Request) => string | URL) | undefined
  /** Where the user goes in the end: a path of the application, `/` by default. Anything else is left out, for it may come from anybody's link. */
  readonly returnTo?: string | ((req: Request) => unknown) | undefined
  /** Further parameters of the request, such as `logout_hint` and `ui_locales`. */
  readonly parameters?: EndSessionParameters | ((req: Request) => EndSessionParameters) | undefined
  /** Those that were given to the strategy, so that the user's tokens end as well. */
  readonly tokens?: TokenSettings | undefined
}

const names = ['client', 'postLogoutRedirectURL', 'returnTo', 'parameters', 'tokens']
const pendingKey = '@oidc/passport/logout'
const mostPending = 3

/**
 * Logs the user out here, and then at the provider. Mount it twice: with `app.post` where a button of your pages leads to, and with `app.get` at
 * the `postLogoutRedirectURL`. The session has ended before the browser is sent away: whether it comes back, nobody can tell.
 * {@link https://openid.net/specs/openid-connect-rpinitiated-1_0.html OpenID Connect RP-Initiated Logout 1.0}
 *
 * @throws `OPTION_INVALID`, `OPTION_UNKNOWN`, `CLIENT_INVALID`. To the error handler: `LOGOUT_NOT_FOUND`, `STORE_FAILED`, and what
 * `createEndSessionRequest` and `validateEndSessionResponse` throw
 */
export function logout(options: LogoutOptions): RequestHandler {
  checkNames(options, names, 'logout')
  checkClientOption(options.client, 'logout')
  const { postLogoutRedirectURL } = options
  if (postLogoutRedirectURL !== undefined && typeof postLogoutRedirectURL !== 'function') checkReturn(postLogoutRedirectURL)
  return (req, res, next) => {
    answer(options, req, res).catch((thrown: unknown) => next(toLogoutError(thrown)))
  }
}

async function answer(options: LogoutOptions, req: Request, res: Response): Promise<void> {
  res.setHeader('Cache-Control', 'no-store')
  if (isTentative(req)) {
    res.statusCode = req.method === 'HEAD' ? 204 : 503
    res.end()
    return
  }
  const { postLogoutRedirectURL: given } = options
  const back = given === undefined ? undefined : checkReturn(typeof given === 'function' ? given(req) : given)
  const [path = '', query = ''] = splitTarget(req)
  if (back && req.method === 'GET' && trimSlash(path) === trimSlash(back.url.pathname))
    await comeBack(options, req, res, new URLSearchParams(query))
  else await leave(options, req, res, back)
}

async function leave(
  { client: option, returnTo, parameters, tokens }: LogoutOptions,
  req: Request,
  res: Response,
  back: ReturnType<typeof checkReturn> | undefined,
): Promise<void> {
  const record = readRecord(req)
  const target = readReturnTo(typeof returnTo === 'function' ? returnTo(req) : returnTo, back?.url.origin ?? 'http://localhost')
  // A provider that is down keeps nobody signed in here.
  const client = await findClient(option, req).catch(async (error: unknown) => {
    await guardStore(() => endLocalSession(req))
    throw error
  })
  const hint = await findHint(client, record, tokens)
  // Of logouts that began in other tabs.
  const pending = readPending(sessionOf(req)?.[pendingKey])
  await forgetTokens(client, record, tokens)
  await guardStore(() => endLocalSession(req))
  if (client.server.end_session_endpoint === undefined) return redirect(res, target ?? '/')
  const { url, form, transaction } = await createEndSessionRequest(
    client,
    {
      ...(typeof parameters === 'function' ? parameters(req) : parameters),
      id_token_hint: hint,
      ...(back && { post_logout_redirect_uri: back.redirect_uri }),
    },
    target === undefined ? {} : { data: { returnTo: target } },
  )
  if (transaction && back) await guardStore(() => keep(req, [...pending, transaction]))
  if (form) showForm(res, form)
  else redirect(res, url.href)
}

/** Kept tokens have the latest ID token; the session has that of the login. */
async function findHint(client: Client, record: LoginRecord | undefined, tokens: TokenSettings | undefined): Promise<string | undefined> {
  // The hint of another provider would tell this one who the user is there.
  if (record?.iss !== undefined && record.iss !== client.server.issuer) return undefined
  if (!tokens || record?.key === undefined) return record?.id_token
  return (await findTokens(client, record.key, tokens).tokens())?.id_token ?? record.id_token
}

async function comeBack({ client: option }: LogoutOptions, req: Request, res: Response, query: URLSearchParams): Promise<void> {
  const session = sessionOf(req)
  const pending = readPending(session?.[pendingKey])
  const state = query.get('state') ?? ''
  const transaction = pending.find((each) => isSame(each.state, state))
  if (!session || !transaction)
    throw passportError(
      'LOGOUT_NOT_FOUND',
      `No logout is pending in this browser that the request belongs to. Seen: a request with${req.headers.cookie === undefined ? 'out' : ''} a Cookie header, ${pending.length || 'no'} other pending. Show the user your start page: they were signed out when the logout began.`,
    )
  const client = await findClient(option, req)
  const { data } = await validateEndSessionResponse(client, query, transaction)
  session[pendingKey] = pending.filter((each) => each !== transaction)
  await guardStore(() => save(session))
  const { returnTo } = (data ?? {}) as JsonObject
  redirect(res, readReturnTo(returnTo, new URL(transaction.post_logout_redirect_uri).origin) ?? '/')
}

/** In the new session, which holds nothing else. */
async function keep(req: Request, pending: readonly EndSessionTransaction[]): Promise<void> {
  const session = sessionOf(req)
  if (!session) return
  session[pendingKey] = pending.slice(-mostPending)
  await save(session)
}

function save(session: NonNullable<ReturnType<typeof sessionOf>>): Promise<void> {
  return new Promise((resolve, reject) => {
    if (session.save) session.save((error) => (error ? reject(error) : resolve()))
    else resolve()
  })
}

function readPending(value: unknown): readonly EndSessionTransaction[] {
  return Array.isArray(value) ? value.filter((each) => typeof each?.state === 'string') : []
}

function checkReturn(given: unknown): ReturnType<typeof checkCallback> {
  return checkCallback(given, 'postLogoutRedirectURL')
}

/** See Other: a POST must not be repeated at the provider. */
function redirect(res: Response, location: string): void {
  res.statusCode = 303
  res.setHeader('Location', location)
  res.end()
}

function showForm(res: Response, form: EndSessionForm): void {
  const { html, policy } = renderForm(form)
  res.setHeader('Content-Security-Policy', policy)
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  res.end(html)
}

function toLogoutError(thrown: unknown): unknown {
  if (!isOidcError(thrown)) return toError(thrown)
  const isRequest = /^(?:LOGOUT_NOT_FOUND|END_SESSION_(?:STATE|RESPONSE|TRANSACTION)_\w+)$/.test(thrown.code)
  if (isRequest) Object.assign(thrown, { status: 400 })
  else if (thrown.retryable) Object.assign(thrown, { status: 503 })
  return thrown
}
