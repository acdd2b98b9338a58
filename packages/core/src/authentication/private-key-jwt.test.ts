import fc from 'fast-check'
import { compactVerify, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { startOfTime } from '../../test/issuer.js'
import { type Probing, persistent, probe, refusal, request, startProbe } from '../../test/probe.js'
import { canaries, expectNoSecret, expectRefusal } from '../../test/refusal.js'
import type { JsonObject } from '../base/json.js'
import { systemRandom } from '../base/random.js'
import { type AssertionOptions, type ClientOptions, createClient, privateKeyJwt } from '../index.js'

const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })

const start = (settings?: AssertionOptions, options: Partial<ClientOptions> = {}) =>
  startProbe([], { authentication: privateKeyJwt(privateKey, settings), ...options })
const assertionOf = ({ issuer }: Pick<Probing, 'issuer'>, at = 0) => String(issuer.requests[at]?.form.get('client_assertion'))
/** The claims, by a verifier that is not ours. */
const verified = async (assertion: string) =>
  (await jwtVerify(assertion, publicKey, { currentDate: new Date(startOfTime * 1000), typ: 'client-authentication+jwt' })).payload
const audienceOf = async (settings?: AssertionOptions) => {
  const probing = await start(settings)
  await probing.send()
  return (await verified(assertionOf(probing))).aud
}

describe('the assertion of privateKeyJwt', () => {
  it('F-A5: is sent in the body with its type and the client_id, and no secret beside it (RFC 7523, 2.2)', async () => {
    const probing = await start()
    await probing.send({ parameters: { grant_type: 'x' } })
    const [sent] = probing.issuer.requests
    expect(Object.fromEntries(sent?.form ?? [])).toEqual({
      grant_type: 'x',
      client_id: 'client-1',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertionOf(probing),
    })
    expect(sent?.headers).not.toHaveProperty('authorization')
    expect(sent?.url).toBe('https://as.example/token')
  })

  it('F-A6: has exactly the claims of RFC 7523, 3: iss = sub = client_id, aud one string, a jti of 32 random bytes, 60 seconds of life', async () => {
    const probing = await start()
    await probing.send()
    const { jti, ...claims } = await verified(assertionOf(probing))
    expect(claims).toEqual({
      iss: 'client-1',
      sub: 'client-1',
      aud: 'https://as.example',
      iat: startOfTime,
      nbf: startOfTime,
      exp: startOfTime + 60,
    })
    expect(jti).toMatch(/^[\w-]{43}$/)
  })

  it('F-A11: header and claims can be changed just before they are signed, anew for each attempt, and the alg stays that of the key', async () => {
    const jtis: unknown[] = []
    const probing = await start({
      modifyAssertion({ header, claims }) {
        jtis.push(claims.jti)
        header.alg = 'none'
        header.x5t = 'thumb'
        claims.aud = 'https://as.example/token'
        claims.tenant = 't1'
      },
    })
    await probing.send()
    await probing.send()
    for (const at of [0, 1]) {
      const assertion = assertionOf(probing, at)
      expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'ES256', typ: 'client-authentication+jwt', x5t: 'thumb' })
      expect(await verified(assertion)).toMatchObject({ iss: 'client-1', aud: 'https://as.example/token', tenant: 't1', jti: jtis[at] })
    }
    expect(new Set(jtis).size).toBe(2)
  })

  it('F-A11: what it throws sends nothing, and something else than a function is refused at once', async () => {
    const probing = await start({
      modifyAssertion() {
        throw new Error(canaries.secret)
      },
    })
    await expect(probing.send()).rejects.toMatchObject({ code: 'PLUGIN_FAILED' })
    expect(probing.issuer.requests).toEqual([])
    await expectRefusal(() => privateKeyJwt(privateKey, { modifyAssertion: 'x' as never }), 'OPTION_INVALID', { says: ['modifyAssertion'] })
  })

  it('F-A6: says in its header what it is, and can leave that out for servers that refuse it', async () => {
    const probing = await start()
    await probing.send()
    expect(decodeProtectedHeader(assertionOf(probing))).toEqual({ alg: 'ES256', typ: 'client-authentication+jwt' })
    const plain = await start({ typ: false })
    await plain.send()
    expect(decodeProtectedHeader(assertionOf(plain))).toEqual({ alg: 'ES256' })
  })

  it.each(['RS256', 'PS384', 'ES512', 'Ed25519'])('F-A5: takes its algorithm from the key (%s), and the kid beside it', async (alg) => {
    const pair = await generateKeyPair(alg)
    const probing = await startProbe([], { authentication: privateKeyJwt({ key: pair.privateKey, kid: 'k' }) })
    await probing.send()
    const { protectedHeader } = await compactVerify(assertionOf(probing), pair.publicKey)
    expect(protectedHeader).toEqual({ alg, kid: 'k', typ: 'client-authentication+jwt' })
  })

  it('S-I14: is for the issuer alone: an attacker’s server that names another’s token endpoint as its own gets nothing that is good there', async () => {
    const probing = await start()
    await probing.refuse('HTTP_STATUS', { url: 'https://victim.example/token' })
    expect((await verified(assertionOf(probing))).aud).toBe('https://as.example')
    expect(await audienceOf()).toBe('https://as.example')
    expect(await audienceOf({ audience: 'issuer' })).toBe('https://as.example')
  })

  it('S-I14: is for the token endpoint, or another audience, only by the named option', async () => {
    expect(await audienceOf({ audience: 'token_endpoint' })).toBe('https://as.example/token')
    expect(await audienceOf({ audience: 'https://other.example' })).toBe('https://other.example')
  })

  it('cannot be for a token endpoint that is not there', async () => {
    const probing = await start({ audience: 'token_endpoint' })
    const { token_endpoint: _, ...server } = probing.issuer.metadata
    const client = createClient(
      server,
      probing.issuer.options({ authentication: privateKeyJwt(privateKey, { audience: 'token_endpoint' }) }),
    )
    await expectRefusal(request(client, probe({ endpoint: 'revocation_endpoint' })), 'SERVER_METADATA_MISSING', {
      says: ['no token_endpoint'],
    })
    expect(probing.issuer.requests).toEqual([])
  })

  it('is made anew for every attempt and every request, with a jti that never repeats', async () => {
    const { privateKey: key } = await generateKeyPair('Ed25519')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }), async (attempts) => {
        const probing = await startProbe([persistent()], { authentication: privateKeyJwt(key), random: systemRandom })
        for (const count of attempts) {
          probing.answer(...Array.from({ length: count - 1 }, () => refusal('slow_down', 429)), Response.json({}))
          await probing.send()
        }
        const assertions = probing.issuer.requests.map(({ form }) => String(form.get('client_assertion')))
        const ids = assertions.map((jwt) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()).jti)
        const total = attempts.reduce((sum, count) => sum + count, 0)
        expect(assertions).toHaveLength(total)
        expect(new Set(assertions).size).toBe(total)
        expect(new Set(ids).size).toBe(total)
      }),
      { numRuns: 25 },
    )
  })

  it('F-U8: lives by the clock of the client', async () => {
    const probing = await start()
    probing.issuer.clock.advance(1000)
    await probing.send()
    const claims = JSON.parse(Buffer.from(assertionOf(probing).split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ iat: startOfTime + 1000, nbf: startOfTime + 1000, exp: startOfTime + 1060 })
  })

  it('carries any client_id unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (client_id) => {
        const probing = await start({}, { client_id })
        await probing.send()
        expect(await verified(assertionOf(probing))).toMatchObject({ iss: client_id, sub: client_id })
        expect(probing.issuer.requests[0]?.form.get('client_id')).toBe(client_id)
      }),
      { numRuns: 25 },
    )
  })

  it('may be signed elsewhere; where that fails, nothing is sent and nothing is sent again', async () => {
    const sign = async (data: Uint8Array) =>
      new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, data.slice()))
    const probing = await startProbe([], { authentication: privateKeyJwt({ alg: 'ES256', kid: 'kms', sign }) })
    await probing.send()
    expect(await verified(assertionOf(probing))).toMatchObject({ iss: 'client-1' })
    const failing = privateKeyJwt({ alg: 'ES256', sign: () => Promise.reject(new Error(canaries.secret)) })
    const broken = await startProbe([persistent()], { authentication: failing })
    await broken.refuse('KEY_INVALID')
    expect(broken.sent()).toBe(0)
  })
})

