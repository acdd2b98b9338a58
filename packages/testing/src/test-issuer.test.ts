import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  clientSecretBasic,
  clientSecretJwt,
  clientSecretPost,
  createAuthorizationRequest,
  discover,
  fetchUserInfo,
  generateKeyPair,
  isOidcError,
  privateKeyJwt,
  publicClient,
  refreshTokenGrant,
} from '@oidc/core'
import { describe, expect, it } from 'vitest'
import type { Fault } from './faults/fault.js'
import { faults } from './faults/faults.js'
import { createTestIssuer, faultNames, type TestIssuer, type TestIssuerOptions } from './index.js'
import { redirect_uri, runLogin } from './plugin/login.js'
import { createTestRandom } from './test-random.js'

const connect = (issuer: TestIssuer, options: Partial<Parameters<typeof discover>[1]> = {}) =>
  discover(issuer.issuer, {
    client_id: 'app',
    authentication: publicClient(),
    fetch: issuer.fetch,
    clock: issuer.clock,
    random: createTestRandom(),
    ...options,
  })

const pathsOf = (issuer: TestIssuer) => issuer.requests.map(({ method, url, status }) => `${method} ${new URL(url).pathname} ${status}`)

async function start(options: TestIssuerOptions = {}, clientOptions: Partial<Parameters<typeof discover>[1]> = {}) {
  const issuer = await createTestIssuer(options)
  return { issuer, client: await connect(issuer, clientOptions) }
}

const refusalOf = async (promise: Promise<unknown>) => {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isOidcError(thrown)) return thrown
  throw new Error('no OidcError was thrown', { cause: thrown })
}

describe('createTestIssuer', () => {
  it('F-U2: a whole login runs against an issuer in memory, and no socket is opened', async () => {
    const { issuer, client } = await start()
    await runLogin(client, issuer, 'anne')
    expect(pathsOf(issuer)).toEqual([
      'GET /.well-known/openid-configuration 200',
      'GET /authorize 200',
      'POST /token 200',
      'GET /jwks 200',
      'GET /userinfo 200',
      'POST /token 200',
      'POST /resource 200',
      'POST /token 200',
      'POST /revoke 200',
    ])
  })

  it('F-U2: the clock stands still until somebody sleeps or the test moves it', async () => {
    const { issuer, client } = await start()
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const tokens = await authorizationCodeGrant(client, await issuer.signIn(url, { sub: 'anne' }), transaction)
    expect(tokens.expires_at).toBe(issuer.clock.now() + 300)
    issuer.clock.advance(301)
    expect((await refusalOf(fetchUserInfo(client, tokens))).http?.status).toBe(401)
    await issuer.clock.sleep(10)
    expect(issuer.clock.waits).toEqual([10])
  })

  for (const [method, authentication] of [
    ['client_secret_basic', clientSecretBasic('secret: of 100 %')],
    ['client_secret_post', clientSecretPost('secret: of 100 %')],
    ['client_secret_jwt', clientSecretJwt('a secret that is long enough for HS256')],
  ] as const)
    it(`F-U2: ${method} is checked: the right secret goes, another one does not`, async () => {
      const client_secret = method === 'client_secret_jwt' ? 'a secret that is long enough for HS256' : 'secret: of 100 %'
      const clients = [{ client_id: 'app', client_secret, token_endpoint_auth_method: method }]
      const { client } = await start({ clients }, { authentication })
      expect((await clientCredentialsGrant(client)).access_token).toBeTypeOf('string')
      const { client: another } = await start(
        { clients: [{ ...clients[0], client_id: 'app', client_secret: `${client_secret}!` }] },
        { authentication },
      )
      expect((await refusalOf(clientCredentialsGrant(another))).error).toBe('invalid_client')
    })

  it('F-U2: private_key_jwt is checked: the right key goes, another one does not', async () => {
    const pair = await generateKeyPair('ES256', { extractable: true })
    const other = await generateKeyPair('ES256', { extractable: true })
    const clientsOf = async ({ publicKey }: CryptoKeyPair) => [
      { client_id: 'app', jwks: { keys: [(await crypto.subtle.exportKey('jwk', publicKey)) as Record<string, string>] } },
    ]
    const authentication = privateKeyJwt(pair.privateKey)
    const { client, issuer } = await start({ clients: await clientsOf(pair) }, { authentication })
    await clientCredentialsGrant(client)
    expect(issuer.findSecrets(issuer.requests).map(({ kind }) => kind)).toContain('client_assertion')
    const { client: another } = await start({ clients: await clientsOf(other) }, { authentication })
    expect((await refusalOf(clientCredentialsGrant(another))).error).toBe('invalid_client')
  })

  it('F-U2: a rotated refresh token that is used again ends all that came of it', async () => {
    const { issuer, client } = await start()
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid offline_access' })
    const first = await authorizationCodeGrant(client, await issuer.signIn(url), transaction)
    const second = await refreshTokenGrant(client, first)
    expect((await refusalOf(refreshTokenGrant(client, first))).error).toBe('invalid_grant')
    expect((await refusalOf(refreshTokenGrant(client, second))).error).toBe('invalid_grant')
  })

  it('F-U2: the user may say no, and the browser comes back with that', async () => {
    const { issuer, client } = await start()
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const refused = await refusalOf(
      issuer.signIn(url, { error: 'access_denied' }).then((back) => authorizationCodeGrant(client, back, transaction)),
    )
    expect(refused.error).toBe('access_denied')
  })

  it('F-U2: form_post comes as a POST', async () => {
    const { issuer, client } = await start()
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid', response_mode: 'form_post' })
    const back = await issuer.signIn(url, { sub: 'anne' })
    expect(back).toBeInstanceOf(Request)
    expect((await authorizationCodeGrant(client, back, transaction)).claims?.sub).toBe('anne')
  })

  it('F-U2: keys that rotate fail no login', async () => {
    const { issuer, client } = await start()
    await runLogin(client, issuer, 'anne')
    await issuer.rotateKeys()
    await runLogin(client, issuer, 'bert')
    expect(pathsOf(issuer).filter((path) => path.startsWith('GET /jwks'))).toHaveLength(2)
  })

  it('F-U2: secrets are found wherever they stand, and nothing else is', async () => {
    const { issuer, client } = await start()
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const tokens = await authorizationCodeGrant(client, await issuer.signIn(url), transaction)
    const hidden = new Error('no', { cause: new Map([['deep', { list: [`x ${tokens.access_token} y`] }]]) })
    expect(issuer.findSecrets(hidden)).toEqual([{ kind: 'access_token', path: 'cause.deep.list.0' }])
    expect(issuer.findSecrets({ url: url.origin, sub: 'user' })).toEqual([])
  })

  it('F-U2: a pushed request is good for one minute and once', async () => {
    const { issuer } = await start()
    const push = async () => {
      const body = new URLSearchParams({ client_id: 'app', redirect_uri, response_type: 'code' })
      const answer = await issuer.fetch(`${issuer.issuer}/par`, { method: 'POST', body })
      const { request_uri } = (await answer.json()) as { request_uri: string }
      return new URL(`${issuer.issuer}/authorize?${new URLSearchParams({ client_id: 'app', request_uri })}`)
    }
    const inTime = await push()
    issuer.clock.advance(59)
    await issuer.signIn(inTime)
    await expect(issuer.signIn(inTime)).rejects.toThrow('used before')
    const late = await push()
    issuer.clock.advance(60)
    await expect(issuer.signIn(late)).rejects.toThrow('has expired')
  })

  it('F-U2: the refresh token of a public client is good with its certificate alone, that of another client with any (RFC 8705, section 4)', async () => {
    for (const client_secret of [undefined, 'a secret for tests']) {
      const { issuer } = await start({
        clients: [{ client_id: 'app', tls_client_certificate_bound_access_tokens: true, ...(client_secret && { client_secret }) }],
      })
      const post = (thumbprint: string, form: Record<string, string>) =>
        issuer.withCertificate(thumbprint)(`${issuer.issuer}/token`, {
          method: 'POST',
          headers: client_secret ? { authorization: `Basic ${btoa(`app:${client_secret}`)}` } : {},
          body: new URLSearchParams({ client_id: 'app', ...form }),
        })
      const code_verifier = 'v'.repeat(43)
      const code_challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(code_verifier))).toString('base64url')
      const asked = { client_id: 'app', redirect_uri, response_type: 'code', code_challenge, code_challenge_method: 'S256' }
      const back = (await issuer.signIn(new URL(`${issuer.issuer}/authorize?${new URLSearchParams(asked)}`))) as URL
      const code = back.searchParams.get('code') ?? ''
      const answer = await post('mine', { grant_type: 'authorization_code', code, redirect_uri, code_verifier })
      const { refresh_token } = (await answer.json()) as { refresh_token: string }
      const stolen = await post('other', { grant_type: 'refresh_token', refresh_token })
      expect(stolen.status).toBe(client_secret ? 200 : 400)
      if (!client_secret) expect((await post('mine', { grant_type: 'refresh_token', refresh_token })).status).toBe(200)
    }
  })
})

