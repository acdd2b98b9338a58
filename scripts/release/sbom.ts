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

/** That it names the package, and for all that comes along a version, a licence and a hash. */
export function checkSbom({ manifest }: Tarball, bom: Bom): string | undefined {
  const complaints: string[] = []
  const { component } = bom.metadata
  if (bom.bomFormat !== 'CycloneDX') complaints.push('it is not CycloneDX')
  if (component.name !== manifest.name || component.version !== manifest.version)
    complaints.push(`it is of ${component.name} ${component.version}`)
  const optional = manifest.peerDependenciesMeta ?? {}
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }))
    if (!optional[name]?.optional && !bom.components.some((one) => one.name === name)) complaints.push(`${name} is missing`)
  for (const { name, version, purl, hashes = [], licenses = [] } of bom.components)
    if (!version || !purl || hashes.length === 0 || licenses.length === 0)
      complaints.push(`of ${name} it has no version, address, hash or licence`)
  return complaints.join('; ') || undefined
}
