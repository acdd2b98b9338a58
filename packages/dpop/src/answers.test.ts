import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  createAuthorizationRequest,
  fetchProtectedResource,
  fetchUserInfo,
  grant,
  refreshTokenGrant,
} from '@oidc/core'
import { type Plugin, request } from '@oidc/core/plugin'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dpop } from './dpop.js'
import {
  type Answer,
  api,
  challenges,
  claimsOf,
  createBareClient,
  createServer,
  createTestClient,
  deviceOperation,
  issued,
  issuer,
  keyPair,
  redirect_uri,
  refusalOf,
  startTime,
  wantsNonce,
} from './dpop.test-server.js'
import { generateDPoPKeyPair } from './key-pair.js'
import { createDPoPNonces } from './nonces.js'

const token = { access_token: 'at', token_type: 'DPoP' }
const nonceOf = async (seen: Parameters<typeof claimsOf>[0]) => (await claimsOf(seen)).nonce

describe('a nonce that the authorization server wants (RFC 9449, section 8)', () => {
  it('F-K-D6: the request is sent once more with the nonce, and otherwise as it was', async () => {
    const { fetch, seen } = createServer(wantsNonce('n1'), issued())
    const tokens = await clientCredentialsGrant(createTestClient({ fetch }), { scope: 'a' })
    expect(tokens.access_token).toBe('at')
    expect(seen).toHaveLength(2)
    expect(await claimsOf(seen[0])).not.toHaveProperty('nonce')
    expect(await nonceOf(seen[1])).toBe('n1')
    expect(seen[1]?.body).toBe(seen[0]?.body)
    expect(seen[1]?.headers.get('authorization')).toBe(seen[0]?.headers.get('authorization'))
  })

  const client = (fetch: typeof globalThis.fetch) => createTestClient({ fetch })
  it.each([
    [
      'code',
      async (fetch) => {
        const { transaction } = await createAuthorizationRequest(client(fetch), { redirect_uri, scope: 'a' })
        return authorizationCodeGrant(client(fetch), new URL(`${redirect_uri}?code=c&state=${transaction.state}`), transaction)
      },
    ],
    ['refresh token', (fetch) => refreshTokenGrant(client(fetch), 'rt')],
    ['client credentials', (fetch) => clientCredentialsGrant(client(fetch))],
    ['device code', (fetch) => grant(client(fetch), 'urn:ietf:params:oauth:grant-type:device_code', { device_code: 'd' })],
    ['CIBA', (fetch) => grant(client(fetch), 'urn:openid:params:grant-type:ciba', { auth_req_id: 'a' })],
    ['any other grant', (fetch) => grant(client(fetch), 'urn:example:grant', {})],
    ['device authorization', (fetch) => request(client(fetch), deviceOperation)],
    ['pushed authorization', (fetch) => request(client(fetch), { ...deviceOperation, name: 'pushed_authorization_request' })],
    [
      'registration',
      (fetch) => request(client(fetch), { ...deviceOperation, name: 'registration', credential: 'token', body: 'json' }, { token }),
    ],
  ] as [string, (fetch: typeof globalThis.fetch) => Promise<unknown>][])('F-K-D6: so is a request for %s', async (_, send) => {
    const { fetch, seen } = createServer(wantsNonce('n1'), issued())
    await send(fetch)
    expect(seen).toHaveLength(2)
    expect(await nonceOf(seen[1])).toBe('n1')
  })

  it.each([
    ['S-J01: with a new nonce each time', [wantsNonce('n1'), wantsNonce('n2'), wantsNonce('n3')]],
    ['S-J01: with the same nonce', [wantsNonce('n1')]],
  ])('%s: whoever always wants one is asked twice and no more', async (_, answers) => {
    const { fetch, seen } = createServer(...answers)
    const refusal = await refusalOf(clientCredentialsGrant(createTestClient({ fetch })))
    expect(refusal).toMatchObject({ code: 'OAUTH_ERROR', error: 'use_dpop_nonce' })
    expect(seen).toHaveLength(2)
  })

  it('S-J01: for a nonce once, also where another plugin has a request sent again', async () => {
    const patient: Plugin = { name: 'patient', exchange: { retry: () => 0 } }
    const { fetch, seen } = createServer({ status: 429 }, wantsNonce('n1'), wantsNonce('n2'))
    await refusalOf(clientCredentialsGrant(createBareClient({ fetch, use: [patient, dpop({ keyPair })] })))
    expect(seen).toHaveLength(3)
    expect(await Promise.all(seen.map(nonceOf))).toEqual([undefined, undefined, 'n1'])
  })

  it('S-J01: each call may be sent again once', async () => {
    const { fetch, seen } = createServer(wantsNonce('n1'), issued(), wantsNonce('n2'), issued())
    const client = createTestClient({ fetch })
    await clientCredentialsGrant(client)
    await clientCredentialsGrant(client)
    expect(await Promise.all(seen.map(nonceOf))).toEqual([undefined, 'n1', 'n1', 'n2'])
  })

  it.each([
    ['without a nonce', wantsNonce()],
    ['with something that is no nonce', wantsNonce('no nonce')],
  ])('S-J01: use_dpop_nonce %s is not retried, though an earlier nonce is known', async (_, refusal) => {
    const { fetch, seen } = createServer(issued({}, { 'dpop-nonce': 'n0' }), refusal)
    const client = createTestClient({ fetch })
    await clientCredentialsGrant(client)
    expect(await refusalOf(clientCredentialsGrant(client))).toMatchObject({ error: 'use_dpop_nonce' })
    expect(seen).toHaveLength(2)
  })

  it.each(['invalid_grant', 'invalid_dpop_proof', 'invalid_client', 'USE_DPOP_NONCE'])(
    'S-J03: %s with a DPoP-Nonce is not retried, and its nonce is adopted',
    async (error) => {
      const { fetch, seen } = createServer({ status: 400, body: { error }, headers: { 'dpop-nonce': 'n1' } }, issued())
      const client = createTestClient({ fetch })
      expect(await refusalOf(refreshTokenGrant(client, 'rt'))).toMatchObject({ error })
      expect(seen).toHaveLength(1)
      await clientCredentialsGrant(client)
      expect(await nonceOf(seen[1])).toBe('n1')
    },
  )

  it('S-J18: a refresh token whose key is gone is refused once: no second request, and nothing that says to try again', async () => {
    const { fetch, seen } = createServer(issued({ refresh_token: 'rt-1' }), ({ headers }) =>
      headers.has('dpop') ? { status: 400, body: { error: 'invalid_grant' }, headers: { 'dpop-nonce': 'n1' } } : {},
    )
    const tokens = await clientCredentialsGrant(createTestClient({ fetch }))
    const client = createTestClient({ fetch, dpop: { keyPair: await generateDPoPKeyPair() } })
    const refusal = await refusalOf(refreshTokenGrant(client, tokens))
    expect(refusal).toMatchObject({ code: 'OAUTH_ERROR', error: 'invalid_grant', retryable: false })
    expect(seen).toHaveLength(2)
    expect(new URLSearchParams(seen[1]?.body).get('refresh_token')).toBe('rt-1')
  })

  it('S-J03: a body that says invalid_grant is not overruled by a challenge', async () => {
    const { fetch, seen } = createServer({
      status: 401,
      body: { error: 'invalid_grant' },
      headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'n1' },
    })
    await refusalOf(refreshTokenGrant(createTestClient({ fetch }), 'rt'))
    expect(seen).toHaveLength(1)
  })
})

