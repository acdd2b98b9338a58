import { compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { signWithKey } from './sign-with-key.js'

const generate = (usages: KeyUsage[] = ['sign', 'verify']) =>
  crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, usages)

describe('signWithKey', () => {
  it('signs with the key and the header that it is given', async () => {
    const { privateKey, publicKey } = await generate()
    const { payload, protectedHeader } = await compactVerify(
      await signWithKey(privateKey, { sub: 'ä' }, { typ: 'x+jwt', alg: 'ES256' }),
      publicKey,
    )
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({ sub: 'ä' })
    expect(protectedHeader).toEqual({ typ: 'x+jwt', alg: 'ES256' })
  })

  it.each(['ES384', 'RS256', 'HS256', 'none'])(
    'refuses to sign by %s with a key for ES256, and shows nothing of what was signed',
    async (alg) => {
      const { privateKey } = await generate()
      await expectRefusal(signWithKey(privateKey, { sub: canaries.secret }, { alg }), 'KEY_INVALID', {
        says: [`The key for ${alg} could not sign`],
      })
    },
  )

  it('refuses a public key', async () => {
    const { publicKey } = await generate()
    await expectRefusal(signWithKey(publicKey, {}, { alg: 'ES256' }), 'KEY_INVALID', { says: ['may be used to sign'] })
  })
})
