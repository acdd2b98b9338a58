import type { Tokens } from '@oidc/core'
import { describe, expect, it } from 'vitest'
import { createTokenSource, encryptWith, memoryLock, memoryStore, type TokenSource, type TokenStore } from './index.js'
import { api, createServer, json, login, startTime } from './session.test-server.js'

const key = 'session-1'
const later = { ...login, access_token: 'canary-access-later', refresh_token: 'canary-refresh-later' }

const idToken = (iat: number) => ({ iss: 'https://as.example', sub: 'canary-sub', aud: 'app', exp: iat + 300, iat })

describe('the tokens that are given', () => {
  it('are stored at the first use; later the store is enough', async () => {
    const server = createServer()
    const store = memoryStore()
    expect(await createTokenSource(server.client(), login, { store, key }).tokens()).toEqual(login)
    expect(await createTokenSource(server.client(), undefined, { store, key }).token()).toBe('canary-access-0')
    expect(await createTokenSource(server.client(), undefined, { store, key: 'other' }).tokens()).toBeUndefined()
    await expect(createTokenSource(server.client(), undefined, { store, key: 'other' }).token()).rejects.toMatchObject({
      code: 'REAUTHENTICATION_REQUIRED',
    })
  })

  it('S-M11: do not take the place of tokens that descend from them, however often those were renewed', async () => {
    const server = createServer()
    const store = memoryStore()
    const source = createTokenSource(server.client(), login, { store, key })
    let middle = login
    for (let i = 0; i < 40; i++) {
      server.clock.advance(3600)
      await source.token()
      if (i === 30) middle = (await source.tokens()) ?? login
    }
    for (const given of [login, middle])
      expect(await createTokenSource(server.client(), given, { store, key }).token()).toBe('canary-access-40')
    expect(JSON.parse(store.get(key) ?? '').lineage.length).toBeLessThanOrEqual(16)
  })

  it('of a new login take the place of the old ones', async () => {
    const server = createServer()
    const store = memoryStore()
    const old = createTokenSource(server.client(), login, { store, key })
    await old.token()
    const fresh = { ...later, expires_at: Number(login.expires_at) + 60 }
    expect(await createTokenSource(server.client(), fresh, { store, key }).token()).toBe('canary-access-later')
    expect(await old.token()).toBe('canary-access-later')
  })

  it('S-M11: that live longer than what was made of them are no new login', async () => {
    const server = createServer()
    const store = memoryStore()
    const source = createTokenSource(server.client(), login, { store, key })
    server.answer('/orders', json({}, 401))
    server.answer('/token', json({ access_token: 'short', token_type: 'Bearer', expires_in: 100, refresh_token: 'next' }))
    await source.fetch(api)
    for (const given of [login, { ...login, expires_in: undefined as never }])
      expect(await createTokenSource(server.client(), given, { store, key }).token()).toBe('short')
  })

  it.each<[string, Partial<Tokens>, boolean]>([
    ['a shorter life', { expires_in: 60, expires_at: startTime + 3660 }, true],
    ['no lifetime, and an ID token of now', { claims: idToken(startTime + 3600) }, true],
    ['no lifetime, and an ID token of earlier', { claims: idToken(startTime + 10) }, false],
    ['neither', {}, true],
  ])('of a new login with %s', async (_, more, isNew) => {
    const server = createServer()
    const store = memoryStore()
    const source = createTokenSource(server.client(), login, { store, key })
    server.clock.advance(3600)
    await source.token()
    const given = { access_token: 'other', token_type: 'Bearer', refresh_token: 'other', ...more }
    expect(await createTokenSource(server.client(), given, { store, key }).token()).toBe(isNew ? 'other' : 'canary-access-1')
  })

  it('S-M01: of a user are never those of another who signed in under the same key', async () => {
    const server = createServer()
    const store = memoryStore()
    const claims = { iss: 'https://as.example', sub: 'canary-sub', aud: 'app', exp: 1, iat: 1 }
    const first = createTokenSource(server.client(), { ...login, claims }, { store, key })
    await first.token()
    const other = { ...later, expires_at: Number(login.expires_at) + 60, claims: { ...claims, sub: 'another' } }
    await createTokenSource(server.client(), other, { store, key }).token()
    await expect(first.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
  })

  it('of two users, without a key, are two sessions', async () => {
    const client = createServer().client()
    const store = memoryStore()
    expect(await createTokenSource(client, login, { store }).token()).toBe('canary-access-0')
    expect(await createTokenSource(client, later, { store }).token()).toBe('canary-access-later')
  })
})

describe('onRefresh', () => {
  it('gets the new tokens once they are stored, and is awaited', async () => {
    const server = createServer()
    const store = memoryStore()
    const seen: unknown[] = []
    let isDone = false
    const source = createTokenSource(server.client(), login, {
      store,
      key,
      async onRefresh(tokens) {
        seen.push(tokens.refresh_token, JSON.parse(store.get(key) ?? '').tokens.refresh_token)
        await Promise.resolve()
        isDone = true
      },
    })
    await source.token()
    expect(seen).toEqual([])
    server.clock.advance(3600)
    await Promise.all([source.token(), source.token()])
    expect([seen, isDone]).toEqual([['canary-refresh-1', 'canary-refresh-1'], true])
  })

  it('that throws loses no tokens', async () => {
    const server = createServer()
    const source = createTokenSource(server.client(), login, { onRefresh: () => Promise.reject(new Error('disk full')) })
    server.clock.advance(3600)
    await expect(source.token()).rejects.toMatchObject({ code: 'REFRESH_CALLBACK_FAILED', cause: { message: 'disk full' } })
    expect(await source.token()).toBe('canary-access-1')
    expect(server.sent()).toHaveLength(1)
  })
})

describe('logout', () => {
  it('ends the session for every source, revokes the refresh token, and gives what was held', async () => {
    const server = createServer()
    const store = memoryStore()
    const [here, there] = [0, 1].map(() => createTokenSource(server.client(), login, { store: { ...store }, key }))
    await Promise.all([here?.token(), there?.token()])
    expect(await here?.logout()).toEqual(login)
    expect(Object.fromEntries(server.to('/revoke')[0]?.form ?? [])).toEqual({ token: 'canary-refresh-0', token_type_hint: 'refresh_token' })
    expect(store.get(key)).toBeUndefined()
    expect(await there?.tokens()).toBeUndefined()
    await expect(there?.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    expect(await here?.logout()).toBeUndefined()
    expect(server.seen).toHaveLength(1)
  })

  it('is not undone by tokens that the application still holds', async () => {
    const server = createServer()
    const store = memoryStore()
    const source = createTokenSource(server.client(), login, { store, key })
    server.clock.advance(3600)
    await source.token()
    const middle = await source.tokens()
    await source.logout()
    for (const given of [login, middle]) {
      const again = createTokenSource(server.client(), given, { store, key })
      await expect(again.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    }
    expect(await createTokenSource(server.client(), later, { store, key }).tokens()).toEqual(later)
  })

  it('while a refresh is in flight: its tokens are not stored, and the fresh refresh token is revoked', async () => {
    const server = createServer()
    const store = memoryStore()
    const source = createTokenSource(server.client(), login, { store, key })
    await source.token()
    server.clock.advance(3600)
    server.answer('/token', async (own) => {
      await createTokenSource(server.client(), undefined, { store: { ...store }, key }).logout()
      return own()
    })
    await expect(source.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    expect(server.to('/revoke').map(({ form }) => form.get('token'))).toEqual(['canary-refresh-0', 'canary-refresh-1'])
    expect(store.get(key)).toBeUndefined()
  })

  it('ends the session here though the server cannot revoke, and onEvent is told', async () => {
    const server = createServer()
    const store = memoryStore()
    const source = createTokenSource(server.client(), login, { store, key })
    server.answer('/revoke', () => Promise.reject(new TypeError('fetch failed')))
    expect(await source.logout()).toEqual(login)
    expect(store.get(key)).toBeUndefined()
    expect(server.events.at(-1)).toEqual({ type: 'session:revocation_failed', code: 'NETWORK_ERROR' })
    const without = server.client({}, { revocation_endpoint: undefined as never })
    await createTokenSource(without, later, { store, key: 'other' }).logout()
    expect(server.to('/revoke')).toHaveLength(1)
  })

  it('throws where the store is down, and ends nothing', async () => {
    const server = createServer()
    const memory = memoryStore()
    let isDown = false
    const store: TokenStore = {
      ...memory,
      get: (name) => (isDown ? Promise.reject(new Error('down')) : memory.get(name)),
    }
    const source = createTokenSource(server.client(), login, { store, key })
    await source.token()
    isDown = true
    await expect(source.logout()).rejects.toMatchObject({ code: 'SESSION_STORE_FAILED', retryable: true })
    expect(server.seen).toEqual([])
    isDown = false
    expect(await source.token()).toBe('canary-access-0')
  })
})

describe('a store that is down', () => {
  it('is no logout', async () => {
    const server = createServer()
    const down = () => Promise.reject(new Error(`GET ${login.access_token}`))
    const source = createTokenSource(server.client(), login, { store: { ...memoryStore(), get: down }, key })
    for (const call of [source.token(), source.tokens()])
      await expect(call).rejects.toMatchObject({ code: 'SESSION_STORE_FAILED', retryable: true })
  })

  it('when new tokens have come: they are used from memory, and stored once it is up', async () => {
    const server = createServer()
    const memory = memoryStore()
    let isDown = false
    const reach = () => {
      if (isDown) throw new Error('down')
      return memory
    }
    const store: TokenStore = {
      ...memory,
      get: (name) => reach().get(name),
      compareAndSwap: (...parameters) => reach().compareAndSwap(...parameters),
    }
    const source = createTokenSource(server.client(), login, { store, key })
    await source.token()
    server.clock.advance(3600)
    server.answer('/token', (own) => {
      isDown = true
      return own()
    })
    expect(await source.token()).toBe('canary-access-1')
    expect(await createTokenSource(server.client(), undefined, { store, key }).token()).toBe('canary-access-1')
    expect(JSON.parse(memory.get(key) ?? '').tokens).toEqual(login)
    isDown = false
    expect(await source.token()).toBe('canary-access-1')
    expect(JSON.parse(memory.get(key) ?? '')).toMatchObject({ tokens: { refresh_token: 'canary-refresh-1' } })
    expect(memory.get(key)).not.toContain('refreshing')
    expect(server.sent()).toHaveLength(1)
  })

  it('an answer of the store that was lost on the way does not look like a defeat', async () => {
    const server = createServer()
    const memory = memoryStore()
    let losing = 0
    const store: TokenStore = {
      ...memory,
      compareAndSwap(...parameters) {
        const done = memory.compareAndSwap(...parameters)
        if (losing-- > 0) throw new Error('connection reset')
        return done
      },
    }
    const told: unknown[] = []
    const source = createTokenSource(server.client(), login, { store, key, onRefresh: (tokens) => told.push(tokens.access_token) })
    await source.token()
    server.clock.advance(3600)
    server.answer('/token', (own) => {
      losing = 1
      return own()
    })
    expect(await source.token()).toBe('canary-access-1')
    expect(JSON.parse(memory.get(key) ?? '').tokens.access_token).toBe('canary-access-1')
    // Who believes that another has won does not tell the application.
    expect(told).toEqual(['canary-access-1'])
  })

  it('a lock that is down renews nothing', async () => {
    const server = createServer()
    const source = createTokenSource(server.client(), login, { lock: { hold: () => Promise.reject(new Error('down')) } })
    server.clock.advance(3600)
    await expect(source.token()).rejects.toMatchObject({ code: 'SESSION_STORE_FAILED' })
    expect(server.seen).toEqual([])
  })
})

describe('close', () => {
  it('waits for a refresh under way and lets it be stored; afterwards nothing is done', async () => {
    const server = createServer()
    const store = memoryStore()
    const source = createTokenSource(server.client(), login, { store, key })
    await source.token()
    server.clock.advance(3600)
    const order: string[] = []
    server.answer('/token', async (own) => {
      const closing = source.close().then(() => order.push('closed'))
      await Promise.resolve()
      order.push('answered')
      queueMicrotask(() => void closing)
      return own()
    })
    const token = source.token()
    expect(await token).toBe('canary-access-1')
    await source.close()
    expect(order).toEqual(['answered', 'closed'])
    expect(JSON.parse(store.get(key) ?? '').tokens.access_token).toBe('canary-access-1')
    for (const call of [source.token(), source.tokens(), source.fetch('https://api.example/orders'), source.logout()])
      await expect(call).rejects.toMatchObject({ code: 'TOKEN_SOURCE_CLOSED' })
  })

  it('ends the waiting for another process, whether that holds the lock or left its mark', async () => {
    const server = createServer()
    const store = memoryStore()
    await createTokenSource(server.client(), login, { store, key }).token()
    server.clock.advance(3600)
    let source: TokenSource | undefined
    // Closed as soon as it waits.
    const sleep = (_: number, signal?: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        source?.close().catch(reject)
      })
    const clock = { now: server.clock.now, sleep }
    const lock = memoryLock({ clock })
    await lock.hold(key, { lease: 30 }, async () => {
      source = createTokenSource(server.client(), undefined, { store, key, lock })
      await expect(source.token()).rejects.toMatchObject({ code: 'TOKEN_SOURCE_CLOSED' })
    })
    store.set(key, JSON.stringify({ ...JSON.parse(store.get(key) ?? ''), refreshing: { until: clock.now() + 30, fence: 1, owner: 'x' } }))
    source = createTokenSource(server.client({ clock }), undefined, { store, key })
    await expect(source.token()).rejects.toMatchObject({ code: 'TOKEN_SOURCE_CLOSED' })
    expect(server.seen).toEqual([])
  })

  it('does not wait beyond its grace', async () => {
    const server = createServer()
    const source = createTokenSource(server.client(), login)
    server.clock.advance(3600)
    server.answer('/token', () => new Promise<Response>(() => {}))
    const token = source.token({ timeout: 0.05 })
    await source.close({ grace: 0.001 })
    await expect(token).rejects.toMatchObject({ code: expect.stringMatching(/TIMEOUT|TOKEN_SOURCE_CLOSED/) })
  })
})

describe('encryption', () => {
  const bytes = new Uint8Array(32).fill(7)
  const text = Buffer.from(bytes).toString('base64url')

  it('what is stored shows no token, and is renewed all the same', async () => {
    const server = createServer()
    const store = memoryStore()
    const source = createTokenSource(server.client(), login, { store, key, encryption: await encryptWith(text) })
    await source.token()
    expect(store.get(key)).toMatch(/^[\w-]+\.[\w-]+$/)
    server.clock.advance(3600)
    expect(await source.token()).toBe('canary-access-1')
    const other = createTokenSource(server.client(), undefined, { store, key, encryption: await encryptWith(new Uint8Array(32), bytes) })
    expect(await other.token()).toBe('canary-access-1')
  })

  it('what was changed, or sealed with another key, is refused', async () => {
    const server = createServer()
    const store = memoryStore()
    await createTokenSource(server.client(), login, { store, key, encryption: await encryptWith(bytes) }).token()
    const stored = store.get(key) ?? ''
    const open = async (value: string, ...keys: Uint8Array[]) => {
      store.set(key, value)
      return createTokenSource(server.client(), undefined, { store, key, encryption: await encryptWith(...keys) }).token()
    }
    expect(await open(stored, bytes)).toBe('canary-access-0')
    const flipped = stored.slice(0, -2) + (stored.at(-2) === 'A' ? 'B' : 'A') + stored.slice(-1)
    for (const value of [flipped, '', 'a.b.c', '%', JSON.stringify({ tokens: login })])
      await expect(open(value, bytes)).rejects.toMatchObject({ code: 'SESSION_RECORD_INVALID' })
    await expect(open(stored, new Uint8Array(32))).rejects.toMatchObject({ code: 'SESSION_RECORD_INVALID' })
  })

  it.each([[''], ['short'], [new Uint8Array(16)], ['%']])('a key of %o is refused', async (one) => {
    await expect(encryptWith(one)).rejects.toMatchObject({ code: 'SESSION_OPTION_INVALID' })
  })

  it('no key at all is refused', async () => {
    await expect(encryptWith()).rejects.toMatchObject({ code: 'SESSION_OPTION_INVALID' })
  })
})

describe('memoryLock', () => {
  it('S-M11: lets one in at a time, each with a higher fence', async () => {
    const lock = memoryLock({ clock: createServer().clock })
    let inside = 0
    const fences = await Promise.all(
      Array.from({ length: 5 }, () =>
        lock.hold('x', { lease: 1000 }, async ({ fence }) => {
          expect(++inside).toBe(1)
          await Promise.resolve()
          inside--
          return fence
        }),
      ),
    )
    expect(new Set(fences).size).toBe(5)
    expect(Math.max(...fences)).toBe(5)
  })

  it('is given back when the task throws, and waits no longer than it was told', async () => {
    const lock = memoryLock({ clock: createServer().clock })
    await expect(lock.hold('x', { lease: 10 }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await lock.hold('x', { lease: 1000 }, async () => {
      await expect(lock.hold('x', { lease: 1000, wait: 3 }, async () => undefined)).rejects.toMatchObject({ code: 'SESSION_LOCK_TIMEOUT' })
      await expect(lock.hold('x', { lease: 1, signal: AbortSignal.abort(new Error('enough')) }, async () => undefined)).rejects.toThrow(
        'enough',
      )
    })
  })
})
