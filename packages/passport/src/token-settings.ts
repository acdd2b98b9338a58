import type { Client, Tokens } from '@oidc/core'
import { randomToken } from '@oidc/core/plugin'
import { createTokenSource, type TokenSource, type TokenSourceOptions, type TokenStore } from '@oidc/session'
import { guardStore } from './passport-error.js'

/** Where and how tokens of users are kept: the options of `createTokenSource`, but for the key, which each login has of its own. */
export interface TokenSettings extends Omit<TokenSourceOptions, 'key'> {
  readonly store: TokenStore
}

/** Keeps the tokens of a login. They do not stand in the session: that is written as a whole, and would bring back a refresh token that was used. @returns The key. */
export async function keepTokens(client: Client, tokens: Tokens, settings: TokenSettings): Promise<string> {
  const key = randomToken(client)
  await guardStore(() => createTokenSource(client, tokens, { ...settings, key }).tokens())
  return key
}

export function findTokens(client: Client, key: string, settings: TokenSettings): TokenSource {
  return createTokenSource(client, undefined, { ...settings, key })
}
