import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Import, readSources, type SourceFile, type Violation } from './imports.ts'

interface Layer {
  /** Which packages of ours it may depend on, by folder name. */
  readonly ours: readonly string[]
  /** Packages of others that it brings along at run time. Peers are declared in its package.json. */
  readonly dependencies: readonly string[]
  /** Whether it runs on Node alone, and so may import `node:` modules. */
  readonly node?: boolean
}

const extension: Layer = { ours: ['core'], dependencies: ['jose'] }

/** What each package may rest on. A new package needs a line here. */
const layers: Readonly<Record<string, Layer>> = {
  core: { ours: [], dependencies: ['jose'] },
  dpop: extension,
  par: extension,
  jarm: extension,
  device: extension,
  ciba: extension,
  introspection: extension,
  mtls: extension,
  hybrid: extension,
  registration: extension,
  logout: extension,
  session: { ours: ['core'], dependencies: [] },
  passport: { ours: ['core', 'logout', 'session'], dependencies: [], node: true },
  browser: { ours: ['core', 'logout', 'session'], dependencies: [] },
  node: { ours: ['core'], dependencies: [], node: true },
  testing: { ours: ['core'], dependencies: ['jose'] },
}

/** Not published: they use our packages as anybody would. */
const consumers = ['e2e', 'bench', 'playground']

interface Manifest {
  readonly name?: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export interface Workspace {
  readonly root: string
  /** Folder names under packages/. */
  readonly packages: readonly string[]
  /** Every import that is allowed by name: `@oidc/core`, `@oidc/core/plugin` ... */
  readonly doors: ReadonlySet<string>
}

export function readWorkspace(root: string): Workspace {
  const folder = join(root, 'packages')
  const packages = existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'package.json'))) : []
  const doors = packages.flatMap((name) =>
    Object.keys(readManifest(root, `packages/${name}`).exports ?? {}).map((door) => `@oidc/${name}${door.slice(1)}`),
  )
  return { root, packages, doors: new Set(doors) }
}

/** Who depends on whom, in package.json and in imports, types and tests included. */
export function checkPackages(workspace: Workspace): Violation[] {
  const published = workspace.packages.flatMap((name) => {
    const layer = layers[name]
    const file = `packages/${name}/package.json`
    if (!layer) return [{ file, line: 1, message: 'is a package without a layer. Say in scripts/layers/packages.ts what it may rest on' }]
    const manifest = readManifest(workspace.root, `packages/${name}`)
    const sources = readSources(workspace.root, `packages/${name}/src`)
    return [
      ...checkManifest(workspace.root, name, layer, manifest),
      ...sources.flatMap((source) => checkSource(workspace, name, layer, manifest, source)),
    ]
  })
  const others = consumers.flatMap((name) => readSources(workspace.root, name).flatMap((source) => checkConsumer(workspace, name, source)))
  return [...published, ...others]
}

function checkManifest(root: string, name: string, layer: Layer, manifest: Manifest): Violation[] {
  const file = `packages/${name}/package.json`
  const text = readFileSync(join(root, file), 'utf8').split('\n')
  const at = (message: string, group: string, member: string): Violation => {
    const start = text.findIndex((line) => line.includes(`"${group}"`))
    return { file, line: text.findIndex((line, index) => index >= start && line.includes(`"${member}"`)) + 1, message }
  }
  const violations: Violation[] = []
  for (const group of ['dependencies', 'optionalDependencies'] as const) {
    for (const other of Object.keys(manifest[group] ?? {})) {
      if (other.startsWith('@oidc/')) {
        violations.push(at(`${other} is among the ${group}: two copies could be installed. Make it a peer, with workspace:^`, group, other))
      } else if (!layer.dependencies.includes(other)) {
        violations.push(at(`${other} is among the ${group}; ${allowed(name, layer)}. Do without it, or make it a peer`, group, other))
      }
    }
  }
  for (const group of ['peerDependencies', 'devDependencies'] as const) {
    for (const [other, range] of Object.entries(manifest[group] ?? {})) {
      if (!other.startsWith('@oidc/')) continue
      if (!layer.ours.includes(other.slice(6))) {
        violations.push(at(`${other} is among the ${group}; ${allowedOurs(name, layer)}. Use the doors of what is allowed`, group, other))
      } else if (range !== 'workspace:^') violations.push(at(`${other} is wanted as ${range}. Write workspace:^`, group, other))
    }
  }
  return violations
}

