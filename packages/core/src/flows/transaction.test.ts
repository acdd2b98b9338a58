import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startOfTime } from '../../test/issuer.js'
import { startLogin } from '../../test/login.js'
import { canaries, expectNoSecret, expectRefusal } from '../../test/refusal.js'
import { isOidcError } from '../base/errors.js'
import { authorizationCodeGrant, createAuthorizationRequest, createClient, type Transaction } from '../index.js'
import { checkTransaction } from './transaction.js'

const { client, transaction, issuer } = await startLogin({
  parameters: { scope: 'openid', max_age: 60, acr_values: 'a b', resource: 'https://api.example', response_mode: 'query' },
})
const secrets = [transaction.state, transaction.nonce ?? '', transaction.code_verifier]
const refuse = (value: unknown, code: 'TRANSACTION_INVALID' | 'TRANSACTION_MISMATCH' | 'TRANSACTION_EXPIRED', ...says: readonly string[]) =>
  expectRefusal(() => checkTransaction(client, value), code, { says, secrets })
const changed = (changes: object) => ({ ...transaction, ...changes })

describe('checkTransaction', () => {
  it('gives a frozen copy of one that is good', () => {
    const checked = checkTransaction(client, transaction)
    expect(checked).toEqual(transaction)
    expect(Object.isFrozen(checked)).toBe(true)
  })

  it('JSON and structuredClone do not hurt it', async () => {
    const login = await startLogin()
    const copies = [JSON.parse(JSON.stringify(login.transaction)), structuredClone(login.transaction)] as Transaction[]
    for (const copy of copies) expect(checkTransaction(login.client, copy)).toEqual(login.transaction)
    expect(await authorizationCodeGrant(login.client, login.callback, copies[0] as Transaction)).toMatchObject({ token_type: 'Bearer' })
  })

  it("whatever JSON is the application's own data, it comes back as it was", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: 'binary' }), async (data) => {
        const { transaction } = await createAuthorizationRequest(
          client,
          { redirect_uri: 'https://app.example/cb' },
          { data: data as never },
        )
        const kept = checkTransaction(client, JSON.parse(JSON.stringify(transaction)))
        expect(JSON.stringify(kept.data)).toBe(JSON.stringify(data))
      }),
      { numRuns: 50 },
    )
  })

  it.each<[unknown, string]>([
    [undefined, 'is missing'],
    [null, 'is null'],
    ['text', 'is of type string'],
    [[], 'is an array'],
    [Promise.resolve(transaction), 'has no issuer'],
    [{}, 'has no issuer'],
  ])('%o is none', async (value, seen) => {
    await refuse(value, 'TRANSACTION_INVALID', seen, 'createAuthorizationRequest')
  })

  it.each(['issuer', 'client_id', 'state', 'code_verifier', 'redirect_uri', 'response_type', 'created_at'])(
    'one without %s is none',
    async (name) => {
      for (const value of [undefined, null, '', {}, [canaries.state]])
        await refuse(changed({ [name]: value }), 'TRANSACTION_INVALID', `has no ${name}`)
    },
  )

  it.each<[string, unknown]>([
    ['nonce', 7],
    ['nonce', ''],
    ['nonce', null],
    ['response_mode', 7],
    ['scope', ['openid']],
    ['acr_values', ['a']],
    ['max_age', '60'],
    ['max_age', null],
    ['max_age', Number.NaN],
    ['max_age', Infinity],
    ['essential_acr_values', 'gold'],
    ['essential_acr_values', [7]],
    ['essential_acr_values', ['gold', 7]],
    ['essential_acr_values', { 0: 'gold' }],
    ['resource', 7],
    ['resource', [7]],
    ['resource', ['https://api.example', 7]],
    ['resource', {}],
    ['created_at', Number.NaN],
    ['created_at', Infinity],
    ['created_at', '1800000000'],
  ])('one whose %s is %o is none: of another kind, it could loosen a check', async (name, value) => {
    await refuse(changed({ [name]: value }), 'TRANSACTION_INVALID', name)
  })

  it('one with several resources and values of acr is good', () => {
    const more = { essential_acr_values: ['gold', 'silver'], resource: ['https://api.example', 'https://b.example'] }
    expect(checkTransaction(client, changed(more))).toMatchObject(more)
    expect(checkTransaction(client, changed({ resource: 'https://api.example' }))).toMatchObject({ resource: 'https://api.example' })
  })

  it('S-C28: one of another server is refused, naming both', async () => {
    await refuse(
      changed({ issuer: 'https://op-b.example' }),
      'TRANSACTION_MISMATCH',
      'https://op-b.example',
      'https://as.example',
      'that began the login',
    )
    const other = createClient({ ...issuer.metadata, issuer: 'https://op-b.example' }, issuer.options())
    await expectRefusal(() => checkTransaction(other, transaction), 'TRANSACTION_MISMATCH')
  })

  it('S-C28: one of another client of the same server is refused', async () => {
    await refuse(changed({ client_id: 'client-2' }), 'TRANSACTION_MISMATCH', '"client-2"', '"client-1"')
  })

  it('S-C32: one older than 15 minutes is refused', async () => {
    await refuse(changed({ created_at: startOfTime - 901 }), 'TRANSACTION_EXPIRED', '901 seconds old', 'at most 900', 'Start a new login')
    await refuse(changed({ created_at: 0 }), 'TRANSACTION_EXPIRED')
    expect(checkTransaction(client, changed({ created_at: startOfTime - 900 }))).toMatchObject({ client_id: 'client-1' })
  })

  it('S-C32: one of the future is refused beyond the tolerance for clocks', async () => {
    await refuse(changed({ created_at: startOfTime + 31 }), 'TRANSACTION_EXPIRED')
    expect(checkTransaction(client, changed({ created_at: startOfTime + 30 }))).toMatchObject({ client_id: 'client-1' })
  })

  it('whatever JSON stands in it or in place of one member, an OidcError comes or a transaction of this client, and no secret shows', () => {
    const name = fc.constantFrom(...Object.keys(transaction), 'nonce', 'data', 'essential_acr_values', '__proto__')
    const any = fc.jsonValue({ stringUnit: 'binary' })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.tuple(name, any).map(([key, value]) => changed({ [key]: value })),
          any,
        ),
        (value) => {
          try {
            expect(checkTransaction(client, value)).toMatchObject({ issuer: 'https://as.example', client_id: 'client-1' })
          } catch (error) {
            if (!isOidcError(error)) throw error
            expect(error.code).toMatch(/^TRANSACTION_/)
            expectNoSecret(error, secrets)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
