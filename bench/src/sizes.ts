import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'

const core = join(import.meta.dirname, '../../packages/core/src')

/** What an application bundles, with all its chunks and jose. */
const entries = {
  'code flow with discovery and ID token': `export { authorizationCodeGrant, createAuthorizationRequest, discover, publicClient } from './index.ts'`,
  'plain OAuth code flow': `export { discover } from './oauth.ts'; export { authorizationCodeGrant, createAuthorizationRequest, publicClient } from './index.ts'`,
  'device flow, plain OAuth': `export { createClient } from './oauth.ts'; export { publicClient } from './index.ts'; export { device, initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from '../../device/src/index.ts'`,
  'refresh alone, plain OAuth': `export { createClient } from './oauth.ts'; export { publicClient, refreshTokenGrant } from './index.ts'`,
}

/** A line an entry: bytes minified, and after brotli. */
export async function measureSizes(): Promise<readonly string[]> {
  const lines: string[] = []
  for (const [name, contents] of Object.entries(entries)) {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: core, loader: 'ts' },
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      platform: 'browser',
      write: false,
      logLevel: 'error',
    })
    const bytes = outputFiles[0]?.contents ?? new Uint8Array()
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length
    lines.push(`size: ${name}: ${bytes.length} B minified, ${brotli} B brotli`)
  }
  return lines
}
