import { describe, expect, it } from 'vitest'
import { startLogin } from '../../test/login.js'
import { canaries } from '../../test/refusal.js'
import { expiresIn } from '../index.js'

describe('expiresIn', () => {
  it('F-I1, F-I2: counts the seconds down by the client’s clock, to 0 and no further', async () => {
    const { client, issuer, finish } = await startLogin()
    const tokens = await finish()
    expect(tokens.claims?.sub).toBe(canaries.sub)
    expect(expiresIn(client, tokens)).toBe(3600)
    issuer.clock.advance(3599)
    expect(expiresIn(client, tokens)).toBe(1)
    issuer.clock.advance(10_000)
    expect(expiresIn(client, tokens)).toBe(0)
  })

  it('F-S14, F-I3: the same after the tokens went through JSON, or structuredClone', async () => {
    const { client, finish } = await startLogin()
    const tokens = await finish()
    for (const copy of [JSON.parse(JSON.stringify(tokens)), structuredClone(tokens)]) {
      expect(copy).toEqual(tokens)
      expect(expiresIn(client, copy)).toBe(3600)
    }
  })

  it.each([undefined, null, '1800003600', Number.NaN, Number.POSITIVE_INFINITY, {}])(
    'F-I2: with an expires_at of %j it is not known',
    async (expires_at) => {
      const { client } = await startLogin()
      expect(expiresIn(client, { expires_at: expires_at as never })).toBeUndefined()
    },
  )
})
