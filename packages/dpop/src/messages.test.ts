import { clientCredentialsGrant, fetchProtectedResource } from '@oidc/core'
import { describe, expect, it } from 'vitest'
import { dpop } from './dpop.js'
import {
  api,
  createBareClient,
  createServer,
  createTestClient,
  issued,
  issuer,
  keyPair,
  metadata,
  refusalOf,
  startTime,
} from './dpop.test-server.js'
import { generateDPoPKeyPair } from './key-pair.js'
import { asksForNonce, isDPoPNonceError } from './nonce-challenge.js'
import { createDPoPNonces } from './nonces.js'

const many = Array.from({ length: 20 }, (_, index) => `${index}`.padEnd(40, 'x'))
const date = (seconds: number) => new Date((startTime + seconds) * 1000).toUTCString()
const refused = (status: number, error: string, seconds: number) => ({ status, body: { error }, headers: { date: date(seconds) } })

describe('an error says what was seen, what was wanted and what to do, and cuts what others made long', () => {
  it('S-J21: the names of the key, and those of the server: sixteen at most, each cut', async () => {
    const pair = await generateDPoPKeyPair('EdDSA')
    const server = { ...metadata, dpop_signing_alg_values_supported: many }
    const client = createBareClient({ fetch: createServer(issued()).fetch, use: [dpop({ keyPair: pair })] }, server)
    expect((await refusalOf(clientCredentialsGrant(client))).message).toBe(
      `The DPoP key is for EdDSA or Ed25519, and ${issuer} accepts ${JSON.stringify(many.slice(0, 16).map((alg) => alg.slice(0, 32)))}. Make one for such an algorithm with generateDPoPKeyPair(alg).`,
    )
  })

  it('a token of another type', async () => {
    const { fetch } = createServer(issued({ token_type: 'Bearer' }))
    expect(await refusalOf(clientCredentialsGrant(createTestClient({ fetch })))).toMatchObject({
      code: 'DPOP_TOKEN_TYPE',
      operation: 'token',
      message:
        'The server answered a request with a DPoP proof with a token of type "Bearer", which is not bound to the key. Have the server bind the tokens of this client, or accept Bearer ones with dpop({ allowBearerDowngrade: true }).',
    })
  })

  it.each([
    [-600, 'ahead of'],
    [600, 'behind'],
  ])('S-J15: a clock that is %d seconds off, and where', async (seconds, side) => {
    const { fetch } = createServer(refused(400, 'invalid_dpop_proof', seconds))
    expect((await refusalOf(clientCredentialsGrant(createTestClient({ fetch })))).message).toBe(
      `${issuer}/token refused the DPoP proof, and the clock of this client is 600 seconds ${side} the server's. Set the clock of this machine, or give the client an option clock that is right.`,
    )
  })
})

describe('what is no challenge for a nonce', () => {
  it('is an error without an answer', () => {
    expect(isDPoPNonceError(undefined)).toBe(false)
    expect(isDPoPNonceError({ status: 401 })).toBe(false)
    expect(asksForNonce({ error: undefined } as never, { credential: 'token' } as never)).toBe(false)
    expect(asksForNonce({ error: 'use_dpop_nonce', http: undefined } as never, { credential: 'token' } as never)).toBe(true)
    expect(isDPoPNonceError(new Response(null, { status: 401, headers: { 'www-authenticate': 'DPoP' } }))).toBe(false)
  })
})

describe('keys that a browser keeps (RFC 9449, section 2)', () => {
  it('F-S11: a key pair is stored as IndexedDB stores it, still lets nobody export it, and goes on with the nonces that JSON kept', async () => {
    const nonces = createDPoPNonces()
    const before = createServer(issued({}, { 'dpop-nonce': 'n1' }))
    await clientCredentialsGrant(createTestClient({ fetch: before.fetch, dpop: { keyPair, nonces } }))
    const stored = structuredClone({ keyPair, nonces: nonces.entries() })
    expect(stored.keyPair.privateKey.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('jwk', stored.keyPair.privateKey)).rejects.toThrow()
    await expect(crypto.subtle.exportKey('pkcs8', stored.keyPair.privateKey)).rejects.toThrow()
    const after = createServer(issued())
    const restored = { keyPair: stored.keyPair, nonces: createDPoPNonces(JSON.parse(JSON.stringify(stored.nonces))) }
    await clientCredentialsGrant(createTestClient({ fetch: after.fetch, dpop: restored }))
    const [, claims = ''] = after.seen[0]?.headers.get('dpop')?.split('.') ?? []
    expect(JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')))).toMatchObject({ nonce: 'n1' })
    expect(after.seen).toHaveLength(1)
  })
})

it('F-K-D9: nothing is kept of tokens that were not presented, and the hash of one is its own', async () => {
  const { fetch, seen } = createServer({})
  const client = createTestClient({ fetch })
  await fetchProtectedResource(client, { access_token: 'at', token_type: 'DPoP' }, api)
  const [, claims = ''] = seen[0]?.headers.get('dpop')?.split('.') ?? []
  expect(Object.keys(JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')))).sort()).toEqual([
    'ath',
    'htm',
    'htu',
    'iat',
    'jti',
  ])
})
