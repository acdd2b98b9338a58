import {
  clientCredentialsGrant,
  createAuthorizationRequest,
  extend,
  fetchProtectedResource,
  fetchUserInfo,
  grant,
  refreshTokenGrant,
  revokeToken,
} from '@oidc/core'
import { receive, request, resourceOperation, tokenOperation } from '@oidc/core/plugin'
import { describe, expect, it } from 'vitest'
import { type DPoPOptions, dpop } from './dpop.js'
import {
  api,
  challenges,
  claimsOf,
  createBareClient,
  createServer,
  createTestClient,
  deviceOperation,
  fakeJwt,
  issued,
  issuer,
  keyPair,
  type MemoryServer,
  metadata,
  proofOf,
  redirect_uri,
  refusalOf,
  type Seen,
  wantsNonce,
} from './dpop.test-server.js'
import { type DPoPKeyPair, generateDPoPKeyPair } from './key-pair.js'
import { createDPoPNonces } from './nonces.js'
import { calculateThumbprint } from './public-key.js'

const token = { access_token: 'at', token_type: 'DPoP' }
const bearer = { access_token: 'bt', token_type: 'Bearer' }
const pushOperation = {
  ...deviceOperation,
  name: 'pushed_authorization_request',
  endpoint: 'pushed_authorization_request_endpoint',
} as const
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'

describe('the authorization request (RFC 9449, section 10)', () => {
  it('F-K-D4: carries the thumbprint of the key as dpop_jkt', async () => {
    const { url } = await createAuthorizationRequest(createTestClient(), { redirect_uri, scope: 'openid' })
    expect(url.searchParams.getAll('dpop_jkt')).toEqual([await calculateThumbprint(keyPair)])
  })

  it('F-K-D4: a dpop_jkt of the caller that is another key is a conflict', async () => {
    const refusal = await refusalOf(createAuthorizationRequest(createTestClient(), { redirect_uri, scope: 'openid', dpop_jkt: 'other' }))
    expect(refusal.code).toBe('PLUGIN_CONFLICT')
  })

  it('S-J21: is not made where the server lists other algorithms than that of the key', async () => {
    const client = createBareClient({ use: [dpop({ keyPair })] }, { ...metadata, dpop_signing_alg_values_supported: ['RS256'] })
    const refusal = await refusalOf(createAuthorizationRequest(client, { redirect_uri, scope: 'openid' }))
    expect(refusal).toMatchObject({ code: 'DPOP_ALGORITHM', slot: 'authorization.parameters' })
  })
})

