import { type ClientOptions, decryptWith, verifyWithSecret } from '@oidc/core'
import type { ClientEvent } from '@oidc/core/plugin'
import { describe, expect, it } from 'vitest'
import { introspectToken } from './introspect-token.js'
import { type IntrospectionOptions, introspection } from './introspection.js'
import {
  type Answer,
  createServer,
  createTestClient,
  type Forged,
  metadata,
  opening,
  refusalOf,
  signed,
  startTime,
} from './introspection.test-server.js'

const active = { active: true, client_id: 'app', exp: startTime + 60 }

async function ask(answer: Answer | Promise<Answer>, options: IntrospectionOptions = { signed: true }, more: Partial<ClientOptions> = {}) {
  const { fetch, seen } = createServer(answer)
  const client = createTestClient({ fetch, use: [introspection(options)], ...more })
  return { seen, token: await introspectToken(client, 'token') }
}

const refuse = async (forged: Forged, body: unknown = active, options?: IntrospectionOptions, more?: Partial<ClientOptions>) =>
  refusalOf(ask(signed(body, forged), options, more))

describe('a signed introspection answer (RFC 9701)', () => {
  it.each<[string, IntrospectionOptions, Partial<ClientOptions>]>([
    ['introspection({ signed: true })', { signed: true }, {}],
    ['introspection_signed_response_alg', {}, { introspection_signed_response_alg: 'ES256' }],
  ])('F-J6: %s asks for it first, and what it says of the token is given', async (_, options, more) => {
    const { seen, token } = await ask(signed(active), options, more)
    expect(seen[0]?.headers.get('accept')).toBe('application/token-introspection+jwt, application/json;q=0.1')
    expect(token).toEqual(active)
  })

  it('F-J6: one that nobody asked for is verified all the same', async () => {
    expect((await ask(signed(active), {})).token).toEqual(active)
    expect((await refuse({ by: 'stranger' }, active, {})).code).toBe('INTROSPECTION_SIGNATURE')
  })

  it('F-J5, S-G01, S-G02, S-G03: the members are checked as those of a plain answer', async () => {
    expect((await refuse({}, { active: 'true' })).code).toBe('INTROSPECTION_INVALID')
    expect((await ask(signed({ ...active, active: false }))).token).toEqual({ active: false })
    expect((await ask(signed({ ...active, exp: startTime - 60 }))).token).toEqual({ active: false })
  })

  it('S-G09: a plain answer is refused where a signed one is asked for or registered', async () => {
    const registered = [{ introspection_signed_response_alg: 'ES256' }, { introspection_encrypted_response_alg: 'ECDH-ES' }]
    for (const more of [{}, ...registered]) {
      const refusal = await refusalOf(ask({ body: active }, 'introspection_signed_response_alg' in more ? {} : { signed: true }, more))
      expect(refusal).toMatchObject({ code: 'INTROSPECTION_UNSIGNED', plugin: 'introspection' })
    }
    expect((await refusalOf(ask({ body: active }, {}, { introspection_encrypted_response_alg: 'ECDH-ES' }))).code).toBe(
      'INTROSPECTION_UNSIGNED',
    )
  })

  it('S-G09: the plain answer that says inactive is refused as well: whoever forges one could lock everybody out', async () => {
    expect((await refusalOf(ask({ body: { active: false } }))).code).toBe('INTROSPECTION_UNSIGNED')
  })

  it('a signed error status stays an error', async () => {
    expect((await refusalOf(ask({ status: 401, body: { error: 'invalid_client' } }))).code).toBe('OAUTH_ERROR')
  })

  it.each(['JWT', 'at+jwt', 'logout+jwt', undefined, '', 5])('S-G05: the typ %j is refused', async (typ) => {
    expect((await refuse({ header: { typ } })).code).toBe('INTROSPECTION_TYPE')
  })

  it('S-G05: the typ may be written as a media type, in any case', async () => {
    expect((await ask(signed(active, { header: { typ: 'application/Token-Introspection+JWT' } }))).token).toEqual(active)
  })

  it.each<[string, Forged]>([
    ['INTROSPECTION_ISSUER', { claims: { iss: 'https://evil.example' } }],
    ['INTROSPECTION_ISSUER', { claims: { iss: undefined } }],
    ['INTROSPECTION_AUDIENCE', { claims: { aud: 'other' } }],
    ['INTROSPECTION_AUDIENCE', { claims: { aud: undefined } }],
    ['INTROSPECTION_AUDIENCE', { claims: { aud: ['api', 'other'] } }],
    ['INTROSPECTION_CLAIM', { claims: { iat: undefined } }],
    ['INTROSPECTION_ISSUED_AT', { claims: { iat: startTime + 31 } }],
    ['INTROSPECTION_NOT_BEFORE', { claims: { nbf: startTime + 31 } }],
    ['INTROSPECTION_EXPIRED', { claims: { exp: startTime - 30 } }],
    ['INTROSPECTION_CRITICAL', { header: { b64: true } }],
    ['INTROSPECTION_KEY', { header: { kid: 'key-2' } }],
  ])('S-G06: %s for %j', async (code, forged) => {
    expect((await refuse(forged)).code).toBe(code)
  })

  it('S-G08: a signature that another key made, or none, is refused', async () => {
    expect((await refuse({ by: 'stranger' })).code).toBe('INTROSPECTION_SIGNATURE')
    const { body, headers } = await signed(active)
    const [, payload = ''] = String(body).split('.')
    const none = `${btoa('{"alg":"none","typ":"token-introspection+jwt"}').replaceAll('=', '')}.${payload}.`
    expect((await refusalOf(ask({ body: none, headers: headers ?? {} }))).code).toBe('INTROSPECTION_ALGORITHM')
  })

  it('S-G08: an algorithm that is not the registered one is refused', async () => {
    expect((await refuse({}, active, {}, { introspection_signed_response_alg: 'PS256' })).code).toBe('INTROSPECTION_ALGORITHM')
  })

  it.each([undefined, null, 'active', []])(
    'S-G07: members beside the claims say nothing where token_introspection is %j',
    async (container) => {
      expect((await refuse({ claims: { token_introspection: container, ...active } })).code).toBe('INTROSPECTION_CONTAINER')
    },
  )

  it("S-G07: members beside the container are not the token's", async () => {
    const { token } = await ask(signed({ active: false }, { claims: { active: true, sub: 'user-1' } }))
    expect(token).toEqual({ active: false })
  })

  it('introspection_signed_response_alg none is refused before anything is sent', async () => {
    const { fetch, seen } = createServer({ body: active })
    const client = createTestClient({ fetch, introspection_signed_response_alg: 'none' })
    expect((await refusalOf(introspectToken(client, 'token'))).code).toBe('INTROSPECTION_ALGORITHM')
    expect(seen).toHaveLength(0)
  })

  it('F-K3: an HMAC with the client secret is taken where exactly that is registered, and only there', async () => {
    const secret = 'a-secret-that-is-long-enough-for-hs256'
    const options = { introspection_signed_response_alg: 'HS256', verifyMac: verifyWithSecret(secret) }
    const mac = { header: { alg: 'HS256', kid: undefined }, secret }
    expect((await ask(signed(active, mac), {}, options)).token).toEqual(active)
    expect((await refuse({ ...mac, secret: `${secret}!` }, active, {}, options)).code).toBe('INTROSPECTION_SIGNATURE')
    expect((await refuse({}, active, {}, options)).code).toBe('INTROSPECTION_ALGORITHM')
    const elsewhere = { id_token_signed_response_alg: 'HS256', verifyMac: verifyWithSecret(secret) }
    expect((await refuse(mac, active, { signed: true }, elsewhere)).code).toBe('INTROSPECTION_ALGORITHM')
    const early = await refuse(mac, active, {}, { introspection_signed_response_alg: 'HS256' })
    expect(early).toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining('verifyWithSecret') })
  })

  it('a server without jwks_uri cannot be asked for signed answers', async () => {
    const { jwks_uri: _, ...server } = metadata
    const { fetch, seen } = createServer({ body: active })
    const client = createTestClient({ fetch, use: [introspection({ signed: true })] }, server)
    expect((await refusalOf(introspectToken(client, 'token'))).code).toBe('SERVER_METADATA_MISSING')
    expect(seen).toHaveLength(0)
  })

  it('signed: false where signed answers are registered is refused: one of the two is a mistake', async () => {
    const refusal = await refusalOf(ask({ body: active }, { signed: false }, { introspection_signed_response_alg: 'ES256' }))
    expect(refusal.code).toBe('INTROSPECTION_OPTION_INVALID')
    expect((await ask({ body: active }, { signed: false })).token).toEqual(active)
  })
})

