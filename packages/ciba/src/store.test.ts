import { describe, expect, it } from 'vitest'
import { createCIBAStore, type PendingAuthentication } from './store.js'

const pending: PendingAuthentication = { issuer: 'https://as.example', client_id: 'app', token_hash: 'a', expires_at: 60 }

describe('the store in memory', () => {
  it('gives what was set, takes it once, and deletes it', () => {
    const store = createCIBAStore({ now: () => 0 })
    store.set('a', pending, 60)
    store.set('b', pending, 60)
    expect([store.get('a'), store.get('a'), store.take('a'), store.take('a'), store.get('a')]).toEqual([
      pending,
      pending,
      pending,
      undefined,
      undefined,
    ])
    store.delete('b')
    expect(store.get('b')).toBeUndefined()
  })

  it('forgets what has expired, and does not give it before', () => {
    let time = 0
    const store = createCIBAStore({ now: () => time })
    store.set('a', pending, 60)
    store.set('b', pending, 120)
    time = 59
    expect(store.get('a')).toBe(pending)
    time = 60
    expect([store.get('a'), store.take('a'), store.get('b')]).toEqual([undefined, undefined, pending])
  })

  it('S-L08: keeps the newest, however many requests are begun', () => {
    const store = createCIBAStore({ maxEntries: 2, now: () => 0 })
    for (const key of ['a', 'b', 'a', 'c']) store.set(key, pending, 60)
    expect(['a', 'b', 'c'].map((key) => store.get(key))).toEqual([pending, undefined, pending])
  })

  it('keeps 10,000 by default, by the clock of the machine', () => {
    const store = createCIBAStore()
    for (let i = 0; i <= 10000; i++) store.set(String(i), pending, 3600)
    expect([store.get('0'), store.get('1')]).toEqual([undefined, pending])
  })
})
