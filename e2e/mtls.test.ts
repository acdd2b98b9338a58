import { createPublicKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import {
  authorizationCodeGrant,
  type ClientOptions,
  clientCredentialsGrant,
  clientSecretBasic,
  createAuthorizationRequest,
  discover,
  fetchUserInfo,
  publicClient,
  refreshTokenGrant,
  revokeToken,
} from '@oidc/core'
import { json, type Operation, request } from '@oidc/core/plugin'
import { device, initiateDeviceAuthorization } from '@oidc/device'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { calculateCertificateThumbprint, checkCertificateBinding, mtls, tlsClientAuth } from '@oidc/mtls'
import { par } from '@oidc/par'
import type { ClientMetadata, Configuration } from 'oidc-provider'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchTrusting, type RunningProvider, startProvider } from './provider.ts'
import { type Certificate, certifyLoopback } from './tls.ts'

const redirect_uri = 'https://app.example/cb'
let running: RunningProvider
let listener: https.Server
let alias: string
let server: Certificate
/** Of the server's authority. */
let issued: Certificate
/** Of its own. */
let selfSigned: Certificate

beforeAll(async () => {
  server = await certifyLoopback()
  issued = await issue('issued')
  selfSigned = await issue('self-signed')
  // The second door of the same server asks for certificates, as RFC 8705, section 5, has it.
  listener = https.createServer({ ...server, requestCert: true, rejectUnauthorized: false, ca: issued.cert })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  alias = `https://localhost:${(listener.address() as AddressInfo).port}`
  running = await startProvider(configure(), { tls: server })
  const callback = running.provider.callback()
  listener.on('request', (incoming, response) => void callback(incoming, response))
})

afterAll(async () => {
  listener.close().closeAllConnections()
  await running.close()
})

async function issue(commonName: string): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: commonName }], {
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true }],
  })
  return { key, cert }
}

const socketOf = (ctx: unknown) => (ctx as { req: { socket: TLSSocket } }).req.socket

