import { createHash, X509Certificate } from 'node:crypto'
import { inspect } from 'node:util'
import {
  clientCredentialsGrant,
  type EndpointName,
  extend,
  fetchProtectedResource,
  fetchUserInfo,
  publicClient,
  revokeToken,
} from '@oidc/core'
import { json, type Operation, oidcError, type Plugin, request } from '@oidc/core/plugin'
import { beforeAll, describe, expect, it } from 'vitest'
import { calculateCertificateThumbprint } from './certificate.js'
import { checkCertificateBinding } from './certificate-binding.js'
import { type MtlsOptions, mtls } from './mtls.js'
import {
  alias,
  certify,
  createServer,
  createTestClient,
  endpoints,
  fakeJwt,
  issued,
  issuer,
  type KeyAndCertificate,
  metadata,
  refusalOf,
} from './mtls.test-server.js'
import { type TlsClientAuthOptions, tlsClientAuth } from './tls-client-auth.js'

let own: KeyAndCertificate
let other: KeyAndCertificate
let thumbprint: string

beforeAll(async () => {
  own = await certify('app')
  other = await certify('other')
  thumbprint = createHash('sha256').update(new X509Certificate(own.cert).raw).digest('base64url')
})

const named = (endpoint: EndpointName, credential: 'client' | 'token' = 'client'): Operation<unknown> => ({
  name: endpoint,
  endpoint,
  method: 'POST',
  credential,
  body: 'form',
  status: [200],
  replay: 'safe',
  accept: { 'application/json': json },
  parse: (body) => body,
})

const boundTo = (value: string) => fakeJwt({ cnf: { 'x5t#S256': value } })
/** Fills the slot that DPoP fills. */
const dpop: Plugin = { name: 'dpop', exchange: { tokenTypes: ['DPoP'] } }

describe('the addresses (RFC 8705, section 5)', () => {
  it.each(Object.entries(endpoints))('F-A9: %s is the alias where mtls() is in use', async (endpoint, path) => {
    const { fetch, seen } = createServer({})
    for (const use of [[mtls()], []]) await request(createTestClient({ fetch, use }), named(endpoint as EndpointName))
    expect(seen.map(({ url }) => url)).toEqual([`${alias}/${path}`, `${issuer}/${path}`])
  })

  it('F-A9: use_mtls_endpoint_aliases says the same, and false keeps the usual addresses', async () => {
    const { fetch, seen } = createServer(issued())
    for (const use_mtls_endpoint_aliases of [true, false])
      await clientCredentialsGrant(createTestClient({ fetch, use: [mtls()], use_mtls_endpoint_aliases }))
    expect(seen.map(({ url }) => url)).toEqual([`${alias}/token`, `${issuer}/token`])
  })

  it.each([
    ['no aliases', undefined],
    ['no alias of that name', { userinfo_endpoint: `${alias}/userinfo` }],
    ['no aliases but inherited names', {}],
  ])('F-A9: a server with %s gets the request at the usual address', async (_, mtls_endpoint_aliases) => {
    const { fetch, seen } = createServer({})
    const server = { ...metadata, mtls_endpoint_aliases, constructor: `${issuer}/c` } as typeof metadata
    const client = createTestClient({ fetch, use: [mtls()] }, server)
    await request(client, named('token_endpoint'))
    await request(client, named('constructor' as EndpointName))
    expect(seen.map(({ url }) => url)).toEqual([`${issuer}/token`, `${issuer}/c`])
  })

  it('F-A9: UserInfo and revocation by their own functions', async () => {
    const { fetch, seen } = createServer({ body: { sub: 'u' } })
    const client = createTestClient({ fetch, authentication: tlsClientAuth() })
    await fetchUserInfo(client, { access_token: 'at', token_type: 'Bearer' }, { expectedSubject: 'u' })
    await revokeToken(client, 'rt')
    expect(seen.map(({ url }) => url)).toEqual([`${alias}/userinfo`, `${alias}/revoke`])
  })

  it.each([{ use_mtls_endpoint_aliases: true }, { tls_client_certificate_bound_access_tokens: true }])(
    'F-A9: client metadata of %j without mtls() fails when the client is made, naming the package',
    (asked) => {
      expect(() => createTestClient(asked)).toThrow(
        expect.objectContaining({ code: 'PLUGIN_MISSING', message: expect.stringContaining('Install @oidc/mtls and add mtls()') }),
      )
      expect(() => createTestClient({ ...asked, use: [mtls()] })).not.toThrow()
      expect(() => createTestClient({ ...asked, authentication: tlsClientAuth() })).not.toThrow()
    },
  )
})

