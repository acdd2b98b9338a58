import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { CompactEncrypt, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { claimsOf, segment, signText, unsigned } from '../../test/forge.js'
import { createIssuer, jsonResponse, startOfTime } from '../../test/issuer.js'
import { type Alteration, type LoginSettings, startLogin } from '../../test/login.js'
import { canaries, expectNoSecret, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { isOidcError } from '../base/errors.js'
import type { Expectation } from '../client/id-token.js'
import { type ClientOptions, createClient, decryptWith, type Tokens, validateIdToken } from '../index.js'

type Claims = Readonly<Record<string, unknown>>

const now = startOfTime
const issuer = 'https://as.example'

async function refused(alteration: Alteration, code: ErrorCode, says: readonly string[], settings?: LoginSettings) {
  const login = await startLogin(settings)
  login.alter(alteration)
  const error = await login.refuse(login.finish(), code, ...says)
  expect(login.issuer.requestsTo('token'), 'a code works once').toHaveLength(1)
  expect(login.issuer.requestsTo('unknown')).toHaveLength(0)
  return { error, login }
}

async function accepted(alteration: Alteration, settings?: LoginSettings): Promise<Tokens> {
  const login = await startLogin(settings)
  login.alter(alteration)
  const tokens = await login.finish()
  expect(tokens.claims).toMatchObject({ iss: issuer })
  expect(login.issuer.requestsTo('unknown')).toHaveLength(0)
  return tokens
}

/** An ID token judged alone, without the login around it. */
async function createJudge(options: Partial<ClientOptions> = {}) {
  const server = await createIssuer()
  const client = createClient(server.metadata, server.options(options))
  const usual = { iss: issuer, sub: 'user-1', aud: 'client-1', iat: now, exp: now + 300, nonce: 'nonce-1' }
  const header = { alg: 'ES256', kid: 'key-1' }
  return {
    server,
    client,
    usual,
    header,
    judge: (token: unknown, expected: Expectation = {}) =>
      validateIdToken(client, token as string, { ...expected, nonce: 'nonce' in expected ? expected.nonce : 'nonce-1' }),
    forge: (claims: string | object, head: string | object = header) => signText(server.key, head, claims),
  }
}

/** What a promise comes to: true if kept, else the OidcError; anything else that is thrown fails the test. */
async function judged(attempt: Promise<unknown>): Promise<true | string> {
  try {
    await attempt
    return true
  } catch (error) {
    if (isOidcError(error)) return error.code
    throw error
  }
}

const hashOf = (value: string, name = 'sha256') => {
  const whole = createHash(name).update(value).digest()
  return whole.subarray(0, whole.length / 2).toString('base64url')
}

describe('OpenID Connect Core 1.0, 3.1.3.7 (1): encryption', () => {
  const registered = { id_token_encrypted_response_alg: 'ECDH-ES+A256KW' }
  const pair = () => generateKeyPair('ECDH-ES+A256KW', { extractable: true })
  const wrap = (key: CryptoKey, text: string) =>
    new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM' }).encrypt(key)
  const opened = (key: CryptoKey) => ({ options: { ...registered, decrypt: decryptWith({ key, alg: 'ECDH-ES+A256KW' }) } })

  it('F-G18: an encrypted ID token is opened by the option decrypt, and its signature verified', async () => {
    const { publicKey, privateKey } = await pair()
    await accepted({ token: async (claims, as) => wrap(publicKey, await as.sign({ ...claims })) }, opened(privateKey))
  })

  it('F-G18: an encrypted ID token is refused where the client has no key to open it', async () => {
    const { publicKey } = await pair()
    await refused({ token: async (claims, as) => wrap(publicKey, await as.sign({ ...claims })) }, 'ID_TOKEN_ENCRYPTION', [
      'is encrypted',
      'no key',
      'decryptWith',
    ])
  })

  it('F-G18: an encrypted ID token that no key opens is refused', async () => {
    const { privateKey } = await pair()
    const { publicKey } = await pair()
    await refused(
      { token: async (claims, as) => wrap(publicKey, await as.sign({ ...claims })) },
      'DECRYPTION_FAILED',
      ['None of 1'],
      opened(privateKey),
    )
  })

  it('S-E58: if encryption was registered and the ID token is not encrypted, it is refused', async () => {
    const { privateKey } = await pair()
    await refused({}, 'ID_TOKEN_ENCRYPTION', ['is not encrypted', 'registered that it is'], opened(privateKey))
  })

  it('S-E59: an encrypted token that wraps one of alg none is refused: whoever has the public key can make it', async () => {
    const { publicKey, privateKey } = await pair()
    await refused(
      { token: (claims) => wrap(publicKey, unsigned({ alg: 'none' }, claims)) },
      'ID_TOKEN_ALGORITHM',
      ['"none"', 'ES256'],
      opened(privateKey),
    )
  })
})

describe('OpenID Connect Core 1.0, 3.1.3.7 (6, 7): what is a signed JWT', () => {
  it.each<[string, string, (token: string) => string, string]>([
    ['S-E15', 'one segment', (token) => token.split('.')[1] ?? '', '1 segments'],
    ['S-E15', 'two segments', (token) => token.split('.').slice(0, 2).join('.'), '2 segments'],
    ['S-E15', 'four segments', (token) => `${token}.AAAA`, '4 segments'],
    ['S-E15', 'six segments', (token) => `${token}.AAAA.AAAA.AAAA`, '6 segments'],
    ['S-E16', '"=" padding at the payload', (token) => token.replace(/\.(?=[^.]*$)/, '=.'), 'base64url'],
    ['S-E16', '"=" padding at the signature', (token) => `${token}==`, 'base64url'],
    ['S-E17', 'a line feed inside a segment', (token) => `${token.slice(0, 8)}\n${token.slice(8)}`, 'base64url'],
    ['S-E17', 'a space before it', (token) => ` ${token}`, 'base64url'],
    ['S-E17', 'a line feed after it', (token) => `${token}\n`, 'base64url'],
    ['S-E18', 'stray bits at the end', (token) => token.slice(0, -1) + next(token.slice(-1)), 'base64url'],
    ['S-E14', 'a header of 100 kB', (token) => 'e'.repeat(100_000) + token, 'longer than 65536 characters'],
    ['S-E57', 'a payload of 100 kB', (token) => token.replace('.', `.${'e'.repeat(100_000)}`), 'longer than 65536 characters'],
    ['S-E15', 'nothing in it', () => '', '1 segments'],
  ])('%s: with %s it is none', async (_, __, change, seen) => {
    await refused({ token: async (claims, as) => change(await as.sign({ ...claims })) }, 'ID_TOKEN_MALFORMED', [seen, 'Report it'])
  })

  it('S-E14: one of 50 MB is refused by its length, before anything is decoded', async () => {
    const { judge } = await createJudge()
    const { message } = await expectRefusal(judge(`${'e'.repeat(50 << 20)}.e30.AA`), 'ID_TOKEN_MALFORMED')
    expect(message).toContain('longer than 65536 characters')
  })

  /** The next letter of the alphabet differs in the lowest bit, which stands for nothing in the last letter of 64 bytes. */
  function next(letter: string): string {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return alphabet[alphabet.indexOf(letter) ^ 1] ?? ''
  }

  it.each<[string, string, string]>([
    ['S-E56', 'an array', '[]'],
    ['S-E56', 'null', 'null'],
    ['S-E56', 'a number', '7'],
    ['S-E56', 'a string', '"claims"'],
    ['S-E56', 'nothing', ''],
    ['S-E57', 'nested deeper than 32 levels', `{"iss":${'['.repeat(33)}${']'.repeat(33)}}`],
    ['S-E57', 'nested so deep that it could exhaust a parser', '['.repeat(40_000)],
    ['S-E52', 'a sub that appears twice', `{"iss":"${issuer}","sub":"admin","sub":"user1","aud":"client-1"}`],
    ['S-E52', 'a sub that appears twice, once escaped', `{"sub":"admin","\\u0073ub":"user1"}`],
  ])('%s: a payload that is %s is refused, though its signature is good', async (_, __, payload) => {
    await refused({ token: (_claims, as) => signText(as.key, { alg: 'ES256', kid: 'key-1' }, payload) }, 'ID_TOKEN_MALFORMED', [])
  })

  it.each<[string, string]>([
    ['two alg', '{"alg":"none","alg":"ES256","kid":"key-1"}'],
    ['two alg, one of them escaped', '{"alg":"ES256","\\u0061lg":"none","kid":"key-1"}'],
    ['no JSON object', '["ES256"]'],
  ])('S-E12: a header with %s is refused', async (_, header) => {
    await refused({ token: (claims, as) => signText(as.key, header, claims) }, 'ID_TOKEN_MALFORMED', ['Report it'])
  })

  it('S-E53: a claim named __proto__ is dropped, and nothing is polluted', async () => {
    const { claims } = await accepted({
      token: (own, as) =>
        signText(as.key, { alg: 'ES256', kid: 'key-1' }, `{"__proto__":{"admin":true},"constructor":1,${JSON.stringify(own).slice(1)}`),
    })
    expect(claims).not.toHaveProperty('admin')
    expect(Object.keys(claims ?? {})).not.toContain('__proto__')
    expect({}).not.toHaveProperty('admin')
  })

  it.each([7, true, {}, ['a.b.c']])('S-D15: an id_token that is %o is refused, and the process survives', async (id_token) => {
    await refused({ members: { id_token } }, 'TOKEN_RESPONSE_INVALID', ['id_token that is not a string'])
  })
})

describe('the header', () => {
  it.each<[string, string, unknown]>([
    ['S-E09', 'an unknown name', ['urn:example:unknown']],
    ['S-E09', 'a name that others understand', ['b64']],
    ['S-E10', 'an empty array', []],
    ['S-E10', 'no array', 'exp'],
    ['S-E10', 'a standard header', ['alg']],
    ['S-E10', 'null', null],
  ])('%s, F-G14: crit with %s is refused: nothing critical is understood (RFC 7515, 4.1.11)', async (_, __, crit) => {
    await refused(
      { token: (claims, as) => signText(as.key, { alg: 'ES256', kid: 'key-1', crit, 'urn:example:unknown': 1 }, claims) },
      'ID_TOKEN_CRITICAL',
      ['crit'],
    )
  })

  it.each([false, true])('S-E11: b64 of %o without crit is refused (RFC 7797, 6)', async (b64) => {
    await refused({ token: (claims, as) => signText(as.key, { alg: 'ES256', kid: 'key-1', b64 }, claims) }, 'ID_TOKEN_CRITICAL', ['b64'])
  })

  it.each([
    'at+jwt',
    'application/at+jwt',
    'AT+JWT',
    'logout+jwt',
    'dpop+jwt',
    'token-introspection+jwt',
    'secevent+jwt',
    'oauth-authz-req+jwt',
    'client-authentication+jwt',
  ])('S-E13: the type %s belongs to another kind of token, and is refused (RFC 8725, 3.11)', async (typ) => {
    await refused({ header: { typ } }, 'ID_TOKEN_TYPE', [`"${typ}"`, 'another kind of token'])
  })

  it.each([7, null, ['JWT'], {}])('a type that is %o is refused', async (typ) => {
    await refused({ token: (claims, as) => signText(as.key, { alg: 'ES256', kid: 'key-1', typ }, claims) }, 'ID_TOKEN_TYPE', [])
  })

  it.each(['JWT', 'jwt', 'application/jwt', 'id_token+jwt'])('S-E13: the type %s may stand there', async (typ) => {
    await accepted({ header: { typ } })
  })
})

describe('OpenID Connect Core 1.0, 3.1.3.7 (7): the algorithm', () => {
  const cases: readonly [string, string, object, string][] = [
    ['S-E01', 'none with an empty signature', { alg: 'none' }, ''],
    ['S-E01', 'none with some signature', { alg: 'none', kid: 'key-1' }, 'AAAA'],
    ['S-E03', 'NoNe', { alg: 'NoNe' }, ''],
    ['S-E03', '"none "', { alg: 'none ' }, ''],
    ['S-E03', 'NONE', { alg: 'NONE' }, ''],
    ['S-E03', 'es256', { alg: 'es256', kid: 'key-1' }, 'AAAA'],
    ['S-E03', 'no alg', { kid: 'key-1' }, 'AAAA'],
    ['S-E03', 'alg null', { alg: null }, ''],
    ['S-E03', 'an array of algs', { alg: ['ES256'] }, ''],
    ['S-E03', '__proto__', { alg: '__proto__' }, ''],
    ['F-G12', 'another one than the server says it uses', { alg: 'RS256', kid: 'key-1' }, 'AAAA'],
  ]
  it.each(cases)('%s: %s is refused', async (_, __, header, signature) => {
    const { login } = await refused({ token: (claims) => unsigned(header, claims, signature) }, 'ID_TOKEN_ALGORITHM', ['ES256 is wanted'])
    expect(login.issuer.requestsTo('jwks'), 'no key is looked for').toHaveLength(0)
  })

  it.each([['none'], ['none', 'HS256']])('S-E02: the server that lists %s does not widen what is accepted', async (...listed) => {
    await refused({ token: (claims) => unsigned({ alg: 'none' }, claims) }, 'ID_TOKEN_ALGORITHM', ['a supported one is wanted'], {
      metadata: { id_token_signing_alg_values_supported: listed },
    })
  })

  it('S-A24: none among the listed algorithms is ignored, and the others still count', async () => {
    const settings = { metadata: { id_token_signing_alg_values_supported: ['none', 'ES256'] } }
    await refused({ token: (claims) => unsigned({ alg: 'none' }, claims) }, 'ID_TOKEN_ALGORITHM', ['ES256 is wanted'], settings)
    await accepted({}, settings)
  })

  it("S-E04: a MAC keyed with the server's public key is refused (RFC 8725, 2.1)", async () => {
    const rsa = await generateKeyPair('RS256', { extractable: true })
    const settings = { metadata: { id_token_signing_alg_values_supported: ['RS256', 'HS256'] } }
    const login = await startLogin(settings)
    const pem = await exportSPKI(rsa.publicKey)
    login.issuer.answer('jwks', jsonResponse({ keys: [{ ...(await exportJWK(rsa.publicKey)), kid: 'key-1' }] }))
    login.alter({
      token(claims) {
        const input = `${segment({ alg: 'HS256', kid: 'key-1' })}.${segment(claims)}`
        return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`
      },
    })
    await login.refuse(login.finish(), 'ID_TOKEN_ALGORITHM', '"HS256"', 'RS256 is wanted')
  })

  it('S-E05: HS256 is refused though the server lists it and the client has a secret, for the client registered no such thing', async () => {
    await refused(
      {
        token: (claims) =>
          new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(canaries.secret.repeat(3))),
      },
      'ID_TOKEN_ALGORITHM',
      ['"HS256"'],
      { metadata: { id_token_signing_alg_values_supported: ['HS256', 'ES256'] }, options: { client_secret: canaries.secret.repeat(3) } },
    )
  })

  it('F-G12: what the client registered goes before what the server lists', async () => {
    await refused({}, 'ID_TOKEN_ALGORITHM', ['"ES256"', 'PS256 is wanted'], { options: { id_token_signed_response_alg: 'PS256' } })
    await accepted(
      {},
      {
        metadata: { id_token_signing_alg_values_supported: ['PS256'] },
        options: { id_token_signed_response_alg: 'ES256' },
      },
    )
  })

  it.each([['ES256'], 'ES256 RS256', {}, undefined].slice(1))(
    'F-G12, S-A25: where the server lists nothing usable (%o), RS256 is the default and the only one',
    async (listed) => {
      const settings = { metadata: { id_token_signing_alg_values_supported: listed } }
      await refused({}, 'ID_TOKEN_ALGORITHM', ['"ES256"', 'RS256 is wanted'], settings)
      const rsa = await generateKeyPair('RS256', { extractable: true })
      const login = await startLogin(settings)
      login.issuer.answer('jwks', jsonResponse({ keys: [{ ...(await exportJWK(rsa.publicKey)), kid: 'rsa' }] }))
      login.alter({
        token: (claims) => new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'rsa' }).sign(rsa.privateKey),
      })
      expect((await login.finish()).claims).toMatchObject({ iss: issuer })
    },
  )
})

describe('OpenID Connect Core 1.0, 3.1.3.7 (6): the signature', () => {
  it('F-G15: it is verified by default, also where the token came by TLS', async () => {
    const login = await startLogin()
    await login.finish()
    expect(login.issuer.requestsTo('jwks')).toHaveLength(1)
    await refused({ token: async (claims, as) => (await as.sign({ ...claims })).replace(/[^.]+$/, 'A'.repeat(86)) }, 'ID_TOKEN_SIGNATURE', [
      '"key-1"',
      'alg ES256',
    ])
  })

  it('S-E06, F-K1: one by a key of an attacker under the same kid is refused', async () => {
    const attacker = await generateKeyPair('ES256')
    await refused({ token: (claims) => signText(attacker.privateKey, { alg: 'ES256', kid: 'key-1' }, claims) }, 'ID_TOKEN_SIGNATURE', [
      'Discard it',
    ])
  })

  it.each(['key-1', undefined])('S-E07: a key inside the header is never used (kid %s)', async (kid) => {
    const attacker = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(attacker.publicKey)
    await refused({ token: (claims) => signText(attacker.privateKey, { alg: 'ES256', kid, jwk }, claims) }, 'ID_TOKEN_SIGNATURE', [])
  })

  it.each(['jku', 'x5u'])('S-E08, S-B18: the address in %s is never fetched (RFC 8725, 3.10)', async (name) => {
    const attacker = await generateKeyPair('ES256')
    const header = { alg: 'ES256', kid: 'key-1', [name]: 'https://evil.example/keys' }
    await refused({ token: (claims) => signText(attacker.privateKey, header, claims) }, 'ID_TOKEN_SIGNATURE', [])
    await accepted({ token: (claims, as) => signText(as.key, header, claims) })
  })

  it.each<[string, (raw: Buffer) => Buffer]>([
    ['DER-encoded', (raw) => Buffer.concat([Buffer.from([0x30, 68, 2, 32]), raw.subarray(0, 32), Buffer.from([2, 32]), raw.subarray(32)])],
    ['r = s = 0', () => Buffer.alloc(64)],
    ['empty', () => Buffer.alloc(0)],
    ['a byte too long', (raw) => Buffer.concat([raw, Buffer.alloc(1)])],
    ['a byte too short', (raw) => raw.subarray(1)],
  ])('S-E19: one that is %s is refused (RFC 7518, 3.4)', async (_, change) => {
    await refused(
      {
        async token(claims, as) {
          const [header, payload, signature = ''] = (await as.sign({ ...claims })).split('.')
          return `${header}.${payload}.${change(Buffer.from(signature, 'base64url')).toString('base64url')}`
        },
      },
      'ID_TOKEN_SIGNATURE',
      [],
    )
  })

  it('a key that the server does not publish is told apart from a wrong signature', async () => {
    await refused({ header: { kid: 'key-2' } }, 'ID_TOKEN_KEY', [
      `${issuer}/jwks does not have`,
      '"key-2"',
      'have the server publish the key',
    ])
  })

  it('any single bit of a valid ID token that is changed makes it refused', async () => {
    const { judge, forge, usual } = await createJudge()
    const token = await forge(usual)
    expect(await judged(judge(token))).toBe(true)
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: token.length - 1 }), fc.nat({ max: 7 }), async (at, bit) => {
        const changed = token.slice(0, at) + String.fromCharCode(token.charCodeAt(at) ^ (1 << bit)) + token.slice(at + 1)
        expect(await judged(judge(changed))).not.toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('any single bit of its header, payload or signature that is changed makes it refused', async () => {
    const { judge, forge, usual } = await createJudge()
    const parts = (await forge(usual)).split('.').map((part) => Buffer.from(part, 'base64url'))
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 2 }), fc.nat(), fc.nat({ max: 7 }), async (which, seed, bit) => {
        const changed = parts.map((part) => Buffer.from(part))
        const part = changed[which] ?? Buffer.alloc(1)
        const at = seed % part.length
        part[at] = (part[at] ?? 0) ^ (1 << bit)
        expect(await judged(judge(changed.map((bytes) => bytes.toString('base64url')).join('.')))).not.toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('nothing but an OidcError escapes, whatever text is given as an ID token', async () => {
    const { judge } = await createJudge()
    const word = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.json().map(segment))
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 6 }).map((words) => words.join('.')),
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, fc.anything()), async (token) => {
        expect(await judged(judge(token))).not.toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('nothing but an OidcError escapes, whatever JSON stands in a well-signed header and payload', async () => {
    const { judge, forge } = await createJudge()
    const json = fc.jsonValue({ stringUnit: 'binary' })
    const header = fc.oneof(
      json,
      fc.record({ alg: fc.oneof(fc.constant('ES256'), json), kid: json, typ: json, crit: json }, { requiredKeys: [] }),
    )
    await fc.assert(
      fc.asyncProperty(header, json, async (head, payload) => {
        expect(await judged(judge(await forge(JSON.stringify(payload), JSON.stringify(head))))).not.toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

describe('OpenID Connect Core 1.0, 3.1.3.7 (2): iss', () => {
  it.each<[string, unknown]>([
    ['S-E21', 'https://evil.example'],
    ['S-E21', `${issuer}/`],
    ['S-E21', 'https://AS.example'],
    ['S-E21', undefined],
    ['S-E21', null],
    ['S-E23', [issuer]],
    ['S-E23', { 0: issuer }],
  ])('%s, F-G10: %o is refused: it MUST exactly match', async (_, iss) => {
    await refused({ claims: { iss } }, 'ID_TOKEN_ISSUER', [
      iss === undefined ? 'missing' : JSON.stringify(iss),
      `"${issuer}" is wanted`,
      "another server's",
    ])
  })

  it('F-G10: the issuer of the server is accepted', async () => {
    expect((await accepted({ claims: { iss: issuer } })).claims?.iss).toBe(issuer)
  })

  it('a long iss does not flood a log', async () => {
    const { error } = await refused({ claims: { iss: 'x'.repeat(10_000) } }, 'ID_TOKEN_ISSUER', [])
    expect(error.message.length).toBeLessThan(500)
  })
})

describe('OpenID Connect Core 1.0, 2: sub', () => {
  it.each<[string, unknown, string]>([
    ['S-E40', undefined, 'missing'],
    ['S-E40', null, 'null'],
    ['S-E42', { id: 'user-1' }, 'of type object'],
    ['S-E42', ['user-1'], 'an array'],
    ['S-E42', 7, 'of type number'],
    ['S-E43', '', 'an empty string'],
    ['S-E44', 'x'.repeat(256), 'too long'],
    ['S-E44', 'x'.repeat(10_000), 'too long'],
    ['S-E55', 'user\ud800', 'not well formed'],
    ['S-E55', '\udc00user', 'not well formed'],
  ])('%s, F-G9: one that is not a string of 1 to 255 characters with one encoding is refused', async (_, sub, seen) => {
    const { error } = await refused({ claims: { sub } }, 'ID_TOKEN_SUBJECT', [seen, '1 to 255 characters'])
    expect(error.message.length).toBeLessThan(300)
  })

  it.each(['x', 'x'.repeat(255), 'user\0', '\u202euser', 'Ådá', 'A\u030a', ' user ', '\u{1F600}', '__proto__', 'ok\ud83d\ude00'])(
    'S-E45: %j is taken byte for byte, never normalised or trimmed',
    async (sub) => {
      expect((await accepted({ claims: { sub } })).claims?.sub).toBe(sub)
    },
  )

  it('S-E44: one that is too long names its quirk, and with it only the length is not looked at', async () => {
    const long = 'x'.repeat(256)
    const { error } = await refused({ claims: { sub: long } }, 'ID_TOKEN_SUBJECT', [
      `Report it to the people who run the server, or give quirks: { longSubject: 'accept' }.`,
    ])
    expect(error.message).not.toContain(long)
    const settings: LoginSettings = { options: { quirks: { longSubject: 'accept' } } }
    await accepted({ claims: { sub: long } }, settings)
    await refused({ claims: { sub: 'user\ud800' } }, 'ID_TOKEN_SUBJECT', ['not well formed', 'run the server.'], settings)
    await refused({ claims: { sub: 7 } }, 'ID_TOKEN_SUBJECT', ['of type number', 'run the server.'], settings)
    // No longer than it may be: the quirk would not help.
    await refused({ claims: { sub: `${'x'.repeat(254)}\ud800` } }, 'ID_TOKEN_SUBJECT', ['not well formed', 'run the server.'])
  })
})

describe('OpenID Connect Core 1.0, 3.1.3.7 (3): aud', () => {
  it.each<[unknown]>([['client-2'], [undefined], [null], [[]], [{ 'client-1': true }], [[['client-1']]], [['client-1', null]], [''], [7]])(
    'S-E24, F-G11: %o is refused: it MUST hold the client_id',
    async (aud) => {
      await refused({ claims: { aud } }, 'ID_TOKEN_AUDIENCE', [
        aud === undefined ? 'missing' : JSON.stringify(aud),
        '"client-1" is wanted',
        'another client',
      ])
    },
  )

  it.each([['client-1'], [['client-1']]])('F-G11: %o is accepted', async (aud) => {
    expect((await accepted({ claims: { aud } })).claims?.aud).toEqual(aud)
  })

  it('S-E28: a further audience that is not trusted is refused, also with azp', async () => {
    await refused({ claims: { aud: ['client-1', 'https://api.example'], azp: 'client-1' } }, 'ID_TOKEN_AUDIENCE', [
      '"https://api.example"',
      'not trusted',
      'trustedAudiences',
    ])
  })

  it('S-E28, F-G11: a further audience in trustedAudiences is accepted, with azp', async () => {
    const settings = { options: { trustedAudiences: ['https://api.example'] } }
    await accepted({ claims: { aud: ['client-1', 'https://api.example'], azp: 'client-1' } }, settings)
    await accepted({ claims: { aud: ['https://api.example', 'client-1'], azp: 'client-1' } }, settings)
    await refused({ claims: { aud: 'https://api.example' } }, 'ID_TOKEN_AUDIENCE', ['"client-1" is wanted'], settings)
    await refused({ claims: { aud: ['https://api.example'] } }, 'ID_TOKEN_AUDIENCE', ['"client-1" is wanted'], settings)
  })

  it('S-E67: an access token in place of the ID token is refused, by its type or else by its audience', async () => {
    const token = { aud: 'https://api.example', client_id: 'client-1', scope: 'openid', nonce: undefined }
    await refused({ claims: token, header: { typ: 'at+jwt' } }, 'ID_TOKEN_TYPE', ['"at+jwt"'])
    await refused({ claims: token }, 'ID_TOKEN_AUDIENCE', ['"https://api.example"'])
  })
})

describe('OpenID Connect Core 1.0, 3.1.3.7 (4, 5): azp', () => {
  const trusted = { options: { trustedAudiences: ['other'] } }

  it.each<[string, unknown, unknown, LoginSettings]>([
    ['S-E27', ['client-1', 'other'], 'other', trusted],
    ['S-E27', ['client-1', 'other'], undefined, trusted],
    ['S-E29', 'client-1', 'client-2', {}],
    ['S-E29', ['client-1'], 'client-2', {}],
    ['S-E29', 'client-1', null, {}],
    ['S-E29', 'client-1', '', {}],
    ['S-E29', 'client-1', ['client-1'], {}],
  ])('%s, F-G11: for %o, %o is refused', async (_, aud, azp, settings) => {
    await refused(
      { claims: { aud, azp } },
      'ID_TOKEN_AUTHORIZED_PARTY',
      [azp === undefined ? 'missing' : JSON.stringify(azp), '"client-1" is wanted', 'quirks.allowedAuthorizedParties'],
      settings,
    )
  })

  it('F-G11: the client itself is accepted, and its absence where aud is the client alone', async () => {
    await accepted({ claims: { azp: 'client-1' } })
    await accepted({ claims: { azp: undefined } })
  })

  it('a foreign azp is accepted where the quirk names it, and onEvent hears of it; any other is not', async () => {
    const settings = { options: { quirks: { allowedAuthorizedParties: ['android'] } } }
    const login = await startLogin(settings)
    login.alter({ claims: { azp: 'android' } })
    await login.finish()
    expect(login.events).toContainEqual({ type: 'quirk', name: 'allowedAuthorizedParties', operation: 'id_token' })
    await refused({ claims: { azp: 'ios' } }, 'ID_TOKEN_AUTHORIZED_PARTY', ['"ios"'], settings)
    await refused({ claims: { azp: ['android'] } }, 'ID_TOKEN_AUTHORIZED_PARTY', [], settings)
  })
})

describe('OpenID Connect Core 1.0, 3.1.3.7 (9, 10): times', () => {
  const invalid: readonly (readonly [string, string, ErrorCode, unknown])[] = [
    ['S-E30', 'exp', 'ID_TOKEN_EXPIRED', now - 30],
    ['S-E30', 'exp', 'ID_TOKEN_EXPIRED', now - 86_400],
    ['S-E31', 'exp', 'ID_TOKEN_EXPIRED', String(now + 300)],
    ['S-E33', 'exp', 'ID_TOKEN_EXPIRED', 0],
    ['S-E33', 'exp', 'ID_TOKEN_EXPIRED', undefined],
    ['S-E33', 'exp', 'ID_TOKEN_EXPIRED', null],
    ['S-E32', 'exp', 'ID_TOKEN_EXPIRED', 1e300],
    ['S-E32', 'exp', 'ID_TOKEN_EXPIRED', -1],
    ['S-E31', 'exp', 'ID_TOKEN_EXPIRED', [now + 300]],
    ['S-E34', 'iat', 'ID_TOKEN_ISSUED_AT', now + 31],
    ['S-E34', 'iat', 'ID_TOKEN_ISSUED_AT', now + 86_400],
    ['S-E36', 'iat', 'ID_TOKEN_ISSUED_AT', undefined],
    ['S-E36', 'iat', 'ID_TOKEN_ISSUED_AT', String(now)],
    ['S-E36', 'iat', 'ID_TOKEN_ISSUED_AT', null],
    ['S-E36', 'iat', 'ID_TOKEN_ISSUED_AT', -1],
    ['S-E37', 'nbf', 'ID_TOKEN_NOT_BEFORE', now + 31],
    ['S-E37', 'nbf', 'ID_TOKEN_NOT_BEFORE', String(now)],
    ['S-E37', 'nbf', 'ID_TOKEN_NOT_BEFORE', null],
  ]
  it.each(invalid)('%s, F-G9, F-G13: %s is refused with %s at %o', async (_, name, code, value) => {
    await refused({ claims: { [name]: value } }, code, [])
  })

  it('S-E32: exp of 1e999, which JSON gives as infinity, is refused: such a token would never expire', async () => {
    await refused(
      {
        token: (claims, as) =>
          signText(as.key, { alg: 'ES256', kid: 'key-1' }, JSON.stringify({ ...claims, exp: 0 }).replace('"exp":0', '"exp":1e999')),
      },
      'ID_TOKEN_EXPIRED',
      ['epoch seconds is wanted'],
    )
  })

  it.each([
    ['exp', now - 29],
    ['exp', now + 0.5],
    ['iat', now + 30],
    ['iat', 0],
    ['nbf', now + 30],
    ['nbf', 0],
    ['nbf', undefined],
  ])('F-G13: %s of %o is accepted: 30 seconds are allowed for clocks that differ', async (name, value) => {
    await accepted({ claims: { [name]: value } })
  })

  it('the option clockTolerance moves all of them', async () => {
    const exact = { options: { clockTolerance: 0 } }
    await refused({ claims: { exp: now } }, 'ID_TOKEN_EXPIRED', ['expired 0 seconds ago'], exact)
    await refused({ claims: { iat: now + 1 } }, 'ID_TOKEN_ISSUED_AT', ['1 seconds in the future', 'clockTolerance'], exact)
    await refused({ claims: { nbf: now + 1 } }, 'ID_TOKEN_NOT_BEFORE', ['valid only in 1 seconds'], exact)
    await refused({ claims: { auth_time: now + 1 } }, 'ID_TOKEN_AUTH_TIME', ['an auth_time 1 seconds in the future'], exact)
    const wide = { options: { clockTolerance: 300 } }
    await accepted({ claims: { exp: now - 299, iat: now + 300, nbf: now + 300, auth_time: now + 300 } }, wide)
  })

  it('the message tells the measured skew', async () => {
    await refused({ claims: { exp: now - 3600 } }, 'ID_TOKEN_EXPIRED', ['expired 3600 seconds ago', 'Set the clock right'])
    await refused({ claims: { iat: now + 3600 } }, 'ID_TOKEN_ISSUED_AT', ['3600 seconds in the future'])
  })

  it('S-E35: an iat of 1970 is accepted by default, and refused beyond maxIdTokenAge where that is set', async () => {
    await accepted({ claims: { iat: 1 } })
    const settings = { options: { maxIdTokenAge: 60 } }
    await refused({ claims: { iat: 1 } }, 'ID_TOKEN_ISSUED_AT', ['at most 60 are wanted'], settings)
    await refused({ claims: { iat: now - 91 } }, 'ID_TOKEN_ISSUED_AT', ['91 seconds ago'], settings)
    await accepted({ claims: { iat: now - 90 } }, settings)
  })
})

describe('OpenID Connect Core 1.0, 3.1.3.7 (11): nonce', () => {
  it.each<[string, unknown]>([
    ['no nonce', undefined],
    ['another nonce', canaries.nonce],
    ['another nonce', ''],
    ['another nonce', null],
    ['another nonce', 7],
  ])('S-E38: %s is refused, and its value never shown', async (seen, nonce) => {
    const { login } = await refused({ claims: { nonce } }, 'ID_TOKEN_NONCE', [`has ${seen}`, 'replayed'])
    expect(login.transaction.nonce).toHaveLength(43)
  })

  it('S-E38: the right one in an array is refused', async () => {
    const login = await startLogin()
    login.alter({ claims: { nonce: [login.transaction.nonce] } })
    await login.refuse(login.finish(), 'ID_TOKEN_NONCE', 'another nonce')
  })

  it('S-E39: one that is there though none was sent is refused', async () => {
    const { judge, forge, usual } = await createJudge()
    await expectRefusal(judge(await forge({ ...usual, nonce: canaries.nonce }), { nonce: undefined }), 'ID_TOKEN_NONCE', {
      says: ['a nonce, and none was sent'],
    })
    expect(await judge(await forge({ ...usual, nonce: undefined }), { nonce: undefined })).toMatchObject({ sub: 'user-1' })
  })

  it('where it cannot be known, null says so', async () => {
    const { judge, forge, usual } = await createJudge()
    expect(await judge(await forge(usual), { nonce: null })).toMatchObject({ nonce: 'nonce-1' })
  })
})

describe('OpenID Connect Core 1.0, 3.1.3.7 (12): acr', () => {
  const essential = (acr: object) => ({ parameters: { scope: 'openid', claims: { id_token: { acr: { essential: true, ...acr } } } } })

  it.each([undefined, null, 'low', ['gold'], 7])('S-E51, F-T7: where gold is essential, %o is refused', async (acr) => {
    await refused({ claims: { acr } }, 'ID_TOKEN_ACR', ['["gold"] is wanted', 'stronger method'], essential({ value: 'gold' }))
    await refused({ claims: { acr } }, 'ID_TOKEN_ACR', ['["gold","platinum"] is wanted'], essential({ values: ['gold', 'platinum'] }))
  })

  it('F-T7: where it is essential, a value that was asked for is accepted', async () => {
    await accepted({ claims: { acr: 'gold' } }, essential({ value: 'gold' }))
    await accepted({ claims: { acr: 'platinum' } }, essential({ values: ['gold', 'platinum'] }))
  })

  it('F-T7: a mismatch with acr_values is surfaced, and refused where requireAcr is set', async () => {
    const parameters = { scope: 'openid', acr_values: 'silver gold' }
    expect((await accepted({ claims: { acr: 'low' } }, { parameters })).claims?.acr).toBe('low')
    const settings = { parameters, options: { requireAcr: true } }
    await refused({ claims: { acr: 'low' } }, 'ID_TOKEN_ACR', ['"low"', '["silver","gold"] is wanted'], settings)
    await refused({ claims: { acr: 'silver gold' } }, 'ID_TOKEN_ACR', [], settings)
    await accepted({ claims: { acr: 'gold' } }, settings)
  })

  it('F-T7: an acr that is not essential binds nobody', async () => {
    await accepted({ claims: { acr: 'low' } }, { parameters: { scope: 'openid', claims: { id_token: { acr: { value: 'gold' } } } } })
  })
})

describe('OpenID Connect Core 1.0, 3.1.3.7 (13): auth_time', () => {
  const asked = (max_age: number) => ({ parameters: { scope: 'openid', max_age } })

  it.each<[number, unknown]>([
    [60, undefined],
    [60, now - 91],
    [60, String(now)],
    [60, null],
    [60, 0],
    [0, now - 31],
    [0, undefined],
  ])('S-E49, F-T7, F-G6: with max_age of %d, %o is refused', async (max_age, auth_time) => {
    await refused({ claims: { auth_time } }, 'ID_TOKEN_AUTH_TIME', [], asked(max_age))
  })

  it('S-E49: the message says how long ago and how long is allowed', async () => {
    await refused(
      { claims: { auth_time: now - 3600 } },
      'ID_TOKEN_AUTH_TIME',
      ['The ID token says that', '3600 seconds ago', 'at most 60'],
      asked(60),
    )
    await refused({ claims: { auth_time: 'x' } }, 'ID_TOKEN_AUTH_TIME', ['has "x" as its auth_time', 'Have the server send it'], asked(60))
  })

  it('F-T7: with max_age, one that is recent enough is accepted', async () => {
    await accepted({ claims: { auth_time: now - 90 } }, asked(60))
    await accepted({ claims: { auth_time: now - 30 } }, asked(0))
  })

  it.each([now + 31, now + 86_400, '1', null, -1, {}])('S-E50, F-G13: without max_age, %o is refused all the same', async (auth_time) => {
    await refused({ claims: { auth_time } }, 'ID_TOKEN_AUTH_TIME', [])
  })

  it('without max_age, its absence and any past one are accepted', async () => {
    await accepted({ claims: { auth_time: undefined } })
    await accepted({ claims: { auth_time: 0 } })
    await accepted({ claims: { auth_time: now + 30 } })
  })

  it('F-G7: default_max_age and require_auth_time of the client metadata are honoured', async () => {
    await refused({ claims: { auth_time: now - 91 } }, 'ID_TOKEN_AUTH_TIME', ['at most 60'], { options: { default_max_age: 60 } })
    await refused({}, 'ID_TOKEN_AUTH_TIME', ['missing'], { options: { require_auth_time: true } })
    await accepted({ claims: { auth_time: now - 3600 } }, { options: { require_auth_time: true } })
    await accepted({ claims: { auth_time: now - 3600 } }, { options: { default_max_age: 60 }, ...asked(7200) })
    await accepted({}, { options: { require_auth_time: false } })
  })
})

describe('OpenID Connect Core 1.0, 3.1.3.8: at_hash and c_hash', () => {
  it.each([hashOf('another token'), '', null, 7, [hashOf('access-1')]])('S-E47, F-T8: an at_hash of %o is refused', async (at_hash) => {
    await refused({ claims: { at_hash } }, 'ID_TOKEN_HASH', ['at_hash', 'SHA-256 for ES256'])
  })

  it('F-T8: a right one is accepted, and its absence', async () => {
    await accepted({})
    await accepted({ claims: { at_hash: undefined } })
  })

  it('the quirk atHash ignores a wrong one, and onEvent hears of it', async () => {
    const login = await startLogin({ options: { quirks: { atHash: 'ignore' } } })
    login.alter({ claims: { at_hash: hashOf('another token') } })
    await login.finish()
    expect(login.events).toContainEqual({ type: 'quirk', name: 'atHash', operation: 'id_token' })
  })

  it('S-E48: a wrong c_hash is refused, a right one accepted', async () => {
    await refused({ claims: { c_hash: hashOf(canaries.code) } }, 'ID_TOKEN_HASH', ['c_hash'])
    const login = await startLogin()
    login.alter({ claims: { c_hash: hashOf(login.callback.searchParams.get('code') ?? '') } })
    expect((await login.finish()).claims).toMatchObject({ iss: issuer })
  })

  it('FAPI 1.0, part 2, 5.2.2.1: an s_hash that is not that of the state is refused, a right one accepted', async () => {
    const { judge, forge, usual } = await createJudge()
    const state = canaries.state
    expect(await judge(await forge({ ...usual, s_hash: hashOf(state) }), { state })).toMatchObject({ sub: 'user-1' })
    await expectRefusal(judge(await forge({ ...usual, s_hash: hashOf('x') }), { state }), 'ID_TOKEN_HASH', { says: ['s_hash'] })
    expect(await judge(await forge(usual), { state })).toMatchObject({ sub: 'user-1' })
  })

  it('a hash of what did not come with the token is not looked at', async () => {
    const { judge, forge, usual } = await createJudge()
    for (const name of ['at_hash', 'c_hash', 's_hash'])
      expect(await judge(await forge({ ...usual, [name]: 'x' }))).toMatchObject({ [name]: 'x' })
  })

  it('the quirk atHash does not let a wrong c_hash pass', async () => {
    await refused({ claims: { c_hash: hashOf(canaries.code) } }, 'ID_TOKEN_HASH', ['c_hash'], { options: { quirks: { atHash: 'ignore' } } })
  })
})

describe('OpenID Connect Core 1.0, 12.2: the ID token of a refresh', () => {
  const usual = { iss: issuer, sub: 'user-1', aud: 'client-1', iat: now, exp: now + 300 }
  const first = { ...usual, auth_time: now - 100, nonce: 'nonce-1' }
  const compare = async (changes: Claims, previous: object = first) => {
    const { judge, forge, client: _ } = await createJudge({ trustedAudiences: ['api'] })
    return judge(await forge({ ...first, ...changes }), { nonce: null, previous: previous as never })
  }
  const differs = (changes: Claims, name: string, previous?: object) =>
    expectRefusal(compare(changes, previous), 'ID_TOKEN_CONTINUITY', {
      says: [`another ${name} than`],
      secrets: ['user-1', 'user-2', 'nonce-1'],
    })

  it('F-T9: one of the same user, server and client is accepted', async () => {
    expect(await compare({ iat: now, exp: now + 600 })).toMatchObject({ sub: 'user-1' })
    expect(await compare({ nonce: undefined })).toMatchObject({ sub: 'user-1' })
    expect(await compare({ auth_time: undefined })).toMatchObject({ sub: 'user-1' })
    expect(await compare({ aud: ['client-1'] })).toMatchObject({ sub: 'user-1' })
  })

  it('S-M01: another sub is refused, and neither is shown', () => differs({ sub: 'user-2' }, 'sub'))
  it('S-M02: another iss than before is refused', () => differs({}, 'iss', { ...first, iss: 'https://old.example' }))
  it('S-M02: another aud is refused, in whatever order', async () => {
    await differs({ aud: ['client-1', 'api'], azp: 'client-1' }, 'aud', { ...first, azp: 'client-1' })
    const both = { ...first, aud: ['api', 'client-1'], azp: 'client-1' }
    expect(await compare({ aud: ['client-1', 'api'], azp: 'client-1' }, both)).toMatchObject({ sub: 'user-1' })
  })
  it('S-M04: an azp that changed, came or went is refused', async () => {
    await differs({ azp: 'client-1' }, 'azp')
    await differs({}, 'azp', { ...first, azp: 'client-1' })
  })
  it('S-M05: a nonce that differs from the first one is refused, and not shown', async () => {
    await differs({ nonce: 'nonce-2' }, 'nonce')
    await differs({ nonce: 'nonce-2' }, 'nonce', usual)
  })
  it('F-G7: default_max_age is about the login, and a refresh long after it is accepted', async () => {
    const { judge, forge } = await createJudge({ default_max_age: 60 })
    const old = await forge({ ...first, auth_time: now - 3600 })
    expect(await judge(old, { nonce: null })).toMatchObject({ sub: 'user-1' })
    await expectRefusal(judge(old), 'ID_TOKEN_AUTH_TIME')
  })
  it('S-M03: an auth_time that went backwards or beyond iat is refused; a later one is accepted', async () => {
    await differs({ auth_time: now - 101 }, 'auth_time')
    await differs({ iat: now - 100, auth_time: now - 69 }, 'auth_time')
    expect(await compare({ auth_time: now - 50 })).toMatchObject({ sub: 'user-1' })
    expect(await compare({ iat: now - 60, auth_time: now - 30 })).toMatchObject({ sub: 'user-1' })
    expect(await compare({ auth_time: now - 5000, nonce: undefined }, usual)).toMatchObject({ sub: 'user-1' })
  })
})

describe('the order of the rules', () => {
  /** Each breaks one rule, in the order in which they stand. */
  const breaks: readonly { code: string; claims?: Claims; header?: Claims; forged?: true }[] = [
    { code: 'ID_TOKEN_CRITICAL', header: { crit: ['x'] } },
    { code: 'ID_TOKEN_TYPE', header: { typ: 'at+jwt' } },
    { code: 'ID_TOKEN_ALGORITHM', header: { alg: 'none' } },
    { code: 'ID_TOKEN_KEY', header: { kid: 'gone' } },
    { code: 'ID_TOKEN_SIGNATURE', forged: true },
    { code: 'ID_TOKEN_ISSUER', claims: { iss: 'https://evil.example' } },
    { code: 'ID_TOKEN_SUBJECT', claims: { sub: '' } },
    { code: 'ID_TOKEN_AUDIENCE', claims: { aud: 'client-2' } },
    { code: 'ID_TOKEN_AUTHORIZED_PARTY', claims: { azp: 'client-2' } },
    { code: 'ID_TOKEN_EXPIRED', claims: { exp: 0 } },
    { code: 'ID_TOKEN_NOT_BEFORE', claims: { nbf: now + 3600 } },
    { code: 'ID_TOKEN_ISSUED_AT', claims: { iat: now + 3600 } },
    { code: 'ID_TOKEN_NONCE', claims: { nonce: 'another' } },
    { code: 'ID_TOKEN_ACR', claims: { acr: 'low' } },
    { code: 'ID_TOKEN_AUTH_TIME', claims: { auth_time: 0 } },
    { code: 'ID_TOKEN_HASH', claims: { at_hash: 'wrong' } },
    { code: 'ID_TOKEN_CONTINUITY', claims: { auth_time: now - 10 } },
  ]

  it('of any broken rules, the first one in the order of the specification is told', async () => {
    const { judge, forge, usual, header, server } = await createJudge()
    const attacker = await generateKeyPair('ES256')
    const expected: Expectation = { access_token: 'access', acr_values: ['gold'], max_age: 60 }
    const good = { ...usual, acr: 'gold', auth_time: now, at_hash: hashOf('access') }
    const previous = { ...good, auth_time: now } as never
    expect(await judged(judge(await forge(good), { ...expected, previous }))).toBe(true)
    await fc.assert(
      fc.asyncProperty(fc.subarray([...breaks], { minLength: 1 }), async (broken) => {
        const key = broken.some(({ forged }) => forged) ? attacker.privateKey : server.key
        // The last change of a claim would hide an earlier one.
        const changes = Object.assign({}, ...broken.map(({ claims }) => claims).reverse())
        const head = Object.assign({ ...header }, ...broken.map((item) => item.header))
        const token = await signText(key, head, { ...good, ...changes })
        expect(await judged(judge(token, { ...expected, previous }))).toBe(broken[0]?.code)
      }),
      { numRuns: 200 },
    )
  })
})

describe('any claim replaced by any JSON value', () => {
  const isTime = (value: unknown, least: number, most: number) => typeof value === 'number' && value >= least && value <= most
  const isText = (value: unknown) => typeof value === 'string' && value.length > 0 && value.length < 256 && !/[\ud800-\udfff]/u.test(value)
  const access_token = 'access-1'
  /** What each claim may be, said once more and otherwise than in the code. */
  const allowed: Readonly<Record<string, (value: unknown) => boolean>> = {
    iss: (value) => value === issuer,
    sub: isText,
    aud: (value) => value === 'client-1' || (Array.isArray(value) && value.length === 1 && value[0] === 'client-1'),
    azp: (value) => value === 'client-1',
    exp: (value) => isTime(value, now - 29.999, 8.64e12),
    iat: (value) => isTime(value, 0, now + 30),
    nbf: (value) => isTime(value, 0, now + 30),
    auth_time: (value) => isTime(value, 0, now + 30),
    nonce: (value) => value === 'nonce-1',
    at_hash: (value) => value === hashOf(access_token),
    c_hash: (value) => value === hashOf('code-1'),
    acr: () => true,
    amr: () => true,
    email: () => true,
  }
  const likely = [issuer, 'client-1', ['client-1'], ['client-1', 'client-1'], 'user-1', 'nonce-1', hashOf(access_token), hashOf('code-1')]
  const numbers = [0, -1, now, now + 30, now + 31, now - 29, now - 30, 8.64e12, 8.65e12, 1e300, String(now)]
  const value = fc.oneof(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom<unknown>(...likely, ...numbers))

  it('gives an OidcError, or is accepted where it is equal or allowed, and shows no secret', async () => {
    const { judge, forge, usual } = await createJudge()
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(allowed)), value, async (name, replacement) => {
        const token = await forge({ ...usual, sub: canaries.sub, [name]: replacement })
        const outcome = await judge(token, { access_token, code: 'code-1' }).catch((error: unknown) => error)
        const secrets = ['nonce-1', hashOf(access_token)].filter((secret) => secret !== replacement)
        if (isOidcError(outcome)) expectNoSecret(outcome, [...secrets, ...token.split('.')])
        else expect(outcome).toHaveProperty('iss')
        const seen: unknown = claimsOf(token)[name]
        expect(!isOidcError(outcome)).toBe(allowed[name]?.(seen))
      }),
      { numRuns: 1000 },
    )
  })
})

it('an ID token of a client of another id is not accepted, whoever asks', async () => {
  const { server, forge, usual } = await createJudge()
  const other = createClient(server.metadata, server.options({ client_id: 'client-2' }))
  await expectRefusal(validateIdToken(other, await forge(usual), { nonce: 'nonce-1' }), 'ID_TOKEN_AUDIENCE', {
    says: ['"client-2" is wanted'],
  })
})
