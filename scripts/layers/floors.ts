import type { SourceFile, Violation } from './imports.ts'

/** The folders of packages/core/src, from the one that knows nothing to the one that knows all. */
const floors: readonly string[] = ['base', 'metadata', 'jose', 'client', 'authentication', 'exchange', 'tokens', 'flows']
const doors = ['index.ts', 'oauth.ts', 'plugin.ts']
const root = 'packages/core/src/'

/** Floor number of a file of core: the doors are on top of all; undefined is nowhere. */
function floorOf(path: string): number | undefined {
  const [first = '', ...rest] = path.slice(root.length).split('/')
  const floor = rest.length > 0 ? floors.indexOf(first) : -1
  if (floor >= 0) return floor
  return rest.length === 0 && doors.includes(first) ? floors.length : undefined
}

const nameOf = (floor: number) => floors[floor] ?? 'the doors (index.ts, oauth.ts, plugin.ts)'

/** Core is read from the top down: a file imports from its own floor and from those before it. Tests are exempt. */
export function checkFloors(files: readonly SourceFile[]): Violation[] {
  return files.filter((file) => !file.isTest).flatMap((file) => [...checkFile(file), ...checkCryptography(file)])
}

function checkFile(file: SourceFile): Violation[] {
  const own = floorOf(file.path)
  if (own === undefined) {
    return [{ file: file.path, line: 1, message: `stands on no floor. Move it into one of ${floors.join(', ')}` }]
  }
  return file.imports.flatMap(({ target, line }) => {
    if (!target?.startsWith(root)) return []
    const other = floorOf(target)
    if (other === undefined || other <= own) return []
    const message = `${nameOf(own)} imports ${target.slice(root.length)}, which is on a later floor (${nameOf(other)}). Move what is needed down to ${nameOf(own)} or before it, or let ${nameOf(other)} pass it in`
    return [{ file: file.path, line, message }]
  })
}

/** One floor touches jose, and WebCrypto beside it only for hashing: there is one place to audit. */
function checkCryptography(file: SourceFile): Violation[] {
  if (file.path.startsWith(`${root}jose/`)) return []
  const jose = file.imports
    .filter(({ specifier }) => specifier === 'jose' || specifier.startsWith('jose/'))
    .map(({ specifier, line }) => ({
      file: file.path,
      line,
      message: `imports ${specifier}; only the floor jose may. Call a function of the floor jose`,
    }))
  if (file.path === `${root}base/digest.ts`) return jose
  const subtle = file.subtleLines.map((line) => ({
    file: file.path,
    line,
    message: 'names WebCrypto (`subtle`); only the floor jose and base/digest.ts may. Call a function of theirs',
  }))
  return [...jose, ...subtle]
}
