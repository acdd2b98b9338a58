import { describe, expect, it } from 'vitest'
import { caught } from '../../test/errors.js'
import { type ClientOptions, createClient, extend, type Plugin, publicClient, type ServerMetadata } from '../index.js'

const hook = () => undefined as never
/** Names that say nothing: a demand is met by what a plugin fills. */
const deliver: Plugin = { name: 'x', authorization: { deliver: hook } }
const protect: Plugin = { name: 'x', authorization: { protect: hook } }
const open: Plugin = { name: 'x', authorization: { open: hook } }
const tokenTypes: Plugin = { name: 'x', exchange: { tokenTypes: ['dpop'] } }
const endpoint: Plugin = { name: 'x', exchange: { endpoint: hook } }

const make = (of: 'server' | 'client', member: Readonly<Record<string, unknown>>, ...use: readonly Plugin[]) => {
  const server: ServerMetadata = { issuer: 'https://as.example', ...(of === 'server' && member) }
  const options: ClientOptions = { client_id: 'c', authentication: publicClient(), use, ...(of === 'client' && member) }
  return createClient(server, options)
}

describe('a demand of metadata', () => {
  it.each([
    ['server', 'require_pushed_authorization_requests', true, deliver, '@oidc/par', 'RFC 9126 5'],
    ['client', 'require_pushed_authorization_requests', true, deliver, '@oidc/par', 'RFC 9126 6'],
    ['server', 'require_signed_request_object', true, protect, '@oidc/jarm', 'RFC 9101 10.5'],
    ['client', 'require_signed_request_object', true, protect, '@oidc/jarm', 'RFC 9101 10.5'],
    ['client', 'request_object_signing_alg', 'PS256', protect, '@oidc/jarm', 'OpenID Registration 2'],
    ['client', 'authorization_signed_response_alg', 'PS256', open, '@oidc/jarm', 'JARM 3'],
    ['client', 'authorization_encrypted_response_alg', 'RSA-OAEP', open, '@oidc/jarm', 'JARM 3'],
    ['client', 'dpop_bound_access_tokens', true, tokenTypes, '@oidc/dpop', 'RFC 9449 5.2'],
    ['client', 'tls_client_certificate_bound_access_tokens', true, endpoint, '@oidc/mtls', 'RFC 8705 3.4'],
    ['client', 'use_mtls_endpoint_aliases', true, endpoint, '@oidc/mtls', 'RFC 8705 5'],
  ] as const)(
    'of the %s, %s, fails when the client is made unless its slot is filled',
    async (of, member, value, plugin, name, _section) => {
      const demand = { [member]: value }
      const error = await caught(() => make(of, demand))
      expect(error.code).toBe('PLUGIN_MISSING')
      expect(error.message).toContain(`The ${of} metadata says ${member}`)
      expect(error.message).toContain(`Install ${name} and add`)
      expect(() => make(of, demand, plugin)).not.toThrow()
      // A name is no protection: nothing would be pushed, signed, opened or bound.
      expect(await caught(() => make(of, demand, { name, around: hook }))).toMatchObject({ code: 'PLUGIN_MISSING' })
      const others = [deliver, protect, open, tokenTypes, endpoint].filter((other) => other !== plugin)
      for (const other of others) expect(await caught(() => make(of, demand, other))).toMatchObject({ code: 'PLUGIN_MISSING' })
      if (value === true) expect(() => make(of, { [member]: false })).not.toThrow()
      expect(() => make(of, {})).not.toThrow()
    },
  )

  it('holds for an extended client as well', async () => {
    const client = make('server', { require_pushed_authorization_requests: true }, deliver)
    expect(await caught(() => extend(client, { name: 'x' }))).toMatchObject({ code: 'PLUGIN_MISSING' })
    expect(() => extend(client, { name: 'x', authorization: { deliver: hook } })).not.toThrow()
  })

  it('is not met by another token type than DPoP', async () => {
    const mac: Plugin = { name: 'x', exchange: { tokenTypes: ['mac'] } }
    expect(await caught(() => make('client', { dpop_bound_access_tokens: true }, mac))).toMatchObject({ code: 'PLUGIN_MISSING' })
  })
})

describe('DPoP and certificate-bound tokens', () => {
  const bound = { tls_client_certificate_bound_access_tokens: true }
  const mtls: Plugin = { ...endpoint, name: 'mtls' }

  it('in one client are a conflict named when the client is made (DESIGN 4)', async () => {
    const error = await caught(() => make('client', bound, mtls, tokenTypes))
    expect(error.code).toBe('PLUGIN_CONFLICT')
    expect(error.message).toMatch(/tls_client_certificate_bound_access_tokens.+dpop/)
    expect(await caught(() => extend(make('client', bound, mtls), tokenTypes))).toMatchObject({ code: 'PLUGIN_CONFLICT' })
  })

  it('are none where the certificate only authenticates the client', () => {
    expect(() => make('client', {}, mtls, tokenTypes)).not.toThrow()
    expect(() => make('client', { ...bound, tls_client_certificate_bound_access_tokens: false }, mtls, tokenTypes)).not.toThrow()
    expect(() => make('client', bound, mtls)).not.toThrow()
  })
})
