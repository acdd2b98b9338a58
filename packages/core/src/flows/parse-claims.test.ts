import { describe, expect, it } from 'vitest'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { parseClaims, type SchemaResult, type StandardSchema } from '../index.js'

const schema = <Output>(validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>): StandardSchema<Output> => ({
  '~standard': { version: 1, vendor: 'test', validate },
})
const claims = { sub: canaries.sub, email: canaries.email }

describe('parseClaims (Standard Schema 1)', () => {
  it.each([false, true])('gives what the schema makes of the claims (promised: %s)', async (isAsync) => {
    const result = { value: { mail: canaries.email.toUpperCase() } }
    expect(
      await parseClaims(
        schema(() => (isAsync ? Promise.resolve(result) : result)),
        claims,
      ),
    ).toEqual(result.value)
  })

  it('gives the schema a copy: what it changes in there changes nothing that was verified', async () => {
    const verified = { sub: canaries.sub, address: { country: 'NL' } }
    const greedy = schema((value) => {
      const given = value as { sub: string; address: { country: string } }
      given.sub = 'another'
      given.address.country = 'XX'
      return { value: given }
    })
    expect(await parseClaims(greedy, verified)).toEqual({ sub: 'another', address: { country: 'XX' } })
    expect(verified).toEqual({ sub: canaries.sub, address: { country: 'NL' } })
  })

  it('names the claims that do not fit, each once, and shows no value', async () => {
    const issues = [
      { message: `"${canaries.email}" is no address`, path: ['email'] },
      { message: 'too short', path: [{ key: 'email' }] },
      { message: 'missing', path: ['address', 'country'] },
      { message: 'unknown key', path: [canaries.email] },
      { message: 'all of it' },
    ]
    const error = await expectRefusal(
      parseClaims(
        schema(() => ({ issues })),
        claims,
      ),
      'CLAIMS_INVALID',
      {
        says: ['email, address.country, (hidden), (the claims as a whole)'],
      },
    )
    expect(error.cause).toBeUndefined()
  })

  it('a schema that throws is told, without what it threw', async () => {
    const broken = schema(() => {
      throw new Error(canaries.email)
    })
    await expectRefusal(parseClaims(broken, claims), 'CLAIMS_INVALID', { says: ['the schema threw'] })
    await expectRefusal(
      parseClaims(
        schema(() => Promise.reject(new Error(canaries.email))),
        claims,
      ),
      'CLAIMS_INVALID',
    )
  })

  it.each([undefined, null, {}, { '~standard': {} }, () => true])('%s is no schema', async (value) => {
    await expectRefusal(parseClaims(value as never, claims), 'OPTION_INVALID', { says: ['Standard Schema'] })
  })
})
