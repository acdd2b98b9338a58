import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { compareRounds } from './compare.ts'

const core = join(import.meta.dirname, '../../packages/core/src')

/**
 * Core as it is, beside core with every look-up of a slot deleted, on a client without plugins: what empty slots cost. Crypto and network are
 * free (a plain OAuth 2 refresh, answered in memory), so that nothing else hides the difference.
 */
export async function benchEmptySlots(): Promise<string> {
  const { ratio, low, high } = await withBothVariants(({ withSlots, without }) => compareRounds(withSlots, without))
  return `empty slots: ${ratio.toFixed(3)} of the time without look-ups (median of rounds; ${low.toFixed(3)} to ${high.toFixed(3)} for the middle half)`
}

/** Each refreshes a token once. */
export interface Variants {
  readonly withSlots: () => Promise<unknown>
  readonly without: () => Promise<unknown>
}

export async function withBothVariants<T>(use: (variants: Variants) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'oidc-bench-'))
  try {
    return await use({ withSlots: await load(folder, 'with', []), without: await load(folder, 'without', [deleteLookUps()]) })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Each must be found in the source, or the comparison would compare nothing. */
const lookUps: readonly (readonly [file: string, found: string, instead: string])[] = [
  [
    'exchange/request.ts',
    'for (const filler of [...(internalsOf(client).slots.around ?? [])].reverse()) run = surround(filler, call, run)',
    '',
  ],
  [
    'exchange/request.ts',
    "const other = endpoint && (await runSlot(endpoint, 'exchange.endpoint', () => endpoint.run(name, client.server, client.metadata)))",
    'const other = undefined',
  ],
  ['exchange/request.ts', 'const { endpoint } = slots.exchange', 'const endpoint = undefined'],
  ['exchange/request.ts', 'const fillers = slots.operations?.get(call.operation.name)?.parameters', 'const fillers = undefined'],
  ['exchange/request.ts', 'const { check } = internalsOf(client).slots.operations?.get(operation.name) ?? {}', 'const check = undefined'],
  ['exchange/attempt.ts', 'const { unseal, received } = internals.slots.exchange', 'const unseal = undefined, received = undefined'],
  ['exchange/attempt.ts', 'if (slots.exchange.headers) headers = await addHeaders(headers, exchange, slots.exchange.headers)', ''],
  ['exchange/attempt.ts', 'const { seal } = slots.exchange', 'const seal = undefined'],
  ['exchange/accept.ts', 'const added = slots.operations?.get(name)?.accept', 'const added = undefined'],
  ['exchange/accept.ts', 'const added = internalsOf(client).slots.operations?.get(operation.name)?.accept', 'const added = undefined'],
]

function deleteLookUps(): Plugin {
  return {
    name: 'delete-look-ups',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]exchange[\\/](?:request|attempt|accept)\.ts$/ }, async ({ path }) => {
        let contents = await readFile(path, 'utf8')
        for (const [file, found, instead] of lookUps) {
          if (!path.replaceAll('\\', '/').endsWith(file)) continue
          if (!contents.includes(found)) throw new Error(`${file} has no longer the look-up: ${found}`)
          contents = contents.replace(found, instead)
        }
        return { contents, loader: 'ts' }
      })
    },
  }
}

async function load(folder: string, name: string, plugins: Plugin[]): Promise<() => Promise<unknown>> {
  const outfile = join(folder, `${name}.mjs`)
  const contents = `export { createClient } from './oauth.ts'; export { publicClient, refreshTokenGrant } from './index.ts'`
  await build({
    stdin: { contents, resolveDir: core, loader: 'ts' },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    external: ['jose/*'],
    outfile,
    plugins,
    logLevel: 'error',
  })
  const { createClient, publicClient, refreshTokenGrant }: typeof import('@oidc/core') = await import(pathToFileURL(outfile).href)
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ access_token: 'at', token_type: 'Bearer', expires_in: 300 })
  const client = createClient(
    { issuer: 'https://as.example', token_endpoint: 'https://as.example/token' },
    { client_id: 'c', authentication: publicClient(), fetch: async () => new Response(body, { headers }) },
  )
  return () => refreshTokenGrant(client, 'rt')
}
