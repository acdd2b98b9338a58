import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root: string = join(import.meta.dirname, '..', '..')

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: unknown
  readonly keywords?: readonly string[]
  readonly files?: readonly string[]
  readonly engines?: Readonly<Record<string, string>>
  readonly repository?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | { readonly types?: string; readonly default?: string }>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

export interface Package {
  /** Folder under packages/. */
  readonly folder: string
  /** What an application imports: `@oidc/core`, `@oidc/core/plugin` ... */
  readonly doors: readonly string[]
  /** As it is in the repository: of others of ours it wants `workspace:^`. */
  readonly manifest: Manifest
}

/** All that is published. */
export function readPackages(): readonly Package[] {
  const folder = join(root, 'packages')
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'package.json')))
  return names.flatMap((name) => {
    const manifest: Manifest = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'))
    const doors = Object.entries(manifest.exports ?? {}).flatMap(([door, target]) =>
      typeof target === 'string' ? [] : [`${manifest.name}${door.slice(1)}`],
    )
    return [{ folder: name, doors, manifest }]
  })
}