describe('which requests carry a proof', () => {
  it.each([
    ['the token request', (client) => clientCredentialsGrant(client)],
    ['the pushed authorization request', (client) => request(client, pushOperation)],
    ['the UserInfo request with a bound token', (client) => fetchUserInfo(client, token, { expectedSubject: 'u' })],
    ['a request to a protected resource with a bound token', (client) => fetchProtectedResource(client, token, api)],
    [
      'one with a bound token whose type is in lower case',
      (client) => fetchProtectedResource(client, { ...token, token_type: 'dpop' }, api),
    ],
    ['one without a token', (client) => request(client, resourceOperation, { url: api })],
    ['any other request that presents a bound token', (client) => request(client, { ...deviceOperation, credential: 'token' }, { token })],
  ] as [string, (client: ReturnType<typeof createTestClient>) => Promise<unknown>][])('F-K-D9: %s does', async (_, send) => {
    const { fetch, seen } = createServer(issued({ sub: 'u' }))
    await send(createTestClient({ fetch }))
    expect(await claimsOf(seen[0])).toMatchObject({ htm: seen[0]?.method, htu: seen[0]?.url })
  })

  it.each([
    ['a request to a protected resource with a Bearer token', (client) => fetchProtectedResource(client, bearer, api)],
    ['the UserInfo request with a Bearer token', (client) => fetchUserInfo(client, bearer, { expectedSubject: 'u' })],
    ['a request with client authentication elsewhere', (client) => request(client, deviceOperation)],
    ['a revocation', (client) => revokeToken(client, 'rt')],
  ] as [string, (client: ReturnType<typeof createTestClient>) => Promise<unknown>][])('F-K-D9: %s does not', async (_, send) => {
    const { fetch, seen } = createServer(issued({ sub: 'u' }))
    await send(createTestClient({ fetch }))
    expect(seen).toHaveLength(1)
    expect(seen[0]?.headers.has('dpop')).toBe(false)
  })

  it('F-K-D9: a Bearer request stays one, also where the server wants a nonce for a proof', async () => {
    const { fetch, seen } = createServer(challenges('DPoP error="use_dpop_nonce"', 'n1'))
    await fetchProtectedResource(createTestClient({ fetch }), bearer, api)
    expect(seen).toHaveLength(1)
    expect(seen[0]?.headers.get('authorization')).toBe('Bearer bt')
    expect(seen[0]?.headers.has('dpop')).toBe(false)
  })

  it('F-K-D9: elsewhere a use_dpop_nonce brings a proof, at once and from then on', async () => {
    const { fetch, seen } = createServer(wantsNonce('n1'), {})
    const client = createTestClient({ fetch })
    await request(client, deviceOperation)
    await request(client, deviceOperation)
    expect(seen.map(({ headers }) => headers.has('dpop'))).toEqual([false, true, true])
    expect((await claimsOf(seen[1])).nonce).toBe('n1')
    await revokeToken(client, 'rt')
    expect(seen[3]?.headers.has('dpop')).toBe(false)
  })

  it('F-K-D9: the option operations names further ones; a Bearer token gets none there either', async () => {
    const { fetch, seen } = createServer({})
    const client = createTestClient({ fetch, dpop: { operations: ['device_authorization'] } })
    await request(client, deviceOperation)
    await revokeToken(client, 'rt')
    await request(client, { ...deviceOperation, credential: 'token' }, { token: bearer })
    expect(seen.map(({ headers }) => headers.has('dpop'))).toEqual([true, false, false])
  })

  it.each(['device_authorization', [5], {}])('F-K-D9: the option operations is not %j', (operations) => {
    expect(() => dpop({ keyPair, operations } as unknown as DPoPOptions)).toThrow(expect.objectContaining({ code: 'DPOP_OPTION_INVALID' }))
  })
})

