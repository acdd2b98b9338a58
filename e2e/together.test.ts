import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import {
  authorizationCodeGrant,
  type Client,
  type ClientOptions,
  createAuthorizationRequest,
  createClient,
  decryptWith,
  discover,
  extend,
  fetchUserInfo,
  privateKeyJwt,
  refreshTokenGrant,
  revokeToken,
  type Tokens,
} from '@oidc/core'
import type { Plugin } from '@oidc/core/plugin'
import { calculateThumbprint, type DPoPKeyPair, dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { hybrid, validateFrontChannelResponse } from '@oidc/hybrid'
import { introspection, introspectToken, type TokenExpectation } from '@oidc/introspection'
import { encryptWith, jar, jarm } from '@oidc/jarm'
import { calculateCertificateThumbprint, tlsClientAuth } from '@oidc/mtls'
import { par } from '@oidc/par'
import { exportJWK, generateKeyPair } from 'jose'
import type { ClientMetadata } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchTrusting, type RunningProvider, startProvider } from './provider.ts'
import { type Certificate, certifyLoopback } from './tls.ts'

const redirect_uri = 'https://app.example/cb'
const scope = 'openid offline_access'
let running: RunningProvider
let door: https.Server
let alias: string
let server: Certificate
let certificate: Certificate
let key: CryptoKey
let decryptionKey: CryptoKey
let keyPair: DPoPKeyPair

beforeAll(async () => {
  const signing = await generateKeyPair('ES256')
  const opening = await generateKeyPair('RSA-OAEP-256')
  key = signing.privateKey
  decryptionKey = opening.privateKey
  keyPair = await generateDPoPKeyPair()
  server = await certifyLoopback()
  certificate = await certifyLoopback()
  // The second door of the same server asks for certificates (RFC 8705, section 5).
  door = https.createServer({ ...server, requestCert: true, rejectUnauthorized: false, ca: certificate.cert })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  alias = `https://localhost:${(door.address() as AddressInfo).port}`
  const jwks = {
    keys: [
      { ...(await exportJWK(signing.publicKey)), alg: 'ES256', use: 'sig' },
      { ...(await exportJWK(opening.publicKey)), alg: 'RSA-OAEP-256', use: 'enc' },
    ],
  }
  running = await startProvider(configure(jwks), { tls: server })
  const callback = running.provider.callback()
  door.on('request', (incoming, response) => void callback(incoming, response))
})

afterAll(async () => {
  door.close().closeAllConnections()
  await running.close()
})

const socketOf = (ctx: unknown) => (ctx as { req: { socket: TLSSocket } }).req.socket

/** What is registered, and what the client says of itself: the same, so that either side holds the other to it. */
const secured = {
  require_pushed_authorization_requests: true,
  require_signed_request_object: true,
  request_object_signing_alg: 'ES256',
  authorization_signed_response_alg: 'PS256',
  introspection_signed_response_alg: 'ES256',
} as const
const encrypted = {
  authorization_encrypted_response_alg: 'RSA-OAEP-256',
  authorization_encrypted_response_enc: 'A256GCM',
  introspection_encrypted_response_alg: 'RSA-OAEP-256',
  introspection_encrypted_response_enc: 'A256GCM',
} as const

function configure(jwks: unknown): Parameters<typeof startProvider>[0] {
  const registered = (client_id: string, more: Partial<ClientMetadata>) =>
    ({ client_id, redirect_uris: [redirect_uri], grant_types: ['authorization_code', 'refresh_token'], jwks, ...more }) as ClientMetadata
  const byCertificate = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=localhost' } as const
  const byKey = { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256' } as const
  const rsa = (use: string, kid: string) => ({
    ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
    use,
    kid,
  })
  const ec = { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), use: 'sig', kid: 'ec' }
  return {
    jwks: { keys: [rsa('sig', 'rsa'), ec, rsa('enc', 'opens')] as never[] },
    clientAuthMethods: ['private_key_jwt', 'tls_client_auth'],
    responseTypes: ['code', 'code id_token', 'id_token'],
    clients: [
      registered('dpop', { ...byCertificate, ...secured, ...encrypted, dpop_bound_access_tokens: true }),
      registered('certificate', { ...byCertificate, ...secured, ...encrypted, tls_client_certificate_bound_access_tokens: true }),
      registered('fapi', { ...byKey, ...secured, dpop_bound_access_tokens: true }),
      registered('hybrid', {
        ...byKey,
        response_types: ['code', 'code id_token', 'id_token'],
        grant_types: ['authorization_code', 'refresh_token', 'implicit'],
        authorization_signed_response_alg: 'PS256',
      }),
    ],
    features: {
      // Of the profile: authentication, aud, PKCE, redirect_uri and request objects are checked as FAPI 2.0 has it.
      fapi: { enabled: true, profile: (_, client) => (client?.clientId === 'fapi' ? '2.0' : undefined) },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        tlsClientAuth: true,
        getCertificate: (ctx) => socketOf(ctx).getPeerX509Certificate?.() as never,
        certificateAuthorized: (ctx) => socketOf(ctx).authorized,
        certificateSubjectMatches: (ctx, _, expected) => socketOf(ctx).getPeerX509Certificate()?.subject === expected,
      },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 1), requireNonce: () => true },
      encryption: { enabled: true },
      introspection: { enabled: true },
      jwtIntrospection: { enabled: true },
      jwtResponseModes: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      requestObjects: { enabled: true },
      revocation: { enabled: true },
    },
    discovery: {
      mtls_endpoint_aliases: {
        token_endpoint: `${alias}/token`,
        introspection_endpoint: `${alias}/token/introspection`,
        revocation_endpoint: `${alias}/token/revocation`,
        pushed_authorization_request_endpoint: `${alias}/request`,
        userinfo_endpoint: `${alias}/me`,
      },
    },
  } as Parameters<typeof startProvider>[0]
}

