import { clientCredentialsGrant, fetchProtectedResource, fetchUserInfo, type ResourceInit } from '@oidc/core'
import { type Exchange, request, resourceOperation, sha256 } from '@oidc/core/plugin'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { dpop } from './dpop.js'
import {
  api,
  challenges,
  claimsOf,
  createBareClient,
  createServer,
  createTestClient,
  issued,
  issuer,
  keyPair,
  metadata,
  proofOf,
  refusalOf,
  startTime,
  wantsNonce,
} from './dpop.test-server.js'
import { type DPoPAlgorithm, generateDPoPKeyPair } from './key-pair.js'
import { createProof } from './proof.js'

const token = { access_token: 'at', token_type: 'DPoP' }
const athOf = async (access_token: string) => Buffer.from(await sha256(access_token)).toString('base64url')

async function proofFor(url: string, init: ResourceInit = {}, { access_token = 'at' } = {}) {
  const { fetch, seen } = createServer({})
  await fetchProtectedResource(createTestClient({ fetch }), { ...token, access_token }, url, init)
  return proofOf(seen[0])
}

describe('the header of a proof (RFC 9449, section 4.2)', () => {
  const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'key_ops', 'ext', 'use', 'kid']

  it.each([
    ['ES256', ['crv', 'kty', 'x', 'y']],
    ['ES384', ['crv', 'kty', 'x', 'y']],
    ['ES512', ['crv', 'kty', 'x', 'y']],
    ['PS256', ['e', 'kty', 'n']],
    ['RS256', ['e', 'kty', 'n']],
    ['EdDSA', ['crv', 'kty', 'x']],
  ] as [DPoPAlgorithm, string[]][])('F-K-D3: of a key for %s, even an extractable one, holds %j alone', async (alg, members) => {
    const pair = await generateDPoPKeyPair(alg, { extractable: true })
    const { fetch, seen } = createServer(issued())
    await clientCredentialsGrant(createTestClient({ fetch, dpop: { keyPair: pair } }))
    const { header } = await proofOf(seen[0])
    expect(Object.keys(header).sort()).toEqual(['alg', 'jwk', 'typ'])
    expect(header).toMatchObject({ typ: 'dpop+jwt', alg })
    expect(Object.keys(header.jwk).sort()).toEqual(members)
    for (const name of secret) expect(header.jwk).not.toHaveProperty(name)
  })
})

