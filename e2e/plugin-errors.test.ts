import { acceptPing, acceptPush, ciba, initiateBackchannelAuthentication, pollBackchannelAuthenticationGrant } from '@oidc/ciba'
import { type Client, type ClientOptions, createClient, generateKeyPair, publicClient, type ServerMetadata } from '@oidc/core'
import { json, on, type Plugin } from '@oidc/core/plugin'
import { device, initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from '@oidc/device'
import { dpop, generateDPoPKeyPair } from '@oidc/dpop'
import { hybrid, validateFrontChannelResponse } from '@oidc/hybrid'
import { introspection, introspectToken } from '@oidc/introspection'
import { createRequestObjectHandler, jar, jarm } from '@oidc/jarm'
import { mtls, tlsClientAuth } from '@oidc/mtls'
import { par } from '@oidc/par'
import { createTestIssuer } from '@oidc/testing'
import { describe, expect, it } from 'vitest'
import { messageSignatures } from './examples/message-signatures.ts'

const { metadata, issuer, clock } = await createTestIssuer()
const keyPair = await generateDPoPKeyPair()
const { privateKey: key } = await generateKeyPair('ES256')
const { privateKey } = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
const sent: string[] = []

/** Everything that is wrong here is told before anything is sent. */
const make = (options: Partial<ClientOptions>, server: object = {}): Client =>
  createClient({ ...metadata, ...server } as unknown as ServerMetadata, {
    client_id: 'app',
    authentication: publicClient(),
    clock,
    fetch: async (input) => {
      sent.push(String(input))
      throw new TypeError('fetch failed')
    },
    ...options,
  })

const told = async (run: () => unknown) => {
  const thrown: unknown = await Promise.resolve()
    .then(run)
    .catch((error: unknown) => error)
  expect(sent).toEqual([])
  return thrown
}

const request = () => new Request('https://app.example/ciba', { method: 'POST' })

describe('a function whose plugin is missing says what to install and what to write', () => {
  it.each<[name: string, call: (client: Client) => unknown, packageName: string, factory: string]>([
    ['initiateDeviceAuthorization', (client) => initiateDeviceAuthorization(client), '@oidc/device', 'device()'],
    ['pollDeviceAuthorizationGrant', (client) => pollDeviceAuthorizationGrant(client, {} as never), '@oidc/device', 'device()'],
    [
      'initiateBackchannelAuthentication',
      (client) => initiateBackchannelAuthentication(client, { scope: 'openid' }),
      '@oidc/ciba',
      "ciba({ mode: 'poll' })",
    ],
    [
      'pollBackchannelAuthenticationGrant',
      (client) => pollBackchannelAuthenticationGrant(client, { auth_req_id: 'a' }),
      '@oidc/ciba',
      "ciba({ mode: 'poll' })",
    ],
    ['acceptPing', (client) => acceptPing(client, request()), '@oidc/ciba', "ciba({ mode: 'ping' })"],
    ['acceptPush', (client) => acceptPush(client, request()), '@oidc/ciba', "ciba({ mode: 'push' })"],
    ['introspectToken', (client) => introspectToken(client, 'token'), '@oidc/introspection', 'introspection()'],
    [
      'validateFrontChannelResponse',
      (client) => validateFrontChannelResponse(client, new URL('https://app.example/cb'), {} as never),
      '@oidc/hybrid',
      'hybrid({ response_type })',
    ],
    ['createRequestObjectHandler', createRequestObjectHandler, '@oidc/jarm', "jar({ key, by: 'reference', reference })"],
  ])('%s', async (_, call, packageName, factory) => {
    const client = make({})
    expect(await told(() => call(client))).toMatchObject({
      code: 'PLUGIN_MISSING',
      message: expect.stringContaining(`Install ${packageName} and add ${factory} to use: { use: [${factory}] }.`),
    })
  })
})

describe('metadata that demands a plugin says which, when the client is made', () => {
  const required = { require_pushed_authorization_requests: true, require_signed_request_object: true }
  it.each<[member: string, options: Partial<ClientOptions>, install: string, by: () => Plugin]>([
    ['require_pushed_authorization_requests', { require_pushed_authorization_requests: true }, '@oidc/par and add par()', par],
    ['require_signed_request_object', { require_signed_request_object: true }, '@oidc/jarm and add jar({ key })', () => jar({ key })],
    ['request_object_signing_alg', { request_object_signing_alg: 'ES256' }, '@oidc/jarm and add jar({ key })', () => jar({ key })],
    ['authorization_signed_response_alg', { authorization_signed_response_alg: 'ES256' }, '@oidc/jarm and add jarm()', () => jarm()],
    ['dpop_bound_access_tokens', { dpop_bound_access_tokens: true }, '@oidc/dpop and add dpop({ keyPair })', () => dpop({ keyPair })],
    [
      'tls_client_certificate_bound_access_tokens',
      { tls_client_certificate_bound_access_tokens: true },
      '@oidc/mtls and add mtls()',
      () => mtls(),
    ],
    ['use_mtls_endpoint_aliases', { use_mtls_endpoint_aliases: true }, '@oidc/mtls and add mtls()', () => mtls()],
  ])('%s of the client', async (member, options, install, by) => {
    expect(await told(() => make(options))).toMatchObject({
      code: 'PLUGIN_MISSING',
      message: `The client metadata says ${member}, and no installed plugin does that. Install ${install} to use.`,
    })
    expect(make({ ...options, use: [by()] }).metadata.client_id).toBe('app')
  })

  it.each([
    ['require_pushed_authorization_requests', '@oidc/par and add par()'],
    ['require_signed_request_object', '@oidc/jarm and add jar({ key })'],
  ] as const)('%s of the server', async (member, install) => {
    expect(await told(() => make({}, { [member]: true }))).toMatchObject({
      code: 'PLUGIN_MISSING',
      message: `The server metadata says ${member}, and no installed plugin does that. Install ${install} to use.`,
    })
    expect(make({ use: [par(), jar({ key })] }, required).server.issuer).toBe(issuer)
  })
})

describe('a plugin whose server metadata is missing', () => {
  it.each<[member: string, plugin: () => Plugin]>([
    ['pushed_authorization_request_endpoint', par],
    ['device_authorization_endpoint', device],
    ['backchannel_authentication_endpoint', () => ciba({ mode: 'poll' })],
    ['introspection_endpoint', () => introspection()],
  ])('%s is named with the plugin, and so is what to do', async (member, plugin) => {
    const { name } = plugin()
    expect(await told(() => make({ use: [plugin()] }, { [member]: undefined }))).toMatchObject({
      code: 'SERVER_METADATA_MISSING',
      message: `The plugin ${name} needs ${member}, and the metadata of ${issuer} has none. Take the plugin away, or ask the server's operator for it.`,
    })
  })
})

describe('two plugins for one exclusive slot, or one key', () => {
  const mine = (slots: Omit<Plugin, 'name'>): Plugin => ({ name: 'mine', ...slots })
  const introspectionOperation = { name: 'introspection' } as Parameters<typeof on>[0]
  it.each<[slot: string, plugin: () => Plugin, other: Plugin]>([
    ['deliver', par, mine({ authorization: { deliver: (search) => search } })],
    ['protect', () => jar({ key }), mine({ authorization: { protect: (search) => search } })],
    ['open', () => jarm(), mine({ authorization: { open: (response) => response } })],
    ['endpoint', () => mtls(), mine({ exchange: { endpoint: () => undefined } })],
    ['tokenTypes', () => dpop({ keyPair }), mine({ exchange: { tokenTypes: ['dpop'] } })],
    ['seal', () => messageSignatures({ key: privateKey, keyid: 'k' }), mine({ exchange: { seal: (sealed) => sealed } })],
    [
      'accept of introspection',
      () => introspection(),
      mine({ operations: [on(introspectionOperation, { accept: { 'application/token-introspection+jwt': json } })] }),
    ],
  ])('%s: both are named, in either order', async (slot, plugin, other) => {
    for (const use of [
      [plugin(), other],
      [other, plugin()],
    ]) {
      const thrown = await told(() => make({ use }))
      expect(thrown).toMatchObject({
        code: 'PLUGIN_CONFLICT',
        message: expect.stringMatching(/^Both .+ and .+ want .+, which only one of them can have\. /),
      })
      const { message } = thrown as Error
      for (const named of [plugin().name, 'mine', slot]) expect(message).toContain(named)
    }
  })

  it.each([par, device, () => jarm(), () => mtls(), () => introspection(), () => ciba({ mode: 'poll' }), () => dpop({ keyPair })])(
    'one of ours twice',
    async (plugin: () => Plugin) => {
      const { name } = plugin()
      expect(await told(() => make({ use: [plugin(), plugin()] }))).toMatchObject({
        code: 'PLUGIN_CONFLICT',
        message: `Both ${name} and ${name} want use, which only one of them can have. Take one of them away.`,
      })
    },
  )

  it('hybrid() twice is told as any, and mtls() that tlsClientAuth() brings gives way to the one in use', async () => {
    const two = [hybrid({ response_type: 'id_token' }), hybrid({ response_type: 'code id_token' })]
    expect(await told(() => make({ use: two }))).toMatchObject({ code: 'PLUGIN_CONFLICT' })
    expect(make({ authentication: tlsClientAuth(), use: [mtls()] }).metadata.client_id).toBe('app')
  })
})
