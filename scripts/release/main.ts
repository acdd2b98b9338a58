// `npm run test:release`: what a stranger gets from the registry, tried before it is there. Everything below runs on tarballs, as `pnpm
// publish` makes them, and never on this repository. Prints a table package x check, then every reason, and ends with 1 if there is one.
//
//   npm run test:release                   every package
//   npm run test:release -- core dpop      these alone (README programs need all, and are left out)
//   SBOM=folder npm run test:release       keeps the software bill of materials of each, CycloneDX
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkAlone, checkDoors, install } from './alone.ts'
import { type Complaints, checkBundle, checkRunner, checkTypes, typeProjects } from './consumers.ts'
import { checkFiles, checkImports, checkManifest } from './contents.ts'
import { checkOldestCore } from './oldest-core.ts'
import { pack, type Tarball } from './pack.ts'
import { readPackages, root } from './packages.ts'
import { checkReadmes } from './readmes.ts'
import { startRegistry } from './registry.ts'
import { findNode, run } from './run.ts'
import { checkSbom, makeSbom } from './sbom.ts'
import { createTable } from './table.ts'
import { rehearse } from './versions.ts'

/** The oldest Node that the packages claim, and the one that most people have. */
const nodes = { 'node 20': '20.19.0', 'node 24': '24.21.0' }
/** Run on Node alone, and are not for browsers. */
const nodeOnly = ['node', 'passport']
/** Run in pages alone: their types are those of browsers. */
const pagesOnly = ['browser']

const chosen = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'oidc-release-'))
const table = createTable('package')
const say = (text: string) => console.log(`# ${text}`)

const packages = readPackages()
say('pack, twice')
const tarballs: Tarball[] = []
for (const one of packages) tarballs.push(await pack(one, join(folder, 'packed')))
const tried = tarballs.filter(({ package: one }) => chosen.length === 0 || chosen.includes(one.folder))
const enter = (column: string, complaints: Complaints, applies: (name: string) => boolean = () => true) => {
  for (const { package: one } of tried) table.set(one.folder, column, applies(one.folder) ? complaints.get(one.folder) : null)
  const others = complaints.get('')
  if (others !== undefined) table.set('(others)', column, others)
}

say('what is in the tarballs')
for (const tarball of tried) {
  const name = tarball.package.folder
  await table.check(name, 'same twice', () => (tarball.isReproducible ? undefined : 'the two tarballs differ'))
  await table.check(name, 'manifest', () => checkManifest(tarball))
  await table.check(name, 'files', () => checkFiles(tarball))
  await table.check(name, 'imports', () => checkImports(tarball))
  const tool = async (command: string, ...args: string[]) => {
    const { status, output } = await run(command, args, root)
    return status === 0 ? undefined : output
  }
  await table.check(name, 'publint', () => tool('publint', 'run', tarball.contents, '--strict', '--pack', 'false'))
  await table.check(name, 'attw', () => tool('attw', tarball.file, '--profile', 'esm-only', '--no-emoji'))
}

