import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Door, openDoor } from './listen.ts'
import { apiScope, createApi } from './resource-server.ts'

const issuer = 'https://op.example'
const resource = 'https://api.example/'
const start = 1_800_000_000
const issuerKeys = await generateKeyPair('ES256')
const clientKeys = await generateKeyPair('ES256', { extractable: true })
const otherKeys = await generateKeyPair('ES256', { extractable: true })
const jkt = await calculateJwkThumbprint(await exportJWK(clientKeys.publicKey))

let door: Door
let now: number

beforeEach(async () => {
  now = start
  door = await openDoor('127.0.0.1')
  door.serve(createApi({ origin: door.origin, resource, issuer, keys: async () => issuerKeys.publicKey, now: () => now }))
})

afterEach(() => door.close())

async function issueToken(claims: object = {}, { typ = 'at+jwt', key = issuerKeys.privateKey } = {}): Promise<string> {
  const usual = {
    iss: issuer,
    aud: resource,
    sub: 'alice',
    client_id: 'demo',
    scope: apiScope,
    jti: randomUUID(),
    iat: start,
    exp: start + 300,
    cnf: { jkt },
  }
  return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'ES256', typ }).sign(key)
}

interface ProofChanges {
  readonly claims?: Record<string, unknown>
  readonly typ?: string
  readonly keys?: typeof clientKeys
  readonly jwk?: JWK
}

async function prove(token: string, { claims = {}, typ = 'dpop+jwt', keys = clientKeys, jwk }: ProofChanges = {}): Promise<string> {
  const usual = {
    htm: 'GET',
    htu: `${door.origin}/tea`,
    ath: createHash('sha256').update(token).digest('base64url'),
    iat: now,
    jti: randomUUID(),
    nonce: await askNonce(),
  }
  return new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ, jwk: jwk ?? (await exportJWK(keys.publicKey)) })
    .sign(keys.privateKey)
}

async function askNonce(): Promise<string> {
  const { headers } = await fetch(`${door.origin}/tea`)
  return headers.get('dpop-nonce') ?? 'none came'
}

async function call(
  headers: HeadersInit,
  path = '/tea',
): Promise<{ status: number; error: unknown; challenge: string | null; body: Record<string, unknown> }> {
  const response = await fetch(door.origin + path, { headers })
  const body: Record<string, unknown> = await response.json()
  return { status: response.status, error: body.error, challenge: response.headers.get('www-authenticate'), body }
}

const present = (token: string, proof: string, path?: string) => call({ authorization: `DPoP ${token}`, dpop: proof }, path)

test('RFC 9449 section 7.1: a DPoP-bound access token with a good proof is served', async () => {
  const token = await issueToken()
  const { status, body } = await present(token, await prove(token), '/tea?cup=2')
  expect([status, body.sub]).toEqual([200, 'alice'])
})

test('RFC 6750 section 3: without a token the challenge names the scheme and no error', async () => {
  expect(await call({})).toMatchObject({ status: 401, error: undefined, challenge: 'DPoP algs="ES256"' })
})

test('RFC 9449 section 7.2: a bound token that comes as Bearer is refused', async () => {
  const token = await issueToken()
  expect(await call({ authorization: `Bearer ${token}`, dpop: await prove(token) })).toMatchObject({ status: 401, error: 'invalid_token' })
})

test('RFC 9449 section 9: a proof without a nonce is asked for one, and the next proof with it is served', async () => {
  const token = await issueToken()
  const refused = await fetch(`${door.origin}/tea`, {
    headers: { authorization: `DPoP ${token}`, dpop: await prove(token, { claims: { nonce: undefined } }) },
  })
  expect(refused.status).toBe(401)
  expect(refused.headers.get('www-authenticate')).toMatch(/^DPoP error="use_dpop_nonce"/)
  const nonce = refused.headers.get('dpop-nonce')
  expect(await present(token, await prove(token, { claims: { nonce } }))).toMatchObject({ status: 200 })
})

test('RFC 9449 section 9: a nonce that the server did not give, or gave too long ago, is refused', async () => {
  const token = await issueToken()
  expect(await present(token, await prove(token, { claims: { nonce: 'made-up' } }))).toMatchObject({ error: 'use_dpop_nonce' })
  const nonce = await askNonce()
  now = start + 130
  expect(await present(token, await prove(token, { claims: { nonce } }))).toMatchObject({ status: 200 })
  now = start + 250
  expect(await present(token, await prove(token, { claims: { nonce } }))).toMatchObject({ error: 'use_dpop_nonce' })
})

