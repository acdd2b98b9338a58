import { randomUUID } from 'node:crypto'
import { type Client, type IdTokenClaims, refreshTokenGrant, type Tokens } from '@oidc/core'

/** A person who is signed in. The tokens stay in the memory of this process; the session knows the id alone. */
export interface Account {
  readonly id: string
  /** Of the verified ID token. */
  readonly claims: IdTokenClaims
  readonly tokens: Tokens
  readonly refreshes: number
}

export interface AccountStore {
  add(found: Pick<Account, 'claims' | 'tokens'>): Account
  find(id: string): Account | undefined
  remove(id: string): void
  /** Gets new tokens. Two calls at once share one request: the refresh token works only once. */
  refresh(id: string): Promise<Account>
}

export function createAccountStore(client: Client, resource: string): AccountStore {
  const accounts = new Map<string, Account>()
  const running = new Map<string, Promise<Account>>()
  const renew = async (id: string) => {
    const account = accounts.get(id)
    if (!account) throw new Error('Nobody is signed in any more.')
    // Without the resource the access token would be for UserInfo: RFC 8707, section 2.2.
    const tokens = await refreshTokenGrant(client, account.tokens, { parameters: { resource } })
    const renewed: Account = { ...account, tokens, refreshes: account.refreshes + 1 }
    // Whoever signed out meanwhile stays signed out.
    if (accounts.has(id)) accounts.set(id, renewed)
    return renewed
  }
  return {
    add(found) {
      const account: Account = { ...found, id: randomUUID(), refreshes: 0 }
      accounts.set(account.id, account)
      return account
    },
    find: (id) => accounts.get(id),
    remove: (id) => void accounts.delete(id),
    refresh(id) {
      const shared = running.get(id) ?? renew(id).finally(() => running.delete(id))
      running.set(id, shared)
      return shared
    },
  }
}
