import { oidcError } from '@oidc/core/plugin'
import type { TokenSource } from '@oidc/session'
import type { Request, RequestHandler } from 'express'
import { checkNames } from './backchannel-logout.js'
import { type ClientOption, checkClientOption, findClient } from './client-option.js'
import { readRecord } from './session-entry.js'
import { findTokens, type TokenSettings } from './token-settings.js'

export interface TokensOptions extends TokenSettings {
  readonly client: ClientOption
}

declare global {
  namespace Express {
    interface Request {
      /** The tokens of the user who is signed in, where `tokens()` ran: always good, renewed where they must be. */
      tokens?: TokenSource | undefined
    }
  }
}

/**
 * Gives each request of a signed-in user their tokens, as `req.tokens`: `await req.tokens.token()`, `await req.tokens.fetch(url)`. Mount it after
 * `passport.session()`, with the very settings that the strategy got as `tokens`. Nothing is read or renewed before it is asked for.
 *
 * @throws `OPTION_INVALID`, `CLIENT_INVALID`
 */
export function tokens(options: TokensOptions): RequestHandler {
  const { client: option, ...settings } = options ?? {}
  checkNames(options, ['client', 'store', 'lock', 'onRefresh', 'encryption', 'lease', 'replayLost', 'sameAuthTime'], 'tokens')
  checkClientOption(option, 'tokens')
  if (typeof settings.store?.take !== 'function')
    throw oidcError(
      'OPTION_INVALID',
      'The option store of tokens is missing or no store. Give the one that the strategy has in its option tokens.',
    )
  return (req, _res, next) => {
    find(option, req, settings).then((source) => {
      req.tokens = source
      next()
    }, next)
  }
}

async function find(option: ClientOption, req: Request, settings: TokenSettings): Promise<TokenSource | undefined> {
  const { key } = readRecord(req) ?? {}
  if (key === undefined || !req.isAuthenticated?.()) return undefined
  return findTokens(await findClient(option, req), key, settings)
}
