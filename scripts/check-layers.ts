// Checks who imports whom: between the floors of core, between files (no circles), between packages. Prints each violation as
// file:line with what to do, and exits 1 if there is one. The rules stand in scripts/layers/.
import { join } from 'node:path'
import { findCircles } from './layers/circles.ts'
import { checkFloors } from './layers/floors.ts'
import { readSources, type Violation } from './layers/imports.ts'
import { checkPackages, readWorkspace } from './layers/packages.ts'

export function checkLayers(root: string): Violation[] {
  const workspace = readWorkspace(root)
  const circles = workspace.packages.flatMap((name) => findCircles(readSources(root, `packages/${name}/src`)))
  return [...checkFloors(readSources(root, 'packages/core/src')), ...circles, ...checkPackages(workspace)]
}

if (import.meta.main) {
  const violations = checkLayers(join(import.meta.dirname, '..'))
  for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}.`)
  console.log(violations.length === 0 ? 'layers: nothing to mend' : `layers: ${violations.length} to mend`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
