import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'

export const packages: string = join(import.meta.dirname, '../../packages')
const accepted: Readonly<Record<string, number>> = JSON.parse(readFileSync(join(import.meta.dirname, '../sizes.json'), 'utf8'))

const login = `export { authorizationCodeGrant, createAuthorizationRequest, discover, publicClient } from './core/src/index.ts'`
const oauth = `export { createClient } from './core/src/oauth.ts'`
const all = ['ciba', 'device', 'dpop', 'hybrid', 'introspection', 'jarm', 'logout', 'mtls', 'par', 'registration']

export interface Entry {
  /** Of performance.md, or the package. */
  readonly row: string
  readonly name: string
  /** Bytes after brotli that are aimed at. */
  readonly target: number
  readonly contents: string
}

/** What an application bundles, with all its chunks and jose. */
export const entries: readonly Entry[] = [
  { row: 'P-S1', name: 'code flow with discovery and ID token', target: 7400, contents: login },
  {
    row: 'P-S2',
    name: 'code flow with discovery, plain OAuth',
    target: 3500,
    contents: `export { discover } from './core/src/oauth.ts'; export { authorizationCodeGrant, createAuthorizationRequest, publicClient } from './core/src/index.ts'`,
  },
  {
    row: 'P-S3',
    name: 'refresh alone, plain OAuth',
    target: 2500,
    contents: `${oauth}; export { publicClient, refreshTokenGrant } from './core/src/index.ts'`,
  },
  {
    row: 'P-S4',
    name: 'client_credentials with private_key_jwt, plain OAuth',
    target: 5150,
    contents: `${oauth}; export { clientCredentialsGrant, privateKeyJwt } from './core/src/index.ts'`,
  },
  {
    row: 'P-S5',
    name: 'device flow, plain OAuth',
    target: 2900,
    contents: `${oauth}; export { publicClient } from './core/src/index.ts'; export { device, initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from './device/src/index.ts'`,
  },
  {
    row: 'P-S6',
    name: 'code flow with DPoP and ID token',
    target: 8300,
    contents: `${login}; export { dpop, generateDPoPKeyPair } from './dpop/src/index.ts'`,
  },
  {
    row: 'P-S7',
    name: 'all of core and of its ten extensions, with JWE',
    target: 18000,
    contents: ['core', ...all].map((name) => `export * from './${name}/src/index.ts'`).join('\n'),
  },
  {
    row: 'browser',
    name: 'browser session: login, callback, restore, fetch with refresh',
    target: 10000,
    contents: `export { createBrowserSession } from './browser/src/index.ts'`,
  },
  {
    row: 'browser-dpop',
    name: 'browser session with DPoP',
    target: 12000,
    contents: `export { createBrowserSession, keepKeyPair } from './browser/src/index.ts'; export { dpop, generateDPoPKeyPair } from './dpop/src/index.ts'`,
  },
]

/** The same jobs with the libraries that people would use otherwise. */
const peers: readonly (readonly [row: string, name: string, contents: string])[] = [
  [
    'P-S1',
    'openid-client',
    `export { authorizationCodeGrant, buildAuthorizationUrl, calculatePKCECodeChallenge, discovery, enableNonRepudiationChecks, None, randomNonce, randomPKCECodeVerifier, randomState } from 'openid-client'`,
  ],
  [
    'P-S1',
    'oauth4webapi',
    `export { authorizationCodeGrantRequest, calculatePKCECodeChallenge, discoveryRequest, generateRandomCodeVerifier, generateRandomNonce, generateRandomState, None, processAuthorizationCodeResponse, processDiscoveryResponse, validateApplicationLevelSignature, validateAuthResponse } from 'oauth4webapi'`,
  ],
  ['P-S3', 'openid-client', `export { Configuration, None, refreshTokenGrant } from 'openid-client'`],
  ['P-S3', 'oauth4webapi', `export { None, processRefreshTokenResponse, refreshTokenGrantRequest } from 'oauth4webapi'`],
]

export interface Size {
  readonly minified: number
  readonly brotli: number
}

export async function measureSize(contents: string, resolveDir: string = packages): Promise<Size> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    write: false,
    logLevel: 'error',
  })
  const bytes = outputFiles[0]?.contents ?? new Uint8Array()
  return { minified: bytes.length, brotli: brotli(bytes) }
}

export function brotli(bytes: Uint8Array | string): number {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length
}

/** What brotli may leave of an entry: its last accepted size and 1 %. */
export function limitOf(name: string): number {
  const size = accepted[name]
  if (size === undefined) throw new Error(`bench/sizes.json has no size for ${name}: write the measured one there.`)
  return Math.floor(size * 1.01)
}

/** A line an entry: bytes minified, after brotli, and the target beside it. */
export async function measureSizes(): Promise<readonly string[]> {
  const lines: string[] = []
  for (const { row, name, target, contents } of entries) {
    const size = await measureSize(contents)
    lines.push(`size: ${row} ${name}: ${size.minified} B minified, ${size.brotli} B brotli (target ${target}, limit ${limitOf(row)})`)
  }
  for (const [row, name, contents] of peers) {
    const { minified, brotli } = await measureSize(contents, import.meta.dirname)
    lines.push(`size: ${row} with ${name}: ${minified} B minified, ${brotli} B brotli`)
  }
  return lines
}
