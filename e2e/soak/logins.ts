import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTestIssuer } from '@oidc/testing'
import { createAppBrowser } from '../app-browser.ts'
import type { RunningRedis } from '../redis.ts'
import { startAppProcess } from './processes.ts'

export interface LoginsReport {
  readonly logins: number
  readonly failures: readonly string[]
  /** Bytes, after a fifth of the logins and at the end. */
  readonly heapBefore: number
  readonly heapAfter: number
}

const issuer = 'https://as.example'

/**
 * Signs users in through Express, passport, express-session and Redis in a process of its own, 16 at a time, and compares its heap after a fifth of them with that at the end: a fifth
 * fills every cache that there is.
 */
export async function runLogins(logins: number, { url, prefix }: RunningRedis): Promise<LoginsReport> {
  const provider = await startIssuer()
  const app = await startAppProcess({ ISSUER: issuer, PROVIDER: provider.origin, REDIS: url, PREFIX: prefix })
  const failures: string[] = []
  const signIn = async (name: string) => {
    const browser = createAppBrowser(app.origin)
    const begun = await browser.get('/login')
    const callback = await provider.signIn(new URL(begun.headers.get('location') ?? ''), name)
    await browser.get(callback.pathname + callback.search)
    const greeting = await browser.text('/')
    if (greeting !== `Hello ${name}`) failures.push(`${name} was greeted with ${greeting.slice(0, 200)}`)
  }
  const signInAll = async (from: number, to: number) => {
    const names = Array.from({ length: to - from }, (_, index) => `user-${from + index}`)
    const work = async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop())
        await signIn(name).catch((error: unknown) => failures.push(String(error)))
    }
    await Promise.all(Array.from({ length: 16 }, work))
  }
  try {
    const first = Math.ceil(logins / 5)
    await signInAll(0, first)
    const heapBefore = await app.readHeap()
    await signInAll(first, logins)
    return { logins, failures, heapBefore, heapAfter: await app.readHeap() }
  } finally {
    await app.close()
    await provider.close()
  }
}

/** The issuer of the tests behind a socket, in this process: what it remembers does not count as the application's. */
async function startIssuer() {
  const client = { client_id: 'app', client_secret: 'only for tests' }
  const fake = await createTestIssuer({ issuer, clients: [client], clock: realClock() })
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const { method = 'GET', headers } = request
      const body = Buffer.concat(chunks)
      const answer = await fake.fetch(`${issuer}${request.url}`, {
        method,
        headers: Object.entries(headers).flatMap(([name, value]) =>
          typeof value === 'string' && name !== 'host' ? [[name, value] as [string, string]] : [],
        ),
        ...(body.length > 0 && { body }),
      })
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async signIn(url: URL, sub: string) {
      const back = await fake.signIn(url, { sub })
      if (back instanceof URL) return back
      throw new Error('The response came by POST.')
    },
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The application is in another process, on the clock of this machine. */
function realClock() {
  return {
    now: () => Math.floor(Date.now() / 1000),
    sleep: async () => undefined,
    advance: () => undefined,
    waits: [],
  }
}