describe('the client authentication (RFC 8705, section 2)', () => {
  it.each([undefined, 'tls_client_auth', 'self_signed_tls_client_auth'] as const)(
    'F-A8: %s sends client_id and no more',
    async (method) => {
      const { fetch, seen } = createServer(issued())
      await clientCredentialsGrant(createTestClient({ fetch, authentication: tlsClientAuth({ method }) }))
      expect(Object.fromEntries(seen[0]?.body ?? [])).toEqual({ grant_type: 'client_credentials', client_id: 'app' })
      expect(seen[0]?.headers.has('authorization')).toBe(false)
      expect(seen[0]?.url).toBe(`${alias}/token`)
      expect(tlsClientAuth({ method }).authentication.method).toBe(method ?? 'tls_client_auth')
    },
  )

  it('F-A8: mtls() may stand beside it in use, with options of its own', async () => {
    const { fetch } = createServer(issued({ access_token: boundTo('other') }))
    const client = createTestClient({ fetch, authentication: tlsClientAuth(), use: [mtls({ certificate: own.cert })] })
    expect((await refusalOf(clientCredentialsGrant(client))).code).toBe('MTLS_BINDING')
  })

  it.each(['none', 5, null])('F-A8: the method is not %j', (method) => {
    expect(() => tlsClientAuth({ method } as unknown as TlsClientAuthOptions)).toThrow(
      expect.objectContaining({ code: 'MTLS_OPTION_INVALID' }),
    )
  })

  it('F-A8: invalid_client is explained: the certificate comes from fetch', async () => {
    const { fetch, seen } = createServer({ status: 401, body: { error: 'invalid_client', error_description: 'no' } })
    const refusal = await refusalOf(clientCredentialsGrant(createTestClient({ fetch, authentication: tlsClientAuth() })))
    expect(refusal).toMatchObject({
      code: 'MTLS_CERTIFICATE_REFUSED',
      error: 'invalid_client',
      error_description: 'no',
      plugin: 'mtls',
      http: { status: 401, url: `${alias}/token` },
    })
    expect(refusal.message).toContain('Give the client a fetch that presents the certificate')
    expect(seen).toHaveLength(1)
  })

  it.each([
    ['mutual TLS client certificate not provided', 'MTLS_CERTIFICATE_REFUSED'],
    ['mutual-TLS is required', 'MTLS_CERTIFICATE_REFUSED'],
    ['mutualTLS is required', 'MTLS_CERTIFICATE_REFUSED'],
    ['use mutual tls', 'MTLS_CERTIFICATE_REFUSED'],
    ['something else', 'OAUTH_ERROR'],
    [undefined, 'OAUTH_ERROR'],
  ])('with another authentication, an error described as %j is %s', async (error_description, code) => {
    for (const error of ['invalid_client', 'invalid_grant']) {
      const { fetch } = createServer({ status: 400, body: { error, error_description } })
      expect(await refusalOf(clientCredentialsGrant(createTestClient({ fetch, use: [mtls()] })))).toMatchObject({ code, error })
    }
  })

  it('what was seen, and where the certificate comes from, stand in the message', async () => {
    const remedy =
      'Give the client a fetch that presents the certificate (on Node: nodeFetch({ cert, key }) of @oidc/node), and compare the certificate with what is registered at the server.'
    const refuse = async (error: string, error_description: string, authentication?: ReturnType<typeof tlsClientAuth>) => {
      const { fetch } = createServer({ status: 400, body: { error, error_description } })
      const client = createTestClient({ fetch, use: [mtls()], ...(authentication && { authentication }) })
      return (await refusalOf(clientCredentialsGrant(client))).message
    }
    const saw = 'it saw no certificate, or another one than is registered.'
    expect(await refuse('invalid_client', 'x', tlsClientAuth())).toBe(
      `${alias}/token refused the client with invalid_client: ${saw} ${remedy}`,
    )
    expect(await refuse('invalid_grant', 'no certificate')).toBe(
      `${alias}/token refused the client with an error that speaks of its certificate: ${saw} ${remedy}`,
    )
    const broken = Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('x'), { code: 'EPROTO' }) })
    const client = createTestClient({ fetch: createServer(broken).fetch, use: [mtls()] })
    expect((await refusalOf(clientCredentialsGrant(client))).message).toBe(
      `The TLS handshake with ${alias}/token failed (EPROTO): most often the server wants a certificate that it trusts, and got none. ${remedy}`,
    )
  })

  it('an error of another code is no handshake, whatever its text says', async () => {
    const thrown = oidcError('VENDOR', 'EPROTO. Try again.')
    const throws = { name: 'throws', exchange: { headers: () => Promise.reject(thrown) } }
    const client = createTestClient({ fetch: createServer(issued()).fetch, use: [mtls(), throws] })
    expect(await refusalOf(clientCredentialsGrant(client))).toBe(thrown)
  })

  it('other errors, and the answers of resources, stay as they are', async () => {
    const failing = createServer({ status: 400, body: { error: 'invalid_scope' } })
    const refusal = await refusalOf(clientCredentialsGrant(createTestClient({ fetch: failing.fetch, authentication: tlsClientAuth() })))
    expect(refusal).toMatchObject({ code: 'OAUTH_ERROR', error: 'invalid_scope' })
    const response = new Response('', {
      status: 401,
      headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="no client certificate"' },
    })
    const client = createTestClient({ fetch: async () => response, use: [mtls()] })
    expect((await fetchProtectedResource(client, { access_token: 'at', token_type: 'Bearer' }, 'https://api.example/')).status).toBe(401)
  })

  it.each([
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'MTLS_HANDSHAKE'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'MTLS_HANDSHAKE'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'MTLS_HANDSHAKE'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'MTLS_HANDSHAKE'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'MTLS_HANDSHAKE'],
    ['EPROTO', 'MTLS_HANDSHAKE'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'NETWORK_ERROR'],
    ['ECONNREFUSED', 'NETWORK_ERROR'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NETWORK_ERROR'],
  ])('a connection that fails with %s is %s', async (system, code) => {
    const { fetch } = createServer(Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('x'), { code: system }) }))
    const refusal = await refusalOf(clientCredentialsGrant(createTestClient({ fetch, authentication: tlsClientAuth() })))
    expect(refusal.code).toBe(code)
    expect(refusal.message).toContain(system)
    if (code === 'MTLS_HANDSHAKE') expect(refusal).toMatchObject({ plugin: 'mtls', operation: 'token', retryable: false })
  })
})

