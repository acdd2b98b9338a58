import { describe, expect, it } from 'vitest'
import { createTokenSource, memoryStore, type TokenStore } from './index.js'
import { createServer, login } from './session.test-server.js'

describe('memoryStore', () => {
  it('F-S9: gives, takes, deletes, and writes only in place of what is expected', () => {
    const store = memoryStore()
    expect(store.get('a')).toBeUndefined()
    store.set('a', '1')
    expect(store.compareAndSwap('a', '2', '3')).toBe(false)
    expect(store.compareAndSwap('a', undefined, '3')).toBe(false)
    expect(store.get('a')).toBe('1')
    expect(store.compareAndSwap('a', '1', '2')).toBe(true)
    expect(store.take('a')).toBe('2')
    expect(store.take('a')).toBeUndefined()
    expect(store.compareAndSwap('a', undefined, '4')).toBe(true)
    expect(store.compareAndSwap('a', '4', undefined)).toBe(true)
    expect(store.get('a')).toBeUndefined()
    store.set('a', '5')
    store.delete('a')
    expect(store.get('a')).toBeUndefined()
  })

  it('lets go of what was used longest ago', () => {
    const store = memoryStore({ limit: 2 })
    store.set('a', '1')
    store.set('b', '2')
    store.get('a')
    store.set('c', '3')
    expect(['a', 'b', 'c'].map(store.get)).toEqual(['1', undefined, '3'])
    expect(() => memoryStore({ limit: 0 })).toThrow(expect.objectContaining({ code: 'SESSION_OPTION_INVALID' }))
  })
})

describe('a store of the application', () => {
  it('F-S9: needs get, set, take and delete, and may give null', async () => {
    const server = createServer()
    const map = new Map<string, string>()
    const store: TokenStore = {
      get: async (key) => map.get(key) ?? null,
      set: async (key, value) => map.set(key, value),
      async take(key) {
        const value = map.get(key) ?? null
        map.delete(key)
        return value
      },
      delete: async (key) => map.delete(key),
    }
    const source = createTokenSource(server.client(), login, { store, key: 's' })
    await source.token()
    server.clock.advance(3600)
    expect(await source.token()).toBe('canary-access-1')
    expect(JSON.parse(map.get('s') ?? '').tokens.refresh_token).toBe('canary-refresh-1')
    await source.logout()
    expect(map.has('s')).toBe(false)
  })

  it('that holds something else under the key is not taken for a session', async () => {
    const store = memoryStore()
    for (const text of ['', 'x', 'null', '[]', '{}', '{"tokens":{"access_token":"a","token_type":"Bearer"}}', '"text"']) {
      store.set('s', text)
      const source = createTokenSource(createServer().client(), undefined, { store, key: 's' })
      await expect(source.token()).rejects.toMatchObject({ code: 'SESSION_RECORD_INVALID' })
    }
  })
})
