import { emit, oidcError } from '@oidc/core/plugin'
import { forgetLogoutToken, type LogoutTokenRules, logoutErrorStatus, type ReplayStore, validateLogoutToken } from '@oidc/logout'
import type { Request as ExpressRequest, Response as ExpressResponse, RequestHandler } from 'express'
import { readText } from './callback-request.js'
import { type ClientOption, checkClientOption, findClient } from './client-option.js'
import { checkPlace, endSessions, type SessionPlace } from './end-sessions.js'

export interface BackchannelLogoutOptions extends SessionPlace {
  readonly client: ClientOption
  /** Where logout tokens are remembered; in this process by default. Several processes need one that they share. */
  readonly replay?: ReplayStore | undefined
  /** Hears of requests that were refused or failed. The provider is told nothing of why. */
  readonly onError?: ((error: unknown, req: ExpressRequest) => void) | undefined
}

const names = ['client', 'store', 'index', 'tokens', 'replay', 'onError']

/**
 * Ends sessions when the provider says so, behind the browser's back: mount it with `app.post` at the `backchannel_logout_uri`, without session
 * and without protection against CSRF. Its answer waits until the sessions have ended.
 * {@link https://openid.net/specs/openid-connect-backchannel-1_0.html OpenID Connect Back-Channel Logout 1.0}
 *
 * @throws `OPTION_INVALID`, `OPTION_UNKNOWN`, `CLIENT_INVALID`
 */
export function backchannelLogout(options: BackchannelLogoutOptions): RequestHandler {
  const what = 'backchannelLogout'
  checkNames(options, names, what)
  checkClientOption(options.client, what)
  checkPlace(options, what)
  const { onError } = options
  return (req, res) => {
    endByToken(options, req).then(
      () => answer(res, 200),
      (error: unknown) => {
        answer(res, logoutErrorStatus(error))
        onError?.(error, req)
      },
    )
  }
}

/** @throws `OPTION_INVALID`, `OPTION_UNKNOWN` */
export function checkNames(options: object, names: readonly string[], what: string): void {
  if (typeof options !== 'object' || options === null)
    throw oidcError('OPTION_INVALID', `The options of ${what} are missing. Give an object with ${names[0]}.`)
  for (const name of Object.keys(options))
    if (!names.includes(name))
      throw oidcError('OPTION_UNKNOWN', `The option ${JSON.stringify(name.slice(0, 64))} of ${what} is unknown. Give ${names.join(', ')}.`)
}

async function endByToken(options: BackchannelLogoutOptions, req: ExpressRequest): Promise<void> {
  const client = await findClient(options.client, req)
  const rules: LogoutTokenRules = { replay: options.replay }
  const token = await validateLogoutToken(client, await toRequest(req), rules)
  try {
    const sessions = await endSessions(client, options, token)
    emit(client, { type: 'passport:backchannel_logout', sessions })
  } catch (error) {
    // The provider may send it again, and then it is no replay.
    await forgetLogoutToken(client, token, rules).catch(() => undefined)
    throw error
  }
}

/** The request as the platform has it, parsed before or not. */
async function toRequest(req: ExpressRequest): Promise<Request> {
  const { method, headers } = req
  if (method !== 'POST') return { method, headers: new Headers() } as Request
  const { body } = req as { readonly body?: unknown }
  const type = { 'content-type': String(headers['content-type']) }
  const isParsed = typeof body === 'object' && body !== null && !Buffer.isBuffer(body) && Object.keys(body).length > 0
  const text =
    typeof body === 'string' || Buffer.isBuffer(body) ? String(body) : isParsed ? encode(body) : await readText(req, 'logout request')
  return new Request('https://logout.invalid', { method, headers: type, body: text })
}

/** What a parser made a list or an object of stood twice, or is none: it is left out, and missed. */
function encode(body: object): string {
  return new URLSearchParams(Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string')).toString()
}

/** Nothing of what went wrong: whoever sent it may be anybody. */
function answer(res: ExpressResponse, status: number): void {
  res.statusCode = status
  res.setHeader('Cache-Control', 'no-store')
  if (status === 405) res.setHeader('Allow', 'POST')
  if (status === 200) res.end()
  else {
    res.setHeader('Content-Type', 'application/json')
    res.end('{"error":"invalid_request"}')
  }
}
