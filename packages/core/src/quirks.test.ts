// Rules that are stricter than what some servers do: each error names its way out, and each way out opens nothing else.
import { describe, expect, it } from 'vitest'
import { unsigned } from '../test/forge.js'
import { createIssuer, jsonResponse, startOfTime } from '../test/issuer.js'
import { startLogin } from '../test/login.js'
import { canaries, expectRefusal } from '../test/refusal.js'
import { createClient, discover, grant, type Quirks, validateIdToken } from './index.js'
import { checkTokenHash, receive, tokenOperation } from './plugin.js'

const server = { issuer: 'https://as.example' }

async function makeWith(quirks: unknown) {
  const { metadata, options } = await createIssuer()
  return createClient(metadata, options({ quirks: quirks as Quirks }))
}

describe('quirks', () => {
  it('F-U9: one that does not exist is refused with the nearest name', async () => {
    await expectRefusal(makeWith({ missingTokenTyp: 'Bearer' }), 'OPTION_UNKNOWN', {
      says: ['"quirks.missingTokenTyp" is unknown. Did you mean missingTokenType?'],
    })
    await expectRefusal(makeWith({ __proto__: null, constructor: 'x' }), 'OPTION_UNKNOWN')
  })

  it.each([
    [{ missingTokenType: 'DPoP' }, "quirks.missingTokenType is of type string. Give 'Bearer' or nothing."],
    [{ atHash: true }, "quirks.atHash is of type boolean. Give 'ignore' or nothing."],
    [{ longSubject: 'yes' }, "quirks.longSubject is of type string. Give 'accept' or nothing."],
    [{ skipIdTokenSignature: true }, "quirks.skipIdTokenSignature is of type boolean. Give 'tls' or nothing."],
    [{ allowedAuthorizedParties: 'client-22' }, 'quirks.allowedAuthorizedParties is of type string. Give an array.'],
    [{ acceptContentTypes: ['text/plain'] }, 'quirks.acceptContentTypes is an array. Give an object.'],
    [{ logoutTokenWithoutExp: 'yes' }, 'quirks.logoutTokenWithoutExp is of type string. Give true or false.'],
  ])('F-U9: %j is of the wrong kind, and would loosen something else than was meant', async (quirks, says) => {
    await expectRefusal(makeWith(quirks), 'OPTION_INVALID', { says: [says] })
  })

  it('S-E47: a wrong at_hash names the quirk where no specification names the hash, and nowhere else', async () => {
    const says = "give quirks: { atHash: 'ignore' }"
    for (const alg of ['EdDSA', 'Ed25519', 'ML-DSA-44', 'ML-DSA-87'])
      await expectRefusal(checkTokenHash('at_hash', 'x', canaries.token, alg), 'ID_TOKEN_HASH', { says: [says] })
    for (const [name, alg] of [
      ['at_hash', 'RS256'],
      ['c_hash', 'EdDSA'],
    ] as const) {
      const error = await expectRefusal(checkTokenHash(name, 'x', canaries.token, alg), 'ID_TOKEN_HASH')
      expect(error.message).not.toContain('quirks')
    }
  })

  it('S-E44: a sub of more than 255 characters is refused, the error names longSubject, and with it only the length is not looked at', async () => {
    const sub = 's'.repeat(256)
    const strict = await startLogin()
    strict.alter({ claims: { sub } })
    await strict.refuse(strict.finish(), 'ID_TOKEN_SUBJECT', "quirks: { longSubject: 'accept' }")
    for (const [claim, isGood] of [
      [sub, true],
      ['', false],
      [`${sub}\ud800`, false],
    ] as const) {
      const login = await startLogin({ options: { quirks: { longSubject: 'accept' } } })
      login.alter({ claims: { sub: claim } })
      if (isGood) expect((await login.finish()).claims?.sub).toBe(claim)
      else await login.refuse(login.finish(), 'ID_TOKEN_SUBJECT')
    }
  })

  it.each([
    ['text/plain', { 'content-type': 'text/plain' }],
    ['', {}],
  ])(
    'a key set of the media type %j is refused, the error names acceptContentTypes, and with it the set is taken',
    async (type, headers) => {
      const answerWith = async (quirks?: Quirks) => {
        const login = await startLogin(quirks ? { options: { quirks } } : {})
        const body = new TextEncoder().encode(JSON.stringify({ keys: [login.issuer.publicJwk] }))
        login.issuer.answer('jwks', () => new Response(body, { headers: headers as Record<string, string> }))
        return login
      }
      const strict = await answerWith()
      await strict.refuse(strict.finish(), 'RESPONSE_CONTENT_TYPE', `quirks: { acceptContentTypes: { jwks: ['${type}'] } }`)
      const elsewhere = await answerWith({ acceptContentTypes: { discovery: [type], jwks: ['text/html'] } })
      await elsewhere.refuse(elsewhere.finish(), 'RESPONSE_CONTENT_TYPE')
      const tolerant = await answerWith({ acceptContentTypes: { jwks: [type] } })
      expect((await tolerant.finish()).claims?.sub).toBe(canaries.sub)
      expect(tolerant.issuer.requestsTo('jwks')[0]?.headers.accept).not.toMatch(/, $|^, /)
    },
  )

  it('metadata of another media type is refused, the error names acceptContentTypes, and with it the document is taken', async () => {
    const issuer = await createIssuer()
    issuer.answer('discovery', new Response(JSON.stringify(issuer.metadata), { headers: { 'content-type': 'text/plain' } }))
    await expectRefusal(discover(issuer.issuer, issuer.options()), 'RESPONSE_CONTENT_TYPE', {
      says: ["quirks: { acceptContentTypes: { discovery: ['text/plain'] } }"],
    })
    const quirks = { acceptContentTypes: { discovery: ['text/plain'] } }
    expect((await discover(issuer.issuer, issuer.options({ quirks }))).server.issuer).toBe(issuer.issuer)
  })
})

