import { randomBytes } from 'node:crypto'
import type { Transaction } from '@oidc/core'
import { isSame } from '@oidc/core/plugin'
import type { Request } from 'express'
import { appendCookie, formatCookie, isSecure, readCookies } from './cookies.js'
import { passportError } from './passport-error.js'
import { findUse, noteUse } from './session-entry.js'
import { isFormPost, lifetime, mostPending, type TransactionStore } from './transaction-store.js'

/** Browsers that are remembered; the one that came first gives way. */
const mostBrowsers = 10000

/** Keeps transactions in the memory of this process, for tests and development: a cookie tells which ones are of the same browser. */
export function memoryTransactions(): TransactionStore {
  const browsers = new Map<string, readonly Transaction[]>()
  return {
    async put({ req, strategy, now }, transaction) {
      if (!req.res)
        throw passportError(
          'EXPRESS_MISSING',
          'The request has no res, as Express gives it, and a cookie must be set. Use sessionTransactions().',
        )
      const name = cookieName(req, strategy)
      const known = readCookies(req.headers.cookie).get(name)
      // A value that nobody here made would let whoever planted it finish the login.
      const id = known !== undefined && browsers.has(known) ? known : randomBytes(32).toString('base64url')
      const pending = (browsers.get(id) ?? []).filter(({ created_at }) => now - created_at <= lifetime)
      browsers.delete(id)
      browsers.set(id, [...pending, transaction].slice(-mostPending))
      for (const oldest of browsers.keys()) {
        if (browsers.size <= mostBrowsers) break
        browsers.delete(oldest)
      }
      const formPost = isFormPost(transaction.response_mode)
      const attributes = { maxAge: lifetime, secure: isSecure(req) || formPost, sameSite: isSecure(req) ? 'None' : 'Lax' } as const
      appendCookie(req.res, formatCookie(name, id, attributes))
    },

    async take({ req, strategy }, state) {
      const id = readCookies(req.headers.cookie).get(cookieName(req, strategy)) ?? ''
      const pending = browsers.get(id) ?? []
      const transaction = pending.find((each) => isSame(each.state, state))
      if (!transaction) return { transaction, others: pending.length }
      browsers.set(
        id,
        pending.filter((each) => each !== transaction),
      )
      if (!findUse(req, strategy, state)) noteUse(req, strategy, state)
      return { transaction, others: pending.length - 1 }
    },
  }
}

function cookieName(req: Request, strategy: string): string {
  return `${isSecure(req) ? '__Host-' : ''}oidc-browser.${strategy.replace(/[^\w-]/g, '_')}`
}
