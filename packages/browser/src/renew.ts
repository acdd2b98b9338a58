import type { IdTokenClaims } from '@oidc/core'
import { isOidcError } from '@oidc/core/plugin'
import type { Context } from './context.js'
import { renewInFrame } from './silent.js'
import { signedOut } from './sources.js'

/**
 * Renews the tokens once for all who ask in this tab: by refresh token, which the tabs share, else by the hidden frame where that is wanted.
 * What goes wrong stands in the snapshot as well.
 */
export function createRenew(context: Context): () => Promise<IdTokenClaims> {
  let running: Promise<IdTokenClaims> | undefined
  return () => {
    running ??= renew(context)
      .catch((error: unknown) => {
        noteFailure(context, error)
        throw error
      })
      .finally(() => {
        running = undefined
      })
    return running
  }
}

async function renew(context: Context): Promise<IdTokenClaims> {
  const { store, sources, options } = context
  if (options.silent && store.session()?.tokens.refresh_token === undefined) await renewInFrame(context)
  else await sources.use((source) => source.token({ renew: true }))
  const session = store.session()
  if (!session) throw signedOut()
  return session.claims
}

/** The provider has no session any more; other answers to `prompt=none` say nothing of the tokens that are here. */
function noteFailure({ store, snapshots }: Context, error: unknown): void {
  if (!isOidcError(error)) return
  if (error.error === 'login_required' && store.session()) store.end('expired')
  else if (store.session()) snapshots.set({ ...snapshots.get(), error })
}
