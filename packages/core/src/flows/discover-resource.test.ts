import { describe, expect, it } from 'vitest'
import { fixedClock, jsonResponse } from '../../test/issuer.js'
import { expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { discoverResource, type ResourceDiscovery } from '../index.js'

const resource = 'https://api.example/things'

function start(document: unknown = { resource }, options: ResourceDiscovery = {}) {
  const urls: string[] = []
  const fetch: typeof globalThis.fetch = async (input) => {
    urls.push(String(input))
    return document instanceof Response ? document.clone() : jsonResponse(document)
  }
  return { urls, find: (from: string | URL = resource) => discoverResource(from, { fetch, clock: fixedClock(), ...options }) }
}

describe('discoverResource', () => {
  it.each([
    ['https://api.example', 'https://api.example/.well-known/oauth-protected-resource'],
    ['https://api.example/', 'https://api.example/.well-known/oauth-protected-resource'],
    ['https://api.example/things', 'https://api.example/.well-known/oauth-protected-resource/things'],
    ['https://api.example/things/', 'https://api.example/.well-known/oauth-protected-resource/things/'],
    ['https://api.example/things?k=v', 'https://api.example/.well-known/oauth-protected-resource/things?k=v'],
    ['https://api.example?k=v', 'https://api.example/.well-known/oauth-protected-resource?k=v'],
    ['https://api.example:8443/a/b', 'https://api.example:8443/.well-known/oauth-protected-resource/a/b'],
  ])('F-B16: of %s is found at %s (RFC 9728, 3.1)', async (from, place) => {
    const { find, urls } = start({ resource: from })
    expect(await find(from)).toEqual({ resource: from })
    expect(urls).toEqual([place])
  })

  it.each([
    'https://evil.example/things',
    `${resource}/`,
    'https://API.example/things',
    'https://api.example:443/things',
    'https://api.example',
  ])('F-B16: metadata of %s is refused: resource MUST be identical (RFC 9728, 3.3)', async (seen) => {
    await expectRefusal(start({ resource: seen }).find(), 'RESOURCE_MISMATCH', { says: [seen, resource] })
  })

  it('F-B16: of a URL, the lone slash is not taken to be part of it unless the resource says so', async () => {
    for (const seen of ['https://api.example', 'https://api.example/'])
      expect((await start({ resource: seen }).find(new URL('https://api.example'))).resource).toBe(seen)
    await expectRefusal(start({ resource: `${resource}/` }).find(new URL(resource)), 'RESOURCE_MISMATCH')
    await expectRefusal(start({ resource }).find(new URL(`${resource}/`)), 'RESOURCE_MISMATCH')
    await expectRefusal(start({ resource: 'https://api.example' }).find('https://api.example/'), 'RESOURCE_MISMATCH')
    await expectRefusal(start({ resource: 'https://evil.example' }).find(new URL('https://api.example')), 'RESOURCE_MISMATCH')
  })

  it('F-B16: the address that a challenge names is asked, and what is there must be of this resource', async () => {
    const metadataUrl = 'https://api.example/meta'
    const { find, urls } = start(undefined, { metadataUrl })
    await find()
    expect(urls).toEqual([metadataUrl])
    await expectRefusal(start({ resource: 'https://evil.example' }, { metadataUrl }).find(), 'RESOURCE_MISMATCH')
    await expectRefusal(start(undefined, { metadataUrl: 'http://api.example/meta' }).find(), 'URL_INSECURE', {
      says: ['option metadataUrl'],
    })
  })

  it('F-B16: its members are typed, lists frozen, and lists that are none dropped', async () => {
    const metadata = await start({
      resource,
      authorization_servers: ['https://as.example'],
      jwks_uri: 'https://api.example:443/jwks',
      scopes_supported: ['read'],
      bearer_methods_supported: 'header',
      dpop_signing_alg_values_supported: ['ES256', 7],
      dpop_bound_access_tokens_required: true,
      resource_name: 'Things',
      signed_metadata: null,
      other: 7,
    }).find()
    const servers: readonly string[] | undefined = metadata.authorization_servers
    expect(servers).toEqual(['https://as.example'])
    expect(metadata).toStrictEqual({
      resource,
      authorization_servers: ['https://as.example'],
      jwks_uri: 'https://api.example:443/jwks',
      scopes_supported: ['read'],
      dpop_bound_access_tokens_required: true,
      resource_name: 'Things',
      other: 7,
    })
    expect([metadata, servers, metadata.scopes_supported].every(Object.isFrozen)).toBe(true)
  })

  it.each<[string, unknown, ErrorCode, string]>([
    ['an array', [], 'RESOURCE_METADATA_INVALID', 'is not a JSON object'],
    ['null', null, 'RESOURCE_METADATA_INVALID', 'is not a JSON object'],
    ['no resource', {}, 'RESOURCE_METADATA_INVALID', 'has no resource'],
    ['a resource that is no string', { resource: [resource] }, 'RESOURCE_METADATA_INVALID', 'has no resource'],
    [
      'servers that are no list',
      { resource, authorization_servers: 'https://as.example' },
      'RESOURCE_METADATA_INVALID',
      'no list of strings',
    ],
    [
      'a server that is no string',
      { resource, authorization_servers: ['https://as.example', 7] },
      'RESOURCE_METADATA_INVALID',
      'no list of strings',
    ],
    ['a server without TLS', { resource, authorization_servers: ['http://as.example'] }, 'URL_INSECURE', 'issuer'],
    ['keys without TLS', { resource, jwks_uri: 'http://api.example/jwks' }, 'URL_INSECURE', 'jwks_uri of the resource metadata'],
    [
      'a switch that is none',
      { resource, dpop_bound_access_tokens_required: 'true' },
      'RESOURCE_METADATA_INVALID',
      'dpop_bound_access_tokens_required as string',
    ],
    [
      'another switch that is none',
      { resource, tls_client_certificate_bound_access_tokens: 1 },
      'RESOURCE_METADATA_INVALID',
      'tls_client_certificate_bound_access_tokens as number',
    ],
    ['a page', new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'RESPONSE_CONTENT_TYPE', 'text/html'],
    ['a redirect', new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), 'REDIRECT_REFUSED', ''],
  ])('F-B16: %s is refused', async (_, document, code, says) => {
    const error = await expectRefusal(start(document).find(), code, { says: [says] })
    if (!code.startsWith('URL_')) expect(error.operation).toBe('resource_metadata')
  })

  it('F-B16: a long resource does not flood a log', async () => {
    const error = await expectRefusal(
      start({ resource: `${resource}/${'x'.repeat(5000)}` }).find(`${resource}/${'y'.repeat(5000)}`),
      'RESOURCE_MISMATCH',
    )
    expect(error.message.length).toBeLessThan(800)
    expect(error.operation).toBe('resource_metadata')
  })

  it('F-B16: loopback is found in development alone, where it is allowed, and onEvent is told', async () => {
    const local = 'http://localhost:3000/things'
    const document = { resource: local, authorization_servers: ['http://localhost:4000'], jwks_uri: 'http://localhost:3000/jwks' }
    const events: unknown[] = []
    const { find } = start(document, { allowInsecure: 'loopback', onEvent: ({ type }) => void events.push(type) })
    expect(await find(local)).toEqual(document)
    expect(events).toEqual(['request', 'response'])
    await expectRefusal(start(document).find(local), 'URL_INSECURE', { says: ['The resource is'] })
  })

  it('S-A20: __proto__ gives no member that nobody checked', async () => {
    const body = `{"resource":"${resource}","__proto__":{"jwks_uri":"http://evil.example"}}`
    const metadata = await start(new Response(body, { headers: { 'content-type': 'application/json' } })).find()
    expect(metadata.jwks_uri).toBeUndefined()
  })

  it.each(['http://api.example', 'api.example', 'https://api.example/#x', 7])(
    'F-B16: the resource %j is refused before any request',
    async (from) => {
      const { find, urls } = start()
      await expectRefusal(find(from as string), from === 'http://api.example' ? 'URL_INSECURE' : 'URL_INVALID')
      expect(urls).toEqual([])
    },
  )

  it('S-A13: egress is asked, and an abort lets go of the wait', async () => {
    await expectRefusal(start(undefined, { egress: () => Promise.reject(new Error()) }).find(), 'EGRESS_REFUSED')
    await expectRefusal(start(undefined, { signal: AbortSignal.abort() }).find(), 'ABORTED', { says: ['resource_metadata'] })
  })
})
