// Publishes what no registry has yet: packs each package, and gives npm the very tarball. Meant for .github/workflows/release.yml, where npm
// is known by trusted publishing: no token exists. `--dry-run` asks and sends nothing.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkFiles, checkImports, checkManifest } from './contents.ts'
import { pack } from './pack.ts'
import { readPackages, root } from './packages.ts'
import { run } from './run.ts'

const isDry = process.argv.includes('--dry-run')
const folder = mkdtempSync(join(tmpdir(), 'oidc-publish-'))
try {
  for (const one of readPackages()) {
    const { name, version } = one.manifest
    if (version === '0.0.0') {
      console.log(`${name}: never versioned, left out`)
      if (!isDry) continue
    }
    const known = isDry ? { status: 1, output: '' } : await run('npm', ['view', `${name}@${version}`, 'version'], root)
    if (known.status === 0 && known.output.trim() === version) {
      console.log(`${name} ${version}: is published`)
      continue
    }
    const tarball = await pack(one, folder)
    const complaints = [checkManifest, checkFiles, checkImports].flatMap((check) => check(tarball) ?? [])
    if (complaints.length > 0 || !tarball.isReproducible)
      throw new Error(`${name}: ${complaints.join('; ') || 'the tarball differs when it is packed again'}`)
    if (isDry) {
      console.log(`${name} ${version}: would be published`)
      continue
    }
    // Provenance can be had only where somebody vouches for the machine.
    const args = ['publish', tarball.file, '--access', 'public', ...(process.env.GITHUB_ACTIONS ? ['--provenance'] : [])]
    const { status, output } = await run('npm', args, root)
    if (status !== 0) throw new Error(`${name} ${version} was not published: ${output}`)
    console.log(`${name} ${version}: published`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
