import { clientCredentialsGrant, fetchProtectedResource, fetchUserInfo } from '@oidc/core'
import { isOidcError, oidcError } from '@oidc/core/plugin'
import { describe, expect, it } from 'vitest'
import { api, challenges, createServer, createTestClient, refusalOf, wantsNonce } from './dpop.test-server.js'
import { isDPoPNonceError } from './nonce-challenge.js'

const token = { access_token: 'at', token_type: 'DPoP' }

describe('isDPoPNonceError (RFC 9449, sections 8 and 9)', () => {
  it('F-K-D8: is true for what a token request throws when the server goes on wanting a nonce', async () => {
    const { fetch } = createServer(wantsNonce('n'))
    const refusal = await refusalOf(clientCredentialsGrant(createTestClient({ fetch })))
    expect(isOidcError(refusal) && isDPoPNonceError(refusal)).toBe(true)
  })

  it('F-K-D8: is true for what UserInfo throws, also where a Bearer challenge stands before it', async () => {
    const { fetch } = createServer(challenges('Bearer error="invalid_token", DPoP error="use_dpop_nonce"', 'n'))
    const refusal = await refusalOf(fetchUserInfo(createTestClient({ fetch }), token, { expectedSubject: 'u' }))
    expect(refusal.error).toBe('invalid_token')
    expect(isDPoPNonceError(refusal)).toBe(true)
  })

  it('F-K-D8: is true for the Response of a protected resource', async () => {
    const { fetch } = createServer(challenges('DPoP error="use_dpop_nonce"', 'n'))
    expect(isDPoPNonceError(await fetchProtectedResource(createTestClient({ fetch }), token, api))).toBe(true)
  })

  it.each([
    ['another OAuth error', oidcError('OAUTH_ERROR', 'x', { error: 'invalid_dpop_proof' })],
    ['an error without an answer', oidcError('NETWORK_ERROR', 'x')],
    ['a Response of success', new Response()],
    ['a Response with another challenge', new Response('', { status: 401, headers: { 'www-authenticate': 'DPoP error="invalid_token"' } })],
    [
      'a Bearer challenge of that error',
      new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer error="use_dpop_nonce"' } }),
    ],
    ['another status', new Response('', { status: 403, headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"' } })],
    ['any other error', new TypeError('use_dpop_nonce')],
    ['nothing', undefined],
    ['null', null],
    ['a string', 'use_dpop_nonce'],
  ])('F-K-D8: is false for %s', (_, value) => {
    expect(isDPoPNonceError(value)).toBe(false)
  })
})
