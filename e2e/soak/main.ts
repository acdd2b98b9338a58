// `npm run test:soak`: 10,000 refreshes of rotating refresh tokens over four processes, one of which is killed now and then. Then 5,000 logins
// through Express and Redis in one process. Prints the counts, and exits 1 where a token was sent by two live holders, a session was lost without a death, a login
// failed, or the heap grew. `SEED=…` repeats a run.
// Then ten tabs of Chromium renew tokens that live for two seconds (e2e/browser/soak.test.ts).
import { spawnSync } from 'node:child_process'
import { hasRedis, startRedis } from '../redis.ts'
import { runLogins } from './logins.ts'
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
  const logins = await runLogins(Number(process.env.LOGINS ?? 5000), redis)
  const grown = logins.heapAfter - logins.heapBefore
  console.log({ ...logins, failures: logins.failures.length, grown })
  const isFlat = logins.failures.length === 0 && grown < 4_000_000
  console.log(isFlat ? 'the heap is flat' : `logins: ${logins.failures[0] ?? `the heap grew by ${grown} bytes`}`)
  process.exitCode = bad === 0 && isFlat ? 0 : 1
} finally {
  await redis.close()
}

const env = { ...process.env, ROUNDS: process.env.ROUNDS ?? '300' }
const tabs = spawnSync('vitest', ['run', '--project', 'e2e', 'e2e/browser/soak'], {
  env,
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
if (tabs.status !== 0) process.exitCode = 1
