import {
  acceptPing,
  acceptPush,
  type CIBAOptions,
  ciba,
  initiateBackchannelAuthentication,
  pollBackchannelAuthenticationGrant,
} from '@oidc/ciba'
import {
  authorizationCodeGrant,
  type Client,
  createAuthorizationRequest,
  fetchUserInfo,
  generateKeyPair,
  refreshTokenGrant,
  type Tokens,
} from '@oidc/core'
import { device, initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from '@oidc/device'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { type HybridOptions, hybrid, validateFrontChannelResponse } from '@oidc/hybrid'
import { introspection, introspectToken } from '@oidc/introspection'
import { createRequestObjectHandler, createRequestObjectStore, encryptWith, jar, jarm } from '@oidc/jarm'
import { mtls, tlsClientAuth } from '@oidc/mtls'
import { par } from '@oidc/par'
import {
  type FaultName,
  type Flow,
  faultNames,
  type PluginTest,
  type TestClient,
  type TestIssuer,
  type TestIssuerOptions,
  testPlugin,
} from '@oidc/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { messageSignatures } from './examples/message-signatures.ts'

const redirect_uri = 'https://app.example/cb'
const thumbprint = 'the-thumbprint-of-a-certificate-0123456789a'
let key: CryptoKey
let jwk: Record<string, string>

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  key = privateKey
  jwk = (await crypto.subtle.exportKey('jwk', publicKey)) as Record<string, string>
})

const named = (pattern: RegExp): readonly FaultName[] => faultNames.filter((name) => pattern.test(name))
const know = (client: Partial<TestClient>): TestIssuerOptions => ({ clients: [{ client_id: 'app', ...client }] })
const knowKey = (client: Partial<TestClient> = {}) => know({ jwks: { keys: [jwk] }, token_endpoint_auth_method: 'none', ...client })

function expectUser(sub: string, ...seen: readonly unknown[]): void {
  const other = seen.find((one) => one !== sub)
  if (seen.some((one) => one !== sub)) throw new Error(`sub is ${String(other)}, and ${sub} was wanted.`)
}

/** What is done with tokens that came of another flow than that of a code. */
async function tryTokens(client: Client, tokens: Tokens, sub: string): Promise<void> {
  const info = await fetchUserInfo(client, tokens)
  const fresh = await refreshTokenGrant(client, tokens)
  expectUser(sub, tokens.claims?.sub, info.sub, fresh.claims?.sub)
}

const onDevice: Flow = async (client, issuer, sub) => {
  const code = await initiateDeviceAuthorization(client, { scope: 'openid offline_access' })
  issuer.approveDevice(code.user_code, { sub })
  await tryTokens(client, await pollDeviceAuthorizationGrant(client, code), sub)
}

const begin = (client: Client, sub: string) =>
  initiateBackchannelAuthentication(client, { scope: 'openid offline_access', login_hint: sub })

/** Seconds. A long poll has a time of its own, which is too long for a server that hangs. */
const timeout = 2

const decoupled: Readonly<Record<CIBAOptions['mode'], Flow>> = {
  async poll(client, issuer, sub) {
    const authentication = await begin(client, sub)
    await issuer.approveBackchannel(authentication.auth_req_id, { sub })
    await tryTokens(client, await pollBackchannelAuthenticationGrant(client, authentication, { expectedSubject: sub, timeout }), sub)
  },
  async ping(client, issuer, sub) {
    const { auth_req_id } = await begin(client, sub)
    const ping = await acceptPing(client, (await issuer.approveBackchannel(auth_req_id, { sub })) as Request)
    if (ping.error) throw ping.error
    await tryTokens(client, await pollBackchannelAuthenticationGrant(client, ping, { expectedSubject: sub, timeout }), sub)
  },
  async push(client, issuer, sub) {
    const { auth_req_id } = await begin(client, sub)
    const { tokens, error } = await acceptPush(client, (await issuer.approveBackchannel(auth_req_id, { sub })) as Request, {
      expectedSubject: sub,
    })
    if (error) throw error
    if (!tokens) throw new Error('The push brought no tokens.')
    await tryTokens(client, tokens, sub)
  },
}

/** Nobody holds a nonce against a sign-in without a browser: there is none. */
const withoutNonce: PluginTest = {
  reaches: ['discovery', 'token', 'userinfo', 'refresh'],
  bears: ['id_token_no_nonce'],
}
const polls: PluginTest = {
  refuses: ['poll_expired', 'poll_denied', 'poll_unknown_error'],
  survives: ['poll_pending', 'poll_slow_down', 'poll_down'],
}

/** The whole login where there is no code, the first half of it elsewhere. */
const throughFront =
  (hasCode: boolean, hasToken: boolean): Flow =>
  async (client, issuer, sub) => {
    const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid offline_access' })
    const callback = await issuer.signIn(url, { sub })
    const again = callback instanceof Request ? callback.clone() : callback
    const { claims, unsafeAccessToken } = await validateFrontChannelResponse(client, callback, transaction)
    if (hasToken !== (unsafeAccessToken !== undefined))
      throw new Error('The access token is there though it should not, or is not though it should.')
    if (hasCode) await tryTokens(client, await authorizationCodeGrant(client, again, transaction), sub)
    expectUser(sub, claims.sub)
  }

