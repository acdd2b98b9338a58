import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createTokenSource, memoryStore, type TokenStore } from './index.js'
import { createServer, login, startTime } from './session.test-server.js'

/** Time that stands still: nobody is taken for dead, however late the scheduler lets it go on. */
const still = () => {
  let time = startTime
  const advance = (seconds: number) => {
    time += seconds
  }
  return { now: () => time, advance, sleep: async () => undefined }
}

/** Every look and every write of one process waits for its turn. */
function slowStore(memory: ReturnType<typeof memoryStore>, scheduler: fc.Scheduler, name: string): TokenStore {
  const later = <T>(what: string, run: () => T): Promise<T> => scheduler.schedule(Promise.resolve(), `${name} ${what}`).then(run)
  return {
    get: (key) => later('get', () => memory.get(key)),
    set: (key, value) => later('set', () => memory.set(key, value)),
    take: (key) => later('take', () => memory.take(key)),
    delete: (key) => later('delete', () => memory.delete(key)),
    compareAndSwap: (...parameters) => later('swap', () => memory.compareAndSwap(...parameters)),
  }
}

it('S-M11, F-S7: no interleaving of processes, of their looks, writes and requests, spends a refresh token twice (RFC 9700, 4.14.2)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 2, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      async (scheduler, processes, rounds) => {
        const server = createServer({ clock: still() })
        const memory = memoryStore()
        const sources = Array.from({ length: processes }, (_, index) => {
          const name = `process ${index}`
          const fetch: typeof globalThis.fetch = async (...request) => {
            await scheduler.schedule(Promise.resolve(), `${name} sends`)
            const response = await server.fetch(...request)
            await scheduler.schedule(Promise.resolve(), `${name} hears`)
            return response
          }
          return createTokenSource(server.client({ fetch }), login, { store: slowStore(memory, scheduler, name), key: 's' })
        })
        for (let round = 1; round <= rounds; round++) {
          server.clock.advance(3600)
          const tokens = await scheduler.waitFor(Promise.all(sources.flatMap((source) => [source.token(), source.token()])))
          expect(new Set(tokens)).toEqual(new Set([`canary-access-${round}`]))
        }
        expect(server.sent()).toEqual(Array.from({ length: rounds }, (_, round) => `canary-refresh-${round}`))
      },
    ),
    { numRuns: 60 },
  )
}, 60_000)

it('S-M11: a logout anywhere in between leaves nothing that is good', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const server = createServer({ clock: still() })
      const memory = memoryStore()
      const [first, second] = ['first', 'second'].map((name) =>
        createTokenSource(server.client(), login, { store: slowStore(memory, scheduler, name), key: 's' }),
      )
      await scheduler.waitFor(Promise.all([first?.token(), second?.token()]))
      server.clock.advance(3600)
      await scheduler.waitFor(Promise.allSettled([first?.token(), second?.logout()]))
      expect(memory.get('s')).toBeUndefined()
      const issued = ['canary-refresh-0', ...(server.sent().length ? ['canary-refresh-1'] : [])]
      const revoked = server.to('/revoke').map(({ form }) => form.get('token'))
      // A refresh token that was spent is as good as revoked.
      expect(revoked).toContain(issued.at(-1))
    }),
    { numRuns: 100 },
  )
}, 60_000)
