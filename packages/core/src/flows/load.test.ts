// The three loads that a server must not notice, and that no user may. Each counts requests; the clock moves only when it is told to.
import { exportJWK, generateKeyPair } from 'jose'
import { expect, it } from 'vitest'
import { signText } from '../../test/forge.js'
import { type Answer, createIssuer, type Issuer, jsonResponse } from '../../test/issuer.js'
import { authorizationCodeGrant, type Client, createAuthorizationRequest, discover } from '../index.js'

const redirect_uri = 'https://app.example/cb'

async function signIn(client: Client, server: Issuer) {
  const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
  return authorizationCodeGrant(client, server.authorize(url), transaction)
}

function requestsOf(server: Issuer) {
  const count = (endpoint: 'discovery' | 'jwks' | 'token') => server.requestsTo(endpoint).length
  return { discovery: count('discovery'), jwks: count('jwks'), token: count('token') }
}

const rejected = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))

/** Token responses whose ID token another key signs, under the name that `kid` gives. */
async function resign(server: Issuer, kid: () => string, key: CryptoKey = server.key): Promise<Answer> {
  return async (_, own) => {
    const response = (await (await own()).json()) as { id_token: string }
    const claims: unknown = JSON.parse(Buffer.from(response.id_token.split('.')[1] ?? '', 'base64url').toString())
    return jsonResponse({ ...response, id_token: await signText(key, { alg: 'ES256', kid: kid() }, claims as object) })
  }
}

it('F-U7, S-B03: 100 concurrent cold sign-ins make 1 request for the metadata, 1 for the keys and 100 for tokens (P-N1)', async () => {
  const server = await createIssuer()
  const all = Array.from({ length: 100 }, async () => signIn(await discover(server.issuer, server.options()), server))
  expect(rejected(await Promise.allSettled(all))).toEqual([])
  expect(requestsOf(server)).toEqual({ discovery: 1, jwks: 1, token: 100 })
})

it('F-U7: the second user of the process makes 1 request, though discover is called again (P-N2)', async () => {
  const server = await createIssuer()
  for (let i = 0; i < 2; i++) await signIn(await discover(server.issuer, server.options()), server)
  expect(requestsOf(server)).toEqual({ discovery: 1, jwks: 1, token: 2 })
})

it.each([0, 1, 61, 239])(
  'S-B23: a rotation under 100 concurrent callbacks fails none and makes 1 request for the keys, %i seconds after they came (P-N3)',
  async (age) => {
    const server = await createIssuer()
    const client = await discover(server.issuer, server.options())
    await signIn(client, server)
    server.clock.advance(age)
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    server.answer('jwks', jsonResponse({ keys: [{ ...(await exportJWK(publicKey)), kid: 'key-2', alg: 'ES256', use: 'sig' }] }))
    server.answer('token', await resign(server, () => 'key-2', privateKey))
    const before = requestsOf(server).jwks
    expect(rejected(await Promise.allSettled(Array.from({ length: 100 }, () => signIn(client, server))))).toEqual([])
    expect(requestsOf(server).jwks - before).toBe(1)
  },
)

it('S-B23: a rotation while the keys are being fetched ahead of their end, or anew, fails none either (P-N3)', async () => {
  for (const age of [240, 299, 300, 3000]) {
    const server = await createIssuer()
    const client = await discover(server.issuer, server.options())
    await signIn(client, server)
    server.clock.advance(age)
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    server.answer('jwks', jsonResponse({ keys: [{ ...(await exportJWK(publicKey)), kid: 'key-2', alg: 'ES256', use: 'sig' }] }))
    server.answer('token', await resign(server, () => 'key-2', privateKey))
    expect(rejected(await Promise.allSettled(Array.from({ length: 100 }, () => signIn(client, server))))).toEqual([])
    expect(requestsOf(server).jwks - 1).toBe(1)
  }
})

it('S-B02: 1,000 concurrent callbacks with random kids make at most 3 requests for the keys, and a real rotation still succeeds (P-N4)', async () => {
  const server = await createIssuer()
  const client = await discover(server.issuer, server.options())
  await signIn(client, server)
  let serial = 0
  server.answer('token', await resign(server, () => `random-${++serial}`))
  const outcomes = await Promise.allSettled(Array.from({ length: 1000 }, () => signIn(client, server)))
  expect(new Set(rejected(outcomes).map(({ code }) => code))).toEqual(new Set(['ID_TOKEN_KEY']))
  expect(rejected(outcomes)).toHaveLength(1000)
  expect(requestsOf(server).jwks - 1).toBeLessThanOrEqual(3)
  server.clock.advance(60)
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  server.answer('jwks', jsonResponse({ keys: [{ ...(await exportJWK(publicKey)), kid: 'key-2' }] }))
  server.answer('token', await resign(server, () => 'key-2', privateKey))
  await signIn(client, server)
})

it('S-B02: 1,000 callbacks with random kids over 20 minutes make at most 23 requests for unknown keys (P-N4)', async () => {
  const server = await createIssuer()
  const client = await discover(server.issuer, server.options())
  await signIn(client, server)
  let serial = 0
  server.answer('token', await resign(server, () => `random-${++serial}`))
  const before = requestsOf(server).jwks
  for (let i = 0; i < 1000; i++) {
    await expect(signIn(client, server)).rejects.toHaveProperty('code', 'ID_TOKEN_KEY')
    server.clock.advance(1.2)
  }
  // Each brings the known keys as well, so none is made for their age.
  expect(requestsOf(server).jwks - before).toBeLessThanOrEqual(23)
}, 60_000)