describe('every extension keeps to the plugin contract', () => {
  it('F-U2: par()', async () => {
    expect((await testPlugin(par, { refuses: named(/^par_/) })).length).toBeGreaterThan(40)
  })

  it('F-U2: dpop(), with nonces and without', async () => {
    const keyPair = await generateDPoPKeyPair('ES256')
    for (const dpopNonces of [true, false])
      await testPlugin(() => dpop({ keyPair }), { issuer: { features: { dpopNonces } }, refuses: ['dpop_downgrade'] })
  })

  it.each(['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'] as const)('F-U2: jarm(), %s', async (response_mode) => {
    await testPlugin(() => jarm({ response_mode }), { refuses: named(/^response_/) })
  })

  it('F-U2: jar(), by value', async () => {
    await testPlugin(() => jar({ key }), { issuer: knowKey() })
  })

  it('F-U2: jar(), encrypted', async () => {
    let issuer: TestIssuer | undefined
    const findKey = async () => {
      const answer = await issuer?.fetch(`${issuer.issuer}/jwks`)
      const { keys = [] } = (await answer?.json()) ?? {}
      return keys.find(({ use }: { use: string }) => use === 'enc')
    }
    await testPlugin(() => jar({ key, encrypt: encryptWith({ key: findKey, alg: 'ECDH-ES', enc: 'A256GCM' }) }), {
      issuer: knowKey(),
      fetch: (one) => {
        issuer = one
        return one.fetch
      },
      // What is encrypted is another text each time, and so is what stands for it.
      varies: /<encrypted [^>]*>/g,
    })
  })

  it('F-U2: jar(), by reference, where the issuer fetches the object', async () => {
    let answer: (request: Request) => Promise<Response> = async () => new Response(null, { status: 404 })
    const plugin = () =>
      jar({ key, by: 'reference', reference: { url: 'https://app.example/requests', store: createRequestObjectStore() } })
    const fetched: number[] = []
    await testPlugin(plugin, {
      issuer: {
        ...knowKey(),
        async reach(request) {
          const answered = await answer(request)
          fetched.push(answered.status)
          return answered
        },
      },
      async flow(client, issuer, sub) {
        answer = createRequestObjectHandler(client)
        const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid offline_access' })
        await tryTokens(client, await authorizationCodeGrant(client, await issuer.signIn(url, { sub }), transaction), sub)
      },
    })
    expect(fetched.length).toBeGreaterThan(40)
    expect(new Set(fetched)).toEqual(new Set([200]))
  })

  it.each([true, false])('F-U2: introspection(), with its cache, which watches revocations (signed: %s)', async (signed) => {
    const ofJwt = /^introspection_(?:wrong|foreign|unsigned|plain)/
    await testPlugin(() => introspection({ signed, cache: { maxAge: 60 } }), {
      refuses: named(/^introspection_/).filter((name) => ofJwt.test(name) === signed),
      async flow(client, issuer, sub) {
        const { url, transaction } = await createAuthorizationRequest(client, { redirect_uri, scope: 'openid offline_access' })
        const tokens = await authorizationCodeGrant(client, await issuer.signIn(url, { sub }), transaction)
        await tryTokens(client, tokens, sub)
        const answer = await introspectToken(client, tokens.access_token, { expected: { client_id: 'app' } })
        if (!answer.active) throw new Error('The token is not active.')
        expectUser(sub, answer.sub)
      },
    })
  })

  it('F-U2: mtls(), as what authenticates the client, and as what binds tokens', async () => {
    const fetch = (issuer: TestIssuer) => issuer.withCertificate(thumbprint)
    await testPlugin(() => mtls(), {
      fetch,
      issuer: know({ token_endpoint_auth_method: 'tls_client_auth', certificate: thumbprint }),
      client: { authentication: tlsClientAuth() },
    })
    await testPlugin(() => mtls(), {
      fetch,
      issuer: know({ tls_client_certificate_bound_access_tokens: true }),
      client: { tls_client_certificate_bound_access_tokens: true },
    })
  })

  it('F-U2: device()', async () => {
    const refuses = [...named(/^device_/), ...(polls.refuses ?? [])]
    await testPlugin(device, { ...withoutNonce, ...polls, refuses, flow: onDevice })
  })

  it.each(['poll', 'ping'] as const)('F-U2: ciba(), %s, signed', async (mode) => {
    await testPlugin(() => ciba({ mode, key }), {
      ...withoutNonce,
      ...polls,
      refuses: [...named(/^backchannel_/), ...(polls.refuses ?? [])],
      flow: decoupled[mode],
      client: { backchannel_authentication_request_signing_alg: 'ES256' },
      issuer: knowKey({ backchannel_token_delivery_mode: mode, backchannel_client_notification_endpoint: 'https://app.example/ciba' }),
    })
  })

  it('F-U2: ciba(), push, whose tokens come without the token endpoint', async () => {
    await testPlugin(() => ciba({ mode: 'push' }), {
      reaches: ['discovery', 'userinfo', 'refresh'],
      refuses: [...named(/^backchannel_/), ...named(/^id_token_/).filter((name) => !withoutNonce.bears?.includes(name))],
      flow: decoupled.push,
      issuer: know({ backchannel_token_delivery_mode: 'push', backchannel_client_notification_endpoint: 'https://app.example/ciba' }),
    })
  })

  // The verified ID token in the front channel stands for `iss` (DESIGN 4).
  const unsafeFrontChannelAccessToken = true
  const hashes = ['front_no_c_hash', 'front_wrong_c_hash', 'front_other_subject'] as const
  const whole: PluginTest = { bears: ['callback_no_iss'] }
  const idTokenAlone: PluginTest = {
    reaches: ['discovery', 'callback'],
    refuses: [...named(/^id_token_/), ...named(/^jwks_/)],
    bears: ['callback_no_iss', 'callback_no_code', 'id_token_wrong_access_token'],
  }
  it.each<[HybridOptions, PluginTest]>([
    [{ response_type: 'code id_token' }, { ...whole, refuses: hashes }],
    [
      { response_type: 'code id_token', detachedSignature: true },
      { ...whole, refuses: [...hashes, 'front_wrong_s_hash'] },
    ],
    [
      { response_type: 'code id_token token', unsafeFrontChannelAccessToken },
      { ...whole, refuses: [...hashes, 'front_wrong_at_hash'] },
    ],
    [{ response_type: 'id_token' }, idTokenAlone],
    [
      { response_type: 'id_token token', unsafeFrontChannelAccessToken },
      { ...idTokenAlone, bears: ['callback_no_iss', 'callback_no_code'] },
    ],
  ])('F-U2: hybrid(%j)', async (options, test) => {
    const { response_type } = options
    const flow = throughFront(response_type.startsWith('code'), response_type.endsWith(' token'))
    await testPlugin(() => hybrid(options), { ...test, flow })
  })

  it('F-U2: hybrid() with code token, whose access token nothing signs, so that it is used for nothing', async () => {
    await testPlugin(() => hybrid({ response_type: 'code token', unsafeFrontChannelAccessToken }), { bears: ['callback_access_token'] })
  })
})

