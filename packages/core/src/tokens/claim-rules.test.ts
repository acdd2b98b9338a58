import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIssuer, startOfTime } from '../../test/issuer.js'
import { expectRefusal } from '../../test/refusal.js'
import { isOidcError } from '../base/errors.js'
import { type ClientOptions, createClient } from '../index.js'
import { checkAudience, checkExpiry, checkIssuedAt, checkIssuerClaim, checkNotBefore, isTime, type Judged, show } from './claim-rules.js'

const now = startOfTime
const server = await createIssuer()

function judgedOf(claims: object, options: Partial<ClientOptions> = {}): Judged {
  const client = createClient(server.metadata, server.options(options))
  return { client, claims: claims as Judged['claims'], header: {}, what: 'logout token', code: 'LOGOUT_TOKEN' }
}

/** Whether a rule lets the claims pass; anything else than an OidcError fails the test. */
function passes(rule: () => void): boolean {
  try {
    rule()
    return true
  } catch (error) {
    if (isOidcError(error)) return false
    throw error
  }
}

describe('the rules of a claim', () => {
  it.each<[string, (judged: Judged) => void, object]>([
    ['LOGOUT_TOKEN_ISSUER', checkIssuerClaim, { iss: 'https://evil.example' }],
    ['LOGOUT_TOKEN_AUDIENCE', checkAudience, { aud: 'client-2' }],
    ['LOGOUT_TOKEN_EXPIRED', checkExpiry, { exp: now - 31 }],
    ['LOGOUT_TOKEN_NOT_BEFORE', checkNotBefore, { nbf: now + 31 }],
    ['LOGOUT_TOKEN_ISSUED_AT', (judged) => checkIssuedAt(judged, undefined), { iat: now + 31 }],
  ])('give an error %s that names the kind of token', async (code, rule, claims) => {
    await expectRefusal(() => rule(judgedOf(claims)), code as never, { says: ['The logout token '] })
  })

  it('iss: of a server of many tenants, the error names the quirk, and of no other', async () => {
    const tenant = { iss: 'https://login.example/tenant-1/v2.0', tid: 'tenant-1' }
    const hint = "it is another server's. For a server of many tenants give quirks: { issuerTemplate }."
    await expectRefusal(() => checkIssuerClaim(judgedOf(tenant)), 'LOGOUT_TOKEN_ISSUER' as never, { says: [hint] })
    for (const changes of [{ tid: 'tenant-2' }, { tid: undefined }, { tid: 1 }, { iss: undefined }, { iss: ['/tenant-1'] }]) {
      const { message } = await expectRefusal(() => checkIssuerClaim(judgedOf({ ...tenant, ...changes })), 'LOGOUT_TOKEN_ISSUER' as never)
      expect(message.endsWith("it is another server's.")).toBe(true)
    }
  })

  it('iat: the message tells the skew as it is', async () => {
    await expectRefusal(() => checkIssuedAt(judgedOf({ iat: now + 31 }), undefined), 'LOGOUT_TOKEN_ISSUED_AT' as never, {
      says: ['was issued 31 seconds in the future'],
    })
  })

  it('aud: is accepted if and only if it is a string or strings, holds the client, and every other one is trusted (RFC 7519, 4.1.3)', () => {
    const one = fc.constantFrom<unknown>('client-1', 'trusted-1', 'trusted-2', 'other', '', 7, null)
    fc.assert(
      fc.property(fc.oneof(one, fc.array(one, { maxLength: 4 })), (aud) => {
        const list = [aud].flat()
        const isGood = list.includes('client-1') && list.every((item) => ['client-1', 'trusted-1', 'trusted-2'].includes(item as string))
        expect(passes(() => checkAudience(judgedOf({ aud }, { trustedAudiences: ['trusted-1', 'trusted-2'] })))).toBe(isGood)
      }),
    )
  })

  it('exp, nbf, iat: are accepted if and only if they are a time within the tolerance, whatever it is', () => {
    const time = fc.oneof(
      fc.integer({ min: -400, max: 400 }).map((offset) => now + offset),
      fc.double(),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(
        time,
        fc.integer({ min: 0, max: 300 }),
        fc.option(fc.nat({ max: 400 }), { nil: undefined }),
        (value, clockTolerance, maxAge) => {
          const judged = judgedOf({ exp: value, nbf: value, iat: value }, { clockTolerance })
          const date = typeof value === 'number' && value >= 0 && value <= 8.64e12 ? value : Number.NaN
          expect(passes(() => checkExpiry(judged))).toBe(now < date + clockTolerance)
          expect(passes(() => checkNotBefore(judged))).toBe(date - clockTolerance <= now)
          expect(passes(() => checkIssuedAt(judged, maxAge))).toBe(
            date - clockTolerance <= now && (maxAge === undefined || now - date <= maxAge + clockTolerance),
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  it('nbf may be absent, exp and iat not', () => {
    expect(passes(() => checkNotBefore(judgedOf({})))).toBe(true)
    expect(passes(() => checkExpiry(judgedOf({})))).toBe(false)
    expect(passes(() => checkIssuedAt(judgedOf({}), undefined))).toBe(false)
  })
})

describe('isTime', () => {
  it.each([0, 1, now, now + 0.5, 8.64e12])('%d is a NumericDate (RFC 7519, 2)', (value) => {
    expect(isTime(value)).toBe(true)
  })
  it.each([-1, Number.NaN, Infinity, -Infinity, 8.64e12 + 1, '1', null, undefined, [now], {}, true])('%o is none', (value) => {
    expect(isTime(value)).toBe(false)
  })
})

describe('show', () => {
  it.each([
    [undefined, 'missing'],
    [null, 'null'],
    ['a\n"b', '"a\\n\\"b"'],
    [['a'], '["a"]'],
    [() => 1, 'function'],
  ])('gives %o as %s', (value, text) => {
    expect(show(value)).toBe(text)
  })

  it('is never longer than 200 characters, whatever is shown', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'large' }), (value) => {
        expect(show(value).length).toBeLessThanOrEqual(200)
      }),
    )
    expect(show('x'.repeat(1000))).toHaveLength(200)
  })
})
