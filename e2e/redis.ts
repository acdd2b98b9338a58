import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'

/** Whether there is a Redis to test with: REDIS_URL, or `redis-server` on the PATH. */
export const hasRedis: boolean =
  process.env.REDIS_URL !== undefined || spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0

export interface RunningRedis {
  readonly url: string
  /** What every key of this run begins with: REDIS_URL may lead to a Redis that is in use. */
  readonly prefix: string
  close(): Promise<void>
}

/** Starts a Redis that keeps nothing on disk, on a port of the system's choice; or uses that of REDIS_URL. */
export async function startRedis(): Promise<RunningRedis> {
  const prefix = `oidc-test:${crypto.randomUUID()}:`
  if (process.env.REDIS_URL !== undefined) return { url: process.env.REDIS_URL, prefix, close: async () => undefined }
  for (let attempt = 1; ; attempt++) {
    const port = await findPort()
    const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    // Another may have taken the port in between.
    if (await isReady(child)) return { url: `redis://127.0.0.1:${port}`, prefix, close: () => stop(child) }
    if (attempt === 3) throw new Error('redis-server does not start.')
  }
}

function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function isReady(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    let said = ''
    child.once('error', () => resolve(false))
    child.once('exit', () => resolve(false))
    child.stdout?.on('data', (data: Buffer) => {
      said += data
      if (said.includes('eady to accept connections')) resolve(true)
    })
  })
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill()
  })
}
