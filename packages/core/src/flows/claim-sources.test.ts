import { generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { signText, unsigned } from '../../test/forge.js'
import { createIssuer, jsonResponse, startOfTime } from '../../test/issuer.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import {
  type ClientOptions,
  type createClient as Create,
  clientSecretBasic,
  createClient,
  fetchDistributedClaims,
  verifyAggregatedClaims,
} from '../index.js'

const bank = 'https://bank.example'
const endpoint = 'https://claims.bank.example/user?x=1'
const head = { alg: 'ES256', kid: 'bank-1' }

/** The server of the login, and a bank with keys and an address of its own beside it. */
async function createWorld(options: Partial<ClientOptions> = {}, metadata: object = {}) {
  const issuer = await createIssuer()
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'bank-1', alg: 'ES256', key_ops: undefined }
  const requests: { readonly url: string; readonly headers: Headers }[] = []
  let answer = async (): Promise<Response> => new Response('nothing', { status: 500 })
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    if (request.url.startsWith(issuer.issuer)) return issuer.fetch(input, init)
    requests.push({ url: request.url, headers: request.headers })
    if (request.url === `${bank}/.well-known/openid-configuration`)
      return jsonResponse({ issuer: bank, jwks_uri: `${bank}/keys`, require_pushed_authorization_requests: true, ...metadata })
    if (request.url === `${bank}/keys`) return jsonResponse({ keys: [jwk] })
    return answer()
  }
  const authentication = clientSecretBasic(canaries.secret)
  const client: ReturnType<typeof Create> = createClient(issuer.metadata, issuer.options({ fetch, authentication, ...options }))
  return {
    issuer,
    client,
    requests,
    urls: () => requests.map(({ url }) => url),
    sign: (claims: object = {}, header: object = head) =>
      signText(privateKey, header, { iss: bank, credit_score: 650, phone: canaries.email, ...claims }),
    answerWith(make: () => Response | Promise<Response>) {
      answer = async () => make()
    },
  }
}

const aggregated = (JWT: unknown, _claim_names: object = { credit_score: 'src', phone: 'src' }) => ({
  sub: canaries.sub,
  iss: 'https://as.example',
  name: canaries.name,
  _claim_names,
  _claim_sources: { src: { JWT } },
})
const distributed = (source: object = { endpoint, access_token: canaries.token }) => ({
  sub: canaries.sub,
  _claim_names: { credit_score: 'src' },
  _claim_sources: { src: source },
})
const asJwt = (jwt: string) => new Response(`${jwt}\n`, { headers: { 'content-type': 'application/jwt' } })

