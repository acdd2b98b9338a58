import type { AuthorizationParameters, Client, ExtraParameters } from '@oidc/core'
import { oidcError } from '@oidc/core/plugin'
import type { Request } from 'express'
import type { Answer } from './answer.js'
import { type ClientOption, checkClientOption, findClient } from './client-option.js'
import type { OnError } from './failure.js'
import type { SessionIndex } from './session-index.js'
import { sessionTransactions } from './session-transactions.js'
import type { TokenSettings } from './token-settings.js'
import type { TransactionStore } from './transaction-store.js'
import type { Verify } from './verify.js'

export interface OpenIDStrategyOptions {
  /** A client, or a function that gives one: it is called for every request, so nothing is fetched before the first login, and each tenant may have its own. */
  readonly client: ClientOption
  /** Where the provider sends the browser back to, absolute, exactly as registered. It is never guessed from the Host header. */
  readonly callbackURL: string | URL | ((req: Request) => string | URL)
  /** `openid` by default. */
  readonly scope?: string | readonly string[] | undefined
  /** Further parameters of the authorization request. */
  readonly parameters?: AuthorizationParameters | ((req: Request) => AuthorizationParameters | Promise<AuthorizationParameters>) | undefined
  /** Where pending logins are kept: `sessionTransactions()` by default, or `cookieTransactions({ secret })`. */
  readonly store?: TransactionStore | undefined
  /** Further parameters of the token request, e.g. `audience` of some vendors. */
  readonly tokenParameters?: ExtraParameters | ((req: Request) => ExtraParameters | Promise<ExtraParameters>) | undefined
  /** Keeps the tokens of users who sign in, for `tokens()`: the same settings go there. Without it they are given to `verify`, and forgotten. */
  readonly tokens?: TokenSettings | undefined
  /** Where sessions are noted by user, if the store of sessions is too large to be searched at a back-channel logout. */
  readonly index?: SessionIndex | undefined
  /**
   * Changes what becomes of a login that failed: `fail` follows passport's failureRedirect, `error` goes to the error handler, `redirect` sends
   * the browser away. `undefined` leaves it as it is.
   */
  readonly onError?: OnError | undefined
  /** By which `passport.authenticate` knows the strategy: `openid` by default. */
  readonly name?: string | undefined
}

/** What a strategy works with: its options, checked, each in one form. */
export interface Settings {
  readonly name: string
  readonly verify: Verify
  readonly store: TransactionStore
  readonly scope: string
  /** Logins that are being finished in this process, by `state`. */
  readonly flights: Map<string, Promise<Answer>>
  readonly findClient: (req: Request) => Promise<Client>
  readonly findCallback: (req: Request) => Callback
  readonly findParameters: (req: Request) => Promise<AuthorizationParameters>
  readonly findTokenParameters: (req: Request) => Promise<ExtraParameters>
  readonly tokens: TokenSettings | undefined
  readonly index: SessionIndex | undefined
  readonly onError: OnError | undefined
}

export interface Callback {
  /** As it is sent. */
  readonly redirect_uri: string
  readonly url: URL
}

const names = ['client', 'callbackURL', 'scope', 'parameters', 'store', 'name', 'tokenParameters', 'tokens', 'index', 'onError']

