import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { encodeForm } from '../base/parameters.js'
import { type AuthorizationParameters, encodeParameters, findEssentialAcr } from './authorization-parameters.js'

const encode = (parameters: object) => ({ ...encodeParameters(parameters as AuthorizationParameters) })

describe('encodeParameters', () => {
  it('gives each value as the wire has it', () => {
    const claims = { id_token: { email: { essential: true } } }
    const authorization_details = [{ type: 'payment', amount: 5 }]
    expect(
      encode({
        scope: 'openid profile',
        redirect_uri: new URL('https://app.example/cb?x=1'),
        max_age: 60,
        flag: true,
        claims,
        authorization_details,
        resource: ['https://a.example', 'https://b.example'],
        audience: 'api',
        login_hint: undefined,
      }),
    ).toEqual({
      scope: 'openid profile',
      redirect_uri: 'https://app.example/cb?x=1',
      max_age: '60',
      flag: 'true',
      claims: JSON.stringify(claims),
      authorization_details: JSON.stringify(authorization_details),
      resource: ['https://a.example', 'https://b.example'],
      audience: 'api',
    })
  })

  it.each(['state', 'nonce', 'code_challenge', 'code_challenge_method', 'code_verifier', 'request', 'request_uri', 'client_id'])(
    "%s is the client's own: it is refused, whatever its value, and never shown",
    async (name) => {
      for (const value of [canaries.state, '', null, 7])
        await expectRefusal(() => encode({ [name]: value }), 'PARAMETER_RESERVED', { says: [`parameter ${name} `, '{ data }'] })
      expect(encode({ [name]: undefined })).toEqual({})
    },
  )

  it.each([['scope'], ['prompt'], ['acr_values'], ['ui_locales'], ['vendor']])(
    'an array of %s is refused: servers want spaces',
    async (name) => {
      for (const value of [['a', 'b'], [], [['a']], [7]])
        await expectRefusal(() => encode({ [name]: value }), 'PARAMETER_INVALID', {
          says: [`parameter ${name} is an array`, 'with spaces between'],
        })
    },
  )

  it.each([[null], [Number.NaN], [Infinity], [() => canaries.secret], [Symbol('x')], [10n]])(
    '%o is refused, and never shown',
    async (value) => {
      await expectRefusal(() => encode({ vendor: value }), 'PARAMETER_INVALID', { says: ['parameter vendor is ', 'Give one string.'] })
    },
  )

  it('a number that is none is named', async () => {
    await expectRefusal(() => encode({ max_age: Number.NaN }), 'PARAMETER_INVALID', { says: ['parameter max_age is NaN.'] })
  })

  it('of resource and audience, an array holds strings', async () => {
    for (const name of ['resource', 'audience']) {
      expect(encode({ [name]: ['a'] })).toEqual({ [name]: ['a'] })
      await expectRefusal(() => encode({ [name]: ['a', 7] }), 'PARAMETER_INVALID')
    }
  })

  it.each([[undefined], [null], ['scope=openid'], [[]], [7]])('%o in place of the parameters is refused', async (value) => {
    await expectRefusal(() => encode(value as object), 'PARAMETER_INVALID', { says: ['authorization parameters are', 'redirect_uri'] })
  })

  it('any text under any name that is not reserved comes out of the query as it went in', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/^(?:state|nonce|client_id|request|request_uri|code_.*)$/.test(text))
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ unit: 'grapheme' })), (parameters) => {
        const search = new URLSearchParams(encodeForm(encodeParameters(parameters)))
        expect([...search].sort()).toEqual(Object.entries(parameters).sort())
      }),
    )
  })

  it('F-M13: what JSON cannot hold is told before anything is sent: a bigint, or an object that holds itself', () => {
    const round: Record<string, unknown> = {}
    round.round = round
    for (const claims of [{ a: 1n }, round, [round]])
      expect(() => encodeParameters({ redirect_uri: 'https://app.example/cb', claims } as never)).toThrow('The parameter claims is')
  })

  it('any JSON object becomes JSON text', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => {
        expect(encode({ claims }).claims).toBe(JSON.stringify(claims))
      }),
    )
  })
})

describe('findEssentialAcr (OpenID Connect Core 1.0, 5.5.1.1)', () => {
  const find = (acr: unknown) => findEssentialAcr({ claims: { id_token: { acr } } as never })

  it.each<[unknown, readonly string[]]>([
    [{ essential: true, value: 'gold' }, ['gold']],
    [{ essential: true, values: ['gold', 'silver'] }, ['gold', 'silver']],
    [{ essential: true, values: ['gold', 7] }, ['gold']],
  ])('%o demands %o', (acr, wanted) => {
    expect(find(acr)).toEqual(wanted)
  })

  it.each([
    [undefined],
    [null],
    ['gold'],
    [{ value: 'gold' }],
    [{ essential: false, value: 'gold' }],
    [{ essential: 'true', value: 'gold' }],
    [{ essential: true }],
    [{ essential: true, values: [] }],
    [{ essential: true, value: 7 }],
  ])('%o demands nothing', (acr) => {
    expect(find(acr)).toBeUndefined()
  })

  it.each([[undefined], [null], ['x'], [[]], [{}], [{ id_token: null }], [{ userinfo: { acr: { essential: true, value: 'gold' } } }]])(
    'claims of %o demand nothing',
    (claims) => {
      expect(findEssentialAcr({ claims: claims as never })).toBeUndefined()
    },
  )
})