describe('the claims of a proof (RFC 9449, section 4.2)', () => {
  it('F-K-D3: at the token endpoint are jti, htm, htu and iat', async () => {
    const { fetch, seen } = createServer(issued())
    await clientCredentialsGrant(createTestClient({ fetch }))
    const { jti, ...claims } = await claimsOf(seen[0])
    expect(claims).toEqual({ htm: 'POST', htu: `${issuer}/token`, iat: startTime })
    expect(jti).toEqual(expect.any(String))
  })

  it("F-K-D3: iat is the client's time, whatever the machine's is", async () => {
    const { fetch, seen } = createServer(issued())
    await clientCredentialsGrant(createTestClient({ fetch, clock: { now: () => 5, sleep: async () => undefined } }))
    expect((await claimsOf(seen[0])).iat).toBe(5)
  })

  it('S-J14: jti has at least 96 bits of the random source', async () => {
    const { fetch, seen } = createServer(issued())
    const bytes = crypto.getRandomValues(new Uint8Array(64))
    await clientCredentialsGrant(createTestClient({ fetch, random: (length) => bytes.subarray(0, length) }))
    const jti = Buffer.from(String((await claimsOf(seen[0])).jti), 'base64url')
    expect(jti.length).toBeGreaterThanOrEqual(12)
    expect(jti).toEqual(Buffer.from(bytes.subarray(0, jti.length)))
  })

  it('S-J14: jti is fresh at every attempt (sections 4.2 and 11.1)', async () => {
    const { fetch, seen } = createServer(wantsNonce('n1'), issued())
    const client = createTestClient({ fetch })
    await clientCredentialsGrant(client)
    await clientCredentialsGrant(client)
    const jtis = await Promise.all(seen.map(async (request) => (await claimsOf(request)).jti))
    expect(jtis).toHaveLength(3)
    expect(new Set(jtis).size).toBe(3)
  })

  it('S-J11: ath is the hash of the token that is presented, each time of that very one', async () => {
    const { fetch, seen } = createServer({})
    const client = createTestClient({ fetch })
    for (const access_token of ['one', 'two', 'one']) await fetchProtectedResource(client, { ...token, access_token }, api)
    const hashes = await Promise.all(seen.map(async (request) => (await claimsOf(request)).ath))
    expect(hashes).toEqual([await athOf('one'), await athOf('two'), await athOf('one')])
    expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual(['DPoP one', 'DPoP two', 'DPoP one'])
  })

  it('S-J11: ath is there at UserInfo, and where no token is presented it is not', async () => {
    const { fetch, seen } = createServer(issued(), { body: { sub: 'u' } })
    const client = createTestClient({ fetch })
    await clientCredentialsGrant(client)
    await fetchUserInfo(client, token, { expectedSubject: 'u' })
    expect(await claimsOf(seen[0])).not.toHaveProperty('ath')
    expect(await claimsOf(seen[1])).toMatchObject({ ath: await athOf('at'), htm: 'GET', htu: `${issuer}/userinfo` })
  })

  it('S-J11: a token is hashed once and the public key exported once, however many requests there are', async () => {
    const pair = await generateDPoPKeyPair()
    const { fetch } = createServer({})
    const client = createTestClient({ fetch, dpop: { keyPair: pair } })
    const exportKey = vi.spyOn(crypto.subtle, 'exportKey')
    // Where core finds the hash function.
    const builtin = vi.spyOn(process, 'getBuiltinModule')
    await fetchProtectedResource(client, token, api)
    const hashes = builtin.mock.calls.length
    for (let at = 0; at < 3; at++) await fetchProtectedResource(client, token, api)
    expect(hashes).toBeGreaterThan(0)
    expect(builtin).toHaveBeenCalledTimes(hashes)
    expect(exportKey).toHaveBeenCalledTimes(1)
    vi.restoreAllMocks()
  })

  it.each(['get', 'Post', 'pAtCh', 'DELETE', 'm-search'])(
    'S-J13: htm of the method %s is in upper case, as the method is sent',
    async (method) => {
      const { fetch, seen } = createServer({})
      await fetchProtectedResource(createTestClient({ fetch }), token, api, { method })
      expect((await claimsOf(seen[0])).htm).toBe(method.toUpperCase())
      expect(seen[0]?.method).toBe(method.toUpperCase())
    },
  )

  it('S-J13: htm is in upper case where an operation writes its method otherwise, for fetch sends get as GET', async () => {
    const { fetch, seen } = createServer({})
    await request(createTestClient({ fetch }), { ...resourceOperation, method: 'get' }, { url: api })
    expect((await claimsOf(seen[0])).htm).toBe('GET')
  })
})