describe('quirks.skipIdTokenSignature: the exemption of OpenID Connect Core 1.0, 3.1.3.7 (6)', () => {
  const options = { quirks: { skipIdTokenSignature: 'tls' } } as const
  const forge = (claims: object) => unsigned({ alg: 'ES256' }, claims, 'c2ln')

  it('F-G15: without it, the signature is verified also where the token came over TLS', async () => {
    const login = await startLogin()
    login.alter({ token: forge })
    await login.refuse(login.finish(), 'ID_TOKEN_SIGNATURE')
  })

  it('F-G15: with it, no key set is asked for, an event tells, and every other rule holds', async () => {
    const login = await startLogin({ options })
    login.alter({ token: forge })
    expect((await login.finish()).claims?.sub).toBe(canaries.sub)
    expect(login.issuer.requestsTo('jwks')).toHaveLength(0)
    expect(login.events).toContainEqual({ type: 'quirk', name: 'skipIdTokenSignature', operation: 'id_token' })
    for (const [changes, alg, code] of [
      [{}, 'none', 'ID_TOKEN_ALGORITHM'],
      [{}, 'HS256', 'ID_TOKEN_ALGORITHM'],
      [{ iss: 'https://evil.example' }, 'ES256', 'ID_TOKEN_ISSUER'],
      [{ nonce: 'x' }, 'ES256', 'ID_TOKEN_NONCE'],
      [{ exp: startOfTime - 60 }, 'ES256', 'ID_TOKEN_EXPIRED'],
    ] as const) {
      const again = await startLogin({ options })
      again.alter({ token: (claims) => unsigned({ alg }, { ...claims, ...changes }, 'c2ln') })
      await again.refuse(again.finish(), code)
    }
  })

  it('F-G15: a token that came another way is verified: given by hand, pushed, or over http', async () => {
    const issuer = await createIssuer()
    const client = createClient(issuer.metadata, issuer.options(options))
    const claims = { iss: server.issuer, sub: canaries.sub, aud: 'client-1', iat: startOfTime, exp: startOfTime + 60 }
    await expectRefusal(validateIdToken(client, forge(claims), { nonce: undefined }), 'ID_TOKEN_SIGNATURE')
    const body = { access_token: canaries.token, token_type: 'Bearer', id_token: forge(claims) }
    await expectRefusal(receive(client, tokenOperation, body), 'ID_TOKEN_SIGNATURE')
    const plain = { ...issuer.metadata, token_endpoint: 'http://127.0.0.1/token' }
    const fetch: typeof globalThis.fetch = async (input, init) =>
      String(input).includes('127.0.0.1') ? jsonResponse(body) : issuer.fetch(input, init)
    const insecure = createClient(plain, issuer.options({ ...options, allowInsecure: 'loopback', fetch }))
    await expectRefusal(grant(insecure, 'x'), 'ID_TOKEN_SIGNATURE')
  })
})