describe('a nonce that a resource server wants (RFC 9449, section 9)', () => {
  it.each([
    ['DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof"'],
    ['dpop ERROR=use_dpop_nonce'],
    ['Bearer, DPoP error="use_dpop_nonce", algs="ES256"'],
    ['Bearer error="invalid_token", DPoP algs="ES256", error="use_dpop_nonce"'],
    ['DPoP error="use_dpop_nonce", Bearer error="invalid_token"'],
  ])('F-K-D7: %s: the request is sent once more, with the nonce', async (challenge) => {
    const { fetch, seen } = createServer(challenges(challenge, 'n1'), { body: { sub: 'u' } })
    const response = await fetchProtectedResource(createTestClient({ fetch }), token, api, { method: 'POST', body: 'b' })
    expect(response.status).toBe(200)
    expect(seen.map(({ body }) => body)).toEqual(['b', 'b'])
    expect(await nonceOf(seen[1])).toBe('n1')
  })

  it('F-K-D7: so is a request to UserInfo', async () => {
    const { fetch, seen } = createServer(challenges('DPoP error="use_dpop_nonce"', 'n1'), { body: { sub: 'u' } })
    expect(await fetchUserInfo(createTestClient({ fetch }), token, { expectedSubject: 'u' })).toEqual({ sub: 'u' })
    expect(await nonceOf(seen[1])).toBe('n1')
  })

  it.each([
    ['the challenge is a Bearer one', challenges('Bearer error="use_dpop_nonce"', 'n1')],
    ['the challenge names another error', challenges('DPoP error="invalid_token"', 'n1')],
    ['the challenge names none', challenges('DPoP algs="ES256"', 'n1')],
    ['the answer has no nonce', challenges('DPoP error="use_dpop_nonce"')],
    ['the status is 403', { ...challenges('DPoP error="use_dpop_nonce"', 'n1'), status: 403 }],
    ['the status is 429', { ...challenges('DPoP error="use_dpop_nonce"', 'n1'), status: 429 }],
  ])('F-K-D7: nothing is sent again where %s', async (_, answer) => {
    const { fetch, seen } = createServer(answer)
    const response = await fetchProtectedResource(createTestClient({ fetch }), token, api)
    expect(response.status).toBe(answer.status)
    expect(seen).toHaveLength(1)
  })

  it('S-J01: whoever always wants one is asked twice, and the last Response is the result', async () => {
    const { fetch, seen } = createServer(challenges('DPoP error="use_dpop_nonce"', 'n1'), challenges('DPoP error="use_dpop_nonce"', 'n2'))
    const response = await fetchProtectedResource(createTestClient({ fetch }), token, api)
    expect(response.headers.get('dpop-nonce')).toBe('n2')
    expect(seen).toHaveLength(2)
  })

  it('F-K-D7: a stream as the body is never sent again', async () => {
    const { fetch, seen } = createServer(challenges('DPoP error="use_dpop_nonce"', 'n1'))
    const body = new Blob(['b']).stream() as ReadableStream<Uint8Array>
    expect((await fetchProtectedResource(createTestClient({ fetch }), token, api, { method: 'POST', body })).status).toBe(401)
    expect(seen).toHaveLength(1)
  })

  it('S-J10: a Bearer challenge does not make a bound token a Bearer one', async () => {
    const { fetch, seen } = createServer(challenges('Bearer error="invalid_token"'))
    const client = createTestClient({ fetch })
    await fetchProtectedResource(client, token, api)
    await fetchProtectedResource(client, token, api)
    expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual(['DPoP at', 'DPoP at'])
    expect(seen.every(({ headers }) => headers.has('dpop'))).toBe(true)
  })

  it('S-J19: a redirect is not followed: the token and its proof stay where they are', async () => {
    const { fetch, seen } = createServer({ status: 307, body: '', headers: { location: 'https://evil.example/' } })
    expect((await fetchProtectedResource(createTestClient({ fetch }), token, api)).status).toBe(307)
    expect(seen.map(({ url, redirect }) => ({ url, redirect }))).toEqual([{ url: api, redirect: 'manual' }])
  })
})

