import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Tarball } from './pack.ts'
import type { Registry } from './registry.ts'
import { run, runOrThrow } from './run.ts'

interface Component {
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly hashes?: readonly object[]
  readonly licenses?: readonly object[]
  readonly externalReferences?: readonly { readonly type: string }[]
}

/** CycloneDX 1.5, as far as it is read here. */
export interface Bom {
  readonly bomFormat: string
  readonly metadata: { readonly component: Component }
  readonly components: readonly Component[]
}

/** What comes along when a package is installed today, with the hash of each, as npm resolves it. */
export async function makeSbom({ manifest }: Tarball, folder: string, registry: Registry): Promise<Bom> {
  const { name, version, description, license, dependencies, peerDependencies, peerDependenciesMeta, ...rest } = manifest
  const author = 'author' in rest ? rest.author : undefined
  mkdirSync(folder, { recursive: true })
  const kept = {
    name,
    version,
    description,
    license,
    author,
    repository: rest.repository,
    dependencies,
    peerDependencies,
    peerDependenciesMeta,
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(kept))
  writeFileSync(join(folder, '.npmrc'), `@oidc:registry=${registry.url}\n`)
  await runOrThrow(
    'npm',
    ['install', '--package-lock-only', '--ignore-scripts', '--prefer-offline', '--no-audit', '--loglevel=error'],
    folder,
  )
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=library', '--package-lock-only', '--omit=dev', '--omit=optional']
  const { status, output } = await run('npm', args, folder)
  if (status !== 0) throw new Error(output)
  const bom: Bom = JSON.parse(output)
  // npm names the root after its folder, and says where it got the rest: here, in part, from loopback.
  const component = {
    ...bom.metadata.component,
    name: bom.metadata.component.name === basename(folder) ? name : bom.metadata.component.name,
  }
  const components = bom.components.map((one) => ({
    ...one,
    externalReferences: (one.externalReferences ?? []).filter(({ type }) => type !== 'distribution'),
  }))
  return { ...bom, metadata: { ...bom.metadata, component }, components }
}

/** That it names the package, and a version and a hash of all that comes along. A licence is asked of what the package itself names. */
export function checkSbom({ manifest }: Pick<Tarball, 'manifest'>, bom: Bom): string | undefined {
  const complaints: string[] = []
  const { component } = bom.metadata
  if (bom.bomFormat !== 'CycloneDX') complaints.push('it is not CycloneDX')
  if (component.name !== manifest.name || component.version !== manifest.version)
    complaints.push(`it is of ${component.name} ${component.version}`)
  const optional = manifest.peerDependenciesMeta ?? {}
  const named = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter((name) => !optional[name]?.optional)
  for (const name of named) {
    const found = bom.components.find((one) => one.name === name)
    if (!found) complaints.push(`${name} is missing`)
    else if (!found.licenses?.length) complaints.push(`${name} has no licence`)
  }
  for (const { name, version, purl, hashes = [] } of bom.components)
    if (!version || !purl || hashes.length === 0) complaints.push(`of ${name} it has no version, address or hash`)
  return complaints.join('; ') || undefined
}
