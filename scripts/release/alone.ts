import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { Tarball } from './pack.ts'
import type { Registry } from './registry.ts'
import { run, runOrThrow } from './run.ts'

/** Lays a project that has nothing but these packages, installed by npm as a user would. */
export async function install(folder: string, registry: Registry, wanted: readonly string[], manifest: object = {}): Promise<void> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, ...manifest }))
  if (registry.url !== '') writeFileSync(join(folder, '.npmrc'), `@oidc:registry=${registry.url}\n`)
  await runOrThrow('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...wanted], folder)
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean; readonly version?: string }>>
}

/** Installed by itself it brings what it needs, each thing once, and runs nothing. */
export async function checkAlone(tarball: Tarball, folder: string, registry: Registry): Promise<string | undefined> {
  const { name, version, peerDependencies = {}, peerDependenciesMeta = {} } = tarball.manifest
  // A door may be for those who have an optional peer.
  const optional = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional && !peer.startsWith('@types/'))
  await install(folder, registry, [`${name}@${version}`, ...optional.map((peer) => `${peer}@${peerDependencies[peer]}`)])
  const lock: Lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  const complaints: string[] = []
  for (const [path, { hasInstallScript }] of Object.entries(lock.packages)) {
    if (hasInstallScript) complaints.push(`${path} runs a script when it is installed`)
    if (/node_modules\/.*node_modules\/@oidc\//.test(path)) complaints.push(`there are two copies of ${path}`)
  }
  for (const peer of Object.keys(peerDependencies))
    if (!peerDependenciesMeta[peer]?.optional && !existsSync(join(folder, 'node_modules', peer)))
      complaints.push(`its peer ${peer} did not come along`)
  return complaints.join('; ') || undefined
}

/** Every door opens, twice the same, writes nothing to the console and leaves the global object as it was. */
const program = (load: string, doors: readonly string[]) => `
// Node itself adds those of undici once its http module is loaded.
const names = () => Reflect.ownKeys(globalThis).map(String).filter((name) => !name.startsWith('Symbol(undici.')).join()
const before = names()
const check = async () => {
  for (const door of ${JSON.stringify(doors)}) {
    const opened = await ${load}(door)
    if (Object.keys(opened).length === 0) throw new Error(door + ' gives nothing')
    if ('default' in opened || '__esModule' in opened) throw new Error(door + ' has a default export')
    if ((await ${load}(door)) !== opened) throw new Error(door + ' is loaded twice')
  }
  if (names() !== before) throw new Error('The global object was changed')
}
check().catch((error) => { console.error(error); process.exitCode = 1 })
`

/** Opens every door of an installed package by `import` or by `require()`. */
export async function checkDoors(tarball: Tarball, folder: string, node: string, way: 'import' | 'require'): Promise<string | undefined> {
  const file = join(folder, way === 'import' ? 'check.mjs' : 'check.cjs')
  const load = way === 'import' ? '((door) => import(door))' : 'require'
  writeFileSync(file, program(load, tarball.package.doors))
  const env = { PATH: dirname(node) + delimiter + process.env.PATH, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' }
  const { status, output } = await run(node, [file], folder, env)
  return status === 0 && output === '' ? undefined : output || `ended with ${status}`
}
