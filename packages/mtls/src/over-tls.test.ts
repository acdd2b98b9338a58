import { once } from 'node:events'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { clientCredentialsGrant, createClient, fetchProtectedResource } from '@oidc/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { calculateCertificateThumbprint } from './certificate.js'
import { checkCertificateBinding } from './certificate-binding.js'
import { certify, fakeJwt, type KeyAndCertificate, refusalOf } from './mtls.test-server.js'
import { tlsClientAuth } from './tls-client-auth.js'

let server: KeyAndCertificate
let own: KeyAndCertificate
let other: KeyAndCertificate
const listening: https.Server[] = []

beforeAll(async () => {
  ;[server, own, other] = await Promise.all([certify('localhost'), certify('app'), certify('other')])
})

afterAll(() => {
  for (const each of listening) each.close().closeAllConnections()
})

/** An authorization server and an API that know clients by the certificate of the connection. */
async function listen(settings: https.ServerOptions): Promise<string> {
  const listener = https.createServer({ ...server, requestCert: true, ...settings }, async (request, response) => {
    const certificate = (request.socket as TLSSocket).getPeerX509Certificate()
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    request.resume()
    if (!certificate) return void answer(401, { error: 'invalid_client' })
    if (request.url === '/token') {
      const access_token = fakeJwt({ cnf: { 'x5t#S256': await calculateCertificateThumbprint(certificate) } })
      return void answer(200, { access_token, token_type: 'Bearer' })
    }
    const [, payload = ''] = request.headers.authorization?.split('.') ?? []
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    await checkCertificateBinding(claims, certificate).then(
      () => answer(200, {}),
      ({ code }) => answer(401, { code }),
    )
  })
  listening.push(listener)
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return `https://localhost:${(listener.address() as AddressInfo).port}`
}

/** A fetch over node:https that presents a certificate, or none. */
function presenting(client?: KeyAndCertificate): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const body = Buffer.from(await request.arrayBuffer())
    const sent = https.request(request.url, {
      ...client,
      ca: server.cert,
      agent: false,
      method: request.method,
      headers: Object.fromEntries(request.headers),
    })
    sent.end(body)
    const [answer] = await once(sent, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk)
    return new Response(Buffer.concat(chunks), { status: answer.statusCode, headers: { 'content-type': 'application/json' } })
  }
}

const connect = (issuer: string, client?: KeyAndCertificate, certificate = client?.cert) =>
  createClient(
    { issuer, token_endpoint: `${issuer}/nowhere`, mtls_endpoint_aliases: { token_endpoint: `${issuer}/token` } },
    { client_id: 'app', authentication: tlsClientAuth({ certificate }), fetch: presenting(client) },
  )

describe('over real connections', () => {
  it('F-A8, F-A9: a client is known by its certificate, and its token is bound to that', async () => {
    const issuer = await listen({ rejectUnauthorized: false })
    const client = connect(issuer, own)
    const tokens = await clientCredentialsGrant(client)
    expect((await fetchProtectedResource(client, tokens, `${issuer}/api`)).status).toBe(200)
    const thief = connect(issuer, other, own.cert)
    const answer = await fetchProtectedResource(thief, tokens, `${issuer}/api`)
    expect([answer.status, await answer.json()]).toEqual([401, { code: 'MTLS_BINDING' }])
  })

  it('a fetch that presents another certificate than the option names is found out at the first token', async () => {
    const client = connect(await listen({ rejectUnauthorized: false }), other, own.cert)
    expect((await refusalOf(clientCredentialsGrant(client))).code).toBe('MTLS_BINDING')
  })

  it('F-A8: without a certificate, the server refuses and the error explains', async () => {
    const client = connect(await listen({ rejectUnauthorized: false }))
    expect((await refusalOf(clientCredentialsGrant(client))).code).toBe('MTLS_CERTIFICATE_REFUSED')
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'F-A8: where the server demands one in the handshake (%s), the error explains that',
    async (version) => {
      const issuer = await listen({ ca: own.cert, rejectUnauthorized: true, minVersion: version, maxVersion: version })
      expect((await clientCredentialsGrant(connect(issuer, own))).token_type).toBe('Bearer')
      expect((await refusalOf(clientCredentialsGrant(connect(issuer)))).code).toBe('MTLS_HANDSHAKE')
      // One that it does not trust: Node's server just closes the connection, which may mean anything.
      expect((await refusalOf(clientCredentialsGrant(connect(issuer, other)))).code).toMatch(/^(?:MTLS_HANDSHAKE|NETWORK_ERROR)$/)
    },
  )
})
