import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createTokenSource } from '@oidc/session'
import { redisStore } from '@oidc/session/redis'
import { createClient } from 'redis'
import type { RunningRedis } from '../redis.ts'
import { createSoakClient } from './client.ts'
import { type News, type Order, seededRandom, type WorkerSettings } from './messages.ts'
import { type RotatingProvider, startRotatingProvider } from './rotating-provider.ts'

export interface SoakSettings {
  readonly refreshes: number
  readonly sessions: number
  readonly seed: number
  /** Seconds that a process lives, about. */
  readonly life: number
}

/** What happened. The first four must be 0. */
export interface SoakReport {
  /** Refresh tokens that were sent again while an earlier sender was alive. */
  readonly sentByTwoLiveHolders: number
  /** Refresh tokens that were sent more than twice. */
  readonly sentMoreThanTwice: number
  /** Families that the provider revoked though no sender had died, or without a process being told. */
  readonly lostWithoutReason: number
  /** What the processes were told beside REAUTHENTICATION_REQUIRED, and sessions whose stored token is not the provider's. */
  readonly otherFailures: readonly string[]
  readonly refreshes: number
  readonly kills: number
  /** Refresh tokens that were sent once more since their first sender died. */
  readonly sentAgainUnderADeadMark: number
  /** Sessions that ended in REAUTHENTICATION_REQUIRED. */
  readonly reauthentications: number
  /** Those of them whose two senders died: nothing was sent any more. */
  readonly ofTheseNotSentAThirdTime: number
  readonly sessions: number
  readonly seconds: number
}

const processes = 4
/** Seconds. Far more than any of them may be kept from the processor: who is slow is not dead. */
const lease = 8

/** Four processes, and one of them killed now and then, over one Redis and a provider that takes a second use for theft. */
export async function runSoak({ refreshes, sessions, seed, life }: SoakSettings, { url, prefix }: RunningRedis): Promise<SoakReport> {
  const began = performance.now()
  const random = seededRandom(seed)
  const dead = new Set<string>()
  const provider = await startRotatingProvider((sender) => dead.has(sender), random)
  const redis = await createClient({ url }).connect()
  const store = redisStore(redis, { prefix })
  const client = createSoakClient(provider.issuer, 'parent')
  const ended = new Set<string>()
  const failures: string[] = []
  const keys: string[] = []
  const workers = new Set<ChildProcess>()
  let started = 0
  let kills = 0

  const begin = async () => {
    const key = `session-${provider.families.length}`
    const tokens = provider.begin()
    await createTokenSource(client, { ...tokens, expires_at: Date.now() / 1000 + tokens.expires_in }, { store, key }).tokens()
    keys.push(key)
  }
  const send = (worker: ChildProcess, order: Order) => {
    // It may be dying.
    if (worker.connected) worker.send(order, () => undefined)
  }
  const announce = () => {
    for (const worker of workers) send(worker, { type: 'sessions', keys })
  }
  const hear = async (news: News) => {
    if (news.type === 'failed') failures.push(`${news.code}: ${news.message}`)
    if (news.type !== 'ended' || ended.has(news.key)) return
    ended.add(news.key)
    keys.splice(keys.indexOf(news.key), 1)
    await begin()
    announce()
  }
  const start = () => {
    const sender = `process-${++started}`
    const settings: WorkerSettings = {
      issuer: provider.issuer,
      redis: url,
      prefix,
      library: started % 2 ? 'redis' : 'ioredis',
      sender,
      seed: seed + started,
      lease,
    }
    const worker = fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(settings)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    workers.add(worker)
    worker.on('error', () => undefined)
    worker.on('message', (news: News) => {
      if (news.type === 'ready') send(worker, { type: 'sessions', keys })
      hear(news).catch((error: unknown) => failures.push(String(error)))
    })
    worker.once('exit', (code, signal) => {
      workers.delete(worker)
      if (signal === 'SIGKILL') dead.add(sender)
      else if (code !== 0) failures.push(`${sender} ended with ${code}`)
    })
  }

  try {
    for (let i = 0; i < sessions; i++) await begin()
    for (let i = 0; i < processes; i++) start()
    while (provider.granted() < refreshes && failures.length < 20) {
      await wait((life / processes) * (0.5 + random()) * 1000)
      const victim = [...workers][Math.floor(random() * workers.size)]
      if (!victim || provider.granted() < started) continue
      kills++
      const exit = once(victim, 'exit')
      victim.kill('SIGKILL')
      await exit
      start()
    }
    // Whoever is left finishes what the dead began.
    await wait((lease + 2) * 1000)
    await Promise.all(
      [...workers].map(async (worker) => {
        const exit = once(worker, 'exit')
        send(worker, { type: 'stop' })
        await exit
      }),
    )
    for (const key of keys) {
      const number = Number(key.split('-')[1])
      const family = provider.families[number]
      const tokens = await createTokenSource(client, undefined, { store, key }).tokens()
      if (tokens?.refresh_token !== family?.current || family?.revokedBy)
        failures.push(`${key} is stored with another token than the provider's`)
    }
  } finally {
    for (const worker of workers) worker.kill('SIGKILL')
    await redis.close()
    await provider.close()
  }
  return {
    ...judge(provider, ended),
    otherFailures: failures,
    kills,
    sessions: provider.families.length,
    seconds: Math.round((performance.now() - began) / 1000),
  }
}

function judge({ uses, families, granted }: RotatingProvider, ended: ReadonlySet<string>) {
  const haveDied = (token: string) => (uses.get(token) ?? []).slice(0, -1).every(({ senderDied }) => senderDied)
  const repeated = [...uses].filter(([, { length }]) => length > 1).map(([token]) => token)
  const revoked = families.flatMap(({ revokedBy }, number) => (revokedBy === undefined ? [] : [{ revokedBy, key: `session-${number}` }]))
  return {
    sentByTwoLiveHolders: repeated.filter((token) => !haveDied(token)).length,
    sentMoreThanTwice: [...uses.values()].filter(({ length }) => length > 2).length,
    lostWithoutReason: revoked.filter(({ revokedBy, key }) => !haveDied(revokedBy) || !ended.has(key)).length,
    refreshes: granted(),
    sentAgainUnderADeadMark: repeated.filter(haveDied).length,
    reauthentications: ended.size,
    ofTheseNotSentAThirdTime: ended.size - revoked.length,
  }
}