const registry = await startRegistry(tarballs)
try {
  say('each package alone, in an empty project')
  const executables = await Promise.all(Object.entries(nodes).map(async ([name, version]) => [name, await findNode(version)] as const))
  for (const tarball of tried) {
    const name = tarball.package.folder
    const project = join(folder, 'alone', name)
    await table.check(name, 'alone', () => checkAlone(tarball, project, registry))
    for (const [node, executable] of executables)
      for (const way of ['import', 'require'] as const)
        await table.check(name, `${way}, ${node}`, () => checkDoors(tarball, project, executable, way))
    await table.check(name, 'SBOM', async () => {
      const bom = await makeSbom(tarball, join(folder, 'sbom', name), registry)
      const complaint = checkSbom(tarball, bom)
      if (!complaint && process.env.SBOM) {
        mkdirSync(process.env.SBOM, { recursive: true })
        writeFileSync(join(process.env.SBOM, `${name}.cdx.json`), `${JSON.stringify(bom, null, 2)}\n`)
      }
      return complaint
    })
    await table.check(name, 'oldest core', () => checkOldestCore(tarball, tarballs, join(folder, 'oldest', name), registry))
  }

  say('a project that has them all')
  const project = join(folder, 'all')
  const { devDependencies }: { readonly devDependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(root, 'e2e/package.json'), 'utf8'),
  )
  const others = [
    'express',
    'express-session',
    'ioredis',
    'passport',
    'redis',
    '@types/express',
    '@types/express-session',
    '@types/passport',
    'esbuild',
  ]
  const tools = [
    '@types/node@^24',
    'typescript5@npm:typescript@5.9',
    'jest@^30',
    'vitest@^5',
    'rollup@^4',
    '@rollup/plugin-node-resolve@^16',
    'react@^19',
    '@types/react@^19',
  ]
  const wanted = [...tarballs.map(({ manifest }) => manifest.name), ...others.map((name) => `${name}@${devDependencies[name]}`), ...tools]
  await install(project, registry, wanted, { type: 'module' })

  say('types')
  const isFor = (name: string, own: string) =>
    name === 'bundler' ? !nodeOnly.includes(own) : name === 'no DOM' ? !pagesOnly.includes(own) : true
  const compilers = {
    'TypeScript 5.9': join(project, 'node_modules/typescript5/lib/tsc.js'),
    'TypeScript 7': join(root, 'node_modules/typescript7/bin/tsc'),
  }
  for (const [name, typeProject] of Object.entries(typeProjects))
    enter(
      name,
      await checkTypes(
        tried.filter(({ package: one }) => isFor(name, one.folder)),
        project,
        name,
        compilers['TypeScript 5.9'],
        typeProject,
      ),
      (own) => isFor(name, own),
    )
  enter(
    'TypeScript 7',
    await checkTypes(tried, project, 'node16', compilers['TypeScript 7'], typeProjects.node16 ?? { compilerOptions: {} }),
  )

  say('Jest and Vitest')
  for (const runner of ['jest', 'vitest'] as const) enter(runner, await checkRunner(tried, project, runner, process.execPath))

  say('bundlers')
  for (const { package: one } of tried)
    for (const bundler of ['esbuild', 'rollup'] as const) {
      const tarball = tried.find(({ package: other }) => other === one)
      if (tarball)
        await table.check(one.folder, bundler, () =>
          checkBundle(tarball, project, bundler, nodeOnly.includes(one.folder) ? 'node' : 'browser'),
        )
    }

  if (chosen.length === 0) {
    say('the programs of the README files, against a provider')
    for (const [node, executable] of executables) enter(`README, ${node}`, await checkReadmes(tried, project, executable))
  }

  say('versions of their own')
  const extensions = packages.filter(({ manifest }) => manifest.peerDependencies?.['@oidc/core']).map(({ manifest }) => manifest.name)
  await table.check('(versions)', 'a minor of core', async () => {
    const { versions, peers } = await rehearse({ '@oidc/core': 'minor' })
    const bumped = Object.entries(versions).filter(([name, version]) => version !== (name === '@oidc/core' ? '1.1.0' : '1.0.0'))
    if (Object.values(peers).some((range) => range !== 'workspace:^')) return 'a peer range was changed'
    return bumped.map(([name, version]) => `${name} became ${version}`).join('; ') || undefined
  })
  await table.check('(versions)', 'a plugin alone', async () => {
    const { versions } = await rehearse({ '@oidc/dpop': 'minor' })
    const bumped = Object.entries(versions).filter(([name, version]) => version !== (name === '@oidc/dpop' ? '1.1.0' : '1.0.0'))
    return bumped.map(([name, version]) => `${name} became ${version}`).join('; ') || undefined
  })
  await table.check('(versions)', 'a major of core', async () => {
    const { versions } = await rehearse({
      '@oidc/core': 'major',
      ...Object.fromEntries(extensions.map((name) => [name, 'major' as const])),
    })
    const left = Object.entries(versions).filter(([, version]) => version !== '2.0.0')
    return left.map(([name, version]) => `${name} became ${version}`).join('; ') || undefined
  })
} finally {
  registry.close()
  if (process.env.KEEP) console.log(`kept: ${folder}`)
  else rmSync(folder, { recursive: true, force: true })
}

const failures = table.failures()
console.log(`\n${table.print()}\n`)
for (const failure of failures) console.log(`failed: ${failure.replaceAll(folder, '')}`)
console.log(failures.length === 0 ? 'all passed' : `${failures.length} failed`)
process.exitCode = failures.length === 0 ? 0 : 1
