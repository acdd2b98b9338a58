import passport from 'passport'
import { describe, expect, it } from 'vitest'
import { toParameters } from './authenticate-options.js'

describe('the options of passport.authenticate', () => {
  it('need no cast', () => {
    const middleware: unknown = passport.authenticate('openid', {
      scope: ['openid'],
      prompt: 'none',
      loginHint: 'ada',
      idTokenHint: 'a.b.c',
      resource: ['https://a.example/'],
      authorizationDetails: [{ type: 'payment' }],
      acrValues: 'gold',
      maxAge: 60,
      uiLocales: ['de'],
      parameters: { claims: { id_token: { acr: { essential: true } } } },
      returnTo: (req) => req.query.to,
      data: { basket: 7 },
      successRedirect: '/',
    })
    expect(middleware).toBeTypeOf('function')
  })

  it('that passport alone knows become no parameters', () => {
    expect(toParameters({ successRedirect: '/', failureMessage: true, session: false, returnTo: '/x', data: 1 })).toEqual({})
  })

  it('that are undefined hide nothing', () => {
    expect(toParameters({ loginHint: undefined, scope: undefined, maxAge: 0 })).toEqual({ max_age: 0 })
  })
})