describe('the quirk audience', () => {
  const forged = { claims: { aud: 'https://api.example' } }

  it('is off by default, and the strict error names it', async () => {
    const refusal = await refuse(forged)
    expect(refusal).toMatchObject({ code: 'INTROSPECTION_AUDIENCE', message: expect.stringContaining('quirks: { audience }') })
  })

  it.each(['https://api.example', ['https://api.example', 'https://api-2.example']])(
    '%j is taken for the client, and told',
    async (audience) => {
      const events: ClientEvent[] = []
      const onEvent = (event: ClientEvent) => void events.push(event)
      const { token } = await ask(signed(active, forged), { signed: true, quirks: { audience } }, { onEvent })
      expect(token).toEqual(active)
      expect(events).toContainEqual({ type: 'quirk', name: 'audience', operation: 'introspection' })
    },
  )

  it('lets no other audience through, and is not told where the answer is for the client_id', async () => {
    const quirks = { audience: 'https://api.example' }
    expect((await refuse({ claims: { aud: 'https://evil.example' } }, active, { signed: true, quirks })).code).toBe(
      'INTROSPECTION_AUDIENCE',
    )
    const events: ClientEvent[] = []
    const onEvent = (event: ClientEvent) => void events.push(event)
    await ask(signed(active), { signed: true, quirks }, { onEvent })
    expect(events.filter(({ type }) => type === 'quirk')).toEqual([])
  })
})

