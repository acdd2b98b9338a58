import { describe, expect, it } from 'vitest'
import { findResponse, withoutResponse } from './response-url.js'

const cb = 'https://app.example/cb'

describe('a response in the address bar', () => {
  it.each([
    [`${cb}?code=c&state=s`, 's'],
    [`${cb}?error=access_denied&state=s`, 's'],
    [`${cb}#code=c&state=s`, 's'],
    [`${cb}?response=a.b.c`, undefined],
  ])('is found: %s', (href, state) => {
    expect(findResponse(href, [cb])).toMatchObject({ state })
  })

  it.each([
    `${cb}?code=c`,
    `${cb}?state=s`,
    `${cb}/other?code=c&state=s`,
    'https://app.example/?code=c&state=s',
    'https://evil.example/cb?code=c&state=s',
    `${cb}?CODE=c&State=s`,
  ])('S-C37: is not one at another address, or without what a response has: %s', (href) => {
    expect(findResponse(href, [cb])).toBeUndefined()
  })

  it('leaves a query of the redirect_uri where it was, and takes everything else away', () => {
    const redirect = `${cb}?tenant=a`
    const found = findResponse(`${redirect}&code=c&state=s#x`, [redirect])
    expect(found && withoutResponse(found, [redirect])).toBe('/cb?tenant=a')
    expect(findResponse(`${cb}?code=c&state=s`, [redirect])).toBeUndefined()
  })
})
