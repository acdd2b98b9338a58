import { spawn } from 'node:child_process'

export interface Ran {
  readonly status: number
  /** Both streams, in the order they came. */
  readonly output: string
}

/** Runs a program to its end, without what npm tells its scripts about itself. */
export function run(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        output += data
      })
    }
    child.once('error', (error) => resolve({ status: 127, output: error.message }))
    child.once('close', (status) => resolve({ status: status ?? 1, output }))
  })
}

/** The same, where anything but success ends all. */
export async function runOrThrow(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { status, output } = await run(command, args, cwd)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status} in ${cwd}: ${output}`)
  return output
}

/** Where a Node of this version is: npm fetches it once. Its folder comes first on PATH, so that `node` of a script is it too. */
export async function findNode(version: string): Promise<string> {
  const wanted = ['exec', '--yes', '--prefer-offline', `--package=node@${version}`, '--', 'node', '-p', 'process.execPath']
  return (await runOrThrow('npm', wanted, process.cwd())).trim().split('\n').at(-1) ?? ''
}
