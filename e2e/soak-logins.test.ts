import { expect, it } from 'vitest'
import { hasRedis, startRedis } from './redis.ts'
import { runLogins } from './soak/logins.ts'

it.skipIf(!hasRedis)(
  'a process that signs users in does not grow: Express, passport, express-session and Redis, 16 at a time [needs redis]',
  { timeout: 180_000 },
  async () => {
    const redis = await startRedis()
    try {
      // A twentieth of `npm run test:soak`, whose bound is the same.
      const report = await runLogins(250, redis)
      console.log(report)
      expect(report.failures).toEqual([])
      expect(report.heapAfter - report.heapBefore).toBeLessThan(4_000_000)
    } finally {
      await redis.close()
    }
  },
)
