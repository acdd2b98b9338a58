import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface AppProcess {
  readonly origin: string
  readonly pid: number | undefined
  /** Bytes that are in use after everything that can be let go of was. */
  readHeap(): Promise<number>
  close(): Promise<void>
}

/** Starts app-process.ts. */
export async function startAppProcess(env: Readonly<Record<string, string>>): Promise<AppProcess> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'app-process.ts'), {
    env: { ...process.env, ...env },
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit').then(([status]) => {
    throw new Error(`The application ended with ${status}.`)
  })
  ended.catch(() => undefined)
  const [{ port }] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }]
  return {
    origin: `http://127.0.0.1:${port}`,
    pid: child.pid,
    async readHeap() {
      const answer = once(child, 'message') as Promise<[{ heap: number }]>
      child.send('heap')
      const [{ heap }] = await answer
      return heap
    },
    async close() {
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}