describe('the type of a token (RFC 9449, section 5)', () => {
  it('a token of type DPoP is taken, in any case, and presented as DPoP', async () => {
    const { fetch, seen } = createServer(issued({ token_type: 'dpop' }))
    const client = createTestClient({ fetch })
    const tokens = await clientCredentialsGrant(client)
    expect(tokens.token_type).toBe('DPoP')
    await fetchProtectedResource(client, tokens, api)
    expect(seen[1]?.headers.get('authorization')).toBe('DPoP at')
  })

  it.each([
    ['a grant', (client) => clientCredentialsGrant(client)],
    ['a refresh', (client) => refreshTokenGrant(client, 'rt')],
    ['a token exchange', (client) => grant(client, tokenExchange, { subject_token: 's' })],
    ['a push', (client) => receive(client, tokenOperation, { access_token: 'at', token_type: 'Bearer' })],
  ] as [string, (client: ReturnType<typeof createTestClient>) => Promise<unknown>][])(
    'S-J08: a Bearer token in the answer to %s is refused, and not used silently',
    async (_, send) => {
      const { fetch } = createServer(issued({ token_type: 'Bearer' }))
      const refusal = await refusalOf(send(createTestClient({ fetch })))
      expect(refusal).toMatchObject({ code: 'DPOP_TOKEN_TYPE', plugin: 'dpop', slot: 'operations.check' })
      expect(refusal.message).toContain('allowBearerDowngrade')
    },
  )

  it('S-J08: a server that leaves token_type out gets no pardon by a quirk', async () => {
    const { fetch } = createServer(issued({ token_type: undefined }))
    const refusal = await refusalOf(clientCredentialsGrant(createTestClient({ fetch, quirks: { missingTokenType: 'Bearer' } })))
    expect(refusal.code).toBe('DPOP_TOKEN_TYPE')
  })

  it('S-J08: it is taken where that was asked for, and stays a Bearer token', async () => {
    const { fetch, seen } = createServer(issued({ token_type: 'Bearer' }))
    const client = createTestClient({ fetch, dpop: { allowBearerDowngrade: true } })
    await fetchProtectedResource(client, await clientCredentialsGrant(client), api)
    expect(seen[1]?.headers.get('authorization')).toBe('Bearer at')
    expect(seen[1]?.headers.has('dpop')).toBe(false)
  })

  it.each(['false', 1, {}])('S-J08: asking for it is true and not %j', async (allowBearerDowngrade) => {
    const { fetch } = createServer(issued({ token_type: 'Bearer' }))
    const client = createTestClient({ fetch, dpop: { allowBearerDowngrade } as unknown as DPoPOptions })
    expect((await refusalOf(clientCredentialsGrant(client))).code).toBe('DPOP_TOKEN_TYPE')
  })

  it('S-J08: a token of a type that another plugin presents is not bound to the key either', async () => {
    const { fetch } = createServer(issued({ token_type: 'PoP' }))
    const other = { name: 'pop', exchange: { tokenTypes: ['PoP'] } }
    const client = createBareClient({ fetch, use: [other, dpop({ keyPair, allowBearerDowngrade: true })] })
    expect((await refusalOf(clientCredentialsGrant(client))).code).toBe('DPOP_TOKEN_TYPE')
  })

  it('S-J08: N_A of a token exchange is no access token and passes (RFC 8693, section 2.2.1)', async () => {
    const { fetch } = createServer(issued({ token_type: 'N_A', issued_token_type: 'urn:ietf:params:oauth:token-type:id_token' }))
    const tokens = await grant(createTestClient({ fetch }), tokenExchange, { subject_token: 's' })
    expect(tokens.token_type).toBe('N_A')
  })

  it('S-J09: a token of type DPoP is refused by a client that sent no proof', async () => {
    const { fetch, seen } = createServer(issued())
    const client = createBareClient({ fetch })
    expect((await refusalOf(clientCredentialsGrant(client))).code).toBe('TOKEN_TYPE_UNSUPPORTED')
    expect((await refusalOf(fetchProtectedResource(client, token, api))).code).toBe('TOKEN_TYPE_UNSUPPORTED')
    expect(seen).toHaveLength(1)
  })

  it('dpop_bound_access_tokens without dpop() fails when the client is made, and with it does not', () => {
    expect(() => createBareClient({ dpop_bound_access_tokens: true })).toThrow(
      expect.objectContaining({ code: 'PLUGIN_MISSING', message: expect.stringContaining('@oidc/dpop') }),
    )
    expect(() => createTestClient({ dpop_bound_access_tokens: true })).not.toThrow()
  })
})

describe('the binding of a token (RFC 9449, section 6.1)', () => {
  it('S-J16: an issued token that is a JWT of this key is taken', async () => {
    const access_token = fakeJwt({ cnf: { jkt: await calculateThumbprint(keyPair) } })
    const { fetch } = createServer(issued({ access_token }))
    expect((await clientCredentialsGrant(createTestClient({ fetch }))).access_token).toBe(access_token)
  })

  it('S-J16: an issued token that is a JWT of another key is refused', async () => {
    const { fetch } = createServer(issued({ access_token: fakeJwt({ cnf: { jkt: 'other' } }) }))
    const refusal = await refusalOf(clientCredentialsGrant(createTestClient({ fetch })))
    expect(refusal).toMatchObject({ code: 'DPOP_BINDING', slot: 'operations.check' })
  })

  it('S-J16: a token of another key is not presented, the second time no more than the first', async () => {
    const { fetch, seen } = createServer({})
    const client = createTestClient({ fetch })
    const stolen = { ...token, access_token: fakeJwt({ cnf: { jkt: 'other' } }) }
    for (let at = 0; at < 2; at++)
      expect(await refusalOf(fetchProtectedResource(client, stolen, api))).toMatchObject({ code: 'DPOP_BINDING', slot: 'exchange.headers' })
    expect(seen).toHaveLength(0)
  })
})

