import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { startOfTime } from '../../test/issuer.js'
import { type Probing, persistent, refusal, startProbe } from '../../test/probe.js'
import { canaries, expectNoSecret, expectRefusal } from '../../test/refusal.js'
import { type AssertionOptions, type ClientOptions, clientSecretJwt, createClient } from '../index.js'

const secret = `${canaries.secret}-of-at-least-32-bytes`
const assertionOf = ({ issuer }: Probing, at = 0) => String(issuer.requests[at]?.form.get('client_assertion'))
const verified = (assertion: string, key = secret) =>
  jwtVerify(assertion, new TextEncoder().encode(key), { currentDate: new Date(startOfTime * 1000), algorithms: ['HS256'] })

describe('clientSecretJwt', () => {
  it('F-A4: sends an assertion by HS256 under the secret, and not the secret (OpenID Connect Core, 9)', async () => {
    const probing = await startProbe([], { authentication: clientSecretJwt(secret) })
    await probing.send({ parameters: { grant_type: 'x' } })
    const [sent] = probing.issuer.requests
    expect(Object.fromEntries(sent?.form ?? [])).toEqual({
      grant_type: 'x',
      client_id: 'client-1',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertionOf(probing),
    })
    expect(sent?.headers).not.toHaveProperty('authorization')
    expect(JSON.stringify(sent)).not.toContain(secret)
    const { payload, protectedHeader } = await verified(assertionOf(probing))
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'client-authentication+jwt' })
    const { jti, ...claims } = payload
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

  it('F-A4: takes the options of every assertion', async () => {
    const probing = await startProbe([], { authentication: clientSecretJwt(secret, { audience: 'token_endpoint', typ: false }) })
    await probing.send()
    expect(decodeProtectedHeader(assertionOf(probing))).toEqual({ alg: 'HS256' })
    expect((await verified(assertionOf(probing))).payload.aud).toBe('https://as.example/token')
  })

  it('F-A10: without argument takes the option client_secret, so that a registered secret works', async () => {
    const probing = await startProbe([], { authentication: clientSecretJwt(), client_secret: secret })
    await probing.send()
    expect((await verified(assertionOf(probing))).payload.iss).toBe('client-1')
  })

  it('makes the assertion anew for every attempt', async () => {
    const probing = await startProbe([persistent()], { authentication: clientSecretJwt(secret) })
    probing.answer(refusal('slow_down', 429), refusal('slow_down', 429), Response.json({}))
    await probing.send()
    const ids = await Promise.all([0, 1, 2].map(async (at) => (await verified(assertionOf(probing, at))).payload.jti))
    expect(new Set(ids).size).toBe(3)
  })

  it('authenticates under any secret that is long enough, as the bytes of its UTF-8', async () => {
    const long = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => Buffer.byteLength(text) >= 32)
    await fc.assert(
      fc.asyncProperty(fc.oneof(long, fc.string({ minLength: 32, maxLength: 80 })), async (any) => {
        const probing = await startProbe([], { authentication: clientSecretJwt(any) })
        await probing.send()
        const [header, payload, mac] = assertionOf(probing).split('.')
        expect(mac).toBe(createHmac('sha256', Buffer.from(any)).update(`${header}.${payload}`).digest('base64url'))
      }),
      { numRuns: 50 },
    )
  })

  it('S-B27: a secret shorter than the hash is refused when the client is made (RFC 7518, 3.2)', async () => {
    const make = (options: Partial<ClientOptions>) =>
      createClient({ issuer: 'https://as.example' }, { client_id: 'c', ...options } as ClientOptions)
    for (const short of [canaries.secret, 'x'.repeat(31), `${'é'.repeat(15)}x`]) {
      await expectRefusal(() => make({ authentication: clientSecretJwt(short) }), 'OPTION_INVALID', { says: ['shorter than 32 bytes'] })
      await expectRefusal(() => make({ authentication: clientSecretJwt(), client_secret: short }), 'OPTION_INVALID')
    }
    for (const long of ['x'.repeat(32), 'é'.repeat(16)]) expect(() => make({ authentication: clientSecretJwt(long) })).not.toThrow()
  })

  it('F-A12: a client without any secret is not made, and a secret that is none is refused at once', async () => {
    const options: ClientOptions = { client_id: 'c', authentication: clientSecretJwt() }
    await expectRefusal(() => createClient({ issuer: 'https://as.example' }, options), 'OPTION_INVALID', {
      says: ['The client secret is missing'],
    })
    for (const value of ['', null, 7, {}]) await expectRefusal(() => clientSecretJwt(value as string), 'OPTION_INVALID')
  })

  it('F-A11: a changed header cannot take the MAC away', async () => {
    const modifyAssertion: AssertionOptions['modifyAssertion'] = ({ header }) => {
      header.alg = 'none'
    }
    const probing = await startProbe([], { authentication: clientSecretJwt(secret, { modifyAssertion }) })
    await probing.send()
    expect(decodeProtectedHeader(assertionOf(probing)).alg).toBe('HS256')
  })

  it('S-D53: secret and assertion are in no address, nor in a client, an error or an event', async () => {
    const probing = await startProbe([], { authentication: clientSecretJwt(secret) })
    probing.answer(refusal('invalid_client', 401))
    const error = await probing.refuse('OAUTH_ERROR')
    const { url, headers } = probing.issuer.requests[0] ?? {}
    for (const value of [error, probing.client, probing.events, url, headers, clientSecretJwt(secret)])
      expectNoSecret(value, [assertionOf(probing)])
  })
})
