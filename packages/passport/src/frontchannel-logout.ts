import type { Client } from '@oidc/core'
import { emit } from '@oidc/core/plugin'
import { validateFrontChannelLogout } from '@oidc/logout'
import type { Request, RequestHandler, Response } from 'express'
import { checkNames } from './backchannel-logout.js'
import { splitTarget } from './callback-request.js'
import { type ClientOption, checkClientOption, findClient } from './client-option.js'
import { checkPlace, endSessions, type SessionPlace } from './end-sessions.js'
import { guardStore } from './passport-error.js'
import { readRecord } from './session-entry.js'
import { endLocalSession, forgetTokens } from './sign-out.js'

export interface FrontchannelLogoutOptions extends SessionPlace {
  readonly client: ClientOption
  /** Hears of requests that were ignored or failed. */
  readonly onError?: ((error: unknown, req: Request) => void) | undefined
}

const names = ['client', 'store', 'index', 'tokens', 'onError']
/** Where a provider's page can show it. An image or a script is somebody else's page. */
const destinations: readonly unknown[] = [undefined, 'iframe', 'frame', 'document', 'embed', 'object']

/**
 * Ends a session when the provider has the browser ask for it, in an invisible frame: mount it with `app.get` at the `frontchannel_logout_uri`.
 * With `iss` and `sid` the session is found in the store, for most browsers keep its cookie back in a frame of another site.
 * {@link https://openid.net/specs/openid-connect-frontchannel-1_0.html OpenID Connect Front-Channel Logout 1.0}
 *
 * @throws `OPTION_INVALID`, `OPTION_UNKNOWN`, `CLIENT_INVALID`
 */
export function frontchannelLogout(options: FrontchannelLogoutOptions): RequestHandler {
  const what = 'frontchannelLogout'
  checkNames(options, names, what)
  checkClientOption(options.client, what)
  checkPlace(options, what)
  return (req, res) => {
    endByFrame(options, req, res).then(
      () => answer(res, 200),
      (error: unknown) => {
        // Whoever sent it need not know; a store that fails must not look like a success.
        answer(res, (error as { readonly code?: unknown } | null)?.code === 'STORE_FAILED' ? 503 : 400)
        options.onError?.(error, req)
      },
    )
  }
}

async function endByFrame(options: FrontchannelLogoutOptions, req: Request, res: Response): Promise<void> {
  const client = await findClient(options.client, req)
  res.setHeader('Content-Security-Policy', `default-src 'none'; frame-ancestors ${originsOf(client).join(' ')}`)
  // Set by others for every page; it knows no list, and the provider must frame this one.
  res.removeHeader('X-Frame-Options')
  const { iss, sid } = await validateFrontChannelLogout(client, {
    method: req.method,
    url: `https://logout.invalid/?${splitTarget(req)[1]}`,
  } as globalThis.Request)
  if (iss !== undefined && sid !== undefined) {
    const sessions = await endSessions(client, options, { iss, sid })
    return emit(client, { type: 'passport:frontchannel_logout', sessions })
  }
  const record = readRecord(req)
  if (record?.iss !== client.server.issuer || !destinations.includes(req.headers['sec-fetch-dest'])) return
  await forgetTokens(client, record, options.tokens)
  await guardStore(() => endLocalSession(req))
}

/** The provider's own: no other page may frame this one. */
function originsOf({ server }: Client): readonly string[] {
  const urls = [server.issuer, server.end_session_endpoint, server.authorization_endpoint]
  return [...new Set(urls.flatMap((url) => (url === undefined ? [] : [new URL(url).origin])))]
}

function answer(res: Response, status: number): void {
  res.statusCode = status
  res.setHeader('Cache-Control', 'no-cache, no-store')
  res.setHeader('Pragma', 'no-cache')
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  if (!res.hasHeader('Content-Security-Policy')) res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  res.end('<!doctype html><title>Logout</title>')
}