/** @throws `OPTION_INVALID`, `OPTION_UNKNOWN`, `CLIENT_INVALID` */
export function checkOptions(options: OpenIDStrategyOptions, verify: Verify): Settings {
  if (typeof options !== 'object' || options === null)
    throw oidcError('OPTION_INVALID', 'The options of OpenIDStrategy are missing. Give an object with client and callbackURL.')
  for (const name of Object.keys(options)) if (!names.includes(name)) throw unknownOption(name)
  const { client, callbackURL, scope = 'openid', parameters = {}, store = sessionTransactions(), name = 'openid' } = options
  const { tokenParameters = {} } = options
  if (typeof verify !== 'function')
    throw oidcError(
      'OPTION_INVALID',
      'The function verify is missing. Give it as the second argument: async ({ claims }) => the user of your application, or false.',
    )
  checkClientOption(client, 'OpenIDStrategy')
  if (typeof callbackURL !== 'function') checkCallback(callbackURL)
  if (typeof name !== 'string' || !name) throw invalid('name', 'a string, by which passport.authenticate is to know the strategy')
  if (typeof scope !== 'string' && !isStrings(scope)) throw invalid('scope', 'a string with spaces between its values, or an array of them')
  if (typeof store?.put !== 'function' || typeof store.take !== 'function')
    throw invalid('store', 'sessionTransactions() or cookieTransactions({ secret })')
  if (typeof parameters !== 'function' && (typeof parameters !== 'object' || parameters === null))
    throw invalid('parameters', 'an object, or a function of the request that gives one')
  checkFurther(options)
  return {
    name,
    verify,
    store,
    scope: joinWords(scope) ?? '',
    flights: new Map(),
    findClient: (req) => findClient(client, req),
    findCallback: (req) => checkCallback(typeof callbackURL === 'function' ? callbackURL(req) : callbackURL),
    findParameters: async (req) => (typeof parameters === 'function' ? parameters(req) : parameters),
    findTokenParameters: async (req) => (typeof tokenParameters === 'function' ? tokenParameters(req) : tokenParameters),
    tokens: options.tokens,
    index: options.index,
    onError: options.onError,
  }
}

function checkFurther({ tokenParameters = {}, tokens, index, onError }: OpenIDStrategyOptions): void {
  if (typeof tokenParameters !== 'function' && (typeof tokenParameters !== 'object' || tokenParameters === null))
    throw invalid('tokenParameters', 'an object, or a function of the request that gives one')
  if (tokens !== undefined && typeof tokens?.store?.take !== 'function')
    throw invalid('tokens', '{ store }, with memoryStore() of @oidc/session or another store of tokens')
  if (index !== undefined && (typeof index?.add !== 'function' || typeof index.list !== 'function'))
    throw invalid('index', 'memorySessionIndex(), or one with add, list and delete')
  if (onError !== undefined && typeof onError !== 'function') throw invalid('onError', 'a function of the error and its outcome')
}

/** What the wire separates by spaces. */
export function joinWords(words: string | readonly string[] | undefined): string | undefined {
  return typeof words === 'string' ? words : words?.join(' ')
}

/** @throws `OPTION_INVALID` */
export function checkCallback(callbackURL: unknown, option = 'callbackURL'): Callback {
  const redirect_uri = String(callbackURL)
  const url = URL.canParse(redirect_uri) ? new URL(redirect_uri) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || redirect_uri.includes('#'))
    throw oidcError(
      'OPTION_INVALID',
      `The option ${option} is ${callbackURL === undefined ? 'missing' : 'not an absolute http(s) URL without fragment'}. Give the whole address, as it is registered: it is never guessed from the Host header, which anybody can send.`,
    )
  return { redirect_uri, url }
}

/** What other strategies are told, and the client knows here. */
const ofClient = ['issuer', 'authorizationURL', 'tokenURL', 'userInfoURL']

function unknownOption(name: string) {
  const start = /redirect/i.test(name) ? 'call' : name.slice(0, 4).toLowerCase()
  const nearest = names.find((known) => known.slice(0, 4).toLowerCase() === start)
  const hint = ofClient.includes(name)
    ? ' It belongs to the client: client: () => discover(issuer, { client_id, authentication }).'
    : nearest
      ? ` Did you mean ${nearest}?`
      : ''
  return oidcError(
    'OPTION_UNKNOWN',
    `The option ${JSON.stringify(name.slice(0, 64))} of OpenIDStrategy is unknown.${hint} Give ${names.join(', ')}.`,
  )
}

function invalid(name: string, wanted: string) {
  return oidcError('OPTION_INVALID', `The option ${name} of OpenIDStrategy is missing or of the wrong kind. Give ${wanted}.`)
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