describe('an encrypted introspection answer (RFC 9701, section 6)', () => {
  const decrypt = decryptWith({ key: opening.privateKey, alg: 'ECDH-ES' })
  const registered = { decrypt, introspection_encrypted_response_alg: 'ECDH-ES', introspection_encrypted_response_enc: 'A256GCM' }
  const encrypt = { alg: 'ECDH-ES', enc: 'A256GCM' }

  it('F-J6: is opened and its signature verified', async () => {
    const { seen, token } = await ask(signed(active, { encrypt }), {}, registered)
    expect(seen[0]?.headers.get('accept')).toContain('application/token-introspection+jwt')
    expect(token).toEqual(active)
    expect((await refuse({ encrypt, by: 'stranger' }, active, {}, registered)).code).toBe('INTROSPECTION_SIGNATURE')
  })

  it('S-E66: the enc that is not registered is refused, and A128CBC-HS256 is the default', async () => {
    expect((await refuse({ encrypt: { ...encrypt, enc: 'A128GCM' } }, active, {}, registered)).code).toBe('INTROSPECTION_ENCRYPTION')
    const { introspection_encrypted_response_enc: _, ...byDefault } = registered
    expect((await ask(signed(active, { encrypt: { ...encrypt, enc: 'A128CBC-HS256' } }), {}, byDefault)).token).toEqual(active)
    expect((await refuse({ encrypt }, active, {}, byDefault)).code).toBe('INTROSPECTION_ENCRYPTION')
  })

  it('S-E66: the key management that is not registered is refused, though the key would open it', async () => {
    const both = decryptWith(['ECDH-ES', 'ECDH-ES+A128KW'].map((alg) => ({ key: opening.privateKey, alg })))
    const other = { alg: 'ECDH-ES+A128KW', enc: 'A256GCM' }
    expect((await refuse({ encrypt: other }, active, {}, { ...registered, decrypt: both })).code).toBe('INTROSPECTION_ENCRYPTION')
    expect((await ask(signed(active, { encrypt: other }), { signed: true }, { decrypt: both })).token).toEqual(active)
  })

  it('S-E58: one that is signed alone is refused where an encrypted one is registered', async () => {
    expect((await refuse({}, active, {}, registered)).code).toBe('INTROSPECTION_ENCRYPTION')
  })

  it('says what is missing where the client has no key', async () => {
    const refusal = await refuse({ encrypt }, active, { signed: true })
    expect(refusal).toMatchObject({ code: 'INTROSPECTION_ENCRYPTION', message: expect.stringContaining('decryptWith') })
  })

  it('a header that cannot be read is refused', async () => {
    const answer = { body: '!.a.b.c.d', headers: { 'content-type': 'application/token-introspection+jwt' } }
    expect((await refusalOf(ask(answer, {}, registered))).code).toBe('INTROSPECTION_ENCRYPTION')
  })
})
