import type { Clock } from '@oidc/core'
import { createLock, type Lock } from './lock.js'
import { sessionError } from './session-error.js'
import { delay } from './timer.js'
import type { TokenStore } from './token-store.js'

/** The client of the package `redis`, as far as it is used. */
export interface NodeRedisLike {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  sendCommand(...args: never): unknown
}

/** The client of the package `ioredis`, as far as it is used. */
export interface IORedisLike {
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
  call(...args: never): unknown
}

/** Your own client of Redis or Valkey: this package brings none. */
export type RedisClient = NodeRedisLike | IORedisLike

/** Where and how long. */
export interface RedisStoreOptions extends RedisLockOptions {
  /** Seconds after the last write for which a session is kept: 90 days. Let it be no shorter than the server keeps its refresh tokens. */
  readonly ttl?: number | undefined
}

/** How a lock is kept in Redis. */
export interface RedisLockOptions {
  /** What every key begins with: `oidc:`. */
  readonly prefix?: string | undefined
  /** Seconds that one command may take: 5. A client that is not connected waits for ever otherwise. */
  readonly timeout?: number | undefined
  /** Waits between two tries. */
  readonly clock?: Pick<Clock, 'sleep'> | undefined
}

/** A store in Redis and its lock. */
export interface RedisStore extends Required<TokenStore> {
  readonly lock: Lock
}

const ninetyDays = 7776000

const scripts = {
  get: `return redis.call('GET', KEYS[1])`,
  set: `return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`,
  take: `local value = redis.call('GET', KEYS[1]) redis.call('DEL', KEYS[1]) return value`,
  delete: `return redis.call('DEL', KEYS[1])`,
  // ARGV: whether one is expected, which, whether one is written, which, milliseconds.
  swap: `local value = redis.call('GET', KEYS[1])
if ARGV[1] == '1' then if value ~= ARGV[2] then return 0 end elseif value then return 0 end
if ARGV[3] == '1' then redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5]) else redis.call('DEL', KEYS[1]) end
return 1`,
  // The fence outlives the lock: it must not begin anew while a mark of an earlier holder may still be there.
  lock: `if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
local fence = redis.call('INCR', KEYS[2]) redis.call('PEXPIRE', KEYS[2], ARGV[3]) return fence`,
  unlock: `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`,
}

/**
 * A store in Redis or Valkey, with the lock that goes with it. Every change is one script, so nothing comes between looking and writing.
 *
 * @param client A client of `redis` or `ioredis`, connected.
 * @throws `SESSION_OPTION_INVALID`
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  const { prefix = 'oidc:', ttl = ninetyDays } = options
  const run = runScripts(client, options)
  if (!(ttl >= 1)) throw sessionError('SESSION_OPTION_INVALID', 'The option ttl is no number of at least 1. Give seconds.')
  const name = (key: string) => `${prefix}session:${key}`
  const text = (value: unknown) => (value === null || value === undefined ? undefined : String(value))
  const milliseconds = (seconds: number) => String(Math.ceil(seconds * 1000))
  return {
    get: async (key) => text(await run(scripts.get, [name(key)])),
    set: (key, value, settings) => run(scripts.set, [name(key)], value, milliseconds(settings?.ttl ?? ttl)),
    take: async (key) => text(await run(scripts.take, [name(key)])),
    delete: (key) => run(scripts.delete, [name(key)]),
    compareAndSwap: async (key, expected, value) => {
      const before = [expected === undefined ? '0' : '1', expected ?? '']
      const after = [value === undefined ? '0' : '1', value ?? '']
      return Number(await run(scripts.swap, [name(key)], ...before, ...after, milliseconds(ttl))) === 1
    },
    lock: redisLock(client, options),
  }
}

/**
 * A lock in one Redis or Valkey, with a lease and a fencing number.
 *
 * @throws `SESSION_OPTION_INVALID`
 */
export function redisLock(client: RedisClient, options: RedisLockOptions = {}): Lock {
  const { prefix = 'oidc:', clock } = options
  const run = runScripts(client, options)
  // In a cluster, what stands in braces decides on the place: both keys of a lock must be in one.
  const keys = (name: string) => [`${prefix}{lock:${name}}`, `${prefix}{lock:${name}}:fence`]
  return createLock({
    async take(name, owner, lease) {
      const fence = Number(await run(scripts.lock, keys(name), owner, String(Math.ceil(lease * 1000)), String(ninetyDays * 1000)))
      return fence > 0 ? fence : undefined
    },
    release: (name, owner) => run(scripts.unlock, keys(name).slice(0, 1), owner),
    sleep: clock?.sleep,
  })
}

type Run = (script: string, keys: string[], ...values: string[]) => Promise<unknown>

/** The two clients take the same command in two shapes. */
function runScripts(client: RedisClient, { timeout = 5 }: RedisLockOptions): Run {
  if (typeof client?.eval !== 'function')
    throw sessionError('SESSION_OPTION_INVALID', 'The Redis client has no eval. Give a client of the package redis or ioredis.')
  if (!(timeout > 0)) throw sessionError('SESSION_OPTION_INVALID', 'The option timeout is no number above 0. Give seconds.')
  const send: Run = (script, keys, ...values) =>
    'call' in client ? client.eval(script, keys.length, ...keys, ...values) : client.eval(script, { keys, arguments: values })
  return async (script, keys, ...values) => {
    const done = new AbortController()
    try {
      return await Promise.race([send(script, keys, ...values), expire(timeout, done.signal)])
    } finally {
      done.abort()
    }
  }
}

async function expire(seconds: number, done: AbortSignal): Promise<never> {
  await delay(seconds * 1000, done)
  throw new Error('The command took too long.')
}
