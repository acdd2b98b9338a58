import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Manifest, type Package, root } from './packages.ts'
import { runOrThrow } from './run.ts'

export interface Tarball {
  readonly package: Package
  readonly file: string
  readonly bytes: Buffer
  /** Where it was unpacked: what a user gets in node_modules. */
  readonly contents: string
  /** As published: `workspace:^` has become a range. */
  readonly manifest: Manifest
  /** Whether packing it again gave the same bytes. */
  readonly isReproducible: boolean
}

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Packs twice, as publishing does, and unpacks. */
export async function pack(one: Package, folder: string): Promise<Tarball> {
  const [first = '', second = ''] = await Promise.all(['first', 'second'].map((time) => packInto(one, join(folder, one.folder, time))))
  const contents = join(folder, one.folder, 'contents')
  mkdirSync(contents, { recursive: true })
  await runOrThrow('tar', ['xzf', first, '-C', contents, '--strip-components=1'], root)
  const bytes = readFileSync(first)
  const manifest: Manifest = JSON.parse(readFileSync(join(contents, 'package.json'), 'utf8'))
  return { package: one, file: first, bytes, contents, manifest, isReproducible: hash(bytes) === hash(readFileSync(second)) }
}

async function packInto(one: Package, destination: string): Promise<string> {
  mkdirSync(destination, { recursive: true })
  await runOrThrow('pnpm', ['pack', '--pack-destination', destination], join(root, 'packages', one.folder))
  const [name] = readdirSync(destination)
  if (!name) throw new Error(`${one.manifest.name} was not packed`)
  return join(destination, name)
}
