import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { checkTokenHash } from './hash.js'

const digests = {
  RS256: 'sha256',
  PS256: 'sha256',
  ES256: 'sha256',
  RS384: 'sha384',
  PS384: 'sha384',
  ES384: 'sha384',
  RS512: 'sha512',
  PS512: 'sha512',
  ES512: 'sha512',
  EdDSA: 'sha512',
  Ed25519: 'sha512',
  'ML-DSA-44': 'sha512',
} as const
const algorithms = Object.keys(digests) as (keyof typeof digests)[]

function leftHalf(value: string, alg: keyof typeof digests): string {
  const whole = createHash(digests[alg]).update(value, 'utf8').digest()
  return whole.subarray(0, whole.length / 2).toString('base64url')
}

describe('checkTokenHash (OpenID Connect Core 1.0, 3.1.3.6)', () => {
  it('agrees with the c_hash of the example in appendix A.4', async () => {
    const code = 'Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk'
    await checkTokenHash('c_hash', 'LDktKdoQak3Pk0cnXxCltA', code, 'RS256')
    await expectRefusal(checkTokenHash('c_hash', 'LDktKdoQak3Pk0cnXxCltB', code, 'RS256'), 'ID_TOKEN_HASH', { secrets: [code] })
  })

  it.each(algorithms)('for %s, takes the left half of the hash that the algorithm itself uses, and no other', async (alg) => {
    const hash = leftHalf(canaries.token, alg)
    await checkTokenHash('at_hash', hash, canaries.token, alg)
    for (const other of algorithms)
      if (digests[other] !== digests[alg])
        await expectRefusal(checkTokenHash('at_hash', hash, canaries.token, other), 'ID_TOKEN_HASH', {
          says: ['at_hash', `for ${other}`, 'start a new login'],
          secrets: [hash],
        })
  })

  it('of any value, accepts its own hash alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.anything(), fc.constantFrom(...algorithms), async (value, other, alg) => {
        fc.pre(!/\p{Surrogate}/u.test(value))
        const hash = leftHalf(value, alg)
        await checkTokenHash('at_hash', hash, value, alg)
        for (const wrong of [other, `${hash}=`, hash.slice(1), `${hash} `, leftHalf(`${value}x`, alg), [hash]])
          if (wrong !== hash) await expectRefusal(checkTokenHash('at_hash', wrong, value, alg), 'ID_TOKEN_HASH')
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    ['at_hash', 'EdDSA', true],
    ['at_hash', 'Ed25519', true],
    ['at_hash', 'ML-DSA-44', true],
    ['c_hash', 'EdDSA', false],
    ['s_hash', 'ML-DSA-44', false],
    ['at_hash', 'ES256', false],
    ['at_hash', 'RS256', false],
    ['at_hash', 'XEd-XML', false],
  ])('F-T8: of a wrong %s under %s it says that servers differ: %o, for no specification names that hash', async (name, alg, isSaid) => {
    const { message } = await expectRefusal(checkTokenHash(name, 'wrong', 'x', alg), 'ID_TOKEN_HASH')
    const said = " do not belong together. If it is always so at this server, give quirks: { atHash: 'ignore' }."
    expect(message.endsWith(isSaid ? said : ' do not belong together.')).toBe(true)
  })

  it.each(['none', 'HS256', '', 'es256', '__proto__'])('refuses the algorithm %j, whose hash nobody knows', async (alg) => {
    await expectRefusal(checkTokenHash('s_hash', leftHalf('x', 'ES256'), 'x', alg), 'ID_TOKEN_HASH')
  })
})
