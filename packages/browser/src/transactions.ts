import type { Transaction } from '@oidc/core'
import type { TabStorage } from './storage.js'

/** How the response of a login comes back. */
export type LoginKind = 'redirect' | 'popup' | 'silent'

/** A login that has begun. */
export interface PendingLogin {
  readonly transaction: Transaction
  readonly kind: LoginKind
}

/** The logins of this tab that are under way, each under its own `state`: a second one does not overwrite the first. */
export interface Transactions {
  put(login: PendingLogin): void
  /** Gives a login once. One that has expired counts as unknown. */
  take(state: string): PendingLogin | undefined
  /** Looks without taking. */
  peek(state: string): PendingLogin | undefined
  /** Whether a login of this state was taken before. */
  wasUsed(state: string): boolean
}

const most = 10
/** Seconds. */
const lifetime = 900

/** @param prefix Of the keys: what the address bar says can reach nothing else of the storage. */
export function createTransactions(storage: TabStorage, prefix: string, now: () => number): Transactions {
  const keyOf = (state: string): string => `${prefix}login:${state}`
  const usedKey = `${prefix}used`
  const readUsed = (): readonly string[] => parse(storage.get(usedKey), isStrings) ?? []
  const read = (key: string): PendingLogin | undefined => {
    const login = parse(storage.get(key), isPendingLogin)
    return login && now() - login.transaction.created_at < lifetime ? login : undefined
  }
  const peek = (state: string): PendingLogin | undefined => {
    const login = read(keyOf(state))
    return login?.transaction.state === state ? login : undefined
  }
  return {
    peek,
    put(login) {
      const known = storage.keys(`${prefix}login:`).map((key) => [key, read(key)?.transaction.created_at ?? 0] as const)
      const oldest = [...known].sort(([, a], [, b]) => a - b).slice(0, Math.max(0, known.length - most + 1))
      for (const [key] of oldest) storage.delete(key)
      storage.set(keyOf(login.transaction.state), JSON.stringify(login))
    },
    take(state) {
      const login = peek(state)
      if (!login) return undefined
      // Used before it is used: a reload in the middle must not send the code a second time.
      storage.set(usedKey, JSON.stringify([...readUsed(), state].slice(-most)))
      storage.delete(keyOf(state))
      return login
    },
    wasUsed: (state) => readUsed().includes(state),
  }
}

function parse<T>(text: string | undefined, is: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    return is(value) ? value : undefined
  } catch {
    // Somebody else wrote there.
    return undefined
  }
}

const isStrings = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === 'string')

function isPendingLogin(value: unknown): value is PendingLogin {
  const { kind, transaction } = (value ?? {}) as Partial<PendingLogin>
  const { state, code_verifier, created_at, redirect_uri } = transaction ?? ({} as Partial<Transaction>)
  return (
    (kind === 'redirect' || kind === 'popup' || kind === 'silent') &&
    [state, code_verifier, redirect_uri].every((text) => typeof text === 'string' && text !== '') &&
    typeof created_at === 'number'
  )
}
