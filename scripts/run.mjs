// Runs commands with the pinned tools, on any Node >= 18 with npm and nothing installed before:
//
//   node scripts/run.mjs CMD ARGS [--then CMD ARGS]...
//
// It starts itself again under `npm exec` with the pinned pnpm on PATH (and, where this Node is too old for the tools, with the Node of
// package.json's "config"), installs if the lockfile is not the one last installed, and runs the commands until one fails. Nothing goes
// to the network once everything has been fetched. No dependencies: this file runs before they are there.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const self = fileURLToPath(import.meta.url)
const root = join(self, '..', '..')
const { packageManager, config } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const [major, minor] = process.versions.node.split('.').map(Number)
const fits = (major === 22 && minor >= 19) || (major === 24 && minor >= 11) || major >= 26
const env = { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false' }

/** Runs to the end, or ends this process with the status of what failed. A signal sent to this process is passed on: none is orphaned. */
const run = (command, args) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env, shell: process.platform === 'win32' })
    const forward = (signal) => child.kill(signal)
    const wait = () => {} // ctrl-C reaches the child by itself
    process.on('SIGTERM', forward).on('SIGHUP', forward).on('SIGINT', wait)
    child.once('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`)
      process.exit(127)
    })
    child.once('exit', (status) => {
      process.off('SIGTERM', forward).off('SIGHUP', forward).off('SIGINT', wait)
      if (status === 0) resolve()
      else process.exit(status ?? 1)
    })
  })

/** The lockfile as text, when it is not the one that was installed last. */
const newLockfile = (installed) => {
  const text = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')
  return existsSync(installed) && readFileSync(installed, 'utf8') === text ? undefined : text
}

if (!process.env.OIDC_RUN) {
  env.OIDC_RUN = '1'
  const wanted = [packageManager, ...(fits ? [] : [config.node])].map((name) => `--package=${name}`)
  await run('npm', ['exec', '--yes', '--prefer-offline', ...wanted, '--', 'node', self, ...process.argv.slice(2)])
} else {
  if (!fits) throw new Error(`the tools need Node ^22.19 || ^24.11 || >=26, and this is ${process.version}`)
  // What npm tells its scripts about itself confuses pnpm; where to fetch from and through which proxy still holds.
  const kept = /^npm_config_(cache|registry|cafile|proxy|https?_proxy|noproxy)$/i
  for (const name of Object.keys(env)) if (/^npm_/i.test(name) && !kept.test(name)) delete env[name]
  const installed = join(root, 'node_modules', '.installed-lock.yaml')
  const lockfile = newLockfile(installed)
  if (lockfile !== undefined) {
    await run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'])
    writeFileSync(installed, lockfile)
  }
  env.PATH = join(root, 'node_modules', '.bin') + delimiter + env.PATH
  const commands = process.argv.slice(2)
  while (commands.length > 0) {
    const end = commands.indexOf('--then')
    const [command, ...args] = end < 0 ? commands.splice(0) : commands.splice(0, end + 1).slice(0, -1)
    if (command) await run(command, args)
  }
}
