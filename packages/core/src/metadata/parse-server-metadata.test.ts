import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectRefusal } from '../../test/refusal.js'
import { isOidcError } from '../base/errors.js'
import { checkIssuer, parseServerMetadata } from './parse-server-metadata.js'

const issuer = 'https://as.example'
const parse = (value: unknown, allowInsecure?: 'loopback') => parseServerMetadata(value, { allowInsecure })
const withMember = (name: string, value: unknown) => parse({ issuer, [name]: value })

const endpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'registration_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'backchannel_authentication_endpoint',
  'end_session_endpoint',
  'check_session_iframe',
  'some_vendor_endpoint',
]

describe('parseServerMetadata', () => {
  it('F-B11: gives a frozen copy with every member, also those that nobody here knows', () => {
    const given = { issuer, token_endpoint: `${issuer}/token`, scopes_supported: ['openid'], vendor: { a: 1 }, op_tos_uri: 'any text' }
    const metadata = parse(given)
    expect(metadata).toEqual(given)
    expect(metadata).not.toBe(given)
    expect(Object.isFrozen(metadata) && Object.isFrozen(metadata.scopes_supported)).toBe(true)
    given.token_endpoint = 'https://evil.example/token'
    given.scopes_supported.push('admin')
    expect(metadata).toMatchObject({ token_endpoint: `${issuer}/token`, scopes_supported: ['openid'] })
  })

  it('takes a copy that it made as it is, under the same policy alone', async () => {
    const local = { issuer: 'http://127.0.0.1:3000' }
    const metadata = parse(local, 'loopback')
    expect(parse(metadata, 'loopback')).toBe(metadata)
    await expectRefusal(() => parse(metadata), 'URL_INSECURE')
    expect(parse(parse({ issuer }), 'loopback')).toEqual({ issuer })
  })

  it.each([[[]], [[{ issuer }]], [null], [undefined], ['text'], [7], [true]])('S-A16: %o is no metadata', async (value) => {
    await expectRefusal(() => parse(value), 'SERVER_METADATA_INVALID', { says: ['not a JSON object', 'Correct the metadata'] })
  })

  describe('issuer', () => {
    it.each([[undefined], [7], [['https://as.example']], [''], [null], [{}], [false]])('S-A04: %o is refused', async (value) => {
      await expectRefusal(() => parse({ issuer: value }), 'SERVER_METADATA_INVALID', { says: ['no issuer', 'non-empty string'] })
    })

    it.each(['https://user:hidden@as.example', 'https://user@as.example', 'https://@as.example'])(
      'S-A06: %s carries userinfo and is refused',
      async (value) => {
        await expectRefusal(() => parse({ issuer: value }), 'URL_INVALID', { says: ['issuer'], secrets: ['hidden'] })
      },
    )

    it('S-A07, F-B7: http is refused', async () => {
      await expectRefusal(() => parse({ issuer: 'http://as.example' }), 'URL_INSECURE', { says: ['"http://as.example"'] })
      await expectRefusal(() => parse({ issuer: 'http://as.example' }, 'loopback'), 'URL_INSECURE')
    })

    it.each(['http://localhost', 'http://localhost:8080/op', 'http://127.0.0.1', 'http://[::1]:9000'])(
      'S-A08: %s is refused unless the option names it, and the error names the option',
      async (value) => {
        await expectRefusal(() => parse({ issuer: value }), 'URL_INSECURE', { says: ["allowInsecure: 'loopback'"] })
        expect(parse({ issuer: value }, 'loopback').issuer).toBe(value)
      },
    )

    it.each(['https://as.example?x=hidden', 'https://as.example/op?', 'https://as.example?'])(
      '%s: RFC 8414, 2: it has no query',
      async (value) => {
        await expectRefusal(() => parse({ issuer: value }), 'SERVER_METADATA_INVALID', { says: ['a query'], secrets: ['hidden'] })
      },
    )

    it.each(['https://as.example#x', 'https://as.example/#'])('%s: RFC 8414, 2: it has no fragment', async (value) => {
      await expectRefusal(() => parse({ issuer: value }), 'URL_INVALID')
    })

    it.each(['https://as.example', 'https://as.example/', 'https://as.example:8443/t1/', 'https://AS.example', 'https://as.example:443'])(
      'S-A03: %s is kept as it is spelled',
      (value) => {
        expect(parse({ issuer: value }).issuer).toBe(value)
        expect(checkIssuer(value, {})).toBeInstanceOf(URL)
      },
    )
  })

  describe.each(endpoints)('%s', (name) => {
    it.each(['http://as.example/x', 'http://169.254.169.254/', 'HTTP://as.example/x'])(
      'S-A09: %s is refused when it is read, not when it is used',
      async (url) => {
        await expectRefusal(() => withMember(name, url), 'URL_INSECURE', { says: [`${name} of the server metadata`] })
      },
    )

    it.each([
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'vbscript:x',
      ' javascript:alert(1)',
      'java\nscript:x',
      'ftp://as.example',
      'com.example.app:/x',
    ])('S-A10: %j is refused', async (url) => {
      await expectRefusal(() => withMember(name, url), 'URL_INVALID', { says: [name] })
    })

    it.each([['/token'], ['//as.example/token'], [['https://as.example/token']], [{}], [''], [7], [true]])(
      'S-A11: %o is refused',
      async (url) => {
        await expectRefusal(() => withMember(name, url), 'URL_INVALID', { says: [name] })
      },
    )

    it('a https URL is kept as it is spelled', () => {
      expect(withMember(name, 'https://AS.example:443/a/../x?y=z')).toEqual({ issuer, [name]: 'https://AS.example:443/a/../x?y=z' })
    })
  })

  it('S-A09: the aliases of mTLS endpoints are checked as well, and frozen', async () => {
    await expectRefusal(() => withMember('mtls_endpoint_aliases', { token_endpoint: 'http://as.example' }), 'URL_INSECURE', {
      says: ['mtls_endpoint_aliases.token_endpoint'],
    })
    for (const value of ['x', [], 7]) await expectRefusal(() => withMember('mtls_endpoint_aliases', value), 'SERVER_METADATA_INVALID')
    const aliases = { token_endpoint: 'https://mtls.example/token' }
    const metadata = withMember('mtls_endpoint_aliases', aliases)
    expect(metadata.mtls_endpoint_aliases).toEqual(aliases)
    expect(Object.isFrozen(metadata.mtls_endpoint_aliases)).toBe(true)
  })

  it.each([['RS256'], [{ 0: 'RS256' }], [7], [true], [[7]], [['RS256', '']], [['RS256', null]]])(
    'S-A25: a list of algorithms that is %o is dropped, so that the strict default stands',
    (value) => {
      expect(withMember('id_token_signing_alg_values_supported', value)).toStrictEqual({ issuer })
    },
  )

  it('S-A24: none stays in the list, for the algorithms are judged where they are used', () => {
    expect(withMember('id_token_signing_alg_values_supported', ['none', 'ES256']).id_token_signing_alg_values_supported).toEqual([
      'none',
      'ES256',
    ])
  })

  it.each([
    'require_pushed_authorization_requests',
    'require_signed_request_object',
    'require_request_uri_registration',
    'authorization_response_iss_parameter_supported',
    'claims_parameter_supported',
    'request_uri_parameter_supported',
    'frontchannel_logout_supported',
    'backchannel_logout_session_supported',
    'backchannel_user_code_parameter_supported',
    'tls_client_certificate_bound_access_tokens',
    'dpop_bound_access_tokens',
  ])('%s as something else than true or false is refused: to drop it could loosen a check', async (name) => {
    for (const value of ['true', 'false', 1, 0, [true], {}])
      await expectRefusal(() => withMember(name, value), 'SERVER_METADATA_INVALID', {
        says: [`${name} as ${typeof value}`, 'true or false'],
      })
    for (const value of [true, false]) expect(withMember(name, value)).toEqual({ issuer, [name]: value })
  })

  it('a member of null is as good as none', () => {
    expect(parse({ issuer, token_endpoint: null, scopes_supported: null, require_signed_request_object: null, vendor: null })).toEqual({
      issuer,
    })
  })

  it('S-A20: members named __proto__ and constructor pollute nothing, and give no inherited defaults', () => {
    const metadata = parse(
      JSON.parse(`{"issuer":"${issuer}","__proto__":{"token_endpoint":"https://evil.example"},"constructor":{"prototype":{"polluted":1}}}`),
    )
    expect(metadata.token_endpoint).toBeUndefined()
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype)
    expect({}).not.toHaveProperty('polluted')
  })

  it('whatever JSON is given, the answer is frozen metadata or an OidcError, and every endpoint in it is https', () => {
    const url = fc.oneof(fc.webUrl(), fc.webUrl({ validSchemes: ['http', 'https', 'ftp'] }), fc.constantFrom('javascript:x', '//x', ''))
    const member = fc.oneof(url, fc.jsonValue())
    const name = fc.oneof(fc.constantFrom(...endpoints, 'mtls_endpoint_aliases', 'scopes_supported', 'require_x', '__proto__'), fc.string())
    const document = fc.oneof(
      fc.jsonValue(),
      fc.tuple(fc.oneof(fc.constant(issuer), member), fc.dictionary(name, member)).map(([own, rest]) => ({ ...rest, issuer: own })),
    )
    fc.assert(
      fc.property(document, fc.constantFrom(undefined, 'loopback' as const), (value, policy) => {
        try {
          const metadata = parse(value, policy)
          expect(Object.isFrozen(metadata)).toBe(true)
          for (const [key, entry] of Object.entries(metadata))
            if (key.endsWith('_endpoint') || key === 'jwks_uri' || key === 'issuer') expect(entry).toMatch(/^https:/i)
          expect(parse(structuredClone(metadata), policy)).toEqual(metadata)
        } catch (error) {
          if (!isOidcError(error)) throw error
          expect(error.code).toMatch(/^(?:SERVER_METADATA_INVALID|URL_INVALID|URL_INSECURE)$/)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
