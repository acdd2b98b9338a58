import type { ExtraParameters, Tokens } from '@oidc/core'
import type { Lock } from './lock.js'
import { sessionError } from './session-error.js'
import type { TokenStore } from './token-store.js'
import type { Encryption } from './vault.js'

/** Tokens of the client itself. Further members are parameters of the token request. */
export type ClientCredentials = ExtraParameters & { readonly grant_type: 'client_credentials' }

/** How a token source keeps and renews its tokens. */
export interface TokenSourceOptions {
  /** Where the tokens live: the memory of this process by default. */
  readonly store?: TokenStore | undefined
  /** What the session is called in the store, e.g. the id of the user's session. Made of the tokens by default. */
  readonly key?: string | undefined
  /** Keeps other processes away during a renewal: that of the store by default. */
  readonly lock?: Lock | undefined
  /** Called with new tokens once they are stored, in the source that renewed them. Its promise is awaited. */
  readonly onRefresh?: ((tokens: Tokens) => unknown) | undefined
  /** Encrypts what is stored: `encryptWith(key)`, or your own. */
  readonly encryption?: Encryption | undefined
  /** Seconds after which a process that was renewing counts as dead: 30. Keep it above three times the timeout of one attempt. */
  readonly lease?: number | undefined
  /**
   * Sends the refresh token once more where the answer to it was lost. Only for servers that accept a rotated token again for a while: others
   * take that for theft and end the session.
   */
  readonly replayLost?: boolean | undefined
  /** Refuses a new ID token with another `auth_time` than the one before; by default it may be a later one. */
  readonly sameAuthTime?: boolean | undefined
}

/** Seconds. */
export const defaultLease = 30

const kinds: Readonly<Record<keyof TokenSourceOptions, string>> = {
  store: 'object',
  key: 'string',
  lock: 'object',
  onRefresh: 'function',
  encryption: 'object',
  lease: 'number',
  replayLost: 'boolean',
  sameAuthTime: 'boolean',
}

/** Tells a caller's mistake before anything is sent. @throws `SESSION_OPTION_INVALID` */
export function checkOptions(options: TokenSourceOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name as keyof TokenSourceOptions] : undefined
    if (kind === undefined)
      throw invalid(`The option ${name.slice(0, 64)} is unknown. Take it away, or give one of ${Object.keys(kinds).join(', ')}.`)
    if (value !== undefined && (value === null || typeof value !== kind))
      throw invalid(`The option ${name} is ${value === null ? 'null' : `of type ${typeof value}`}. Give one of type ${kind}.`)
  }
  const { key, lock, lease, encryption } = options
  if (key === '') throw invalid('The option key is an empty string. Give the name of the session, or leave it out.')
  if (lock && typeof lock.hold !== 'function') throw invalid('The lock has no hold. Give redisLock(redis), memoryLock(), or one with hold.')
  if (lease !== undefined && !(lease >= 1 && lease <= 3600)) throw invalid('The option lease is no number from 1 to 3600. Give seconds.')
  if (encryption && !(typeof encryption.seal === 'function' && typeof encryption.open === 'function'))
    throw invalid('The encryption has no seal and open. Give encryptWith(key), or one with both.')
}

/** Where tokens come from: a grant to use, or tokens of a user, which may be in the store alone. @throws `SESSION_OPTION_INVALID` */
export function parseCredential(
  credential: unknown,
  { store, key }: TokenSourceOptions,
): { tokens: Tokens | undefined } | { grant: ClientCredentials } {
  if (credential === undefined || credential === null) {
    if (store && key !== undefined) return { tokens: undefined }
    throw invalid('There are no tokens. Give those that a grant gave, a grant, or store and key of a session that is stored.')
  }
  if (typeof credential !== 'object') throw invalid(`The tokens are of type ${typeof credential}. Give those that a grant gave.`)
  const { grant_type, access_token, token_type } = credential as Readonly<Record<string, unknown>>
  if (grant_type !== undefined) {
    if (grant_type === 'client_credentials') return { grant: credential as ClientCredentials }
    throw invalid("The grant is none that can be used again. Give { grant_type: 'client_credentials' }, or the tokens of another grant.")
  }
  if (typeof access_token === 'string' && typeof token_type === 'string') return { tokens: credential as Tokens }
  throw invalid('The tokens have no access_token or no token_type. Give those that a grant gave.')
}

function invalid(message: string) {
  return sessionError('SESSION_OPTION_INVALID', message)
}
