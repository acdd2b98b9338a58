import { ciba, initiateBackchannelAuthentication, pollBackchannelAuthenticationGrant } from '@oidc/ciba'
import {
  authorizationCodeGrant,
  type Client,
  createAuthorizationRequest,
  discover,
  fetchProtectedResource,
  fetchUserInfo,
  privateKeyJwt,
  refreshTokenGrant,
  revokeToken,
} from '@oidc/core'
import type { Plugin } from '@oidc/core/plugin'
import { device, initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from '@oidc/device'
import { type DPoPKeyPair, dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { hybrid } from '@oidc/hybrid'
import { introspection, introspectToken } from '@oidc/introspection'
import { jar, jarm } from '@oidc/jarm'
import { mtls } from '@oidc/mtls'
import { par } from '@oidc/par'
import { createTestIssuer, createTestRandom, type TestIssuer } from '@oidc/testing'
import fc from 'fast-check'
import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { messageSignatures } from '../examples/message-signatures.ts'
import { meddles, type Witness } from './plugins.ts'

const redirect_uri = 'https://app.example/cb'
const certificate = 'the-thumbprint-of-a-certificate-0123456789a'
let keyPair: DPoPKeyPair
let key: CryptoKey
let jwk: Record<string, string>

beforeAll(async () => {
  // Ed25519 signatures are the same for the same bytes, so whatever is signed can be compared to the byte.
  keyPair = await generateDPoPKeyPair('EdDSA')
  const pair = await generateKeyPair('EdDSA', { extractable: true })
  key = pair.privateKey
  jwk = (await exportJWK(pair.publicKey)) as Record<string, string>
})

/** Every factory of ours, one of somebody else that seals, and one whose hooks try to change whatever they are given. */
const makePlugins = (witness: Witness): readonly Plugin[] => [
  par(),
  dpop({ keyPair }),
  jarm(),
  jar({ key }),
  hybrid({ response_type: 'code id_token', detachedSignature: true }),
  mtls(),
  introspection({ signed: true, cache: { maxAge: 60 } }),
  device(),
  ciba({ mode: 'poll', key }),
  messageSignatures({ key, keyid: 'k' }),
  meddles('amends', witness),
]

interface Run {
  /** Every request, its headers in the order in which they were sent. */
  readonly wire: readonly string[]
  readonly seen: readonly string[]
  readonly events: readonly string[]
  /** What the functions gave. */
  readonly results: unknown
}

async function runAll(order: readonly number[]): Promise<Run> {
  const issuer = await createTestIssuer({
    algorithms: ['EdDSA'],
    metadata: { backchannel_authentication_request_signing_alg_values_supported: ['Ed25519'] },
    features: { dpopNonces: true },
    clients: [
      { client_id: 'app', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] }, backchannel_token_delivery_mode: 'poll' },
    ],
  })
  const seen: string[] = []
  const events: string[] = []
  const plugins = makePlugins((plugin, slot, saw) => seen.push(`${plugin} ${slot} ${JSON.stringify(withoutSignatures(saw))}`))
  const client = await discover(issuer.issuer, {
    client_id: 'app',
    authentication: privateKeyJwt(key),
    backchannel_authentication_request_signing_alg: 'Ed25519',
    fetch: issuer.withCertificate(certificate),
    clock: issuer.clock,
    random: createTestRandom(),
    // How long it took is another one each time.
    onEvent: (event) => events.push(JSON.stringify(event, (name, value: unknown) => (name === 'duration' ? undefined : value))),
    use: order.flatMap((index) => plugins[index] ?? []),
  })
  const results = await useAll(client, issuer)
  const wire = issuer.requests.map(({ method, url, headers, body, status }) => JSON.stringify([method, url, headers, body, status]))
  return { wire, seen, events, results }
}