const allowed = (name: string, { dependencies }: Layer) => `${name} may bring along ${dependencies.join(', ') || 'nothing'}`
const allowedOurs = (name: string, { ours }: Layer) => `of ours, ${name} may rest on ${ours.join(', ') || 'nothing'}`

function checkSource(workspace: Workspace, name: string, layer: Layer, manifest: Manifest, source: SourceFile): Violation[] {
  return source.imports.flatMap((from) => {
    const message = from.specifier.startsWith('.')
      ? checkRelative(workspace, `packages/${name}`, source, from)
      : from.specifier.startsWith('@oidc/')
        ? (checkOurs(name, layer, source, from) ?? checkDoor(workspace, from))
        : source.isTest
          ? undefined
          : checkForeign(name, layer, manifest, from)
    return message === undefined ? [] : [{ file: source.path, line: from.line, message }]
  })
}

function checkConsumer(workspace: Workspace, folder: string, source: SourceFile): Violation[] {
  return source.imports.flatMap((from) => {
    const message = from.specifier.startsWith('.')
      ? checkRelative(workspace, folder, { ...source, isTest: true }, from)
      : from.specifier.startsWith('@oidc/')
        ? checkDoor(workspace, from)
        : undefined
    return message === undefined ? [] : [{ file: source.path, line: from.line, message }]
  })
}

function checkRelative(
  { packages }: Workspace,
  folder: string,
  source: SourceFile,
  { specifier, target = '' }: Import,
): string | undefined {
  if (!source.isTest && /\.test(-[a-z-]+)?\.[cm]?[jt]sx?$/.test(specifier))
    return `imports the test file ${specifier}. Move what is needed out of it`
  if (target.startsWith(`${folder}/`)) return undefined
  const projects = [...packages.map((name) => `packages/${name}`), ...consumers]
  const other = projects.find((project) => target.startsWith(`${project}/`))
  if (other) return `reaches into ${other} (${specifier}). Import one of its declared exports by name`
  return source.isTest
    ? undefined
    : `leaves its package (${specifier}), so it is missing once published. Move what is needed into ${folder}/src`
}

function checkOurs(name: string, layer: Layer, source: SourceFile, { specifier }: Import): string | undefined {
  const other = specifier.split('/')[1] ?? ''
  if (other === name) return source.isTest ? undefined : `imports its own package by name (${specifier}). Import the file itself`
  return layer.ours.includes(other)
    ? undefined
    : `imports ${specifier}; ${allowedOurs(name, layer)}. Ask core for a door, or move this into an adapter`
}

function checkDoor({ doors }: Workspace, { specifier }: Import): string | undefined {
  return doors.has(specifier) ? undefined : `imports ${specifier}, which its package does not export. Import one of its declared exports`
}

/** What the published files import must be there once installed: a dependency of the layer, or a declared peer (or its types). */
function checkForeign(name: string, layer: Layer, { peerDependencies = {} }: Manifest, { specifier }: Import): string | undefined {
  if (specifier.startsWith('node:'))
    return layer.node ? undefined : `imports ${specifier}, and ${name} must run where there is no Node. Use what the web platform has`
  const scoped = specifier.startsWith('@')
  const other = specifier.split('/', scoped ? 2 : 1).join('/')
  if (other in peerDependencies || `@types/${other}` in peerDependencies) return undefined
  if (!layer.dependencies.includes(other)) return `imports ${specifier}; ${allowed(name, layer)}. Do without it, or make it a peer`
  return specifier === 'jose' ? "imports all of jose. Import what is needed by subpath, e.g. 'jose/jws/compact/verify'" : undefined
}

function readManifest(root: string, folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
}
