import { createClient as createOAuthClient, publicClient } from '@oidc/core'
import { createTokenSource } from '@oidc/session'
import { type RedisStore, redisLock, redisStore } from '@oidc/session/redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasRedis, type RunningRedis, startRedis } from './redis.ts'

let running: RunningRedis
const close: (() => unknown)[] = []

beforeAll(async () => {
  if (hasRedis) running = await startRedis()
})

afterAll(async () => {
  for (const end of close) await end()
  await running?.close()
})

const libraries = {
  async redis() {
    const client = await createClient({ url: running.url }).connect()
    close.push(() => client.close())
    return client
  },
  async ioredis() {
    const client = new Redis(running.url)
    close.push(() => client.quit())
    return client
  },
}

describe.each(['redis', 'ioredis'] as const)('a store in Redis, by the client of %s [needs redis]', (library) => {
  const open = async (): Promise<RedisStore> =>
    redisStore(await libraries[library](), { prefix: `${running.prefix}${crypto.randomUUID()}:` })

  it.skipIf(!hasRedis)('F-S9: gives, takes, deletes, and writes only in place of what is expected', async () => {
    const store = await open()
    expect(await store.get('a')).toBeUndefined()
    await store.set('a', '1 ä')
    expect(await store.compareAndSwap('a', '2', '3')).toBe(false)
    expect(await store.compareAndSwap('a', undefined, '3')).toBe(false)
    expect(await store.get('a')).toBe('1 ä')
    expect(await store.compareAndSwap('a', '1 ä', '')).toBe(true)
    expect(await store.compareAndSwap('a', undefined, 'x')).toBe(false)
    expect(await store.compareAndSwap('a', '', '2')).toBe(true)
    expect(await store.take('a')).toBe('2')
    expect(await store.take('a')).toBeUndefined()
    expect(await store.compareAndSwap('a', undefined, '4')).toBe(true)
    expect(await store.compareAndSwap('a', '4', undefined)).toBe(true)
    expect(await store.get('a')).toBeUndefined()
    await store.set('a', '5')
    await store.delete('a')
    expect(await store.get('a')).toBeUndefined()
  })

  it.skipIf(!hasRedis)('F-S9: of a hundred that write at once in place of the same value, one does', async () => {
    const store = await open()
    await store.set('a', '0')
    const done = await Promise.all(Array.from({ length: 100 }, (_, i) => store.compareAndSwap('a', '0', String(i + 1))))
    expect(done.filter(Boolean)).toHaveLength(1)
    expect(await store.get('a')).toBe(String(done.indexOf(true) + 1))
  })

  it.skipIf(!hasRedis)('keeps nothing for ever', async () => {
    const client = await libraries.redis()
    const prefix = `${running.prefix}ttl:`
    const store = redisStore(await libraries[library](), { prefix, ttl: 1000 })
    await store.set('a', '1')
    await store.set('b', '1', { ttl: 5 })
    await store.compareAndSwap('c', undefined, '1')
    const left = await Promise.all(['a', 'b', 'c'].map((key) => client.ttl(`${prefix}session:${key}`)))
    expect(left.map((seconds) => [seconds > 0, seconds <= 1000])).toEqual(Array(3).fill([true, true]))
    expect(left[1]).toBeLessThanOrEqual(5)
  })

  it.skipIf(!hasRedis)('S-M11: its lock lets one in at a time, over two connections, each with a higher fence', async () => {
    const prefix = `${running.prefix}lock:`
    const locks = [redisLock(await libraries.redis(), { prefix }), redisLock(await libraries.ioredis(), { prefix })]
    let inside = 0
    const fences: number[] = []
    const hold = (lock: (typeof locks)[number]) =>
      lock.hold(library, { lease: 30 }, async ({ fence }) => {
        expect(++inside).toBe(1)
        fences.push(fence)
        await (await libraries[library]()).get('x')
        inside--
      })
    await Promise.all([...locks, ...locks, ...locks].map(hold))
    expect(fences).toEqual([1, 2, 3, 4, 5, 6])
  })

  it.skipIf(!hasRedis)('S-M12: a lock that has passed to another is not given back by the one who lost it', async () => {
    const client = await libraries.redis()
    const prefix = `${running.prefix}lost:${library}:`
    const { lock } = redisStore(await libraries[library](), { prefix })
    await lock.hold('a', { lease: 30 }, async () => {
      // As if the lease had ended, and another had come.
      await client.set(`${prefix}{lock:a}`, 'another')
    })
    expect(await client.get(`${prefix}{lock:a}`)).toBe('another')
    await expect(lock.hold('a', { lease: 30, wait: 0 }, async () => undefined)).rejects.toMatchObject({ code: 'SESSION_LOCK_TIMEOUT' })
  })

  it.skipIf(!hasRedis)('S-M12: a lock whose holder died is free after its lease', async () => {
    const { lock } = await open()
    let end = () => {}
    const dead = lock.hold('a', { lease: 0.05 }, ({ fence }) => new Promise<number>((resolve) => (end = () => resolve(fence))))
    expect(await lock.hold('a', { lease: 30, wait: 10 }, async ({ fence }) => fence)).toBe(2)
    end()
    expect(await dead).toBe(1)
  })

  it.skipIf(!hasRedis)('F-S7, S-M11: many sources over it, with connections of their own, send one refresh', async () => {
    let time = 1_800_000_000
    const sent: unknown[] = []
    const issuer = 'https://as.example'
    const client = createOAuthClient(
      { issuer, token_endpoint: `${issuer}/token` },
      {
        client_id: 'app',
        authentication: publicClient(),
        clock: { now: () => time, sleep: async () => undefined },
        fetch: async (_, init) => {
          sent.push(new URLSearchParams(String(init?.body)).get('refresh_token'))
          return Response.json({
            access_token: `access-${sent.length}`,
            token_type: 'Bearer',
            expires_in: 60,
            refresh_token: `refresh-${sent.length}`,
          })
        },
      },
    )
    const login = { access_token: 'access-0', token_type: 'Bearer', expires_in: 60, expires_at: time + 60, refresh_token: 'refresh-0' }
    const prefix = `${running.prefix}many:${library}:`
    const stores = await Promise.all(Array.from({ length: 8 }, async () => redisStore(await libraries[library](), { prefix })))
    const sources = stores.map((store) => createTokenSource(client, login, { store, key: 's' }))
    for (let round = 1; round <= 5; round++) {
      time += 60
      const tokens = await Promise.all(sources.map((source) => source.token()))
      expect(new Set(tokens)).toEqual(new Set([`access-${round}`]))
    }
    expect(sent).toEqual(['refresh-0', 'refresh-1', 'refresh-2', 'refresh-3', 'refresh-4'])
    await sources[0]?.logout()
    await expect(sources[1]?.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
  })

  it.skipIf(!hasRedis)('a connection that is gone is no logout, and shows no token', async () => {
    const client = await libraries[library]()
    const store = redisStore(client, { prefix: running.prefix, timeout: 1 })
    const source = createTokenSource(
      createOAuthClient(
        { issuer: 'https://as.example', token_endpoint: 'https://as.example/token' },
        { client_id: 'app', authentication: publicClient() },
      ),
      { access_token: 'canary-access', token_type: 'Bearer', refresh_token: 'canary-refresh' },
      { store, key: 'gone' },
    )
    await source.token()
    close.pop()
    if ('destroy' in client) client.destroy()
    else (client as Redis).disconnect()
    const error = await source.token().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SESSION_STORE_FAILED', retryable: true })
    expect(JSON.stringify(error)).not.toContain('canary')
  })
})
