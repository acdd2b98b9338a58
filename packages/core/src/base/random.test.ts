import { describe, expect, it } from 'vitest'
import { decodeBase64Url } from './base64url.js'
import { randomToken, systemRandom } from './random.js'

describe('systemRandom', () => {
  it('makes as many bytes as asked for, others every time', () => {
    expect(systemRandom(48)).toHaveLength(48)
    expect(systemRandom(48)).not.toEqual(systemRandom(48))
  })
})

describe('randomToken', () => {
  it('is 32 random bytes, base64url-encoded to a 43-octet string (RFC 7636 4.1; F-D9)', () => {
    const asked: number[] = []
    const token = randomToken((length) => {
      asked.push(length)
      return Uint8Array.from({ length }, (_, at) => at * 8)
    })
    expect(asked).toEqual([32])
    expect(token).toHaveLength(43)
    expect([...decodeBase64Url(token)]).toEqual(Array.from({ length: 32 }, (_, at) => at * 8))
  })
})
