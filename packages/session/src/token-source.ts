import type { Client, RequestSettings, ResourceInit, Tokens } from '@oidc/core'
import { now, waitFor } from '@oidc/core/plugin'
import { noteRefusal, obtain, renewNow, replaceRefused } from './obtain.js'
import { type ClientCredentials, checkOptions, defaultLease, parseCredential, type TokenSourceOptions } from './options.js'
import { fetchWithTokens } from './protected-fetch.js'
import { isReauthentication } from './reauthentication.js'
import { openServiceSupply } from './service-supply.js'
import { sessionError } from './session-error.js'
import type { TokenSupply } from './supply.js'
import { openUserSupply } from './user-supply.js'

export interface TokenSettings extends RequestSettings {
  /** Gives another token than the one that is held, though that is good still: e.g. to see whether the session goes on. Once for all who ask; without a refresh token, the one that is held. */
  readonly renew?: boolean | undefined
}

/** Tokens that are always good: renewed early, once however many want it, and kept where other processes find them. Its functions need no `this`. */
export interface TokenSource {
  /** An access token that is good now. `timeout` is of one attempt of a renewal that this call begins. */
  token(settings?: TokenSettings): Promise<string>
  /** Calls an API with it; on 401 the token is renewed and the request sent once more, unless its body is a stream. Gives the Response whatever its status is. */
  fetch(url: string | URL, init?: ResourceInit): Promise<Response>
  /** All that is held, e.g. `claims` and `id_token`: nothing is renewed. Undefined: the session is over. */
  tokens(settings?: Pick<RequestSettings, 'signal'>): Promise<Tokens | undefined>
  /** Ends the session in the store and revokes its tokens. Gives what was held, e.g. for `id_token_hint`. It throws where the store is down: nothing has ended then. */
  logout(settings?: RequestSettings): Promise<Tokens | undefined>
  /** Lets a renewal under way finish, for so many seconds (10); the source cannot be used any more. The session goes on. */
  close(settings?: { readonly grace?: number | undefined }): Promise<void>
}

/**
 * Makes a source of access tokens: of a user, or of the client itself.
 * {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749, section 6}, {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.14 RFC 9700, section 4.14}
 *
 * @param credential The tokens of a login, which are stored at the first use. Undefined: those that the store has under `key`. Or a grant,
 * `{ grant_type: 'client_credentials', scope, resource }`.
 * @throws `SESSION_OPTION_INVALID`. From its functions: `REAUTHENTICATION_REQUIRED`, `REFRESH_…`, `SESSION_…`, `TOKEN_SOURCE_CLOSED`, and the
 * errors of a token request
 */
export function createTokenSource(
  client: Client,
  credential: Tokens | ClientCredentials | undefined,
  options: TokenSourceOptions = {},
): TokenSource {
  checkOptions(options)
  const parsed = parseCredential(credential, options)
  // Told here and not at the first use.
  now(client)
  const { lease = defaultLease } = options
  let opening: Promise<TokenSupply> | undefined
  const closing = new AbortController()
  const { signal } = closing
  const open = async () => {
    signal.throwIfAborted()
    opening ??=
      'grant' in parsed ? openServiceSupply(client, parsed.grant, options) : openUserSupply(client, parsed.tokens, options, signal)
    try {
      return await opening
    } catch (error) {
      opening = undefined
      throw error
    }
  }

  return {
    token: (settings = {}) =>
      wait(settings, async () => {
        const supply = await open()
        const { tokens } = await (settings.renew ? renewNow(client, supply, settings, lease) : obtain(client, supply, settings, lease))
        return tokens.access_token
      }),
    async fetch(url, init = {}) {
      const { supply, record } = await wait(init, async () => {
        const supply = await open()
        return { supply, record: await obtain(client, supply, init, lease) }
      })
      const replace = (refused: Tokens) => wait(init, () => replaceRefused(client, supply, refused, init))
      const { response, tokens } = await fetchWithTokens(client, record.tokens, url, init, replace)
      if (response.status === 401 && tokens !== record.tokens) noteRefusal(client, supply, tokens)
      return response
    },
    tokens: (settings = {}) =>
      wait(settings, async () => {
        try {
          return (await (await open()).load())?.tokens
        } catch (error) {
          if (isReauthentication(error)) return undefined
          throw error
        }
      }),
    logout: (settings = {}) => wait(settings, async () => (await open()).forget(settings)),
    async close({ grace = 10 } = {}) {
      // Who waits for another process stops waiting; what has been sent goes on.
      closing.abort(sessionError('TOKEN_SOURCE_CLOSED', 'The token source has been closed. Make a new one.'))
      const pending = (await opening?.catch(() => undefined))?.flight.pending
      // Whether it goes well is its callers' affair. The timer keeps no process alive.
      if (pending) await waitFor(pending, AbortSignal.timeout(grace * 1000), 'token').catch(() => undefined)
    },
  }
}

/** An abort lets go of the waiter, not of what others wait for too. @throws `ABORTED` */
async function wait<T>({ signal }: Pick<RequestSettings, 'signal'>, run: () => Promise<T>): Promise<T> {
  await waitFor(Promise.resolve(), signal, 'token')
  return waitFor(run(), signal, 'token')
}