describe('the nonces that are known (RFC 9449, sections 8.2 and 9)', () => {
  it('S-J04: that of a successful answer is in the next proof', async () => {
    const { fetch, seen } = createServer(issued({}, { 'dpop-nonce': 'n1' }), issued({}, { 'dpop-nonce': 'n2' }), issued())
    const client = createTestClient({ fetch })
    for (let at = 0; at < 4; at++) await clientCredentialsGrant(client)
    expect(await Promise.all(seen.map(nonceOf))).toEqual([undefined, 'n1', 'n2', 'n2'])
  })

  it.each([200, 400, 401, 404, 429, 500, 503])('S-J04: that of an answer of status %d is adopted', async (status) => {
    const { fetch, seen } = createServer({ ...issued({}, { 'dpop-nonce': 'n1' }), status }, issued())
    const client = createTestClient({ fetch })
    await clientCredentialsGrant(client).catch(() => undefined)
    await clientCredentialsGrant(client)
    expect(await nonceOf(seen[1])).toBe('n1')
  })

  it('S-J07: that of one origin is never sent to another, and a port makes another origin', async () => {
    const { fetch, seen } = createServer(({ url }) => ({ headers: { 'dpop-nonce': `of:${new URL(url).origin}` } }))
    const client = createTestClient({ fetch })
    const urls = [
      api,
      'https://other.example/',
      'https://api.example:8443/',
      `${api}/more?x=1`,
      'https://API.example:443/',
      'https://other.example/2',
    ]
    for (const url of urls) await fetchProtectedResource(client, token, url)
    expect(await Promise.all(seen.map(nonceOf))).toEqual([
      undefined,
      undefined,
      undefined,
      'of:https://api.example',
      'of:https://api.example',
      'of:https://other.example',
    ])
  })

  it('S-J06: 10 000 origins do not fill the memory, and the own server stays known', async () => {
    const nonces = createDPoPNonces()
    const { received } = dpop({ keyPair, nonces }).exchange ?? {}
    const client = createTestClient()
    const answer = (url: string) => received?.({ status: 200, headers: new Headers({ 'dpop-nonce': 'n' }) }, { client, url } as never)
    answer(issuer)
    for (let at = 0; at < 10_000; at++) {
      answer(`https://${at}.example/path?${at}`)
      nonces.get(issuer)
    }
    expect(nonces.entries()).toHaveLength(100)
    expect(nonces.get(issuer)).toBe('n')
  })
})