describe('a plugin of somebody else, written from docs/WRITE_A_PLUGIN.md', () => {
  it('F-U2: HTTP message signatures keep to the contract, and every request carries a signature that is right', async () => {
    const { privateKey, publicKey } = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
    const keyPair = await generateDPoPKeyPair('ES256')
    const signed: string[] = []
    const verifying =
      ({ fetch, issuer }: TestIssuer): typeof globalThis.fetch =>
      async (input, init) => {
        const request = new Request(input, init)
        const { pathname } = new URL(request.url)
        // Discovery and keys are shared by the process: no slot sees them.
        if (pathname === '/jwks' || pathname.startsWith('/.well-known/')) return fetch(request)
        signed.push(pathname)
        const isRight = await isSigned(request.clone(), publicKey)
        return isRight ? fetch(request) : Response.json({ error: 'invalid_request' }, { status: 400, headers: { 'x-issuer': issuer } })
      }
    await testPlugin(() => messageSignatures({ key: privateKey, keyid: 'k' }), {
      fetch: verifying,
      // It signs the proof of DPoP, which has random numbers in it.
      varies: /\bsig=:[\w+/=]+:/g,
      client: { use: [par(), dpop({ keyPair })] },
      issuer: { features: { dpopNonces: true } },
    })
    expect(new Set(signed)).toEqual(new Set(['/par', '/token', '/userinfo', '/resource', '/revoke']))
  })
})

/** RFC 9421, section 3.2: the base is built anew from what arrived. */
async function isSigned(request: Request, key: CryptoKey): Promise<boolean> {
  const body = await request.text()
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(body))).toString('base64')
  if (body && request.headers.get('content-digest') !== `sha-256=:${digest}:`) return false
  const parameters = request.headers.get('signature-input')?.replace(/^sig=/, '') ?? ''
  const names = [...(/^\(([^)]*)\)/.exec(parameters)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
  if (!names.includes('dpop') && request.headers.has('dpop')) return false
  const own: Readonly<Record<string, string>> = { '@method': request.method, '@target-uri': request.url }
  const lines = names.map((name) => `"${name}": ${own[name] ?? request.headers.get(name)}`)
  const base = [...lines, `"@signature-params": ${parameters}`].join('\n')
  const signature = Buffer.from(/^sig=:(.*):$/.exec(request.headers.get('signature') ?? '')?.[1] ?? '', 'base64')
  return crypto.subtle.verify('Ed25519', key, signature, Buffer.from(base))
}