test.each<[string, ProofChanges]>([
  ['section 4.3 (8): htm is another method', { claims: { htm: 'POST' } }],
  ['section 4.3 (9): htu is another address', { claims: { htu: 'https://api.example/tea' } }],
  ['section 4.3 (9): htu is another path', { claims: { htu: 'tea' } }],
  ['section 4.3 (11): iat is too old', { claims: { iat: start - 61 } }],
  ['section 4.3 (11): iat is in the future', { claims: { iat: start + 61 } }],
  ['section 4.3 (12): ath is of another token', { claims: { ath: createHash('sha256').update('another').digest('base64url') } }],
  ['section 4.3 (3): ath is absent', { claims: { ath: undefined } }],
  ['section 4.3 (3): jti is absent', { claims: { jti: undefined } }],
  ['section 4.3 (4): typ is not dpop+jwt', { typ: 'JWT' }],
  ['section 4.3 (7): jwk holds the private key', { jwk: await exportJWK(clientKeys.privateKey) }],
  ['section 4.3 (6): the signature is of another key', { jwk: await exportJWK(otherKeys.publicKey) }],
])('RFC 9449 %s: invalid_dpop_proof', async (_rule, changes) => {
  const token = await issueToken()
  const answer = await present(token, await prove(token, changes))
  expect(answer).toMatchObject({ status: 401, error: 'invalid_dpop_proof' })
  expect(answer.challenge).toMatch(/^DPoP error="invalid_dpop_proof"/)
})

test('RFC 9449 section 4.3 (9): query and fragment of htu do not count', async () => {
  const token = await issueToken()
  expect(await present(token, await prove(token, { claims: { htu: `${door.origin}/tea?cup=1#2` } }))).toMatchObject({ status: 200 })
})

test('RFC 9449 section 4.3 (12): a proof of another key than the token is bound to is refused', async () => {
  const token = await issueToken()
  expect(await present(token, await prove(token, { keys: otherKeys }))).toMatchObject({ status: 401, error: 'invalid_token' })
})

test('RFC 9449 section 4.3 (1): two DPoP headers, or none, are refused', async () => {
  const token = await issueToken()
  const headers = { authorization: `DPoP ${token}`, dpop: [await prove(token), await prove(token)] }
  const [two]: IncomingMessage[] = await once(request(`${door.origin}/tea`, { headers }).end(), 'response')
  expect([two?.statusCode, two?.headers['www-authenticate']]).toEqual([401, expect.stringMatching(/exactly one DPoP header/)])
  two?.resume()
  expect(await call({ authorization: `DPoP ${token}` })).toMatchObject({ error: 'invalid_dpop_proof' })
})

test('RFC 9449 section 11.1: a replayed proof is refused', async () => {
  const token = await issueToken()
  const proof = await prove(token)
  expect(await present(token, proof)).toMatchObject({ status: 200 })
  expect(await present(token, proof)).toMatchObject({ status: 401, error: 'invalid_dpop_proof' })
})

test.each<[string, object]>([
  ['another issuer', { iss: 'https://evil.example' }],
  ['another audience', { aud: 'https://other.example/' }],
  ['expired', { exp: start - 1 }],
  ['bound to no key', { cnf: undefined }],
  ['without client_id', { client_id: undefined }],
])('RFC 9068 section 4: an access token that is %s is refused', async (_flaw, claims) => {
  const token = await issueToken(claims)
  expect(await present(token, await prove(token))).toMatchObject({ status: 401, error: 'invalid_token' })
})

test('RFC 9068 section 4: an ID token, or a token that another key signed, is no access token', async () => {
  for (const token of [await issueToken({}, { typ: 'JWT' }), await issueToken({}, { key: otherKeys.privateKey })])
    expect(await present(token, await prove(token))).toMatchObject({ status: 401, error: 'invalid_token' })
})

test('RFC 6750 section 3.1: a token without the scope is refused with 403', async () => {
  const token = await issueToken({ scope: 'coffee:read' })
  expect(await present(token, await prove(token))).toMatchObject({ status: 403, error: 'insufficient_scope' })
})
