// One of the processes: wants the tokens of all sessions, again and again, until it is told to stop or killed.
import { setTimeout as wait } from 'node:timers/promises'
import { isOidcError } from '@oidc/core'
import { createTokenSource } from '@oidc/session'
import { redisStore } from '@oidc/session/redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { createSoakClient } from './client.ts'
import { type News, type Order, seededRandom, type WorkerSettings } from './messages.ts'

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings
const random = seededRandom(settings.seed)
const tell = (news: News) => process.send?.(news)
const redis = settings.library === 'redis' ? await createClient({ url: settings.redis }).connect() : new Redis(settings.redis)
const store = redisStore(redis, { prefix: settings.prefix })
const client = createSoakClient(settings.issuer, settings.sender)

let keys: readonly string[] = []
let isRunning = true
process.on('message', (order: Order) => {
  if (order.type === 'sessions') keys = order.keys
  else isRunning = false
})
// Its parent is gone.
process.on('disconnect', () => process.exit(isRunning ? 1 : 0))

async function useOne(): Promise<void> {
  const key = keys[Math.floor(random() * keys.length)]
  if (key === undefined) {
    await wait(10)
    return
  }
  try {
    await createTokenSource(client, undefined, { store, key, lease: settings.lease }).token()
    await wait(random() * 5)
  } catch (error) {
    if (!isOidcError(error)) throw error
    if (error.code === 'REAUTHENTICATION_REQUIRED') {
      keys = keys.filter((other) => other !== key)
      tell({ type: 'ended', key })
    } else tell({ type: 'failed', key, code: error.code, message: error.message })
  }
}

tell({ type: 'ready' })
await Promise.all(
  Array.from({ length: 12 }, async () => {
    while (isRunning) await useOne()
  }),
)
if ('quit' in redis && settings.library === 'ioredis') await redis.quit()
else if ('close' in redis) await redis.close()
process.disconnect()