/** How far the flow of a login gets before the fault is refused: no request of a later step may be sent. */
const laterThan: Readonly<Record<NonNullable<Fault['refusedAt']>, readonly string[]>> = {
  discovery: ['/token', '/jwks', '/userinfo'],
  callback: ['/token', '/userinfo'],
  token: ['/userinfo', '/resource'],
  userinfo: ['/resource'],
  refresh: ['/resource'],
}

describe('faults', () => {
  it('F-U2: there are at least 30, and no two say the same', () => {
    expect(faultNames.length).toBeGreaterThanOrEqual(30)
    expect(new Set(faultNames.map((name) => faults[name].says)).size).toBe(faultNames.length)
  })

  for (const name of faultNames) {
    const { refusedAt, says, hangs } = faults[name]
    if (!refusedAt) continue
    it(`F-U2: ${name} is refused at ${refusedAt}: ${says}`, async () => {
      const issuer = await createTestIssuer()
      issuer.fault(name)
      const thrown = await refusalOf(connect(issuer, { timeout: hangs ? 0.2 : 30 }).then((client) => runLogin(client, issuer, 'anne')))
      expect(issuer.findSecrets(thrown)).toEqual([])
      expect(issuer.faultsDone()).toEqual([name])
      const paths = issuer.requests.map(({ url }) => new URL(url).pathname)
      expect(paths.filter((path) => laterThan[refusedAt].includes(path))).toEqual([])
      if (refusedAt !== 'discovery' && refusedAt !== 'callback') expect(paths).toContain('/token')
    })
  }

  it('F-U2: a fault is turned off again, or ends by itself', async () => {
    const { issuer, client } = await start()
    const end = issuer.fault('token_html')
    await refusalOf(runLogin(client, issuer, 'anne'))
    end()
    await runLogin(client, issuer, 'anne')
    issuer.fault('token_html', 1)
    await refusalOf(runLogin(client, issuer, 'anne'))
    await runLogin(client, issuer, 'anne')
  })

  it('F-U2: an unknown fault is refused', async () => {
    const { issuer } = await start()
    expect(() => issuer.fault('no_such_fault' as 'token_html')).toThrow('no_such_fault')
  })
})
