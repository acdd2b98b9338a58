import { type Client, isOidcError, type OidcError, type Tokens } from '@oidc/core'
import { createTokenSource, type Lock, memoryStore, type TokenSource } from '@oidc/session'
import { browserError } from './browser-error.js'
import type { TabStore } from './tab-store.js'

/** The token sources of a page: one for each user who was signed in here, so that nothing begun for one is finished for another. */
export interface Sources {
  /**
   * Runs something for the user who is signed in now.
   *
   * @throws `BROWSER_SIGNED_OUT`, `BROWSER_SESSION_CHANGED`, `REAUTHENTICATION_REQUIRED`, after which nobody is signed in
   */
  use<T>(run: (source: TokenSource) => Promise<T>): Promise<T>
  /** Puts the tokens of a login in the place of whatever was there. */
  begin(tokens: Tokens, session_state: string | undefined): Promise<void>
  /** Revokes the tokens of a session that has ended here. */
  revoke(text: string): Promise<void>
}

export interface SourceParts {
  readonly client: () => Promise<Client>
  readonly store: TabStore
  readonly lock: Lock
  /** Seconds. */
  readonly lease?: number | undefined
}

export function createSources({ client, store, lock, lease }: SourceParts): Sources {
  const { key } = store
  let known: { readonly sub: string; readonly source: Promise<TokenSource> } | undefined
  const open = (sub: string): Promise<TokenSource> => {
    const opened = client().then((made) => createTokenSource(made, undefined, { store: store.ofUser(sub), key, lock, lease }))
    known = { sub, source: opened }
    opened.catch(() => {
      known = undefined
    })
    return opened
  }
  return {
    async use(run) {
      const sub = store.session()?.claims.sub
      if (sub === undefined) throw signedOut()
      const isSame = (): boolean => store.session()?.claims.sub === sub
      try {
        const result = await run(await (known?.sub === sub ? known.source : open(sub)))
        if (isSame()) return result
        if (result instanceof Response) result.body?.cancel().catch(() => undefined)
      } catch (error) {
        if (!isOidcError(error) || error.code !== 'REAUTHENTICATION_REQUIRED') throw error
        if (isSame()) store.end('expired')
        if (!store.session() && store.endReason() !== 'logout') throw error
      }
      throw browserError(
        'BROWSER_SESSION_CHANGED',
        'Another user signed in, or the user signed out, while the request was under way; its answer was dropped. Draw the page anew.',
      )
    },
    async begin(tokens, session_state) {
      await createTokenSource(await client(), tokens, { store: store.ofLogin(session_state), key }).tokens()
    },
    async revoke(text) {
      const ended = memoryStore()
      ended.set(key, text)
      await createTokenSource(await client(), undefined, { store: ended, key }).logout()
    },
  }
}

export function signedOut(): OidcError {
  return browserError('BROWSER_SIGNED_OUT', 'Nobody is signed in. Offer to sign in: login().')
}
