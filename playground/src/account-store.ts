import { randomUUID } from 'node:crypto'
import { type Client, refreshTokenGrant, type Tokens, type UserInfo } from '@oidc/core'

/** A person who is signed in. The tokens stay in the memory of this process; the session knows the id alone. */
export interface Account {
  readonly id: string
  readonly userinfo: UserInfo
  readonly tokens: Tokens
  /** For whom the access token is. */
  readonly audience: 'UserInfo' | 'API'
  readonly refreshes: number
}

export interface AccountStore {
  add(found: Pick<Account, 'userinfo' | 'tokens'>): Account
  find(id: string): Account | undefined
  remove(id: string): void
  /** Gets new tokens, for the API. Two calls at once share one request: the refresh token works only once. */
  refresh(id: string): Promise<Account>
}

export function createAccountStore(client: Client, resource: string): AccountStore {
  const accounts = new Map<string, Account>()
  const running = new Map<string, Promise<Account>>()
  const renew = async (id: string) => {
    const account = accounts.get(id)
    if (!account) throw new Error('Nobody is signed in any more.')
    const tokens = await refreshTokenGrant(client, account.tokens, { parameters: { resource } })
    const renewed: Account = { ...account, tokens, audience: 'API', refreshes: account.refreshes + 1 }
    // Whoever signed out meanwhile stays signed out.
    if (accounts.has(id)) accounts.set(id, renewed)
    return renewed
  }
  return {
    add(found) {
      const account: Account = { ...found, id: randomUUID(), audience: 'UserInfo', refreshes: 0 }
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
