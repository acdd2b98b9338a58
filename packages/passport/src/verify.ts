import type { Client, IdTokenClaims, Json, Tokens, Transaction, UserInfo } from '@oidc/core'
import type { Request } from 'express'

/** What `verify` gets of a login that passed every check. */
export interface Login {
  readonly tokens: Tokens
  /** Of the verified ID token. Reading it throws `ID_TOKEN_MISSING` where there is none, as with a plain OAuth 2 server. */
  readonly claims: IdTokenClaims
  /** Fetches claims about the user from the UserInfo endpoint; nothing is fetched unless this is called. */
  readonly userinfo: () => Promise<UserInfo>
  /** The client that the login was made with. */
  readonly client: Client
  readonly req: Request
  readonly transaction: Transaction
  /** What was given as `returnTo` when the login began, if it is a path of this origin. */
  readonly returnTo: string | undefined
  /** What was given as `data` when the login began. */
  readonly data: Json | undefined
}

/** A user; `false` where there is none that may sign in. */
export type VerifiedUser = Express.User | false | null | undefined

/** A user with a word about it: an object of exactly these two members. */
export interface VerifiedWithInfo {
  readonly user: VerifiedUser
  readonly info: object | string | undefined
}

export type VerifyDone = (error: unknown, user?: VerifiedUser, info?: object | string) => void

/**
 * Finds or makes the application's user. It returns the user or a promise of it, or it takes `done` as its second parameter and calls that;
 * what it returns does not count then.
 */
export type Verify = (login: Login, done: VerifyDone) => VerifiedUser | VerifiedWithInfo | Promise<VerifiedUser | VerifiedWithInfo>

/** What `verify` said, in one form. */
export interface Verified {
  readonly user: Express.User | false
  readonly info: object | undefined
}

/** Settles once, whatever `verify` does: the second call of `done` finds nobody. */
export function runVerify(verify: Verify, login: Login): Promise<Verified> {
  return new Promise((resolve, reject) => {
    const done: VerifyDone = (error, user, info) => (error ? reject(error) : resolve(toVerified(user, info)))
    const finish = (result: VerifiedUser | VerifiedWithInfo) => {
      if (verify.length < 2) resolve(hasInfo(result) ? toVerified(result.user, result.info) : toVerified(result, undefined))
    }
    Promise.resolve()
      .then(() => verify(login, done))
      .then(finish)
      .catch(reject)
  })
}

/** A bare string as info would become a WWW-Authenticate header. */
function toVerified(user: VerifiedUser, info: object | string | undefined): Verified {
  return { user: user || false, info: typeof info === 'string' ? { message: info } : (info ?? undefined) }
}

/** Exactly, for a user of the application may have a member of either name. */
function hasInfo(result: VerifiedUser | VerifiedWithInfo): result is VerifiedWithInfo {
  return typeof result === 'object' && result !== null && Object.keys(result).sort().join() === 'info,user'
}