describe('a key for each user', () => {
  it('F-K-D2: extend() with dpop() gives a client with that key, and leaves the other as it was', async () => {
    const { fetch, seen } = createServer(issued())
    const shared = createTestClient({ fetch })
    const user = extend(shared, dpop({ keyPair: await generateDPoPKeyPair('ES384') }))
    await clientCredentialsGrant(user)
    await clientCredentialsGrant(shared)
    const [ofUser, ofShared] = await Promise.all(seen.map(proofOf))
    expect([ofUser?.header.alg, ofShared?.header.alg]).toEqual(['ES384', 'ES256'])
  })

  it("F-K-D2, F-K-D9: with nonces shared, one user's request spares the next user's a refusal", async () => {
    const { fetch, seen } = createServer(wantsNonce('n1'), issued())
    const nonces = createDPoPNonces()
    const shared = createBareClient({ fetch })
    for (let at = 0; at < 3; at++) await clientCredentialsGrant(extend(shared, dpop({ keyPair: await generateDPoPKeyPair(), nonces })))
    expect(seen).toHaveLength(4)
    expect(nonces.entries()).toEqual([[issuer, 'n1']])
  })

  it("F-K-D9: a store of the application's own needs get and set", async () => {
    const { fetch, seen } = createServer(wantsNonce('n1'), issued())
    const nonces = new Map<string, string>()
    await clientCredentialsGrant(createTestClient({ fetch, dpop: { nonces } }))
    expect(seen).toHaveLength(2)
    expect(nonces.get(issuer)).toBe('n1')
  })

  it.each([{}, [], 'x', null, { get: () => undefined }])('F-K-D9: the option nonces is not %j', (nonces) => {
    expect(() => dpop({ keyPair, nonces } as unknown as DPoPOptions)).toThrow(expect.objectContaining({ code: 'DPOP_OPTION_INVALID' }))
  })
})

describe('two processes', () => {
  /** Takes its current nonce alone, which it changes each time. */
  function strictServer(): MemoryServer {
    let current = 1
    return createServer(async (seen: Seen) => {
      const { nonce } = await claimsOf(seen)
      const isGood = nonce === `n${current}`
      current++
      return isGood ? issued({}, { 'dpop-nonce': `n${current}` }) : wantsNonce(`n${current}`)
    })
  }

  it('S-J22: with one key and nonces of their own each, every call comes through with at most one retry', async () => {
    const { fetch, seen } = strictServer()
    const [one, two] = [createTestClient({ fetch }), createTestClient({ fetch })]
    for (let at = 0; at < 5; at++) {
      const before = seen.length
      await clientCredentialsGrant(at % 2 ? two : one)
      expect(seen.length - before).toBeLessThanOrEqual(2)
    }
  })

  it('S-J22: entries that were exported spare a new process the refusal', async () => {
    const { fetch, seen } = strictServer()
    const nonces = createDPoPNonces()
    await clientCredentialsGrant(createTestClient({ fetch, dpop: { nonces } }))
    expect(seen).toHaveLength(2)
    const carried = createDPoPNonces(JSON.parse(JSON.stringify(nonces.entries())))
    await clientCredentialsGrant(createTestClient({ fetch, dpop: { nonces: carried } }))
    expect(seen).toHaveLength(3)
  })
})

describe('secrets', () => {
  it('no error of this package holds a token, a nonce or a key', async () => {
    const secrets = ['canary-token', 'canary-nonce']
    const answers = [
      issued({ access_token: 'canary-token', token_type: 'Bearer' }, { 'dpop-nonce': 'canary-nonce' }),
      wantsNonce('canary-nonce'),
    ]
    for (const answer of answers) {
      const refusal = await refusalOf(clientCredentialsGrant(createTestClient({ fetch: createServer(answer).fetch })))
      const text = `${JSON.stringify(refusal)} ${refusal.message} ${refusal.stack} ${JSON.stringify(refusal.cause)}`
      for (const secret of secrets) expect(text).not.toContain(secret)
    }
  })

  it('a key pair of the wrong kind is refused without a word of it', () => {
    const leak = { privateKey: { kty: 'EC', d: 'canary' }, publicKey: 'canary' } as unknown as DPoPKeyPair
    expect(() => dpop({ keyPair: leak })).toThrow(expect.objectContaining({ message: expect.not.stringContaining('canary') }))
  })
})
