import { createHash } from 'node:crypto'
import { exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { unsigned } from '../../test/forge.js'
import { createIssuer, startOfTime } from '../../test/issuer.js'
import { type LoginSettings, startLogin } from '../../test/login.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { type ClientOptions, clientSecretBasic, createClient, fetchUserInfo, validateIdToken, verifyWithSecret } from '../index.js'
import { verifyJwt } from '../plugin.js'

const secret = canaries.secret.repeat(4)
const bytes = (text: string) => new TextEncoder().encode(text)
const mac = (claims: object, key: string, alg = 'HS256') =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg, kid: 'any' }).sign(bytes(key))

const registered = (alg = 'HS256', given: Partial<ClientOptions> = {}): LoginSettings => ({
  options: { id_token_signed_response_alg: alg, authentication: clientSecretBasic(secret), verifyMac: verifyWithSecret(secret), ...given },
})

async function finish(settings: LoginSettings, make: (claims: object) => string | Promise<string>) {
  const login = await startLogin(settings)
  login.alter({ token: (claims) => make(claims) })
  return { login, finishing: login.finish() }
}

describe('verifyWithSecret (OpenID Connect Core 1.0, 10.1)', () => {
  it.each([
    ['HS256', 'sha256'],
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
  ])(
    'F-K3: an ID token by %s is taken where the client has registered exactly that, its at_hash by %s, and no key set is asked for',
    async (alg, hash) => {
      const login = await startLogin(registered(alg))
      login.alter({
        token: async (claims) => {
          const whole = createHash(hash).update('access-2').digest()
          return mac({ ...claims, at_hash: whole.subarray(0, whole.length / 2).toString('base64url') }, secret, alg)
        },
      })
      expect((await login.finish()).claims?.sub).toBe(canaries.sub)
      expect(login.issuer.requestsTo('jwks')).toHaveLength(0)
      const wrong = await startLogin(registered(alg))
      wrong.alter({ token: (claims) => mac({ ...claims, at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }, secret, alg) })
      await wrong.refuse(wrong.finish(), 'ID_TOKEN_HASH')
    },
  )

  it('one that another secret made is refused', async () => {
    const { login, finishing } = await finish(registered(), (claims) => mac(claims, `${secret}!`))
    await login.refuse(finishing, 'ID_TOKEN_SIGNATURE', 'an HMAC (HS256)', 'compare the secret')
  })

  it.each(['HS384', 'HS512'])('S-B27: %s by the true secret is refused where HS256 is registered', async (alg) => {
    const { login, finishing } = await finish(registered(), (claims) => mac(claims, secret, alg))
    await login.refuse(finishing, 'ID_TOKEN_ALGORITHM', `"${alg}"`, 'HS256 is wanted')
  })

  it('an asymmetric signature of the server is refused where an HMAC is registered, and the other way round', async () => {
    const login = await startLogin(registered())
    login.alter({ claims: {} })
    await login.refuse(login.finish(), 'ID_TOKEN_ALGORITHM', '"ES256"', 'HS256 is wanted')
  })

  it('S-E04: an HMAC keyed with the public key of the server is refused, also where HS256 is registered', async () => {
    const pem = await exportSPKI((await generateKeyPair('RS256')).publicKey)
    const { login, finishing } = await finish(registered(), (claims) => mac(claims, pem))
    await login.refuse(finishing, 'ID_TOKEN_SIGNATURE')
    const server = await createIssuer({ metadata: { id_token_signing_alg_values_supported: ['HS256', 'RS256'] } })
    // Registered for UserInfo alone: an ID token gains nothing by it.
    const options = { userinfo_signed_response_alg: 'HS256', verifyMac: verifyWithSecret(secret) }
    const client = createClient(server.metadata, server.options(options))
    const usual = { iss: server.issuer, sub: 'user-1', aud: 'client-1', iat: startOfTime, exp: startOfTime + 60 }
    for (const key of [pem, secret])
      await expectRefusal(validateIdToken(client, await mac(usual, key), { nonce: undefined }), 'ID_TOKEN_ALGORITHM', {
        says: ['"HS256"', 'RS256 is wanted'],
      })
  })

  it('S-E05: HS256 is registered and no secret configured: told when the client is made, before any request', async () => {
    const server = await createIssuer({ metadata: { id_token_signing_alg_values_supported: ['HS256'] } })
    for (const [member, what] of [
      ['id_token_signed_response_alg', 'HS256'],
      ['userinfo_signed_response_alg', 'HS512'],
    ] as const)
      await expectRefusal(() => createClient(server.metadata, server.options({ [member]: what })), 'OPTION_INVALID', {
        says: [`The option verifyMac is missing. Give verifyWithSecret(secret), for ${member} is ${what}.`],
      })
    await expectRefusal(
      () => createClient(server.metadata, server.options({ id_token_signed_response_alg: 'HS256', verifyMac: verifyWithSecret() })),
      'OPTION_INVALID',
      { says: ['The client secret is missing.'] },
    )
    expect(server.requests).toEqual([])
  })

  it.each([
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ])('S-B27: for %s a secret of fewer than %i bytes is refused when the client is made (RFC 7518, 3.2)', async (alg, least) => {
    const server = await createIssuer()
    const make = (given: string | readonly string[], client_secret?: string) =>
      createClient(server.metadata, {
        ...server.options({ id_token_signed_response_alg: alg, verifyMac: verifyWithSecret(client_secret ? undefined : given) }),
        ...(client_secret && { client_secret }),
      })
    expect(() => make('s'.repeat(least))).not.toThrow()
    expect(() => make('', 's'.repeat(least))).not.toThrow()
    const short = canaries.secret.repeat(4).slice(0, least - 1)
    for (const attempt of [() => make(short), () => make(['s'.repeat(least), short]), () => make('', short)])
      await expectRefusal(attempt, 'OPTION_INVALID', { says: [`shorter than ${least} bytes`], secrets: [short] })
  })

  it('during a rotation, a token by the old secret and one by the new are taken, and none by a third', async () => {
    const older = `older-${secret}`
    for (const used of [secret, older]) {
      const { finishing } = await finish(registered('HS256', { verifyMac: verifyWithSecret([secret, older]) }), (claims) =>
        mac(claims, used),
      )
      expect((await finishing).claims?.sub).toBe(canaries.sub)
    }
    const { login, finishing } = await finish(registered('HS256', { verifyMac: verifyWithSecret([secret, older]) }), (claims) =>
      mac(claims, `oldest-${secret}`),
    )
    await login.refuse(finishing, 'ID_TOKEN_SIGNATURE')
  })

  it.each([[[]], [''], [7], [null], [['']], [[undefined]], [[secret, undefined]], [Array(5).fill(secret)]])(
    'F-A12: %j is no secret',
    async (given) => {
      await expectRefusal(() => verifyWithSecret(given as never), 'OPTION_INVALID', { says: ['The option secret is'] })
    },
  )

  it('F-A12: one to four secrets may be given, and one that is missing among them is told', async () => {
    expect(() => verifyWithSecret(Array(4).fill(secret))).not.toThrow()
    await expectRefusal(() => verifyWithSecret([]), 'OPTION_INVALID', { says: ['Give 1 to 4 client secrets.'] })
    await expectRefusal(() => verifyWithSecret([undefined as never]), 'OPTION_INVALID', { says: ['is missing. Give the client secret.'] })
  })

  it('verifyMac without a registered HMAC is a slip, told when the client is made', async () => {
    const server = await createIssuer()
    await expectRefusal(() => createClient(server.metadata, server.options({ verifyMac: verifyWithSecret(secret) })), 'OPTION_INVALID', {
      says: ['id_token_signed_response_alg is missing', 'HS256'],
    })
  })

  it('S-B17: nothing that verifyMac is given lets an unsigned token through', async () => {
    for (const alg of ['none', 'None', 'hs256', 'HS1', 'HS256 ']) {
      const { login, finishing } = await finish(registered(), (claims) => unsigned({ alg }, claims))
      await login.refuse(finishing, 'ID_TOKEN_ALGORITHM')
    }
  })

  it('F-J3: a UserInfo answer by HS256 is taken where that is registered for UserInfo', async () => {
    const server = await createIssuer()
    const options = { userinfo_signed_response_alg: 'HS256', verifyMac: verifyWithSecret(secret) }
    const client = createClient(server.metadata, server.options(options))
    const claims = { iss: server.issuer, aud: 'client-1', sub: canaries.sub }
    const read = async (key: string) => {
      server.answer('userinfo', new Response(await mac(claims, key), { headers: { 'content-type': 'application/jwt' } }))
      return fetchUserInfo(client, { access_token: canaries.token, token_type: 'Bearer' }, { expectedSubject: canaries.sub })
    }
    expect(await read(secret)).toEqual(claims)
    await expectRefusal(read(`${secret}!`), 'USERINFO_SIGNATURE')
  })

  it('a plugin takes an HMAC only where it says what the client has registered, whatever its list of algorithms says', async () => {
    const server = await createIssuer()
    const client = createClient(server.metadata, server.options(registered().options))
    const jwt = await mac({ iss: server.issuer, aud: 'client-1' }, secret)
    const rules = { what: 'logout token', code: 'LOGOUT_TOKEN', algorithms: ['HS256', 'ES256'] }
    expect(await verifyJwt(client, jwt, { ...rules, registered: 'HS256' })).toMatchObject({ claims: { aud: 'client-1' } })
    await expectRefusal(verifyJwt(client, jwt, rules), 'LOGOUT_TOKEN_ALGORITHM' as never)
    await expectRefusal(verifyJwt(client, jwt, { ...rules, registered: 'ES256' }), 'LOGOUT_TOKEN_ALGORITHM' as never)
  })
})
