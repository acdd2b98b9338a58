// `npm run test:soak`: 10,000 refreshes of rotating refresh tokens over four processes, one of which is killed now and then. Prints the counts and
// exits 1 where a token was sent by two live holders, or a session lost without a death. `SEED=…` repeats a run.
import { hasRedis, startRedis } from '../redis.ts'
import { runSoak } from './soak.ts'

if (!hasRedis) {
  console.error('It needs a Redis: apt-get install redis-server, or set REDIS_URL.')
  process.exit(1)
}
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
const refreshes = Number(process.env.REFRESHES ?? 10_000)
console.log(`seed ${seed}`)
const redis = await startRedis()
try {
  const report = await runSoak({ refreshes, sessions: 150, seed, life: 6 }, redis)
  console.log(report)
  const bad = report.sentByTwoLiveHolders + report.sentMoreThanTwice + report.lostWithoutReason + report.otherFailures.length
  console.log(bad === 0 ? 'every session is where it should be' : `${bad} to look into`)
  process.exitCode = bad === 0 ? 0 : 1
} finally {
  await redis.close()
}
