// The titles of all tests, read off their sources: what a page says of a test can then be checked without running it.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export interface TestText {
  /** Relative to the root, with `/`. */
  readonly file: string
  /** A title as it is written, with its placeholders, or what stands in a table of which titles are made. */
  readonly text: string
  /** Whether it is the whole title of a test or of a group of tests. */
  readonly isTitle: boolean
}

const names = /^(?:it|test|describe)$/

/** Of the packages, e2e, the playground and bench; the tests of the scripts name rows only as examples. */
export function readTestTexts(root: string): readonly TestText[] {
  const files = globSync(['packages/*/src/**/*.{test,test-d}.{ts,tsx}', '{e2e,playground,bench}/**/*.test.ts'], {
    cwd: root,
    exclude: (path) => path.split(/[\\/]/).includes('node_modules'),
  })
  return files.sort().flatMap((file) => findTexts(file, readFileSync(join(root, file), 'utf8')))
}

/** Of one source: every string in it and every name of a property, the titles of `it(…)`, `it.each(…)(…)` and their like marked. */
export function findTexts(file: string, text: string): readonly TestText[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const titles = new Set<ts.Node>()
  const found: TestText[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.arguments[0] && names.test(rootOf(node.expression))) titles.add(node.arguments[0])
    const isText = ts.isStringLiteralLike(node) || node.kind === ts.SyntaxKind.TemplateHead
    if (isText && !ts.isImportDeclaration(node.parent))
      found.push({ file, text: (node as ts.LiteralLikeNode).text, isTitle: titles.has(node) })
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** `it` of `it`, `it.skipIf(x)` and `it.each(y)`; nothing for a call that gives no test. */
function rootOf(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text
  if (ts.isPropertyAccessExpression(node)) return rootOf(node.expression)
  return ts.isCallExpression(node) ? rootOf(node.expression) : ''
}
