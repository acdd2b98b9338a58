import { createAuthorizationRequest } from '@oidc/core'
import { compactVerify, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { jar } from './jar.js'
import { createTestClient, redirect_uri, refusalOf, startTime } from './jarm.test-server.js'
import { createRequestObjectHandler } from './request-object-handler.js'
import { createRequestObjectStore } from './request-object-reference.js'

const { privateKey, publicKey } = await generateKeyPair('ES256')
const url = 'https://app.example/objects'

function createReferring(more: object = {}, server = {}) {
  let time = startTime
  const reference = { url, store: createRequestObjectStore(), ...more }
  const client = createTestClient(
    {
      use: [jar({ key: privateKey, by: 'reference', reference })],
      clock: { now: () => time, sleep: async () => undefined },
    },
    server,
  )
  const ask = (scope = 'openid') => createAuthorizationRequest(client, { redirect_uri, scope })
  const uri = async () => (await ask()).url.searchParams.get('request_uri') ?? ''
  return { client, ask, uri, handler: createRequestObjectHandler(client), advance: (seconds: number) => (time += seconds) }
}

describe('a request object by reference (RFC 9101, section 5.2)', () => {
  it('F-T29, S-I10: the browser carries its address, for openid with response_type and scope', async () => {
    const { ask } = createReferring()
    const { request_uri, ...outside } = Object.fromEntries((await ask()).url.searchParams)
    expect(request_uri).toMatch(/^https:\/\/app\.example\/objects\/[\w-]{43}$/)
    expect(outside).toEqual({ client_id: 'app', response_type: 'code', scope: 'openid' })
    expect([...(await ask('accounts')).url.searchParams.keys()]).toEqual(['client_id', 'request_uri'])
  })

  it('F-T29: the handler gives the object until it expires, under its media type, to be kept by nobody', async () => {
    const { uri, handler, advance } = createReferring()
    const request_uri = await uri()
    for (const _ of [1, 2]) {
      const response = await handler(new Request(request_uri))
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('application/oauth-authz-req+jwt')
      expect(response.headers.get('cache-control')).toBe('no-store')
      await compactVerify(await response.text(), publicKey)
    }
    advance(59)
    expect((await handler(new Request(request_uri))).status).toBe(200)
    advance(1)
    expect((await handler(new Request(request_uri))).status).toBe(404)
  })

  it('F-T29: once, where that is wanted', async () => {
    const { uri, handler } = createReferring({ once: true })
    const request_uri = await uri()
    const statuses = (await Promise.all([1, 2].map(() => handler(new Request(request_uri))))).map(({ status }) => status)
    expect(statuses).toEqual([200, 404])
  })

  it('another method is refused and takes nothing; an unknown name is not found', async () => {
    const { uri, handler } = createReferring({ once: true })
    const request_uri = await uri()
    for (const method of ['HEAD', 'POST']) {
      const response = await handler(new Request(request_uri, { method }))
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET'])
    }
    for (const name of ['', '__proto__', 'x'.repeat(43)]) expect((await handler(new Request(`${url}/${name}`))).status).toBe(404)
    expect((await handler(new Request(request_uri))).status).toBe(200)
  })

  it('the store keeps the newest 10,000', async () => {
    const store = createRequestObjectStore()
    for (let i = 0; i <= 10_000; i++) await store.set(String(i), { request_object: 'x', expires_at: startTime })
    expect([store.get('0'), store.get('1')]).toEqual([undefined, { request_object: 'x', expires_at: startTime }])
  })

  it('a server that fetches none is told before anything is sent', async () => {
    const { ask } = createReferring({}, { request_uri_parameter_supported: false })
    expect((await refusalOf(ask())).code).toBe('JAR_UNSUPPORTED')
  })

  it.each<[object, string]>([
    [{ url: 'http://app.example/objects' }, 'URL_INSECURE'],
    [{ url: 'objects' }, 'URL_INVALID'],
    [{ url: `${url}?a=b` }, 'JAR_OPTION_INVALID'],
    [{ url: `https://app.example/${'x'.repeat(449)}` }, 'JAR_OPTION_INVALID'],
    [{ store: new Map() }, 'JAR_OPTION_INVALID'],
    [{ store: undefined }, 'JAR_OPTION_INVALID'],
  ])('the reference %o is refused at once', (more, code) => {
    expect(() => createReferring(more)).toThrow(expect.objectContaining({ code }))
  })

  it('a request_uri has at most 512 characters', async () => {
    const { uri } = createReferring({ url: `https://app.example/${'x'.repeat(448)}` })
    expect(await uri()).toHaveLength(512)
  })

  it('createRequestObjectHandler names the plugin that is missing, or what it lacks', () => {
    expect(() => createRequestObjectHandler(createTestClient())).toThrow(
      expect.objectContaining({ code: 'PLUGIN_MISSING', message: expect.stringContaining('@oidc/jarm') }),
    )
    const byValue = createTestClient({ use: [jar({ key: privateKey })] })
    expect(() => createRequestObjectHandler(byValue)).toThrow(expect.objectContaining({ code: 'JAR_OPTION_INVALID' }))
  })
})