function configure(): Configuration {
  const registered = (client_id: string, more: Partial<ClientMetadata>): ClientMetadata => ({
    client_id,
    redirect_uris: [redirect_uri],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code'],
    ...more,
  })
  const certificate = new X509Certificate(selfSigned.cert)
  const jwk = { ...createPublicKey(selfSigned.cert).export({ format: 'jwk' }), x5c: [certificate.raw.toString('base64')] }
  return {
    clientAuthMethods: ['none', 'client_secret_basic', 'tls_client_auth', 'self_signed_tls_client_auth'],
    clients: [
      registered('issued', { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=issued' }),
      registered('self-signed', {
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks: { keys: [jwk as never] },
        tls_client_certificate_bound_access_tokens: true,
      }),
      registered('public', {
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        tls_client_certificate_bound_access_tokens: true,
      }),
      registered('api', { client_secret: 'only-for-tests', redirect_uris: [], response_types: [], grant_types: [] }),
    ],
    features: {
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        getCertificate: (ctx) => socketOf(ctx).getPeerX509Certificate?.() as never,
        certificateAuthorized: (ctx) => socketOf(ctx).authorized,
        certificateSubjectMatches: (ctx, _, expected) => socketOf(ctx).getPeerX509Certificate()?.subject === expected,
      },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      dPoP: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      pushedAuthorizationRequests: { enabled: true },
      revocation: { enabled: true },
    },
    discovery: {
      mtls_endpoint_aliases: {
        token_endpoint: `${alias}/token`,
        introspection_endpoint: `${alias}/token/introspection`,
        revocation_endpoint: `${alias}/token/revocation`,
        pushed_authorization_request_endpoint: `${alias}/request`,
        device_authorization_endpoint: `${alias}/device/auth`,
        userinfo_endpoint: `${alias}/me`,
      },
    },
  }
}

function connect(client_id: string, certificate: Certificate | undefined, options: Partial<ClientOptions> = {}, seen: string[] = []) {
  const fetch = fetchTrusting(server.cert, certificate)
  return discover(running.issuer, {
    client_id,
    authentication: tlsClientAuth({ certificate: certificate?.cert }),
    fetch: (input, init) => {
      seen.push(String(input))
      return fetch(input, init)
    },
    ...options,
  })
}

const introspection: Operation<{ readonly active?: boolean; readonly cnf?: unknown }> = {
  name: 'introspection',
  endpoint: 'introspection_endpoint',
  method: 'POST',
  credential: 'client',
  body: 'form',
  status: [200],
  replay: 'safe',
  accept: { 'application/json': json },
  parse: (body) => body as { readonly active?: boolean },
}

describe('RFC 8705 at oidc-provider', () => {
  it('F-A8: tls_client_auth, by the subject of a certificate of its authority', async () => {
    const seen: string[] = []
    const client = await connect('issued', issued, {}, seen)
    expect((await clientCredentialsGrant(client)).token_type).toBe('Bearer')
    expect(seen.at(-1)).toBe(`${alias}/token`)
  })

  it('F-A8: self_signed_tls_client_auth, by a certificate of its own jwks', async () => {
    const client = await connect('self-signed', selfSigned, {
      authentication: tlsClientAuth({ method: 'self_signed_tls_client_auth', certificate: selfSigned.cert }),
    })
    expect((await clientCredentialsGrant(client)).token_type).toBe('Bearer')
  })

  it.each([
    ['no certificate', 'issued', () => undefined],
    ['a certificate of no authority', 'issued', () => selfSigned],
    ["another client's certificate", 'self-signed', () => issued],
  ])('F-A8: with %s the server refuses, and the error explains', async (_, client_id, certificate) => {
    await expect(clientCredentialsGrant(await connect(client_id, certificate()))).rejects.toMatchObject({
      code: 'MTLS_CERTIFICATE_REFUSED',
      error: 'invalid_client',
    })
  })

  it('F-A9: at the usual address the server sees no certificate, so only the alias works', async () => {
    const client = await connect('issued', issued, { use_mtls_endpoint_aliases: false })
    await expect(clientCredentialsGrant(client)).rejects.toMatchObject({ code: 'MTLS_CERTIFICATE_REFUSED' })
  })

  it('F-A9: a login with tokens bound to the certificate: push, tokens, UserInfo, refresh, introspection, device, revocation', async () => {
    const seen: string[] = []
    const client = await connect(
      'self-signed',
      selfSigned,
      { use: [par(), device()], tls_client_certificate_bound_access_tokens: true, use_mtls_endpoint_aliases: true },
      seen,
    )
    const { url, transaction } = await createAuthorizationRequest(client, {
      redirect_uri,
      scope: 'openid offline_access',
      prompt: 'consent',
    })
    const tokens = await authorizationCodeGrant(client, await running.login(url), transaction)
    expect(tokens.claims?.sub).toBe('alice')
    expect(await fetchUserInfo(client, tokens)).toMatchObject({ sub: 'alice' })
    const fresh = await refreshTokenGrant(client, tokens)
    const api = await connect('api', selfSigned, { authentication: clientSecretBasic('only-for-tests'), use: [mtls()] })
    const answer = await request(api, introspection, { parameters: { token: fresh.access_token } })
    expect(answer).toMatchObject({ active: true, cnf: { 'x5t#S256': await calculateCertificateThumbprint(selfSigned.cert) } })
    await expect(checkCertificateBinding(answer, selfSigned.cert)).resolves.toBeUndefined()
    await expect(checkCertificateBinding(answer, issued.cert)).rejects.toMatchObject({ code: 'MTLS_BINDING' })
    expect((await initiateDeviceAuthorization(client)).user_code).toBeTruthy()
    await revokeToken(client, fresh.access_token)
    const paths = seen.filter((address) => address.startsWith(alias)).map((address) => address.slice(alias.length))
    expect(paths).toEqual(['/request', '/token', '/me', '/token', '/device/auth', '/token/revocation'])
    expect(await request(api, introspection, { parameters: { token: fresh.access_token } })).toEqual({ active: false })
  })

  it('a token that was stolen is of no use with another certificate', async () => {
    const client = await connect('self-signed', selfSigned, { tls_client_certificate_bound_access_tokens: true })
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const tokens = await authorizationCodeGrant(client, await running.login(url), transaction)
    const thief = await connect('self-signed', issued, { authentication: tlsClientAuth() })
    await expect(fetchUserInfo(thief, tokens)).rejects.toMatchObject({ http: { status: 401 } })
  })

  it('public clients have bound tokens too (section 4)', async () => {
    const options = {
      authentication: publicClient(),
      use: [mtls({ certificate: issued.cert })],
      tls_client_certificate_bound_access_tokens: true,
    }
    const client = await connect('public', issued, options)
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const tokens = await authorizationCodeGrant(client, await running.login(url), transaction)
    expect(await fetchUserInfo(client, tokens)).toMatchObject({ sub: 'alice' })
    const bare = await connect('public', undefined, { ...options, use: [mtls()] })
    const again = await createAuthorizationRequest(bare, { redirect_uri, scope: 'openid' })
    await expect(authorizationCodeGrant(bare, await running.login(again.url), again.transaction)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('the certificate authenticates while DPoP binds the tokens, and both bindings are a conflict', async () => {
    const keyPair = await generateDPoPKeyPair()
    const client = await connect('issued', issued, { use: [dpop({ keyPair })] })
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const tokens = await authorizationCodeGrant(client, await running.login(url), transaction)
    expect(tokens.token_type).toBe('DPoP')
    expect(await fetchUserInfo(client, tokens)).toMatchObject({ sub: 'alice' })
    await expect(
      connect('self-signed', selfSigned, { use: [dpop({ keyPair })], tls_client_certificate_bound_access_tokens: true }),
    ).rejects.toMatchObject({ code: 'PLUGIN_CONFLICT' })
  })
})
