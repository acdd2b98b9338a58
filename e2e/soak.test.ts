import { expect, it } from 'vitest'
import { hasRedis, startRedis } from './redis.ts'
import { runSoak } from './soak/soak.ts'

it.skipIf(!hasRedis)(
  'S-M11, S-M12, S-M14, F-S7: four processes, one Redis, and one of them killed now and then: no refresh token is sent by two that live, and no session is lost but where one died (RFC 9700, 4.14.2) [needs redis]',
  { timeout: 180_000 },
  async () => {
    const redis = await startRedis()
    try {
      // A twentieth of `npm run test:soak`.
      const report = await runSoak({ refreshes: 500, sessions: 60, seed: 20_261_125, life: 4 }, redis)
      console.log(report)
      expect(report).toMatchObject({ sentByTwoLiveHolders: 0, sentMoreThanTwice: 0, lostWithoutReason: 0, otherFailures: [] })
      expect(report.refreshes).toBeGreaterThanOrEqual(500)
      expect(report.kills).toBeGreaterThan(0)
    } finally {
      await redis.close()
    }
  },
)
