import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Tarball } from './pack.ts'
import { root } from './packages.ts'

/** What npm, editors and people read of a package before they run it. */
export function checkManifest({ manifest, contents, package: { folder } }: Tarball): string | undefined {
  const complaints: string[] = []
  const want = (holds: boolean, complaint: string) => {
    if (!holds) complaints.push(complaint)
  }
  want((manifest.description ?? '').length >= 20, 'description is missing or too short')
  want((manifest.keywords ?? []).length >= 5, 'fewer than five keywords')
  want(new Set(manifest.keywords).size === manifest.keywords?.length, 'a keyword stands there twice')
  want(manifest.license === 'MIT', 'license is not MIT')
  want(manifest.repository?.directory === `packages/${folder}`, 'repository.directory does not name its folder')
  want(manifest.engines?.node === '^20.19.0 || >=22.12.0', 'engines.node does not say ^20.19.0 || >=22.12.0, from where require() works')
  want(manifest.type === 'module' && manifest.sideEffects === false, 'not a module without side effects')
  want(manifest.exports?.['./package.json'] === './package.json', 'its package.json is no door')
  for (const [door, target] of Object.entries(manifest.exports ?? {})) {
    if (typeof target === 'string') continue
    want(Object.keys(target).join() === 'types,default', `${door} is not { types, default }`)
    for (const file of Object.values(target)) want(existsSync(join(contents, file)), `${door} names ${file}, which is not in the tarball`)
  }
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }))
    want(!/^(workspace|file|link|catalog):/.test(range), `${name} is wanted as ${range}`)
  for (const script of Object.keys(manifest.scripts ?? {}))
    want(!/^((pre|post)?install|prepare|prepublish)$/.test(script), `has the script ${script}`)
  return complaints.join('; ') || undefined
}

const allowed =
  /^(LICENSE|README\.md|CHANGELOG\.md|NOTICE|sbom\.cdx\.json|package\.json|dist\/.+\.(js|js\.map|d\.ts|d\.ts\.map)|src\/.+\.tsx?)$/

/** That nothing is missing and nothing there that is not meant to be. */
export function checkFiles({ contents }: Tarball): string | undefined {
  const files = readdirSync(contents, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(contents, join(entry.parentPath, entry.name)))
  const complaints: string[] = []
  for (const name of ['LICENSE', 'README.md']) if (!files.includes(name)) complaints.push(`no ${name}`)
  for (const file of files) {
    if (!allowed.test(file) || /\.test[.-]/.test(file)) complaints.push(`${file} should not be there`)
    const text = readFileSync(join(contents, file), 'utf8')
    if (text.includes(root)) complaints.push(`${file} names the folder it was built in`)
    if (/^dist\/.*(\.js|\.d\.ts)$/.test(file)) complaints.push(...checkMap(contents, file, text))
  }
  return complaints.join('; ') || undefined
}

/** Each file of code has its map, and the map leads to sources that are there. */
function checkMap(contents: string, file: string, text: string): string[] {
  const [, name] = /^\/\/# sourceMappingURL=(\S+)$/m.exec(text) ?? []
  if (!name) return [`${file} has no source map`]
  const path = join(contents, dirname(file), name)
  if (!existsSync(path)) return [`${name} is missing`]
  const map: { readonly sources: readonly string[]; readonly sourcesContent?: readonly (string | null)[] } = JSON.parse(
    readFileSync(path, 'utf8'),
  )
  const lost = map.sources.filter((source, index) => !map.sourcesContent?.[index] && !existsSync(join(dirname(path), source)))
  return lost.map((source) => `${name} leads to ${source}, which is not in the tarball`)
}

/** Which modules a file of code names. */
function readSpecifiers(text: string): readonly string[] {
  const code = text.replace(/^\s*(\/\/|\*|\/\*\*).*$/gm, '')
  return [...code.matchAll(/\b(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g)].map(([, , specifier = '']) => specifier)
}

/** Every import, of types as well, is of something that an installation brings along. */
export function checkImports({ contents, manifest }: Tarball): string | undefined {
  const brought = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  const complaints = new Set<string>()
  for (const file of readdirSync(join(contents, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(js|d\.ts)$/.test(name),
  )) {
    for (const specifier of readSpecifiers(readFileSync(join(contents, 'dist', file), 'utf8'))) {
      if (specifier.startsWith('.')) {
        const target = join(contents, 'dist', dirname(file), file.endsWith('.d.ts') ? specifier.replace(/\.js$/, '.d.ts') : specifier)
        if (!existsSync(target)) complaints.add(`${file} imports ${specifier}, which is not in the tarball`)
        continue
      }
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
      const isTyped = file.endsWith('.d.ts') && brought.includes(`@types/${name}`)
      if (!specifier.startsWith('node:') && !brought.includes(name) && !isTyped)
        complaints.add(`${file} imports ${specifier}, which is neither dependency nor peer`)
    }
  }
  return [...complaints].join('; ') || undefined
}
