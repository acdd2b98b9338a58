import type { SourceFile, Violation } from './imports.ts'

/** Reports every circle of imports once, types counted: files in a circle cannot be understood one by one. */
export function findCircles(files: readonly SourceFile[]): Violation[] {
  const byPath = new Map(files.filter((file) => !file.isTest).map((file) => [file.path, file]))
  const finished = new Set<string>()
  const violations: Violation[] = []
  const walk = (file: SourceFile, trail: readonly string[]): void => {
    if (finished.has(file.path)) return
    for (const { target, line } of file.imports) {
      const next = target === undefined ? undefined : byPath.get(target)
      if (!next) continue
      const path = [...trail, file.path]
      const start = path.indexOf(next.path)
      if (start < 0) walk(next, path)
      else violations.push({ file: file.path, line, message: describe([...path.slice(start), next.path]) })
    }
    finished.add(file.path)
  }
  for (const file of byPath.values()) walk(file, [])
  return violations
}

const describe = (circle: readonly string[]) =>
  `closes a circle of imports: ${circle.map((path) => path.replace(/^packages\/[^/]+\/src\//, '')).join(' > ')}. Move what both ends need into a file of its own`
