import fc from 'fast-check'
import { CompactEncrypt, exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { segment, signText, unsigned } from '../../test/forge.js'
import { createIssuer, startOfTime } from '../../test/issuer.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { isOidcError, oidcError } from '../base/errors.js'
import { type ClientOptions, createClient, decryptWith } from '../index.js'
import { decryptJwt, type JwtRules, verifyJwt } from '../plugin.js'

const now = startOfTime
const rules: JwtRules = { what: 'logout token', code: 'LOGOUT_TOKEN', algorithms: ['ES256'] }
const usual = { iss: 'https://as.example', aud: 'client-1', sub: canaries.sub, iat: now, exp: now + 60, jti: canaries.token }
const header = { alg: 'ES256', kid: 'key-1' }

async function createJudge(options: Partial<ClientOptions> = {}) {
  const server = await createIssuer()
  const client = createClient(server.metadata, server.options(options))
  return {
    server,
    client,
    forge: (claims: object, head: object = header) => signText(server.key, head, claims),
    verify: (jwt: unknown, more: Partial<JwtRules> = {}) => verifyJwt(client, jwt as string, { ...rules, ...more }),
    decrypt: (jwt: unknown, more: Partial<JwtRules> = {}) => decryptJwt(client, jwt, { ...rules, ...more }),
  }
}

/** Codes of a token that core itself has no name for. */
const refuse = (attempt: Promise<unknown> | (() => unknown), rule: string, says: readonly string[] = []) =>
  expectRefusal(attempt, `LOGOUT_TOKEN_${rule}` as ErrorCode, { says: ['The logout token ', ...says] })

describe('verifyJwt', () => {
  it('gives header and claims of a JWT of the server', async () => {
    const { verify, forge } = await createJudge()
    expect(await verify(await forge(usual))).toEqual({ header, claims: usual })
  })

  it('demands what is required beside iss and aud, and nothing more', async () => {
    const { verify, forge } = await createJudge()
    const bare = await forge({ iss: usual.iss, aud: usual.aud })
    expect(await verify(bare)).toMatchObject({ claims: { aud: 'client-1' } })
    await refuse(verify(bare, { required: ['exp'] }), 'CLAIM', ['has no exp', 'Report it'])
    await refuse(verify(bare, { required: ['iat', 'jti'] }), 'CLAIM', ['has no iat'])
    await verify(await forge(usual), { required: ['exp', 'iat', 'jti'] })
  })

  it('S-H10: an exp further ahead than maxLifetime and the tolerance is refused', async () => {
    const { verify, forge } = await createJudge()
    const long = (seconds: number) => forge({ ...usual, exp: now + seconds })
    await verify(await long(31_536_000))
    await verify(await long(630), { maxLifetime: 600 })
    await refuse(verify(await long(631), { maxLifetime: 600 }), 'EXPIRED', ['is good for 631 seconds', 'at most 600'])
  })

  it('takes in place of the client_id what the rules say stands for the client, and nothing beside that', async () => {
    const { verify, forge } = await createJudge()
    const audiences = ['https://api.example']
    for (const aud of ['client-1', 'https://api.example', ['https://api.example'], ['https://api.example', 'client-1']])
      await verify(await forge({ ...usual, aud }), { audiences })
    for (const aud of [
      'https://other.example',
      ['https://api.example', 'https://other.example'],
      ['https://api.example', 5],
      [],
      undefined,
    ])
      await refuse(verify(await forge({ ...usual, aud }), { audiences }), 'AUDIENCE')
    await refuse(verify(await forge({ ...usual, aud: 'https://api.example' })), 'AUDIENCE')
  })

  it.each<[string, object]>([
    ['ISSUER', { iss: undefined }],
    ['ISSUER', { iss: 'https://evil.example' }],
    ['AUDIENCE', { aud: undefined }],
    ['AUDIENCE', { aud: 'client-2' }],
    ['EXPIRED', { exp: now - 30 }],
    ['EXPIRED', { exp: null }],
    ['NOT_BEFORE', { nbf: now + 31 }],
    ['ISSUED_AT', { iat: now + 31 }],
    ['ISSUED_AT', { iat: 'now' }],
  ])('refuses a claim that is there and wrong: %s %o', async (rule, changes) => {
    const { verify, forge } = await createJudge()
    await refuse(verify(await forge({ ...usual, ...changes })), rule)
  })

  it('refuses one that is older than maxAge', async () => {
    const { verify, forge } = await createJudge()
    await refuse(verify(await forge({ ...usual, iat: now - 131 }), { maxAge: 100 }), 'ISSUED_AT', ['131 seconds ago', 'at most 100'])
    await verify(await forge({ ...usual, iat: now - 130 }), { maxAge: 100 })
  })

  it.each(['logout+jwt', 'application/logout+jwt', 'LOGOUT+JWT', 'Application/Logout+JWT'])(
    'takes the type %s where logout+jwt is wanted: media types have no case (RFC 7515, 4.1.9)',
    async (typ) => {
      const { verify, forge } = await createJudge()
      await verify(await forge(usual, { ...header, typ }), { typ: 'logout+jwt' })
    },
  )

  it.each([undefined, 'JWT', 'jwt', 'application/jwt', 'logout+jwt'])(
    'takes the type %s where one is only recommended, and still none of another kind (Back-Channel Logout 1.0, 2.4)',
    async (typ) => {
      const { verify, forge } = await createJudge()
      const rules = { typ: 'logout+jwt', untyped: true }
      const token = await forge(usual, { ...header, typ })
      await verify(token, rules)
      if (typ !== 'logout+jwt') await refuse(verify(token, { typ: 'logout+jwt' }), 'TYPE', ['logout+jwt is wanted'])
      for (const foreign of ['at+jwt', 'logout', '', 7, null])
        await refuse(verify(await forge(usual, { ...header, typ: foreign }), rules), 'TYPE', ['logout+jwt is wanted'])
    },
  )

  it('refuses every other type where one is wanted', async () => {
    const { verify, forge } = await createJudge()
    const typ = fc.oneof(
      fc.constantFrom<unknown>(
        'JWT',
        'at+jwt',
        'logout',
        ' logout+jwt',
        'x/logout+jwt',
        'logoutapplication/+jwt',
        ['logout+jwt'],
        undefined,
      ),
      fc.jsonValue(),
    )
    await fc.assert(
      fc.asyncProperty(typ, async (value) => {
        await refuse(verify(await forge(usual, { ...header, typ: value }), { typ: 'logout+jwt' }), 'TYPE', ['logout+jwt is wanted'])
      }),
      { numRuns: 50 },
    )
  })

  it.each(['x+at+jwt', 'at+jwt-2', 'x/at+jwt', 'application/x+jwt'])(
    'S-E13: where no type is wanted, %s is taken: only names that are known belong to another kind of token',
    async (typ) => {
      const { verify, forge } = await createJudge()
      await verify(await forge(usual, { ...header, typ }))
    },
  )

  it('keys that the rules give stand in for the key set of the server, which is not asked for', async () => {
    const { verify, forge, server } = await createJudge()
    const seen: unknown[] = []
    const giving = (...keys: readonly object[]) => ({
      keys: {
        async find(signed: unknown) {
          seen.push(signed)
          return keys as never
        },
      },
    })
    const token = await forge(usual)
    await verify(token, giving(server.publicJwk))
    expect(seen).toEqual([{ alg: 'ES256', kid: 'key-1', iss: usual.iss }])
    const { publicKey } = await generateKeyPair('ES256', { extractable: true })
    const other = { ...(await exportJWK(publicKey)), kid: 'key-1' }
    await verify(token, giving(other, server.publicJwk))
    await refuse(verify(token, giving(other)), 'SIGNATURE', ['no key of the key set that was given made (alg ES256, kid "key-1")'])
    await refuse(verify(token, giving()), 'KEY', ['the key set that was given'])
    expect(server.requests).toEqual([])
  })

  it.each(['HS256', 'none', 'RS257', ''])('never accepts %j, whatever the list of algorithms says (RFC 8725, 3.1)', async (alg) => {
    const { verify } = await createJudge()
    await refuse(verify(unsigned({ alg }, usual, 'AAAA'), { algorithms: [alg] }), 'ALGORITHM', ['a supported one is wanted'])
  })

  it('Ed25519 and EdDSA are one algorithm, for servers know both names', async () => {
    const { verify } = await createJudge()
    await refuse(verify(unsigned({ alg: 'EdDSA', kid: 'key-1' }, usual, 'AAAA'), { algorithms: ['Ed25519'] }), 'KEY', ['alg EdDSA'])
  })

  it('refuses one of another algorithm, with a wrong signature, or by an unknown key', async () => {
    const { verify, forge } = await createJudge()
    const good = await forge(usual)
    await refuse(verify(good, { algorithms: ['PS256'] }), 'ALGORITHM', ['"ES256"', 'PS256 is wanted'])
    await refuse(verify(good, { algorithms: ['PS256', 'none', 'RS256'] }), 'ALGORITHM', ['"ES256"', 'and PS256 or RS256 is wanted'])
    await refuse(verify(good.replace(/[^.]+$/, 'A'.repeat(86))), 'SIGNATURE')
    await refuse(verify(await forge(usual, { alg: 'ES256', kid: 'key-9' })), 'KEY', ['"key-9"'])
  })

  it('nothing but an OidcError escapes, and none of what is given is shown', async () => {
    const { verify } = await createJudge()
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.anything(),
          fc.string().map((text) => `${canaries.token}.${text}.`),
        ),
        async (jwt) => {
          const error = await verify(jwt).catch((thrown: unknown) => thrown)
          expect(isOidcError(error)).toBe(true)
          expect(String(error)).not.toContain(canaries.token)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('decryptJwt', () => {
  const alg = 'RSA-OAEP-256'
  const pair = () => generateKeyPair(alg)
  const wrap = (key: CryptoKey, text: string) =>
    new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader({ alg, enc: 'A256GCM' }).encrypt(key)

  it('F-K4: gives the signed JWT within, and one that is not encrypted as it is', async () => {
    const { publicKey, privateKey } = await pair()
    const { decrypt, forge } = await createJudge({ decrypt: decryptWith({ key: privateKey, alg }) })
    const signed = await forge(usual)
    expect(await decrypt(await wrap(publicKey, signed))).toBe(signed)
    expect(await decrypt(signed)).toBe(signed)
  })

  it('S-E58: refuses one that is not encrypted and should be', async () => {
    const { decrypt, forge } = await createJudge()
    await refuse(decrypt(await forge(usual), { encrypted: true }), 'ENCRYPTION', ['is not encrypted'])
  })

  it('refuses an encrypted one where the client has no key', async () => {
    const { decrypt } = await createJudge()
    await refuse(decrypt('a.b.c.d.e'), 'ENCRYPTION', ['no key to open it'])
  })

  it('S-E65: opens one layer only: an encrypted token in an encrypted token is refused', async () => {
    const { publicKey, privateKey } = await pair()
    const { verify, forge } = await createJudge({ decrypt: decryptWith({ key: privateKey, alg }) })
    const once = await wrap(publicKey, await forge(usual))
    expect(await verify(once)).toMatchObject({ claims: { aud: 'client-1' } })
    await refuse(verify(await wrap(publicKey, once)), 'MALFORMED', ['5 segments'])
  })

  it.each(['ECDH-ES+A128KW', 'dirt', 'redir', 'A128KWx', 'RSA-OAEP', 7])(
    'where no encryption is registered, the option decrypt judges one by %s: it needs no secret of the client',
    async (given) => {
      const { decrypt } = await createJudge({ decrypt: (jwe) => Promise.resolve(`opened ${jwe.length}`) })
      const jwe = `${segment({ alg: given, enc: 'A128GCM' })}.b.c.d.e`
      expect(await decrypt(jwe)).toBe(`opened ${jwe.length}`)
    },
  )

  it.each(['dir', 'A128KW', 'A192KW', 'A256GCMKW'])(
    'S-E63: where no encryption is registered, %s is refused: the client secret opens nothing by itself',
    async (given) => {
      const { decrypt } = await createJudge({ decrypt: () => Promise.reject(new Error('never called')) })
      await refuse(decrypt(`${segment({ alg: given, enc: 'A128GCM' })}.b.c.d.e`), 'ENCRYPTION', [
        `is encrypted with alg "${given}", and none is registered. Discard it`,
      ])
    },
  )

  it('gives the option decrypt what is registered, and asks it for nothing else', async () => {
    const seen: unknown[] = []
    const { decrypt, client } = await createJudge({
      decrypt: async (_, registered) => {
        seen.push(registered)
        return 'opened'
      },
    })
    const encryption = { alg: 'RSA-OAEP', enc: 'A128GCM' }
    const wrapped = (header: object) => `${segment(header)}.b.c.d.e`
    expect(await decrypt(wrapped(encryption), { encryption })).toBe('opened')
    expect(await decrypt(wrapped(encryption), { encryption: { enc: 'A128GCM' } })).toBe('opened')
    expect(seen).toEqual([
      { client, ...encryption },
      { client, alg: undefined, enc: 'A128GCM' },
    ])
    await refuse(decrypt(wrapped({ ...encryption, alg: 'RSA-OAEP-256' }), { encryption }), 'ENCRYPTION', [
      'alg "RSA-OAEP-256", and "RSA-OAEP" is',
    ])
    await refuse(decrypt(wrapped({ ...encryption, enc: 'A256GCM' }), { encryption }), 'ENCRYPTION', ['enc "A256GCM", and "A128GCM" is'])
    await refuse(decrypt('a.b.c.d.e', { encryption }), 'ENCRYPTION', ['alg missing'])
    await refuse(decrypt('a.b.c', { encryption }), 'ENCRYPTION', ['is not encrypted, and the client has registered that it is'])
    expect(await decrypt('a.b.c', { encryption: { enc: 'A128GCM' } })).toBe('a.b.c')
    expect(seen).toHaveLength(2)
  })

  it.each([7, null, undefined, {}, ['a.b.c']])('refuses %o: a JWT is a string', async (jwt) => {
    const { decrypt } = await createJudge()
    await refuse(decrypt(jwt), 'MALFORMED', [`of type ${typeof jwt}`, 'a JWT is wanted'])
  })

  it('S-E14: refuses by its length first, before the key sees it', async () => {
    const { decrypt } = await createJudge({ limits: { jwt: 100 }, decrypt: () => Promise.reject(new Error('never called')) })
    await refuse(decrypt(`${'a'.repeat(93)}.b.c.d.e`), 'MALFORMED', ['longer than 100 characters'])
    await refuse(decrypt(`${'a'.repeat(92)}.b.c.d.e`), 'ENCRYPTION')
  })

  it("F-K7: what the caller's own function throws stays behind, unless it is an OidcError", async () => {
    const broken = await createJudge({ decrypt: () => Promise.reject(new Error(canaries.token)) })
    await refuse(broken.decrypt('a.b.c.d.e'), 'ENCRYPTION', ['could not be decrypted', 'Check the key'])
    const own = await createJudge({ decrypt: () => Promise.reject(oidcError('KMS_DOWN', 'The KMS is down. Try again.')) })
    await expectRefusal(own.decrypt('a.b.c.d.e'), 'KMS_DOWN' as ErrorCode)
  })

  it.each<[string, unknown]>([
    ['no string', 7],
    ['longer than 65536 characters', 'x'.repeat(65_537)],
    ['no JWT', 'text'],
  ])('what comes out of it is judged as what came in: %s is refused', async (_, plaintext) => {
    const { verify } = await createJudge({ decrypt: () => Promise.resolve(plaintext as string) })
    await refuse(verify('a.b.c.d.e'), 'MALFORMED')
  })
})
