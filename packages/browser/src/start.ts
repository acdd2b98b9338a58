import type { IdTokenClaims } from '@oidc/core'
import { isOidcError } from '@oidc/core/plugin'
import { finishCallback, type TakenResponse } from './callback.js'
import type { Context } from './context.js'
import { show } from './display.js'
import type { BrowserSessionOptions } from './options.js'

/**
 * Begins the session of a page: finishes the login that opened it, else restores what this tab or another has.
 *
 * @throws the errors of {@link finishCallback}
 */
export async function startSession(
  context: Context,
  renew: () => Promise<unknown>,
  response: TakenResponse | undefined,
): Promise<IdTokenClaims | undefined> {
  let failure: unknown
  let returnTo: string | undefined
  if (response) {
    try {
      const outcome = await finishCallback(context, response)
      // This window is about to close.
      if (outcome.outcome === 'relayed') return undefined
      returnTo = outcome.returnTo
    } catch (error) {
      failure = error
    }
  }
  await restore(context, renew)
  show(context)
  const { snapshots, options } = context
  const { user } = snapshots.get()
  // A callback that was loaded again does no harm to whoever is signed in.
  if (failure && !(user && isOidcError(failure) && failure.code === 'BROWSER_TRANSACTION_USED')) {
    if (isOidcError(failure)) snapshots.set({ ...snapshots.get(), error: failure })
    throw failure
  }
  if (returnTo !== undefined) goTo(options, returnTo)
  return user
}

async function restore({ store, options, now }: Context, renew: () => Promise<unknown>): Promise<void> {
  await store.catchUp()
  const session = store.session()
  if (!session && store.text() !== undefined) store.end('expired')
  // What cannot be renewed now may be later: the snapshot says it.
  if (session && session.due <= now() && options.renew !== false) await renew().catch(() => undefined)
}

function goTo({ navigate }: BrowserSessionOptions, returnTo: string): void {
  if (navigate) {
    navigate(returnTo)
    return
  }
  history.replaceState(history.state, '', returnTo)
  dispatchEvent(new PopStateEvent('popstate', { state: history.state }))
}
