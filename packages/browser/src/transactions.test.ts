import { describe, expect, it } from 'vitest'
import { createMemoryStorage } from './storage.js'
import { createTransactions, type PendingLogin } from './transactions.js'

function createLogins() {
  const storage = createMemoryStorage()
  let time = 1000
  const transactions = createTransactions(storage, 'oidc:', () => time)
  const begin = (state: string, kind: PendingLogin['kind'] = 'redirect') =>
    transactions.put({
      kind,
      transaction: { state, code_verifier: 'v', redirect_uri: 'https://app.example/cb', created_at: time } as PendingLogin['transaction'],
    })
  return {
    storage,
    transactions,
    begin,
    pass(seconds: number) {
      time += seconds
    },
  }
}

describe('F-U11: logins that are under way', () => {
  it('are kept by their state, and each is taken once', () => {
    const { transactions, begin } = createLogins()
    begin('a')
    begin('b')
    expect(transactions.take('a')?.transaction.state).toBe('a')
    expect(transactions.take('a')).toBeUndefined()
    expect(transactions.wasUsed('a')).toBe(true)
    expect(transactions.wasUsed('b')).toBe(false)
    expect(transactions.take('b')?.transaction.state).toBe('b')
  })

  it('are not consumed by a state that is none of theirs', () => {
    const { transactions, begin } = createLogins()
    begin('a')
    expect(transactions.take('b')).toBeUndefined()
    expect(transactions.peek('a')).toBeDefined()
  })

  it('are ten at most, and the oldest goes first', () => {
    const { storage, transactions, begin, pass } = createLogins()
    for (let i = 0; i < 11; i++) {
      begin(`state-${i}`)
      pass(1)
    }
    expect(storage.keys('oidc:login:')).toHaveLength(10)
    expect(transactions.peek('state-0')).toBeUndefined()
    expect(transactions.peek('state-1')).toBeDefined()
  })

  it('expire after 15 minutes', () => {
    const { transactions, begin, pass } = createLogins()
    begin('a')
    pass(899)
    expect(transactions.peek('a')).toBeDefined()
    pass(1)
    expect(transactions.take('a')).toBeUndefined()
  })

  it('S-P24: are found under their own key alone', () => {
    const { storage, transactions, begin } = createLogins()
    begin('a')
    storage.set('oidc:tokens', 'x')
    for (const state of ['__proto__', 'constructor', '../tokens', 'tokens', '']) expect(transactions.take(state)).toBeUndefined()
    // What stands under a key must be of that state.
    storage.set('oidc:login:b', storage.get('oidc:login:a') ?? '')
    expect(transactions.take('b')).toBeUndefined()
  })

  it.each(['{', 'null', '7', '{"kind":"redirect"}', '{"kind":"other","transaction":{}}'])(
    'S-P02: count as unknown where somebody wrote over them: %s',
    (text) => {
      const { storage, transactions } = createLogins()
      storage.set('oidc:login:a', text)
      storage.set('oidc:used', text)
      expect(transactions.take('a')).toBeUndefined()
      expect(transactions.wasUsed('a')).toBe(false)
    },
  )
})
