import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Transaction } from '@oidc/core'
import { oidcError } from '@oidc/core/plugin'
import type { Request } from 'express'
import { appendCookie, formatCookie, isSecure, readCookies } from './cookies.js'
import { passportError } from './passport-error.js'
import { createSeal } from './seal.js'
import { findUse, noteUse } from './session-entry.js'
import { isFormPost, lifetime, mostPending, type StoreContext, type TransactionStore } from './transaction-store.js'

export interface CookieTransactionsOptions {
  /** At least 32 characters that nobody can guess. Of several, the first one encrypts and all of them decrypt. */
  readonly secret: string | readonly string[]
}

/** Characters of one cookie line. {@link https://www.rfc-editor.org/rfc/rfc6265#section-6.1 RFC 6265, section 6.1} */
const mostCharacters = 4096
/** Characters of all pending logins together: many servers refuse a Cookie header above 8 KiB, and then the whole site fails. */
const mostTogether = 6144
const leastSecret = 32
const mostRemovals = 20

/**
 * Keeps each transaction in an encrypted cookie of its own, so that a login needs no session, and `form_post` works from another site.
 *
 * @throws `OPTION_INVALID`
 */
export function cookieTransactions({ secret }: CookieTransactionsOptions): TransactionStore {
  const secrets: readonly unknown[] = [secret].flat()
  if (!secrets.length || !secrets.every((each) => typeof each === 'string' && each.length >= leastSecret))
    throw oidcError(
      'OPTION_INVALID',
      `The option secret of cookieTransactions is missing, shorter than ${leastSecret} characters, or no string. Give random text, e.g. of openssl rand -base64 32, or an array of such.`,
    )
  const seal = createSeal(secrets as readonly string[], '@oidc/passport transaction cookie')

  return {
    async put({ req, strategy }, transaction) {
      const name = cookieName(req, strategy, transaction.state)
      const time = transaction.created_at.toString(36)
      const value = `${time}.${seal.close(JSON.stringify(transaction), bindTo(name, strategy, transaction.state, time))}`
      const formPost = isFormPost(transaction.response_mode)
      const line = formatCookie(name, value, {
        maxAge: lifetime,
        secure: isSecure(req) || formPost,
        sameSite: formPost ? 'None' : 'Lax',
      })
      if (line.length > mostCharacters)
        throw passportError(
          'COOKIE_TOO_LARGE',
          `The transaction makes a cookie of ${line.length} characters, and browsers keep at most ${mostCharacters}. Give less as data, returnTo and parameters, or keep transactions in a session.`,
        )
      const res = responseOf(req)
      for (const [older] of findSurplus(findPending(req, strategy), name.length + value.length)) removeCookie(req, res, older)
      appendCookie(res, line)
    },

    async take({ req, strategy }, state) {
      const pending = findPending(req, strategy)
      const name = cookieName(req, strategy, state)
      const { time = '', sealed = '' } = pending.get(name) ?? {}
      const found = parse(seal.open(sealed, bindTo(name, strategy, state, time)))
      if (!found) return { transaction: undefined, others: pending.size }
      removeCookie(req, responseOf(req), name)
      // A browser that missed the removal sends it again.
      const transaction = findUse(req, strategy, state) ? undefined : found
      if (transaction) noteUse(req, strategy, state)
      return { transaction, others: pending.size - 1 }
    },
  }
}

interface Pending {
  /** Of its begin, base 36, outside of the seal so that the oldest can be told, and bound to it. */
  readonly time: string
  readonly sealed: string
  readonly size: number
}

/** `__Host-`: set by this very host over https, so that no sibling domain can plant one. */
function namePrefix(req: Request, strategy: string): string {
  return `${isSecure(req) ? '__Host-' : ''}oidc.${strategy.replace(/[^\w-]/g, '_')}.`
}

function cookieName(req: Request, strategy: string, state: string): string {
  return namePrefix(req, strategy) + createHash('sha256').update(state).digest('base64url').slice(0, 22)
}

function bindTo(...context: readonly string[]): string {
  return JSON.stringify(context)
}

function findPending(req: Request, strategy: string): ReadonlyMap<string, Pending> {
  const prefix = namePrefix(req, strategy)
  const pending = new Map<string, Pending>()
  for (const [name, value] of readCookies(req.headers.cookie)) {
    if (!name.startsWith(prefix)) continue
    const [time = '', sealed = ''] = value.split('.')
    pending.set(name, { time, sealed, size: name.length + value.length })
  }
  return pending
}

/** The oldest ones that must go to make room for one more. */
function findSurplus(pending: ReadonlyMap<string, Pending>, size: number): readonly [string, Pending][] {
  const youngestFirst = [...pending].sort(([, a], [, b]) => readTime(b) - readTime(a))
  let together = size
  const surplus = youngestFirst.filter(([, { size }], index) => {
    together += size
    return index + 1 >= mostPending || together > mostTogether
  })
  // However many somebody has planted: each removal is a line of the response.
  return surplus.slice(-mostRemovals)
}

function readTime({ time }: Pending): number {
  const seconds = Number.parseInt(time, 36)
  return Number.isFinite(seconds) ? seconds : 0
}

function removeCookie(req: Request, res: ServerResponse, name: string): void {
  appendCookie(res, formatCookie(name, '', { maxAge: 0, secure: isSecure(req), sameSite: 'Lax' }))
}

function parse(text: string | undefined): Transaction | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Transaction)
}

/** @throws `EXPRESS_MISSING` */
function responseOf({ res }: StoreContext['req']): ServerResponse {
  if (res) return res
  throw passportError(
    'EXPRESS_MISSING',
    'The request has no res, as Express gives it, and a cookie must be set. Use the strategy in an Express application.',
  )
}
