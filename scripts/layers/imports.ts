import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import ts from 'typescript'

/** One rule broken in one place. */
export interface Violation {
  /** Relative to the root, with `/`. */
  readonly file: string
  readonly line: number
  /** What is wrong, and what to do. */
  readonly message: string
}

export interface Import {
  readonly specifier: string
  readonly line: number
  /** The file that a relative specifier names, relative to the root. */
  readonly target?: string
}

export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly isTest: boolean
  readonly imports: readonly Import[]
  /** Lines on which `subtle` is named: as a property, a binding or a string, so that no way of taking it apart is missed. */
  readonly subtleLines: readonly number[]
}

const isSource = (name: string) => /\.[cm]?tsx?$/.test(name) && !/\.d\.[cm]?ts$/.test(name)

/** `x.test.ts`, `x.test-d.ts` (type tests) and `x.test-anything.ts` (what several tests share) are never part of a build. */
export const isTest = (path: string): boolean => /\.test(-[a-z-]+)?\.[cm]?tsx?$/.test(path)

/** All TypeScript files under a folder (relative to the root), parsed. */
export function readSources(root: string, folder: string): SourceFile[] {
  const start = join(root, folder)
  if (!existsSync(start)) return []
  return readdirSync(start, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return ['node_modules', 'dist', 'coverage'].includes(entry.name) ? [] : readSources(root, path)
    return isSource(entry.name) ? [parse(root, path)] : []
  })
}

function parse(root: string, path: string): SourceFile {
  const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true)
  const lineOf = (node: ts.Node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
  const imports: Import[] = []
  const subtleLines: number[] = []
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier) imports.push({ specifier: specifier.text, line: lineOf(specifier), ...targetOf(root, path, specifier.text) })
    if ((ts.isIdentifier(node) || ts.isStringLiteralLike(node)) && node.text === 'subtle') subtleLines.push(lineOf(node))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { path, isTest: isTest(path), imports, subtleLines }
}

/** Every way to name another module: import, export from, import(), import('x').Type, import x = require('x'), require('x'). */
function specifierOf(node: ts.Node): ts.StringLiteralLike | undefined {
  let named: ts.Node | undefined
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) named = node.moduleSpecifier
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) named = node.argument.literal
  else if (ts.isExternalModuleReference(node)) named = node.expression
  else if (ts.isCallExpression(node) && callsModule(node.expression)) named = node.arguments[0]
  return named && ts.isStringLiteralLike(named) ? named : undefined
}

function callsModule(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true
  return ts.isIdentifier(callee) && callee.text === 'require'
}

/** Our relative imports end in `.js` and mean the `.ts` beside it; scripts that Node runs directly name the `.ts`. */
function targetOf(root: string, path: string, specifier: string): { target?: string } {
  if (!specifier.startsWith('.')) return {}
  const named = join(root, dirname(path), specifier)
  const candidates = [named, named.replace(/\.([cm]?)js$/, '.$1ts'), named.replace(/\.js$/, '.tsx'), `${named}.ts`, join(named, 'index.ts')]
  const found = candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile()) ?? named
  return { target: relative(root, found).split(sep).join('/') }
}