interface Connection extends ClientOptions {
  readonly presents?: Certificate
  readonly seen?: string[]
}

function connect({ presents, seen = [], ...options }: Connection): Promise<Client> {
  const fetch = fetchTrusting(server.cert, presents)
  return discover(running.issuer, {
    ...options,
    fetch: (input, init) => {
      seen.push(String(input))
      return fetch(input, init)
    },
  })
}

/** A function, so that a server that changes its key is followed. */
async function findEncryptionKey() {
  const { keys } = (await (await running.fetch(`${running.issuer}/jwks`)).json()) as { keys: { use?: string }[] }
  return keys.find(({ use }) => use === 'enc') as never
}

const encrypt = encryptWith({ key: findEncryptionKey, alg: 'RSA-OAEP-256', enc: 'A256GCM' })
const decrypt = () => decryptWith({ key: decryptionKey, alg: 'RSA-OAEP-256' })

/** Sign-in, UserInfo, refresh, introspection and revocation. Gives the fresh tokens, which are revoked by now. */
async function runThrough(client: Client, expected: TokenExpectation): Promise<Tokens> {
  const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope, prompt: 'consent' })
  expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
  const callback = await running.login(url)
  expect([...callback.searchParams.keys()]).toEqual(['response'])
  const tokens = await authorizationCodeGrant(client, callback, transaction)
  expect(tokens.claims?.sub).toBe('alice')
  expect(await fetchUserInfo(client, tokens)).toMatchObject({ sub: 'alice' })
  const fresh = await refreshTokenGrant(client, tokens)
  expect(fresh.access_token).not.toBe(tokens.access_token)
  expect(await introspectToken(client, fresh.access_token, { expected })).toMatchObject({ active: true, sub: 'alice' })
  await revokeToken(client, fresh.access_token)
  expect(await introspectToken(client, fresh.access_token, { expected })).toEqual({ active: false })
  await revokeToken(client, fresh.refresh_token ?? '')
  await expect(refreshTokenGrant(client, fresh)).rejects.toMatchObject({ error: 'invalid_grant' })
  return fresh
}

const paths = (seen: readonly string[]) => seen.filter((url) => url.startsWith(alias)).map((url) => url.slice(alias.length))

describe('every extension in one client, at oidc-provider', () => {
  const useAll = (): Plugin[] => [jarm(), introspection({ signed: true }), jar({ key, encrypt }), par()]
  const authentication = () => tlsClientAuth({ certificate: certificate.cert })

  it('F-A8, F-D8, F-E6, F-J6: par, dpop, jar, jarm, introspection, and a certificate that authenticates alone: DPoP binds the tokens', async () => {
    const seen: string[] = []
    const options = { client_id: 'dpop', authentication: authentication(), presents: certificate, seen, decrypt: decrypt() }
    const client = await connect({
      ...options,
      ...secured,
      ...encrypted,
      dpop_bound_access_tokens: true,
      use: [...useAll(), dpop({ keyPair })],
    })
    const jkt = await calculateThumbprint(keyPair)
    const tokens = await runThrough(client, { client_id: 'dpop', token_type: 'DPoP', jkt })
    expect(tokens.token_type).toBe('DPoP')
    // The server wants a nonce in every proof, and the first proof alone has none.
    const more = ['/token', '/token/introspection', '/token/revocation', '/token/introspection', '/token/revocation', '/token']
    expect(paths(seen)).toEqual(['/request', '/request', '/token', '/me', ...more])
    const thief = extend(client, dpop({ keyPair: await generateDPoPKeyPair() }))
    await expect(fetchUserInfo(thief, tokens, { expectedSubject: 'alice' })).rejects.toMatchObject({ http: { status: 401 } })
  })

  it('F-A9, F-D8, F-E6, F-J6: par, jar, jarm, introspection and no dpop: the certificate binds the tokens as well', async () => {
    const seen: string[] = []
    const options = { client_id: 'certificate', authentication: authentication(), presents: certificate, seen, decrypt: decrypt() }
    const client = await connect({
      ...options,
      ...secured,
      ...encrypted,
      tls_client_certificate_bound_access_tokens: true,
      use: useAll(),
    })
    const x5t = await calculateCertificateThumbprint(certificate.cert)
    const tokens = await runThrough(client, { client_id: 'certificate', token_type: 'Bearer', x5t })
    expect(tokens.token_type).toBe('Bearer')
    expect(paths(seen).slice(0, 4)).toEqual(['/request', '/token', '/me', '/token'])
  })

  it('F-A9: both bindings in one client are a conflict when it is made, and the text says what to take away', async () => {
    const options = { client_id: 'dpop', authentication: authentication(), use: [dpop({ keyPair })] }
    const { server: metadata } = await connect({ ...options, presents: certificate })
    expect(() => createClient(metadata, { ...options, tls_client_certificate_bound_access_tokens: true })).toThrow(
      expect.objectContaining({
        code: 'PLUGIN_CONFLICT',
        message:
          'The client asks for certificate-bound tokens (tls_client_certificate_bound_access_tokens) and for DPoP-bound ones (dpop); a token has one binding. Take one of them away; mTLS may stay as the client authentication.',
      }),
    )
    expect(createClient(metadata, options).metadata.client_id).toBe('dpop')
  })
})