/** Each operation that any of them takes part in. Keys of the issuer are made anew for each run: what they sign is left out of the results. */
async function useAll(client: Client, issuer: TestIssuer): Promise<unknown> {
  const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid offline_access' })
  const tokens = await authorizationCodeGrant(client, await issuer.signIn(url), transaction)
  const info = await fetchUserInfo(client, tokens)
  const fresh = await refreshTokenGrant(client, tokens)
  const said: unknown = await (await fetchProtectedResource(client, fresh, issuer.resource, { method: 'POST', body: 'tea' })).json()
  const active = await introspectToken(client, fresh.access_token, { expected: { client_id: 'app', token_type: 'DPoP' } })
  await revokeToken(client, fresh.access_token)
  const revoked = await introspectToken(client, fresh.access_token)
  const code = await initiateDeviceAuthorization(client, { scope: 'openid' })
  issuer.approveDevice(code.user_code)
  const onDevice = await pollDeviceAuthorizationGrant(client, code)
  const authentication = await initiateBackchannelAuthentication(client, { scope: 'openid', login_hint: 'user' })
  await issuer.approveBackchannel(authentication.auth_req_id)
  const decoupled = await pollBackchannelAuthenticationGrant(client, authentication)
  return withoutSignatures({ url, transaction, tokens, info, fresh, said, active, revoked, code, onDevice, authentication, decoupled })
}

/** The last part of every signed JWT is left out. */
const withoutSignatures = (value: unknown): unknown =>
  JSON.parse((JSON.stringify(value) ?? 'null').replace(/(eyJ[\w-]+\.[\w-]+\.)[\w-]+/g, '$1'))

const registered = Array.from({ length: 11 }, (_, index) => index)

describe('the order in which all extensions are registered (DESIGN 4)', () => {
  it('is not seen: in each of 500 orders the requests, the hooks, the events and the results are the same to the byte', async () => {
    const first = await runAll(registered)
    const expected = JSON.stringify(first)
    const orders = fc.shuffledSubarray(registered, { minLength: registered.length })
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        const run = await runAll(order)
        if (JSON.stringify(run) !== expected) expect(run, `registered as ${order.join()}`).toEqual(first)
      }),
      { numRuns: 500, seed: 9449, endOnFailure: true },
    )
  }, 300_000)

  it('and every one of them took part', async () => {
    const { wire, seen } = await runAll(registered)
    const requests = wire.map((line) => JSON.parse(line) as [string, string, Record<string, string>, string, number])
    const paths = requests.map(([, url, , , status]) => `${url.replace(/^https:\/\/|\?.*/g, '')} ${status}`)
    expect(paths).toEqual([
      'as.example/.well-known/openid-configuration 200',
      // PAR, at the address of mTLS, once more for the nonce of DPoP.
      'mtls.as.example/par 400',
      'mtls.as.example/par 201',
      'as.example/authorize 200',
      'as.example/jwks 200',
      'mtls.as.example/token 200',
      'mtls.as.example/userinfo 200',
      'mtls.as.example/token 200',
      'as.example/resource 401',
      'as.example/resource 200',
      'mtls.as.example/introspect 200',
      'mtls.as.example/revoke 200',
      'mtls.as.example/introspect 200',
      'mtls.as.example/device-authorization 200',
      'mtls.as.example/token 200',
      'mtls.as.example/backchannel 200',
      'mtls.as.example/token 200',
    ])
    const [, , , pushed = ''] = requests[2] ?? []
    expect([...new URLSearchParams(pushed).keys()].sort()).toEqual(['client_assertion', 'client_assertion_type', 'client_id', 'request'])
    const object = JSON.parse(atob(new URLSearchParams(pushed).get('request')?.split('.')[1] ?? '')) as Record<string, unknown>
    expect(object).toMatchObject({
      response_type: 'code id_token',
      response_mode: 'jwt',
      dpop_jkt: expect.any(String),
      saw_amends: expect.any(String),
    })
    expect(requests[10]?.[2].accept).toContain('application/token-introspection+jwt')
    const sent = requests.filter(([, url]) => !/\/(?:jwks|authorize|\.well-known\/.*)(?:\?|$)/.test(url))
    expect(sent.every(([, , headers]) => headers.signature !== undefined)).toBe(true)
    expect(seen.length).toBeGreaterThan(40)
  })
})