describe('DPoP beside it (RFC 9449)', () => {
  it('certificate-bound tokens and DPoP-bound ones in one client are a conflict when it is made', () => {
    const asked = { tls_client_certificate_bound_access_tokens: true }
    for (const make of [
      () => createTestClient({ ...asked, use: [mtls(), dpop] }),
      () => createTestClient({ ...asked, authentication: tlsClientAuth(), use: [dpop] }),
      () => extend(createTestClient({ ...asked, use: [mtls()] }), dpop),
    ])
      expect(make).toThrow(
        expect.objectContaining({
          code: 'PLUGIN_CONFLICT',
          message: expect.stringMatching(/tls_client_certificate_bound_access_tokens.*dpop/),
        }),
      )
  })

  it('the certificate as the client authentication alone is none', () => {
    expect(() => createTestClient({ authentication: tlsClientAuth(), use: [dpop] })).not.toThrow()
    expect(() => createTestClient({ tls_client_certificate_bound_access_tokens: false, use: [mtls(), dpop] })).not.toThrow()
  })
})

describe('the binding of a token (RFC 8705, section 3)', () => {
  const ask = (access_token: string, options: MtlsOptions) => {
    const { fetch } = createServer(issued({ access_token }))
    return clientCredentialsGrant(createTestClient({ fetch, use: [mtls(options)] }))
  }

  it('a token of this certificate is taken, whichever form the certificate has', async () => {
    const certificate = new X509Certificate(own.cert)
    for (const form of [own.cert, `subject=x\n${own.cert}\n${other.cert}`, certificate, new Uint8Array(certificate.raw)])
      expect((await ask(boundTo(thumbprint), { certificate: form })).access_token).toBe(boundTo(thumbprint))
  })

  it('a token of another certificate is refused', async () => {
    expect(await refusalOf(ask(boundTo(thumbprint), { certificate: other.cert }))).toMatchObject({
      code: 'MTLS_BINDING',
      plugin: 'mtls',
      slot: 'operations.check',
    })
  })

  it('a token of another certificate is not presented either', async () => {
    const { fetch, seen } = createServer({})
    const client = createTestClient({ fetch, use: [mtls({ certificate: own.cert })] })
    const stolen = { access_token: boundTo('other'), token_type: 'Bearer' }
    expect(await refusalOf(fetchProtectedResource(client, stolen, 'https://api.example/'))).toMatchObject({
      code: 'MTLS_BINDING',
      slot: 'exchange.headers',
    })
    expect(seen).toEqual([])
    await fetchProtectedResource(client, { access_token: boundTo(thumbprint), token_type: 'Bearer' }, 'https://api.example/')
    expect(seen).toHaveLength(1)
  })

  it.each([
    ['opaque', () => 'at'],
    ['a JWT without cnf', () => fakeJwt({})],
    ['a JWT whose cnf is of a DPoP key', () => fakeJwt({ cnf: { jkt: 'x' } })],
    ['a JWT whose cnf is none', () => fakeJwt({ cnf: 5 })],
    ['a JWT whose x5t#S256 is none', () => fakeJwt({ cnf: { 'x5t#S256': 5 } })],
    ['a JWT that is null', () => fakeJwt(null)],
    ['no JWT for all its dots', () => 'a.b.c'],
    ['encrypted', () => 'a.b.c.d.e'],
    ['longer than any header', () => `${fakeJwt({ cnf: { 'x5t#S256': 'other' } })}${'x'.repeat(65536)}`],
  ])('a token that is %s tells nothing, and is taken', async (_, make) => {
    expect((await ask(make(), { certificate: own.cert })).access_token).toBe(make())
  })

  it('without the option certificate, nothing is compared', async () => {
    expect((await ask(boundTo('other'), {})).access_token).toBe(boundTo('other'))
  })

  it('an error of the binding holds neither token nor claims', async () => {
    const refusal = await refusalOf(ask(fakeJwt({ sub: 'canary', cnf: { 'x5t#S256': 'other' } }), { certificate: own.cert }))
    expect(inspect(refusal, { depth: 20, showHidden: true })).not.toMatch(/canary|eyJ/)
  })
})

