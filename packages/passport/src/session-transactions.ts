import { isSame } from '@oidc/core/plugin'
import { passportError } from './passport-error.js'
import { requireSession, updateEntry, withUse } from './session-entry.js'
import { isFormPost, lifetime, mostPending, type TransactionStore } from './transaction-store.js'

export interface SessionTransactionsOptions {
  /**
   * Says that the provider is on the same site as the application (the registrable domain and the scheme are equal), so that browsers send the
   * session cookie with a form that the provider posts.
   */
  readonly providerIsSameSite?: boolean | undefined
}

/** Keeps transactions in the session of express-session: the default. */
export function sessionTransactions({ providerIsSameSite = false }: SessionTransactionsOptions = {}): TransactionStore {
  return {
    check({ req }, response_mode) {
      const { cookie } = requireSession(req)
      if (!isFormPost(response_mode) || providerIsSameSite) return
      if (String(cookie?.sameSite).toLowerCase() !== 'none' || cookie?.secure !== true)
        throw passportError(
          'FORM_POST_COOKIE',
          'The response_mode form_post makes the provider’s page post to the callback, and browsers keep back the session cookie there, for it is not SameSite=None and Secure: the login could never be found again. Give the strategy store: cookieTransactions({ secret }), which uses a cookie of its own, or leave response_mode away.',
        )
    },

    async put({ req, strategy, now }, transaction) {
      await updateEntry(
        req,
        strategy,
        ({ pending, used }) => ({
          pending: [...pending.filter(({ created_at }) => now - created_at <= lifetime), transaction].slice(-mostPending),
          used,
        }),
        { revive: true },
      )
    },

    async take({ req, strategy }, state) {
      const has = ({ state: other }: { readonly state: string }) => isSame(other, state)
      const { pending } = await updateEntry(req, strategy, (entry) => (entry.pending.some(has) ? withUse(entry, state) : entry), {
        revive: false,
      })
      const transaction = pending.find(has)
      return { transaction, others: pending.length - (transaction ? 1 : 0) }
    },
  }
}
