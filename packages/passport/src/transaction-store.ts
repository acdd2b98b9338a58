import type { Transaction } from '@oidc/core'
import type { Request } from 'express'

/** Seconds that a login may take; core refuses older transactions. */
export const lifetime = 900

/** Logins that may be pending in one browser; the oldest gives way. */
export const mostPending = 10

/** Whose transaction a store is asked for. */
export interface StoreContext {
  /** Of Express: the response that goes with it is `req.res`. */
  readonly req: Request
  /** The strategy's name: two strategies on one host must not see each other's transactions. */
  readonly strategy: string
  /** Epoch seconds, by the client's clock. */
  readonly now: number
}

/** What a store found. */
export interface Taken {
  readonly transaction: Transaction | undefined
  /** How many other logins are pending in this browser. */
  readonly others: number
}

/**
 * Keeps transactions between the authorization request and its response, where only the same browser can reach them: by its session, or in a
 * cookie. A store that looks transactions up by `state` alone would let anybody finish another's login.
 */
export interface TransactionStore {
  /**
   * Refuses a response mode that cannot work with this store. Asked before anything is sent.
   *
   * @param response_mode `undefined` is the default, a query.
   */
  check?(context: StoreContext, response_mode: string | undefined): void
  /** Keeps a transaction beside the others, at most ten. Resolves when it is safe: the browser is sent away then. */
  put(context: StoreContext, transaction: Transaction): Promise<void>
  /** Gives a transaction and forgets it, so that it is used once. A `state` that is unknown changes nothing. */
  take(context: StoreContext, state: string): Promise<Taken>
}

/** Whether a response mode makes the browser post the response, from the provider's site. */
export function isFormPost(response_mode: string | undefined): boolean {
  return response_mode?.split('.', 1)[0] === 'form_post'
}
