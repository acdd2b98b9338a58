import { once } from 'node:events'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { authorizationCodeGrant, type Client, createAuthorizationRequest, discover, privateKeyJwt } from '@oidc/core'
import { createRequestObjectHandler, createRequestObjectStore, encryptWith, type JAROptions, jar, jarm } from '@oidc/jarm'
import { exportJWK, generateKeyPair } from 'jose'
import type { Provider } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProvider, startProvider } from './provider.ts'
import { type Certificate, certifyLoopback } from './tls.ts'

const redirect_uri = 'https://app.example/cb'
const store = createRequestObjectStore()
let running: RunningProvider
let application: https.Server
let certificate: Certificate
let key: CryptoKey
/** Answers at the address that request_uri names. */
let answer: (request: Request) => Promise<Response>
let fetched: [path: string, status: number, accept: string | undefined][] = []

beforeAll(async () => {
  certificate = await certifyLoopback()
  application = https.createServer(certificate, async ({ url, method, headers }, response) => {
    const given = await answer(new Request(`https://localhost${url}`, { method: method ?? 'GET' }))
    fetched.push([url ?? '', given.status, headers.accept])
    response.writeHead(given.status, Object.fromEntries(given.headers)).end(await given.text())
  })
  application.listen(0, '127.0.0.1')
  await once(application, 'listening')
  const signing = await generateKeyPair('ES256')
  key = signing.privateKey
  const agent = new https.Agent({ ca: certificate.cert })
  // The newest version fetches no request objects. This one does, over a socket of its own, and it has no types.
  const { default: Version } = (await import('oidc-provider8' as string)) as { default: typeof Provider }
  const decryption = await generateKeyPair('RSA-OAEP-256', { extractable: true })
  const own = await generateKeyPair('ES256', { extractable: true })
  const configuration = {
    jwks: {
      keys: [
        { ...(await exportJWK(own.privateKey)), use: 'sig', kid: 'signs' },
        { ...(await exportJWK(decryption.privateKey)), use: 'enc', kid: 'opens' },
      ],
    },
    httpOptions: () => ({ agent }),
    clients: [
      {
        client_id: 'app',
        redirect_uris: [redirect_uri],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'private_key_jwt',
        id_token_signed_response_alg: 'ES256',
        authorization_signed_response_alg: 'ES256',
        request_object_signing_alg: 'ES256',
        jwks: { keys: [{ ...(await exportJWK(signing.publicKey)), alg: 'ES256', use: 'sig' }] },
      },
    ],
    features: {
      encryption: { enabled: true },
      jwtResponseModes: { enabled: true },
      requestObjects: { request: true, requestUri: true, requireUriRegistration: false, mode: 'strict' },
    },
  }
  running = await startProvider(configuration as unknown as Parameters<typeof startProvider>[0], { Provider: Version })
})

afterAll(async () => {
  application.close().closeAllConnections()
  await running.close()
})

async function connect(options: Partial<JAROptions> = {}, once?: boolean): Promise<Client> {
  const url = `https://localhost:${(application.address() as AddressInfo).port}/requests`
  const client = await discover(running.issuer, {
    client_id: 'app',
    authentication: privateKeyJwt(key),
    id_token_signed_response_alg: 'ES256',
    authorization_signed_response_alg: 'ES256',
    allowInsecure: 'loopback',
    use: [jar({ key, by: 'reference', reference: { url, store, once }, ...options }), jarm()],
  })
  answer = createRequestObjectHandler(client)
  fetched = []
  return client
}

describe('request objects that oidc-provider fetches (RFC 9101, section 5.2)', () => {
  it.each([false, true])('F-T29: the browser carries an address, and the server gets the object there (once: %s)', async (once) => {
    const client = await connect({}, once)
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid', ui_locales: 'de' })
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri', 'response_type', 'scope'])
    const callback = await running.login(url)
    expect((await authorizationCodeGrant(client, callback, transaction)).claims?.sub).toBe('alice')
    const path = new URL(url.searchParams.get('request_uri') ?? '').pathname
    expect(fetched).toEqual([[path, 200, 'application/oauth-authz-req+jwt, application/jwt']])
    const again = await answer(new Request(`https://localhost${path}`))
    expect(again.status).toBe(once ? 404 : 200)
  })

  it('F-T26, F-T29: one that is encrypted to a key of the server', async () => {
    const { keys } = (await (await fetch(`${running.issuer}/jwks`)).json()) as { keys: { use?: string }[] }
    const encryptionKey = keys.find(({ use }) => use === 'enc') as never
    const client = await connect({ encrypt: encryptWith({ key: encryptionKey, alg: 'RSA-OAEP-256', enc: 'A256GCM' }) })
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const callback = await running.login(url)
    expect((await authorizationCodeGrant(client, callback, transaction)).claims?.sub).toBe('alice')
    expect(fetched).toHaveLength(1)
  })

  it('F-T29: what is gone is told as invalid_request_uri, which the server does not sign, and no login comes of it', async () => {
    const client = await connect()
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid' })
    const id = new URL(url.searchParams.get('request_uri') ?? '').pathname.split('/').pop() ?? ''
    await store.take(id)
    const refusal = { code: 'JARM_RESPONSE_MISSING', error: 'invalid_request_uri' }
    await expect(authorizationCodeGrant(client, await running.login(url), transaction)).rejects.toMatchObject(refusal)
    expect(fetched.map(([, status]) => status)).toEqual([404])
  })
})