describe('verifyAggregatedClaims (OpenID Connect Core 1.0, 5.6.2)', () => {
  it('F-T15: gives the claims apart, verified against the keys that discovery of their own issuer finds', async () => {
    const { client, sign, urls, issuer } = await createWorld()
    const claims = Object.freeze(aggregated(await sign({ iat: startOfTime, exp: startOfTime + 60, aud: 'client-1' })))
    expect(await verifyAggregatedClaims(client, claims, { issuers: [bank] })).toEqual([
      { issuer: bank, claims: { credit_score: 650, phone: canaries.email } },
    ])
    expect(urls()).toEqual([`${bank}/.well-known/openid-configuration`, `${bank}/keys`])
    expect(issuer.requests).toEqual([])
  })

  it('F-T15: takes metadata where the issuer has no discovery', async () => {
    const { client, sign, urls } = await createWorld()
    const issuers = [{ issuer: bank, jwks_uri: `${bank}/keys` }]
    expect(await verifyAggregatedClaims(client, aggregated(await sign()), { issuers })).toHaveLength(1)
    expect(urls()).toEqual([`${bank}/keys`])
  })

  it('F-T15: what a source says of sub, iss and the sign-in is never given, nor what was not named', async () => {
    const { client, sign } = await createWorld()
    const jwt = await sign({ sub: 'another', amr: ['x'], acr: 'gold', is_admin: true })
    const names = {
      sub: 'src',
      iss: 'src',
      acr: 'src',
      amr: 'src',
      credit_score: 'src',
      absent: 'src',
      toString: 'src',
      constructor: 'src',
    }
    expect(await verifyAggregatedClaims(client, aggregated(jwt, names), { issuers: [bank] })).toEqual([
      { issuer: bank, claims: { credit_score: 650 } },
    ])
  })

  it('S-A32: an issuer that is not allowed is refused, and nothing is asked of it', async () => {
    const { client, sign, urls } = await createWorld()
    for (const [iss, seen] of [
      ['https://evil.example', '"https://evil.example"'],
      [`${bank}/`, `"${bank}/"`],
      [undefined, 'missing'],
      [7, 'missing'],
      [[bank], 'missing'],
    ])
      await expectRefusal(verifyAggregatedClaims(client, aggregated(await sign({ iss })), { issuers: [bank] }), 'CLAIM_SOURCE_ISSUER', {
        says: [`has the issuer ${seen}, which is not allowed`],
      })
    const long = aggregated(await sign({ iss: `https://${'x'.repeat(5000)}` }))
    const { message } = await expectRefusal(verifyAggregatedClaims(client, long, { issuers: [bank] }), 'CLAIM_SOURCE_ISSUER')
    expect(message.length).toBeLessThan(500)
    await expectRefusal(verifyAggregatedClaims(client, aggregated(await sign()), { issuers: [] }), 'CLAIM_SOURCE_ISSUER')
    expect(urls()).toEqual([])
  })

  it('S-F14: one that is not signed, or with a key of another, is not believed', async () => {
    const { client, sign, issuer } = await createWorld()
    const refuse = async (jwt: string, code: Parameters<typeof expectRefusal>[1]) =>
      expectRefusal(verifyAggregatedClaims(client, aggregated(jwt), { issuers: [bank, issuer.issuer] }), code)
    const own = { iss: bank, credit_score: 650 }
    for (const alg of ['none', 'None', 'HS256']) await refuse(unsigned({ alg }, own), 'CLAIM_SOURCE_ALGORITHM')
    await refuse(await signText(issuer.key, head, own), 'CLAIM_SOURCE_SIGNATURE')
    await refuse(await issuer.sign(own), 'CLAIM_SOURCE_KEY')
    await refuse(`${await sign()}x`, 'CLAIM_SOURCE_MALFORMED')
    await refuse(await sign({ aud: 'another' }), 'CLAIM_SOURCE_AUDIENCE')
    await refuse(await sign({ exp: startOfTime - 31 }), 'CLAIM_SOURCE_EXPIRED')
    await refuse(await sign({ nbf: startOfTime + 31 }), 'CLAIM_SOURCE_NOT_BEFORE')
    await refuse(await sign({ iat: startOfTime + 31 }), 'CLAIM_SOURCE_ISSUED_AT')
    for (const name of ['nonce', 'at_hash', 'c_hash', 's_hash', 'events']) await refuse(await sign({ [name]: 'x' }), 'CLAIM_SOURCE_TYPE')
    await refuse(await sign({}, { ...head, typ: 'at+jwt' }), 'CLAIM_SOURCE_TYPE')
  })

  it('the metadata of another issuer, found where the source should be, is refused', async () => {
    const { client, sign } = await createWorld({}, { issuer: 'https://evil.example' })
    await expectRefusal(verifyAggregatedClaims(client, aggregated(await sign()), { issuers: [bank] }), 'ISSUER_MISMATCH')
  })

  it('sources of claims that nobody wants are not touched', async () => {
    const { client, sign } = await createWorld()
    const claims = {
      ...aggregated(await sign(), { credit_score: 'src', phone: 'broken', address: ['src', 'broken'] }),
      _claim_sources: { src: { JWT: await sign() }, broken: { JWT: 'x' } },
    }
    const found = await verifyAggregatedClaims(client, claims, { issuers: [bank], names: ['credit_score'] })
    expect(found).toEqual([{ issuer: bank, claims: { credit_score: 650 } }])
    await expectRefusal(verifyAggregatedClaims(client, claims, { issuers: [bank] }), 'CLAIM_SOURCE_MALFORMED')
    expect(await verifyAggregatedClaims(client, { sub: 'user-1' }, { issuers: [bank] })).toEqual([])
  })

  const many = (length: number, JWT: string) => ({
    _claim_names: Object.fromEntries(Array.from({ length }, (_, i) => [`c${i}`, `s${i}`])),
    _claim_sources: Object.fromEntries(Array.from({ length }, (_, i) => [`s${i}`, { JWT }])),
  })
  it.each<[string, string, object]>([
    ['names without sources', 'is not described by two objects', { _claim_names: { a: 'src' } }],
    ['sources without names', 'is not described by two objects', { _claim_sources: { src: { JWT: 'x' } } }],
    ['names that are a list', 'is not described by two objects', { _claim_names: ['a'], _claim_sources: {} }],
    ['sources that are a list', 'is not described by two objects', { _claim_names: { a: '0' }, _claim_sources: [{ JWT: 'x' }] }],
    ['a source that is missing', 'stands nowhere', { _claim_names: { a: 'src' }, _claim_sources: {} }],
    ['a source by the name of a member of all objects', 'stands nowhere', { _claim_names: { a: 'constructor' }, _claim_sources: {} }],
    ['a name that is no text', 'stands nowhere', { _claim_names: { a: 7 }, _claim_sources: { 7: { JWT: 'x' } } }],
    ['a source that is a text', 'exactly one of JWT and endpoint', { _claim_names: { a: 'src' }, _claim_sources: { src: 'x' } }],
    ['a source with neither JWT nor endpoint', 'exactly one of', { _claim_names: { a: 'src' }, _claim_sources: { src: {} } }],
    ['a source with both', 'exactly one of', { _claim_names: { a: 'src' }, _claim_sources: { src: { JWT: 'x', endpoint } } }],
    ['more sources than any honest answer has', 'is one of 17, and 16 are looked at', many(17, 'x')],
  ])('%s: told by its code', async (_, says, claims) => {
    const { client } = await createWorld()
    for (const look of [verifyAggregatedClaims, fetchDistributedClaims])
      await expectRefusal(look(client, claims, { issuers: [bank] }), 'CLAIM_SOURCE_INVALID', { says: [`A claim source`, says] })
  })

  it('S-F13: as many sources as an honest answer may have are looked at', async () => {
    const { client, sign } = await createWorld()
    const found = await verifyAggregatedClaims(client, many(16, await sign({ c3: 'three' })), { issuers: [bank] })
    expect(found).toHaveLength(16)
    expect(found[3]).toEqual({ issuer: bank, claims: { c3: 'three' } })
  })

  it.each([
    ['no text', 7, 'CLAIM_SOURCE_MALFORMED', 'cannot be used'],
    ['no JWT', 'x', 'CLAIM_SOURCE_MALFORMED', 'cannot be used'],
    ['encrypted', 'a.b.c.d.e', 'CLAIM_SOURCE_ENCRYPTION', 'is encrypted, which is not supported'],
  ] as const)('S-F14: a JWT that is %s is refused by its code', async (_, jwt, code, says) => {
    const { client, urls } = await createWorld()
    await expectRefusal(verifyAggregatedClaims(client, aggregated(jwt), { issuers: [bank] }), code, { says: [says] })
    expect(urls()).toEqual([])
  })

  it.each([undefined, bank, {}])('issuers must be a list: %j', async (issuers) => {
    const { client } = await createWorld()
    await expectRefusal(verifyAggregatedClaims(client, aggregated('x'), { issuers } as never), 'OPTION_INVALID', {
      says: ['The option issuers is', 'an array of the issuers that may state claims'],
    })
  })
})

