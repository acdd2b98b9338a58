import { checkDoors, install } from './alone.ts'
import type { Tarball } from './pack.ts'
import type { Registry } from './registry.ts'

/** The lowest version of a caret range, which is what `workspace:^` becomes. */
export function lowest(range: string): string | undefined {
  return /^\^(\d+\.\d+\.\d+\S*)$/.exec(range)?.[1]
}

/**
 * Opens a package beside the oldest core that it says it works with. That is the core packed here until core has had a minor version
 * since; then it is the published one, which npm gets from where it gets everything.
 */
export async function checkOldestCore(
  tarball: Tarball,
  tarballs: readonly Tarball[],
  folder: string,
  registry: Registry,
): Promise<string | undefined | null> {
  const { name, peerDependencies = {} } = tarball.manifest
  const range = peerDependencies['@oidc/core']
  if (range === undefined) return null
  const oldest = lowest(range)
  if (oldest === undefined) return `of ${range} no oldest version is known`
  const isPacked = tarballs.some(({ manifest }) => manifest.name === '@oidc/core' && manifest.version === oldest)
  if (isPacked) await install(folder, registry, [name, `@oidc/core@${oldest}`])
  else await install(folder, { ...registry, url: '' }, [tarball.file, `@oidc/core@${oldest}`])
  return checkDoors(
    { ...tarball, package: { ...tarball.package, doors: tarball.package.doors.filter((door) => !door.endsWith('/react')) } },
    folder,
    process.execPath,
    'import',
  )
}