describe('htu (RFC 9449, sections 4.2 and 4.3)', () => {
  it.each([
    ['without query', 'https://api.example/a?b=c&d', 'https://api.example/a'],
    ['without an empty query', 'https://api.example/a?', 'https://api.example/a'],
    ['with the host in lower case', 'HTTPS://API.Example/A', 'https://api.example/A'],
    ['without the default port', 'https://api.example:443/a', 'https://api.example/a'],
    ['with another port', 'https://api.example:8443/a', 'https://api.example:8443/a'],
    ['with the path of the root', 'https://api.example', 'https://api.example/'],
    ['without dot segments', 'https://api.example/a/../b/./c', 'https://api.example/b/c'],
    ['with the path as it is otherwise', 'https://api.example/a//b/%7Ec/', 'https://api.example/a//b/%7Ec/'],
    ['with a host name in ASCII', 'https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ])('S-J12: is %s', async (_, url, htu) => {
    expect((await proofFor(url)).claims.htu).toBe(htu)
  })

  it('S-J12: an endpoint of the metadata is normalised as well', async () => {
    const { fetch, seen } = createServer(issued())
    const server = { ...metadata, token_endpoint: 'https://AS.example:443/token?tenant=1' }
    await clientCredentialsGrant(createBareClient({ fetch, use: [dpop({ keyPair })] }, server))
    expect((await claimsOf(seen[0])).htu).toBe(`${issuer}/token`)
    expect(seen[0]?.url).toBe('https://AS.example:443/token?tenant=1')
  })

  it('S-J12: a fragment, which core lets no request have, would not stand in it', async () => {
    const exchange = { client: createTestClient(), method: 'GET', url: `${api}#fragment` } as Exchange
    const material = { key: { key: keyPair.privateKey, alg: 'ES256' }, publicKey: keyPair.publicKey, nonces: new Map(), ath: undefined }
    const proof = await createProof(exchange, material)
    expect(await claimsOf({ headers: new Headers({ dpop: proof }) } as never)).toMatchObject({ htu: api })
  })

  it('S-J12: of any URL is its origin and path, itself normalised, and never its query', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.webUrl({ validSchemes: ['https'], withQueryParameters: true, authoritySettings: { withPort: true } }),
        fc.stringMatching(/^[a-z]{12}$/),
        async (base, marker) => {
          fc.pre(!/:0*(?:[/?]|$)/.test(base.slice(8)))
          const url = `${base}${base.includes('?') ? '&' : '?'}q=${marker}`
          const { htu } = (await proofFor(url)).claims
          const parsed = new URL(String(htu))
          expect({ href: parsed.href, search: parsed.search, hash: parsed.hash }).toEqual({ href: htu, search: '', hash: '' })
          expect(new URL(url).href.startsWith(String(htu))).toBe(true)
          expect(htu).not.toContain(marker)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('a nonce in a proof (RFC 9449, section 8)', () => {
  it('S-J05: any header value as a nonce never throws, and stands in a proof only if it is one', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }).map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '')),
      fc.stringMatching(/^[!#-[\]-~]{1,300}$/),
      fc.constantFrom('n'.repeat(256), 'n'.repeat(257), 'n'.repeat(102_400), '"', '\\', 'a, b'),
    )
    await fc.assert(
      fc.asyncProperty(value, async (nonce) => {
        const { fetch, seen } = createServer(issued({}, { 'dpop-nonce': nonce }))
        const client = createTestClient({ fetch })
        await clientCredentialsGrant(client)
        await clientCredentialsGrant(client)
        // Headers trims it.
        const received = new Headers({ 'dpop-nonce': nonce }).get('dpop-nonce') ?? ''
        const isNonce =
          received.length > 0 && received.length <= 256 && [...received].every((c) => c > ' ' && c <= '~' && c !== '"' && c !== '\\')
        expect((await claimsOf(seen[1])).nonce).toBe(isNonce ? received : undefined)
      }),
      { numRuns: 60 },
    )
  })

  it("S-J05: what a store of the application's own gives, and is no nonce, stands in no proof", async () => {
    const { fetch, seen } = createServer(issued())
    await clientCredentialsGrant(createTestClient({ fetch, dpop: { nonces: { get: () => 'no nonce', set: () => undefined } } }))
    expect(await claimsOf(seen[0])).not.toHaveProperty('nonce')
  })
})

describe('the algorithm of the key (RFC 9449, section 5.1)', () => {
  const send = async (alg: DPoPAlgorithm, dpop_signing_alg_values_supported?: string[]) => {
    const { fetch, seen } = createServer(issued())
    const server = { ...metadata, ...(dpop_signing_alg_values_supported && { dpop_signing_alg_values_supported }) }
    const client = createBareClient({ fetch, use: [dpop({ keyPair: await generateDPoPKeyPair(alg) })] }, server)
    return { client, seen }
  }

  it.each([
    ['ES256', undefined, 'ES256'],
    ['ES256', ['RS256', 'ES256'], 'ES256'],
    ['PS256', ['PS256'], 'PS256'],
    ['EdDSA', undefined, 'EdDSA'],
    ['EdDSA', ['Ed25519'], 'Ed25519'],
    ['Ed25519', ['EdDSA'], 'EdDSA'],
    ['Ed25519', ['Ed25519', 'EdDSA'], 'EdDSA'],
  ] as [DPoPAlgorithm, string[] | undefined, string][])(
    'S-J21: a key for %s at a server that lists %j signs as %s',
    async (alg, listed, named) => {
      const { client, seen } = await send(alg, listed)
      await clientCredentialsGrant(client)
      expect((await proofOf(seen[0])).header.alg).toBe(named)
    },
  )

  it.each([
    ['ES256', ['RS256', 'ES384']],
    ['RS256', ['PS256']],
    ['EdDSA', ['ES256']],
    ['ES256', []],
  ] as [DPoPAlgorithm, string[]][])(
    'S-J21: a key for %s at a server that lists %j is refused before anything is sent',
    async (alg, listed) => {
      const { client, seen } = await send(alg, listed)
      const refusal = await refusalOf(clientCredentialsGrant(client))
      expect(refusal).toMatchObject({ code: 'DPOP_ALGORITHM', plugin: 'dpop', slot: 'exchange.headers' })
      expect(refusal.message).toContain(JSON.stringify(listed))
      expect(seen).toHaveLength(0)
    },
  )
})

it('S-J10: no proof is sent twice where a resource server goes on refusing', async () => {
  const { fetch, seen } = createServer(challenges('DPoP error="use_dpop_nonce"', 'n'))
  await fetchProtectedResource(createTestClient({ fetch }), token, api)
  expect(new Set(seen.map(({ headers }) => headers.get('dpop'))).size).toBe(2)
})
