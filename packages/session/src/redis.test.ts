import { describe, expect, it } from 'vitest'
import { type RedisClient, redisLock, redisStore } from './redis.js'

/** What the two client libraries are given, and what they answer; the scripts themselves run in a real Redis, in e2e/session-redis.test.ts. */
function fakes(answer: () => Promise<unknown> = async () => null) {
  const seen: unknown[][] = []
  const run = (...command: unknown[]) => {
    seen.push(command.slice(1))
    return answer()
  }
  const nodeRedis: RedisClient = { eval: run, sendCommand: () => undefined }
  const ioredis: RedisClient = { eval: run, call: () => undefined }
  return { seen, nodeRedis, ioredis }
}

describe('redisStore', () => {
  it('F-S9: speaks to a client of redis and to one of ioredis, each in its own shape', async () => {
    const { seen, nodeRedis, ioredis } = fakes()
    expect(await redisStore(nodeRedis).get('a')).toBeUndefined()
    await redisStore(ioredis, { prefix: 'x:', ttl: 60 }).set('a', 'text')
    await redisStore(ioredis).set('a', 'text', { ttl: 0.5 })
    expect(await redisStore(nodeRedis).compareAndSwap('a', undefined, 'new')).toBe(false)
    expect(seen).toEqual([
      [{ keys: ['oidc:session:a'], arguments: [] }],
      [1, 'x:session:a', 'text', '60000'],
      [1, 'oidc:session:a', 'text', '500'],
      [{ keys: ['oidc:session:a'], arguments: ['0', '', '1', 'new', '7776000000'] }],
    ])
  })

  it('a client that is not connected does not make anybody wait for ever', async () => {
    const { nodeRedis } = fakes(() => new Promise(() => {}))
    await expect(redisStore(nodeRedis, { timeout: 0.001 }).get('a')).rejects.toThrow('too long')
  })

  it.each<[string, () => unknown]>([
    ['a client without eval', () => redisStore({} as never)],
    ['no client', () => redisLock(undefined as never)],
    ['a ttl of 0', () => redisStore(fakes().ioredis, { ttl: 0 })],
    ['a timeout of 0', () => redisStore(fakes().ioredis, { timeout: 0 })],
  ])('%s is refused', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'SESSION_OPTION_INVALID' }))
  })
})

describe('redisLock', () => {
  it('asks again until the lock is free, gives it back, and both of its keys are in one slot of a cluster', async () => {
    const answers = [0, 0, 7, 1]
    const { seen, ioredis } = fakes(async () => answers.shift())
    const slept: number[] = []
    const lock = redisLock(ioredis, { clock: { sleep: async (seconds) => void slept.push(seconds) } })
    expect(await lock.hold('a', { lease: 2 }, async ({ fence }) => fence)).toBe(7)
    expect(slept).toHaveLength(2)
    const owner = seen[0]?.[3]
    expect(seen[2]).toEqual([2, 'oidc:{lock:a}', 'oidc:{lock:a}:fence', owner, '2000', '7776000000'])
    expect(seen[3]).toEqual([1, 'oidc:{lock:a}', owner])
  })
})
