import { generateKeyPair } from '@oidc/core'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { hybrid } from '@oidc/hybrid'
import { introspection } from '@oidc/introspection'
import { jar, jarm } from '@oidc/jarm'
import { par } from '@oidc/par'
import { type TestIssuer, testPlugin } from '@oidc/testing'
import { describe, expect, it } from 'vitest'
import { messageSignatures } from './examples/message-signatures.ts'

describe('every extension keeps to the plugin contract', () => {
  it('F-U2: par()', async () => {
    expect((await testPlugin(par)).length).toBeGreaterThan(40)
  })

  it('F-U2: dpop(), with nonces and without', async () => {
    const keyPair = await generateDPoPKeyPair('ES256')
    for (const dpopNonces of [true, false]) await testPlugin(() => dpop({ keyPair }), { issuer: { features: { dpopNonces } } })
  })

  it('F-U2: jarm()', async () => {
    await testPlugin(() => jarm())
  })

  it('F-U2: jar()', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = (await crypto.subtle.exportKey('jwk', publicKey)) as Record<string, string>
    await testPlugin(() => jar({ key: privateKey }), {
      issuer: { clients: [{ client_id: 'app', jwks: { keys: [jwk] }, token_endpoint_auth_method: 'none' }] },
    })
  })

  it('F-U2: introspection(), with its cache, which watches revocations', async () => {
    await testPlugin(() => introspection({ signed: true, cache: { maxAge: 60 } }))
  })

  it('F-U2: hybrid()', async () => {
    // The verified ID token in the front channel stands for `iss` (DESIGN 4).
    await testPlugin(() => hybrid({ response_type: 'code id_token' }), { bears: ['callback_no_iss'] })
  })
})

describe('a plugin of somebody else, written from docs/WRITE_A_PLUGIN.md', () => {
  it('F-U2: HTTP message signatures keep to the contract, and every request carries a signature that is right', async () => {
    const { privateKey, publicKey } = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
    const keyPair = await generateDPoPKeyPair('ES256')
    const signed: string[] = []
    const verifying =
      ({ fetch, issuer }: TestIssuer): typeof globalThis.fetch =>
      async (input, init) => {
        const request = new Request(input, init)
        const { pathname } = new URL(request.url)
        // Discovery and keys are shared by the process: no slot sees them.
        if (pathname === '/jwks' || pathname.startsWith('/.well-known/')) return fetch(request)
        signed.push(pathname)
        const isRight = await isSigned(request.clone(), publicKey)
        return isRight ? fetch(request) : Response.json({ error: 'invalid_request' }, { status: 400, headers: { 'x-issuer': issuer } })
      }
    await testPlugin(() => messageSignatures({ key: privateKey, keyid: 'k' }), {
      fetch: verifying,
      // It signs the proof of DPoP, which has random numbers in it.
      varies: /\bsig=:[\w+/=]+:/g,
      client: { use: [par(), dpop({ keyPair })] },
      issuer: { features: { dpopNonces: true } },
    })
    expect(new Set(signed)).toEqual(new Set(['/par', '/token', '/userinfo', '/resource', '/revoke']))
  })
})

/** RFC 9421, section 3.2: the base is built anew from what arrived. */
async function isSigned(request: Request, key: CryptoKey): Promise<boolean> {
  const body = await request.text()
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(body))).toString('base64')
  if (body && request.headers.get('content-digest') !== `sha-256=:${digest}:`) return false
  const parameters = request.headers.get('signature-input')?.replace(/^sig=/, '') ?? ''
  const names = [...(/^\(([^)]*)\)/.exec(parameters)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
  if (!names.includes('dpop') && request.headers.has('dpop')) return false
  const own: Readonly<Record<string, string>> = { '@method': request.method, '@target-uri': request.url }
  const lines = names.map((name) => `"${name}": ${own[name] ?? request.headers.get(name)}`)
  const base = [...lines, `"@signature-params": ${parameters}`].join('\n')
  const signature = Buffer.from(/^sig=:(.*):$/.exec(request.headers.get('signature') ?? '')?.[1] ?? '', 'base64')
  return crypto.subtle.verify('Ed25519', key, signature, Buffer.from(base))
}