describe('the shape of FAPI 2.0 message signing, at oidc-provider with its checks of that profile', () => {
  const authentication = () => privateKeyJwt(key, { audience: running.issuer })

  it.each(['signed', 'signed and encrypted'])('F-D8, F-E6, F-K-D6: a request %s, PAR, JARM, DPoP and signed introspection', async (how) => {
    const client = await connect({
      client_id: 'fapi',
      authentication: authentication(),
      ...secured,
      dpop_bound_access_tokens: true,
      use: [introspection(), dpop({ keyPair }), jarm(), par(), jar({ key, ...(how !== 'signed' && { encrypt }) })],
    })
    await runThrough(client, { client_id: 'fapi', jkt: await calculateThumbprint(keyPair) })
  })

  it('S-I08: the server refuses the client that leaves one part out, so that each of them was really on', async () => {
    const use = [par(), jar({ key }), jarm(), dpop({ keyPair })]
    const begin = async (plugins: readonly Plugin[]) => {
      const client = await connect({ client_id: 'fapi', authentication: authentication(), use: plugins })
      const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
      return authorizationCodeGrant(client, await running.login(url), transaction)
    }
    await expect(begin(use.filter(({ name }) => name !== 'jar'))).rejects.toMatchObject({ code: 'OAUTH_ERROR', error: 'invalid_request' })
    await expect(begin(use.filter(({ name }) => name !== 'dpop'))).rejects.toMatchObject({ code: 'OAUTH_ERROR' })
    await expect(begin(use.filter(({ name }) => name !== 'par'))).rejects.toThrow()
    expect((await begin(use)).token_type).toBe('DPoP')
  })
})

describe('hybrid with jarm, at oidc-provider', () => {
  const connectHybrid = (use: readonly Plugin[]) => connect({ client_id: 'hybrid', authentication: privateKeyJwt(key), use })

  it.each(['jwt', 'fragment.jwt'] as const)(
    'F-E3, F-E6: code id_token in one signed response, in the fragment (%s)',
    async (response_mode) => {
      const client = await connectHybrid([hybrid({ response_type: 'code id_token' }), jarm({ response_mode })])
      const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
      const callback = await running.login(url)
      expect([callback.search, callback.hash.slice(0, 10)]).toEqual(['', '#response='])
      expect((await validateFrontChannelResponse(client, callback, transaction)).claims).toMatchObject({ sub: 'alice' })
      expect((await authorizationCodeGrant(client, callback, transaction)).claims?.sub).toBe('alice')
    },
  )

  it('F-E3, F-E6: code id_token in one signed response, as a posted form, with the request as an object that was pushed', async () => {
    const use = [par(), jarm({ response_mode: 'form_post.jwt' }), hybrid({ response_type: 'code id_token' }), jar({ key, encrypt })]
    const client = await connectHybrid(use)
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const posted = await running.loginByForm(url)
    expect((await authorizationCodeGrant(client, posted, transaction)).claims?.sub).toBe('alice')
  })

  it('F-E4, F-E6: id_token alone in a signed response is the whole login', async () => {
    const client = await connectHybrid([jarm({ response_mode: 'form_post.jwt' }), hybrid({ response_type: 'id_token' })])
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    expect((await validateFrontChannelResponse(client, await running.loginByForm(url), transaction)).claims.sub).toBe('alice')
  })

  it('F-E3: the response of another login is refused, signed as it is', async () => {
    const client = await connectHybrid([jarm(), hybrid({ response_type: 'code id_token' })])
    const mine = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const other = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const callback = await running.login(other.url)
    await expect(authorizationCodeGrant(client, callback, mine.transaction)).rejects.toMatchObject({ code: 'STATE_MISMATCH' })
  })
})
