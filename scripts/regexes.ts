// Finds every regular expression in the sources of the packages, and says which of them can take more than linear time: whoever sends the text decides
// how long it is matched for.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkSync } from 'recheck'
import ts from 'typescript'
import { isTest } from './layers/imports.ts'

// Its other engines are not installed.
process.env.RECHECK_BACKEND = 'pure'

/** A regular expression where it stands. */
export interface FoundRegex {
  /** `file:line`, relative to the root. */
  readonly place: string
  /** As it is written; undefined for one that is made at run time, which nobody can check beforehand. */
  readonly literal: string | undefined
}

/** Those of one package, tests left out. */
export function findRegexes(root: string, name: string): readonly FoundRegex[] {
  const files = globSync(`packages/${name}/src/**/*.{ts,tsx}`, { cwd: root }).filter((file) => !isTest(file))
  return files.sort().flatMap((file) => findInText(file, readFileSync(join(root, file), 'utf8')))
}

/** Those of one source. */
export function findInText(file: string, text: string): readonly FoundRegex[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: FoundRegex[] = []
  const visit = (node: ts.Node): void => {
    const place = `${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`
    if (ts.isRegularExpressionLiteral(node)) found.push({ place, literal: node.text })
    if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText(source) === 'RegExp')
      found.push({ place, literal: undefined })
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** Why a regular expression is not known to be linear; undefined where it is. */
export function findFault({ literal }: FoundRegex): string | undefined {
  if (literal === undefined) return 'it is made at run time: write a literal'
  const end = literal.lastIndexOf('/')
  const verdict = checkSync(literal.slice(1, end), literal.slice(end + 1), { timeout: 60_000, randomSeed: 0 })
  if (verdict.status === 'safe') return undefined
  return `${literal} is ${verdict.status === 'vulnerable' ? verdict.complexity.summary : 'not understood: write it more simply'}`
}
