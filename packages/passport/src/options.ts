import type { AuthorizationParameters, Client } from '@oidc/core'
import { isOidcError, now, oidcError } from '@oidc/core/plugin'
import type { Request } from 'express'
import type { Answer } from './answer.js'
import { passportError } from './passport-error.js'
import { sessionTransactions } from './session-transactions.js'
import type { TransactionStore } from './transaction-store.js'
import type { Verify } from './verify.js'

export interface OpenIDStrategyOptions {
  /** A client, or a function that gives one: it is called for every request, so nothing is fetched before the first login, and each tenant may have its own. */
  readonly client: Client | ((req: Request) => Client | Promise<Client>)
  /** Where the provider sends the browser back to, absolute, exactly as registered. It is never guessed from the Host header. */
  readonly callbackURL: string | URL | ((req: Request) => string | URL)
  /** `openid` by default. */
  readonly scope?: string | readonly string[] | undefined
  /** Further parameters of the authorization request. */
  readonly parameters?: AuthorizationParameters | ((req: Request) => AuthorizationParameters | Promise<AuthorizationParameters>) | undefined
  /** Where pending logins are kept: `sessionTransactions()` by default, or `cookieTransactions({ secret })`. */
  readonly store?: TransactionStore | undefined
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
}

export interface Callback {
  /** As it is sent. */
  readonly redirect_uri: string
  readonly url: URL
}

const names = ['client', 'callbackURL', 'scope', 'parameters', 'store', 'name']

/** @throws `OPTION_INVALID`, `OPTION_UNKNOWN`, `CLIENT_INVALID` */
export function checkOptions(options: OpenIDStrategyOptions, verify: Verify): Settings {
  if (typeof options !== 'object' || options === null)
    throw oidcError('OPTION_INVALID', 'The options of OpenIDStrategy are missing. Give an object with client and callbackURL.')
  for (const name of Object.keys(options)) if (!names.includes(name)) throw unknownOption(name)
  const { client, callbackURL, scope = 'openid', parameters = {}, store = sessionTransactions(), name = 'openid' } = options
  if (typeof verify !== 'function')
    throw oidcError(
      'OPTION_INVALID',
      'The function verify is missing. Give it as the second argument: async ({ claims }) => the user of your application, or false.',
    )
  checkClientOption(client)
  if (typeof callbackURL !== 'function') checkCallback(callbackURL)
  if (typeof name !== 'string' || !name) throw invalid('name', 'a string, by which passport.authenticate is to know the strategy')
  if (typeof scope !== 'string' && !isStrings(scope)) throw invalid('scope', 'a string with spaces between its values, or an array of them')
  if (typeof store?.put !== 'function' || typeof store.take !== 'function')
    throw invalid('store', 'sessionTransactions() or cookieTransactions({ secret })')
  if (typeof parameters !== 'function' && (typeof parameters !== 'object' || parameters === null))
    throw invalid('parameters', 'an object, or a function of the request that gives one')
  return {
    name,
    verify,
    store,
    scope: joinWords(scope) ?? '',
    flights: new Map(),
    findClient: (req) => findClient(client, req),
    findCallback: (req) => checkCallback(typeof callbackURL === 'function' ? callbackURL(req) : callbackURL),
    findParameters: async (req) => (typeof parameters === 'function' ? parameters(req) : parameters),
  }
}

/** What the wire separates by spaces. */
export function joinWords(words: string | readonly string[] | undefined): string | undefined {
  return typeof words === 'string' ? words : words?.join(' ')
}

async function findClient(client: OpenIDStrategyOptions['client'], req: Request): Promise<Client> {
  if (typeof client !== 'function') return client
  try {
    return await client(req)
  } catch (error) {
    if (isOidcError(error)) throw error
    throw passportError(
      'CLIENT_UNAVAILABLE',
      'The function given as the option client failed. Look at the cause; it must give what createClient() or discover() gives.',
      { cause: error },
    )
  }
}

function checkClientOption(client: unknown): void {
  if (client === undefined || client === null)
    throw invalid('client', 'a function that gives one, e.g. () => discover(issuer, { … }), or what createClient() gave')
  if (typeof client === 'function') return
  if (typeof (client as { then?: unknown }).then === 'function')
    throw oidcError(
      'OPTION_INVALID',
      'The option client is a promise that was not awaited. Give a function: client: () => discover(issuer, { … }). It is called at every request, and discover keeps its answer.',
    )
  now(client as Client)
}

/** @throws `OPTION_INVALID` */
function checkCallback(callbackURL: unknown): Callback {
  const redirect_uri = String(callbackURL)
  const url = URL.canParse(redirect_uri) ? new URL(redirect_uri) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || redirect_uri.includes('#'))
    throw oidcError(
      'OPTION_INVALID',
      `The option callbackURL is ${callbackURL === undefined ? 'missing' : 'not an absolute http(s) URL without fragment'}. Give the whole address, as it is registered: it is never guessed from the Host header, which anybody can send.`,
    )
  return { redirect_uri, url }
}

function unknownOption(name: string) {
  const start = /redirect/i.test(name) ? 'call' : name.slice(0, 4).toLowerCase()
  const nearest = names.find((known) => known.slice(0, 4).toLowerCase() === start)
  return oidcError(
    'OPTION_UNKNOWN',
    `The option ${JSON.stringify(name.slice(0, 64))} of OpenIDStrategy is unknown.${nearest ? ` Did you mean ${nearest}?` : ''} Give ${names.join(', ')}.`,
  )
}

function invalid(name: string, wanted: string) {
  return oidcError('OPTION_INVALID', `The option ${name} of OpenIDStrategy is missing or of the wrong kind. Give ${wanted}.`)
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
