import type { Context } from './context.js'
import type { SessionReason } from './snapshot.js'
import type { Change } from './tab-store.js'

/** Draws the state of the store as a snapshot, with what led to it. */
export function show({ store, snapshots }: Pick<Context, 'store' | 'snapshots'>, change?: Change): void {
  const { user } = snapshots.get()
  const claims = store.session()?.claims
  const reason = change && findReason(user?.sub, claims?.sub, change)
  snapshots.set({ ...(claims ? { status: 'signed_in', user: claims } : { status: 'signed_out' }), ...(reason && { reason }) })
}

function findReason(before: string | undefined, after: string | undefined, { isOwn, reason }: Change): SessionReason | undefined {
  if (after !== undefined) return before !== undefined && before !== after ? 'user_switched' : undefined
  if (reason === 'expired' || reason === 'provider') return reason
  return isOwn ? reason : 'other_tab'
}
