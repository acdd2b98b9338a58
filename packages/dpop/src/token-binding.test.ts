import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fakeJwt } from './dpop.test-server.js'
import { describeToken, readBinding } from './token-binding.js'

describe('the hash of an access token (RFC 9449, section 4.2)', () => {
  it('S-J11: is that of the example in section 7.1', async () => {
    expect((await describeToken('Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU')).ath).toBe('fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo')
  })
})

describe('the binding of an access token (RFC 9449, section 6.1)', () => {
  it.each([
    ['is read from a JWT', fakeJwt({ cnf: { jkt: 'thumb' } }), 'thumb'],
    ['is read beside text that is not ASCII', fakeJwt({ name: 'Zoë ☃', cnf: { jkt: 'thumb' } }), 'thumb'],
    ['is unknown without cnf', fakeJwt({ sub: 'u' }), undefined],
    ['is unknown with a cnf of another method', fakeJwt({ cnf: { 'x5t#S256': 'x' } }), undefined],
    ['is unknown with a jkt that is no string', fakeJwt({ cnf: { jkt: 5 } }), undefined],
    ['is unknown with a cnf of null', fakeJwt({ cnf: null }), undefined],
    ['is unknown where the claims are null', fakeJwt(null), undefined],
    ['is unknown in an opaque token', 'opaque', undefined],
    ['is unknown in a token with dots that is no JWT', 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU', undefined],
    ['is unknown in a token of two segments', fakeJwt({ cnf: { jkt: 'thumb' } }).replace(/\.[^.]*$/, ''), undefined],
    ['is unknown in a JWE', `${fakeJwt({ cnf: { jkt: 'thumb' } })}.x.y`, undefined],
    ['is unknown in a token that is too long to present', fakeJwt({ cnf: { jkt: 'thumb' }, pad: 'x'.repeat(65_536) }), undefined],
  ])('S-J16: %s', (_, access_token, jkt) => {
    expect(readBinding(access_token)).toBe(jkt)
  })

  it('S-J16: no token, whatever it is, makes the reading throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.string(), fc.string(), fc.string()).map((segments) => segments.join('.')),
          fc.json().map((text) => `e30.${Buffer.from(text).toString('base64url')}.`),
          fc.jsonValue().map((cnf) => fakeJwt({ cnf })),
        ),
        (access_token) => ['string', 'undefined'].includes(typeof readBinding(access_token)),
      ),
    )
  })
})
