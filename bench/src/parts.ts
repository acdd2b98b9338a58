import { build } from 'esbuild'
import ts from 'typescript'
import { brotli, entries, packages } from './sizes.ts'

/** Of which files each part of the code flow consists; the first one that fits counts. */
const parts: readonly (readonly [name: string, files: RegExp])[] = [
  ['jose: import of keys, verification of signatures', /node_modules\/.*jose/],
  [
    'strict JSON, base64url, forms, digests, random, clock, error class',
    /\/base\/(?:json|base64url|parameters|digest|random|clock|errors|compare)/,
  ],
  ['URL policy', /\/base\/url/],
  ['checks of options and of the registered metadata', /\/client\/options|\/metadata\/client-metadata/],
  [
    'making a client: server metadata, its demands, defaults',
    /\/metadata\/|\/client\/(?:create|demands|internals)|\/authentication\/|make-client/,
  ],
  ['plugin slots: checks, filling, merging, around', /\/client\/(?:slots|check-plugin|additions)|\/around/],
  ['caches, single flight and retries', /\/exchange\/(?:shared|fetch-document)|\/tokens\/key-set/],
  [
    'one HTTP conversation: limits, time, redirects, attempts, what a failure means',
    /\/exchange\/|\/base\/(?:www-authenticate|media-type)/,
  ],
  ['discovery', /\/flows\/discovery/],
  ['JWT: decryption, header, algorithms, choice of the key', /\/tokens\/jwt|\/jose\//],
  ['ID token rules', /\/tokens\/|\/client\/issuer/],
  ['flows: authorization request and response, grant, tokens', /\/flows\//],
]

/** A line a part: what brotli gives less where the part's modules are cut out of the bundle of the code flow. */
export async function measureParts(): Promise<readonly string[]> {
  const modules = await bundleModules()
  const whole = brotli(modules.map(({ code }) => code).join(''))
  const partOf = ({ file }: Module) => parts.find(([, files]) => files.test(file))?.[0]
  const stray = modules.find((module) => module.code && partOf(module) === undefined && module.file !== '<stdin>')
  if (stray) throw new Error(`${stray.file} belongs to no part: name one for it in bench/src/parts.ts.`)
  const sizes = parts.map(([name]) => {
    const rest = modules.filter((module) => partOf(module) !== name)
    return [name, whole - brotli(rest.map(({ code }) => code).join(''))] as const
  })
  const silent = brotli(modules.map(({ code }) => withoutSentences(code)).join(''))
  return [...sizes.sort((a, b) => b[1] - a[1]), ['(in all of these) the sentences of errors', whole - silent] as const].map(
    ([name, size]) => `part: ${name}: ${size} B`,
  )
}

interface Module {
  readonly file: string
  readonly code: string
}

/** The modules of the code flow as they stand in its bundle. Only with its white space does the bundler say where one begins. */
async function bundleModules(): Promise<readonly Module[]> {
  const { outputFiles } = await build({
    stdin: { contents: entries[0]?.contents ?? '', resolveDir: packages, loader: 'ts' },
    bundle: true,
    minifyIdentifiers: true,
    minifySyntax: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    write: false,
  })
  const text = outputFiles[0]?.text ?? ''
  return text.split(/^\/\/ (?=\S+$)/m).map((module) => {
    const [file = '', ...lines] = module.split('\n')
    return { file, code: lines.map((line) => line.trim()).join('') }
  })
}

/** Empties every text of three words and more, and leaves the values in it. */
function withoutSentences(code: string): string {
  const tree = ts.createSourceFile('bundle.js', code, ts.ScriptTarget.ES2022)
  const cuts: (readonly [start: number, end: number])[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) && isSentence(node.text)) cuts.push([node.pos, node.end])
    if (
      ts.isTemplateExpression(node) &&
      isSentence([node.head, ...node.templateSpans.map(({ literal }) => literal)].map(({ text }) => text).join('{}'))
    )
      for (const { pos, end, text } of [node.head, ...node.templateSpans.map(({ literal }) => literal)]) if (text) cuts.push([pos, end])
    node.forEachChild(visit)
  }
  visit(tree)
  let rest = code
  for (const [start, end] of cuts.sort((a, b) => b[0] - a[0])) rest = rest.slice(0, start) + rest.slice(end)
  return rest
}

/** A list of names has none of these small words. */
function isSentence(text: string): boolean {
  return text.split(' ').length > 2 && /(?:^| )(?:a|an|the|is|are|has|not|no|it|and|or|that|with|in|by|at|to)(?: |$)/i.test(text)
}