describe('calculateCertificateThumbprint', () => {
  it('is the SHA-256 of the DER in base64url, in every form', async () => {
    const certificate = new X509Certificate(own.cert)
    for (const form of [
      own.cert,
      own.cert.replaceAll('\n', '\r\n'),
      certificate,
      certificate.raw,
      { raw: new Uint8Array(certificate.raw) },
    ])
      expect(await calculateCertificateThumbprint(form)).toBe(thumbprint)
    expect(thumbprint).toMatch(/^[\w-]{43}$/)
    expect(await calculateCertificateThumbprint(other.cert)).not.toBe(thumbprint)
  })

  it('takes no key, and nothing else that is no certificate; mtls() says so at once', async () => {
    const der = new Uint8Array(new X509Certificate(own.cert).raw)
    const wrong: unknown[] = [
      own.key,
      '',
      'x',
      '-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----',
      '-----BEGIN CERTIFICATE-----\nMAA=',
      '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----',
      Buffer.from(own.key.replace(/-----[^-]+-----|\s/g, ''), 'base64'),
      der.subarray(1),
      der.subarray(0, -1),
      new Uint8Array([...der, 0]),
      new Uint8Array(),
      {},
      { raw: 'x' },
      null,
      5,
    ]
    for (const certificate of wrong) {
      const refusal = await refusalOf(calculateCertificateThumbprint(certificate as string))
      expect(refusal.code).toBe('MTLS_CERTIFICATE_INVALID')
      expect(() => mtls({ certificate: certificate as string })).toThrow(expect.objectContaining({ code: 'MTLS_CERTIFICATE_INVALID' }))
      expect(() => tlsClientAuth({ certificate: certificate as string })).toThrow(
        expect.objectContaining({ code: 'MTLS_CERTIFICATE_INVALID' }),
      )
    }
  })
})

describe('checkCertificateBinding (RFC 8705, section 3)', () => {
  it('accepts the claims of a token for this certificate', async () => {
    await expect(checkCertificateBinding({ cnf: { 'x5t#S256': thumbprint } }, own.cert)).resolves.toBeUndefined()
    await expect(checkCertificateBinding({ cnf: { 'x5t#S256': thumbprint } }, new X509Certificate(own.cert))).resolves.toBeUndefined()
  })

  it.each<[string, unknown]>([
    ['another certificate', { cnf: { 'x5t#S256': 'A'.repeat(43) } }],
    ['another length', { cnf: { 'x5t#S256': '' } }],
    ['no cnf', {}],
    ['a key instead', { cnf: { jkt: 'x' } }],
    ['a cnf that is none', { cnf: 'x5t#S256' }],
    ['no text', { cnf: { 'x5t#S256': ['x'] } }],
    ['no claims', null],
  ])('refuses those of %s', async (_, claims) => {
    expect(await refusalOf(checkCertificateBinding(claims as object, own.cert))).toMatchObject({
      code: 'MTLS_BINDING',
      message: expect.stringMatching(
        /bound to (?:no certificate: it has no cnf with x5t#S256\. Refuse it with 401 and invalid_token|another certificate)/,
      ),
    })
  })

  it('refuses a connection without certificate', async () => {
    const refusal = await refusalOf(checkCertificateBinding({ cnf: { 'x5t#S256': thumbprint } }, undefined as never))
    expect(refusal.code).toBe('MTLS_CERTIFICATE_INVALID')
  })
})

it('public clients have bound tokens too (RFC 8705, section 4)', async () => {
  const { fetch, seen } = createServer(issued())
  const client = createTestClient({
    fetch,
    authentication: publicClient(),
    use: [mtls()],
    tls_client_certificate_bound_access_tokens: true,
  })
  await clientCredentialsGrant(client)
  expect([seen[0]?.url, seen[0]?.body.get('client_id')]).toEqual([`${alias}/token`, 'app'])
})
