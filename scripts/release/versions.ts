import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Manifest, readPackages, root } from './packages.ts'
import { runOrThrow } from './run.ts'

type Versions = Readonly<Record<string, string>>
type Changes = Readonly<Record<string, 'major' | 'minor' | 'patch'>>

/**
 * What `changeset version` makes of these changes, once every package has been released as 1.0.0: tried on the manifests alone, in a
 * folder of its own.
 */
export async function rehearse(changes: Changes): Promise<{ readonly versions: Versions; readonly peers: Versions }> {
  const folder = mkdtempSync(join(tmpdir(), 'oidc-versions-'))
  try {
    for (const name of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml']) cpSync(join(root, name), join(folder, name))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    mkdirSync(join(folder, '.changeset'))
    cpSync(join(root, '.changeset/config.json'), join(folder, '.changeset/config.json'))
    for (const { folder: own, manifest } of readPackages()) {
      mkdirSync(join(folder, 'packages', own), { recursive: true })
      writeFileSync(join(folder, 'packages', own, 'package.json'), JSON.stringify({ ...manifest, version: '1.0.0' }))
    }
    const lines = Object.entries(changes).map(([name, bump]) => `'${name}': ${bump}`)
    writeFileSync(join(folder, '.changeset/rehearsal.md'), `---\n${lines.join('\n')}\n---\n\nA rehearsal.\n`)
    await runOrThrow('git', ['init', '-q', '-b', 'main'], folder)
    await runOrThrow('changeset', ['version'], folder)
    return read(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function read(folder: string) {
  const manifests: readonly Manifest[] = readdirSync(join(folder, 'packages')).map((name) =>
    JSON.parse(readFileSync(join(folder, 'packages', name, 'package.json'), 'utf8')),
  )
  const versions = Object.fromEntries(manifests.map(({ name, version }) => [name, version]))
  const peers = Object.fromEntries(
    manifests.flatMap(({ name, peerDependencies = {} }) =>
      peerDependencies['@oidc/core'] ? [[name, peerDependencies['@oidc/core']]] : [],
    ),
  )
  return { versions, peers }
}