describe('the key of privateKeyJwt', () => {
  it('F-A12: that is public or no key is told when the method is made', async () => {
    for (const key of [
      publicKey,
      await exportJWK(publicKey),
      undefined,
      null,
      canaries.secret,
      { kty: 'oct', k: canaries.secret, alg: 'HS256' },
    ])
      await expectRefusal(() => privateKeyJwt(key as CryptoKey), 'KEY_INVALID')
  })

  it('shows in no client, error or event, and neither does an assertion', async () => {
    const jwk = (await exportJWK(privateKey)) as JsonObject
    const probing = await startProbe([], { authentication: privateKeyJwt(jwk) })
    probing.answer(refusal('invalid_client', 401))
    const error = await probing.refuse('OAUTH_ERROR')
    const secrets = [String(jwk.d), assertionOf(probing), String(assertionOf(probing).split('.')[2])]
    for (const value of [error, probing.client, probing.events, privateKeyJwt(jwk)]) expectNoSecret(value, secrets)
  })
})

describe('several keys of privateKeyJwt, during a rotation', () => {
  it('F-A5: the first one signs, be it the one to come or the one to go', async () => {
    const next = await generateKeyPair('ES256', { extractable: true })
    for (const [first, second, kid] of [
      [next, { privateKey }, 'next'],
      [{ privateKey }, next, 'present'],
    ] as const) {
      const probing = await startProbe([], { authentication: privateKeyJwt([{ key: first.privateKey, kid }, second.privateKey]) })
      await probing.send()
      const assertion = assertionOf(probing)
      expect(decodeProtectedHeader(assertion).kid).toBe(kid)
      await compactVerify(assertion, kid === 'next' ? next.publicKey : publicKey)
    }
  })

  it('F-A12: one that cannot sign is told at once, wherever it stands, and so is an empty list', async () => {
    await expectRefusal(() => privateKeyJwt([privateKey, publicKey]), 'KEY_INVALID', { says: ['The key is a public one'] })
    await expectRefusal(() => privateKeyJwt([]), 'OPTION_INVALID', { says: ['The option key is missing'] })
  })
})