describe('fetchDistributedClaims (OpenID Connect Core 1.0, 5.6.2.2)', () => {
  it('F-T15: asks the endpoint with the token that stands beside it, and nothing of this client, and verifies what comes', async () => {
    const { client, sign, answerWith, requests } = await createWorld()
    answerWith(async () => asJwt(await sign()))
    expect(await fetchDistributedClaims(client, distributed(), { issuers: [bank] })).toEqual([
      { issuer: bank, claims: { credit_score: 650 } },
    ])
    const [first] = requests
    expect(first?.url).toBe(endpoint)
    expect(first?.headers.get('authorization')).toBe(`Bearer ${canaries.token}`)
    expect(JSON.stringify(requests)).not.toContain(canaries.secret)
  })

  it('F-T15: without a token, none is sent', async () => {
    const { client, sign, answerWith, requests } = await createWorld()
    answerWith(async () => asJwt(await sign()))
    await fetchDistributedClaims(client, distributed({ endpoint }), { issuers: [bank] })
    expect(requests[0]?.headers.has('authorization')).toBe(false)
  })

  it('S-F13: nothing is fetched by verifyAggregatedClaims, nor for claims that nobody wants', async () => {
    const { client, urls } = await createWorld()
    expect(await verifyAggregatedClaims(client, distributed(), { issuers: [bank] })).toEqual([])
    expect(await fetchDistributedClaims(client, distributed(), { issuers: [bank], names: ['email'] })).toEqual([])
    expect(await fetchDistributedClaims(client, aggregated('x'), { issuers: [bank] })).toEqual([])
    for (const none of [undefined, null, [], 'x'])
      expect(await fetchDistributedClaims(client, none as never, { issuers: [bank] })).toEqual([])
    expect(urls()).toEqual([])
  })

  it.each([
    'https://127.0.0.1/',
    'https://169.254.169.254/latest',
    'https://10.0.0.8/x',
    'https://intranet/x',
    'https://[::1]/',
    'https://2130706433/',
  ])('S-F13: %s is of an inner network, and is refused unless the option egress says otherwise', async (inner) => {
    const { client, urls } = await createWorld()
    await expectRefusal(fetchDistributedClaims(client, distributed({ endpoint: inner }), { issuers: [bank] }), 'EGRESS_REFUSED')
    expect(urls()).toEqual([])
    const asked: string[] = []
    const egress = (url: URL, what: string) => void asked.push(`${what} ${url.hostname}`)
    const open = await createWorld({ egress })
    open.answerWith(async () => asJwt(await open.sign()))
    await fetchDistributedClaims(open.client, distributed({ endpoint: inner }), { issuers: [bank] })
    expect(asked[0]).toMatch(/^claim_source /)
    expect(asked).toHaveLength(3)
  })

  it.each<[unknown, Parameters<typeof expectRefusal>[1]]>([
    ['http://claims.bank.example/', 'URL_INSECURE'],
    ['https://ada:secret@claims.bank.example/', 'URL_INVALID'],
    ['javascript:alert(1)', 'URL_INVALID'],
    ['/user', 'URL_INVALID'],
    ['', 'CLAIM_SOURCE_INVALID'],
    [7, 'CLAIM_SOURCE_INVALID'],
    [[endpoint], 'CLAIM_SOURCE_INVALID'],
  ])('S-F13: an endpoint of %j is refused before anything is sent', async (wrong, code) => {
    const { client, urls } = await createWorld()
    const says = code === 'CLAIM_SOURCE_INVALID' ? ['has an endpoint that is no string'] : []
    await expectRefusal(fetchDistributedClaims(client, distributed({ endpoint: wrong }), { issuers: [bank] }), code, { says })
    expect(urls()).toEqual([])
  })

  it.each(['a b', 'a\r\nb', '', 7, null, {}])('S-D05: a token of %j reaches no header', async (access_token) => {
    const { client, urls } = await createWorld()
    await expectRefusal(
      fetchDistributedClaims(client, distributed({ endpoint, access_token }), { issuers: [bank] }),
      'CLAIM_SOURCE_INVALID',
      { says: ['has an access_token that cannot be sent'] },
    )
    expect(urls()).toEqual([])
  })

  it('what comes is refused where it is a redirect, JSON, of another issuer, or unsigned', async () => {
    const { client, sign, answerWith } = await createWorld()
    const refuse = async (make: () => Response | Promise<Response>, code: Parameters<typeof expectRefusal>[1]) => {
      answerWith(make)
      await expectRefusal(fetchDistributedClaims(client, distributed(), { issuers: [bank] }), code)
    }
    await refuse(() => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), 'REDIRECT_REFUSED')
    await refuse(() => jsonResponse({ credit_score: 800 }), 'RESPONSE_CONTENT_TYPE')
    await refuse(() => asJwt(unsigned({ alg: 'none' }, { iss: bank, credit_score: 800 })), 'CLAIM_SOURCE_ALGORITHM')
    await refuse(async () => asJwt(await sign({ iss: 'https://evil.example' })), 'CLAIM_SOURCE_ISSUER')
    await refuse(() => jsonResponse({ error: 'invalid_token' }, 401), 'OAUTH_ERROR')
  })

  it('S-A08: loopback is asked in development alone, where it is allowed by name', async () => {
    const local = distributed({ endpoint: 'http://localhost:3000/user' })
    const { client, sign, answerWith, requests } = await createWorld({ allowInsecure: 'loopback' })
    answerWith(async () => asJwt(await sign()))
    expect(await fetchDistributedClaims(client, local, { issuers: [bank] })).toHaveLength(1)
    expect(requests[0]?.url).toBe('http://localhost:3000/user')
    await expectRefusal(fetchDistributedClaims((await createWorld()).client, local, { issuers: [bank] }), 'URL_INSECURE')
  })

  it('S-F14: every refusal names what it is about', async () => {
    const { client, sign, answerWith } = await createWorld()
    answerWith(async () => asJwt(await sign({ exp: startOfTime - 31 })))
    await expectRefusal(fetchDistributedClaims(client, distributed(), { issuers: [bank] }), 'CLAIM_SOURCE_EXPIRED', {
      says: ['The JWT of a claim source expired'],
    })
  })

  it('the caller can give up', async () => {
    const { client } = await createWorld()
    const signal = AbortSignal.abort()
    await expectRefusal(fetchDistributedClaims(client, distributed(), { issuers: [bank], signal }), 'ABORTED')
  })
})
