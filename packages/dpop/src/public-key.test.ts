import { calculateJwkThumbprint, exportJWK } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { type DPoPAlgorithm, type DPoPKeyPair, generateDPoPKeyPair } from './key-pair.js'
import { calculateThumbprint, describePublicKey } from './public-key.js'

describe('the JWK thumbprint (RFC 7638)', () => {
  it.each(['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'EdDSA'] as DPoPAlgorithm[])(
    'F-K-D4: of a key for %s is what jose makes of it',
    async (alg) => {
      const pair = await generateDPoPKeyPair(alg)
      expect(await calculateThumbprint(pair)).toBe(await calculateJwkThumbprint(await exportJWK(pair.publicKey)))
    },
  )

  it('F-K-D4: is that of the example in RFC 7638, section 3.1', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const jwk = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }
    const key = await crypto.subtle.importKey('jwk', jwk, algorithm, true, ['verify'])
    expect((await describePublicKey(key)).thumbprint).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  it('F-K-D4: is that of the key in the examples of RFC 9449, section 6.1', async () => {
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
      y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
    }
    const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify'])
    expect((await describePublicKey(key)).thumbprint).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
  })

  it('is made once a key', async () => {
    const pair = await generateDPoPKeyPair()
    const exportKey = vi.spyOn(crypto.subtle, 'exportKey')
    const [first, second] = await Promise.all([calculateThumbprint(pair), calculateThumbprint({ ...pair })])
    expect(first).toBe(second)
    expect(exportKey).toHaveBeenCalledTimes(1)
    exportKey.mockRestore()
  })

  it('is not made of what is no key pair', async () => {
    await expect(calculateThumbprint({} as DPoPKeyPair)).rejects.toMatchObject({ code: 'DPOP_KEY_INVALID' })
  })
})