describe('a clock that is wrong (RFC 9449, section 11.1)', () => {
  const refused = (seconds: number, error = 'invalid_dpop_proof'): Answer => ({
    status: 400,
    body: { error, error_description: 'iat is not acceptable' },
    headers: { date: new Date((startTime + seconds) * 1000).toUTCString() },
  })

  it.each([
    [600, '600 seconds behind the server'],
    [-600, '600 seconds ahead of the server'],
  ])('S-J15: by %d seconds is named by the error, with what to do, when the server refuses the proof', async (skew, text) => {
    const { fetch, seen } = createServer(refused(skew))
    const refusal = await refusalOf(clientCredentialsGrant(createTestClient({ fetch })))
    expect(refusal).toMatchObject({ code: 'DPOP_CLOCK_SKEW', error: 'invalid_dpop_proof', http: { status: 400 }, plugin: 'dpop' })
    expect(refusal.error_description).toBe('iat is not acceptable')
    expect(refusal.message).toContain(text)
    expect(refusal.message).toContain('option clock')
    expect(seen).toHaveLength(1)
  })

  it.each([
    ['by 30 seconds', refused(30)],
    ['where the server does not say its time', { ...refused(600), headers: {} }],
    ['where its time cannot be read', { ...refused(600), headers: { date: 'soon' } }],
    ['where something else is refused', refused(600, 'invalid_grant')],
  ])('S-J15: %s, it is not what the error names', async (_, answer) => {
    const { fetch } = createServer(answer)
    expect((await refusalOf(clientCredentialsGrant(createTestClient({ fetch })))).code).toBe('OAUTH_ERROR')
  })

  it('S-J15: UserInfo names it, and the Response of a protected resource is given as it came', async () => {
    const answer = {
      ...challenges('DPoP error="invalid_dpop_proof"'),
      headers: { ...refused(600).headers, 'www-authenticate': 'DPoP error="invalid_dpop_proof"' },
    }
    const client = createTestClient({ fetch: createServer(answer).fetch })
    expect((await refusalOf(fetchUserInfo(client, token, { expectedSubject: 'u' }))).code).toBe('DPOP_CLOCK_SKEW')
    expect((await fetchProtectedResource(client, token, api)).status).toBe(401)
  })
})

describe('for any sequence of answers', () => {
  const answer = fc.oneof(
    fc.constantFrom<Answer[]>(issued(), issued({}, { 'dpop-nonce': 'n' }), wantsNonce()),
    fc.stringMatching(/^[a-z]{1,4}$/).map((nonce) => wantsNonce(nonce)),
    fc.stringMatching(/^[a-z]{1,4}$/).map((nonce) => challenges('DPoP error="use_dpop_nonce"', nonce)),
    fc.constantFrom(400, 401, 403, 429, 500, 503).map((status) => ({ status, headers: { 'dpop-nonce': 'x' } })),
    fc
      .constantFrom('invalid_grant', 'invalid_dpop_proof', 'slow_down')
      .map((error) => ({ status: 400, body: { error }, headers: { 'dpop-nonce': 'y' } })),
  )
  const sends = [
    (fetch: typeof globalThis.fetch) => clientCredentialsGrant(createTestClient({ fetch })),
    (fetch: typeof globalThis.fetch) => fetchUserInfo(createTestClient({ fetch }), token, { expectedSubject: 'u' }),
    (fetch: typeof globalThis.fetch) => fetchProtectedResource(createTestClient({ fetch }), token, api, { method: 'POST' }),
  ]

  it('S-J01, S-J14: a call is sent at most twice, each time with a jti of its own, and the second only if the first was refused for a nonce', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 6 }), fc.constantFrom(...sends), async (answers, send) => {
        const { fetch, seen } = createServer(...answers)
        await send(fetch).catch(() => undefined)
        const proofs = await Promise.all(seen.map(claimsOf))
        expect(seen.length).toBeLessThanOrEqual(2)
        expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(seen.length)
        if (seen.length === 2) {
          const nonce = answers[0]?.headers?.['dpop-nonce']
          expect(JSON.stringify(answers[0])).toContain('use_dpop_nonce')
          expect(nonce).toBeDefined()
          expect(proofs[1]?.nonce).toBe(nonce)
        }
      }),
      { numRuns: 200 },
    )
  })
})
