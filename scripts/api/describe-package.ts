import { relative } from 'node:path'
import ts from 'typescript'

/** Something that can be imported, and where. */
export interface Door {
  readonly name: string
  /** Its declarations, as they are published. */
  readonly types: string
}

/** What a package lets its users rely on. */
export interface Surface {
  /** By door, the names that can be imported with their declarations. */
  readonly doors: Readonly<Record<string, readonly string[]>>
  /** What those declarations name, and no door lets out: to change it is to change them. */
  readonly reached: readonly string[]
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed })

/** @param folder Where the package's own declarations lie. */
export function describePackage(program: ts.Program, doors: readonly Door[], folder: string): Surface {
  const checker = program.getTypeChecker()
  const isOwn = (declaration: ts.Declaration) => !relative(folder, declaration.getSourceFile().fileName).startsWith('..')
  const printed = new Set<ts.Symbol>()
  const waiting: ts.Symbol[] = []
  const print = (symbol: ts.Symbol, isExported: boolean): string[] => {
    if (printed.has(symbol)) return []
    printed.add(symbol)
    return (symbol.declarations ?? []).filter(isOwn).map((declaration) => {
      const node = statementOf(declaration)
      if (!isExported && ts.isVariableDeclaration(declaration)) return nameMembers(declaration)
      forEachSymbol(checker, node, (found) => {
        if (found.declarations?.some(isOwn)) waiting.push(found)
      })
      return printNode(node)
    })
  }
  const exported = doors.map(({ name: door, types }) => {
    const source = program.getSourceFile(types)
    const module = source && checker.getSymbolAtLocation(source)
    const names = module ? checker.getExportsOfModule(module) : []
    const texts = names.flatMap((symbol) => {
      const [name, target] = [symbol.getName(), resolve(checker, symbol)]
      const own = print(target, true)
      if (name !== target.getName()) return [`${name}: another name of ${target.getName()}`, ...own]
      return own.length > 0 ? own : [`${name}: declared elsewhere`]
    })
    return [door, texts.sort(compare)] as const
  })
  const reached: string[] = []
  for (let symbol = waiting.pop(); symbol; symbol = waiting.pop()) reached.push(...print(symbol, false))
  return { doors: Object.fromEntries(exported), reached: [...new Set(reached)].sort(compare) }
}

/** A table that is not exported counts by its names, as error codes do: their texts may change at any time. */
function nameMembers({ name, type }: ts.VariableDeclaration): string {
  const members = type && ts.isTypeLiteralNode(type) ? type.members.flatMap((member) => member.name?.getText() ?? []) : []
  return `const ${name.getText()}: { ${members.sort(compare).join(', ')} }`
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

const resolve = (checker: ts.TypeChecker, symbol: ts.Symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

/** `const a: A` is declared within a list within a statement. */
function statementOf(declaration: ts.Declaration): ts.Node {
  let node: ts.Node = declaration
  while (node.parent && !ts.isSourceFile(node.parent) && !ts.isStatement(node)) node = node.parent
  return node
}

/** Without what the emitter adds or leaves out at will. */
const printNode = (node: ts.Node) =>
  printer
    .printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
    .replace(/^export /, '')
    .replace(/^declare /, '')

/** Each type or value that a declaration names and that stands at the top of a file. */
function forEachSymbol(checker: ts.TypeChecker, node: ts.Node, act: (symbol: ts.Symbol) => void): void {
  const visit = (child: ts.Node): void => {
    if (ts.isIdentifier(child)) {
      const symbol = checker.getSymbolAtLocation(child)
      const target = symbol && resolve(checker, symbol)
      if (target?.declarations?.some((declaration) => ts.isSourceFile(statementOf(declaration).parent) && isNamed(declaration))) act(target)
    }
    ts.forEachChild(child, visit)
  }
  visit(node)
}

const isNamed = (declaration: ts.Declaration) =>
  ts.isInterfaceDeclaration(declaration) ||
  ts.isTypeAliasDeclaration(declaration) ||
  ts.isClassDeclaration(declaration) ||
  ts.isFunctionDeclaration(declaration) ||
  ts.isVariableDeclaration(declaration)
