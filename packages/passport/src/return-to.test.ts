import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startApp } from './passport.test-server.js'
import { readReturnTo } from './return-to.js'

const origin = 'https://app.example'
const hostile = [
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '\t//evil.example',
  ' //evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/x/..//evil.example',
  '/%2e%2e//evil.example',
  '/./\\evil.example',
  'https:evil.example',
  'https:/evil.example',
  'https://evil.example',
  'https://app.example@evil.example',
  'https://app.example.evil.example/',
  '//app.example@evil.example',
  '@evil.example',
  'evil.example',
  '.evil.example',
  ':443',
  'javascript:alert(1)',
  'data:text/html,x',
  '\uFF0F\uFF0Fevil.example',
  '\u2215\u2215evil.example',
  '',
  'http://app.example/',
  'https://app.example:444/',
  `/${'x'.repeat(2048)}`,
]

describe('returnTo', () => {
  it.each(hostile.map((value) => [value]))('S-O12: %j is left out', (value) => {
    expect(readReturnTo(value, origin)).toBeUndefined()
  })

  it.each([
    ['/', '/'],
    ['/deep/link?x=1&y=//z#part', '/deep/link?x=1&y=//z#part'],
    ['/@evil.example', '/@evil.example'],
    ['/a/../b', '/b'],
    ['/ä', '/%C3%A4'],
    ['/%09/evil.example', '/%09/evil.example'],
    ['/\uFF0Fevil.example', '/%EF%BC%8Fevil.example'],
    ['/https://evil.example', '/https://evil.example'],
  ])('S-O12: %j is a path of this origin', (value, path) => {
    expect(readReturnTo(value, origin)).toBe(path)
  })

  it.each([[undefined], [null], [5], [['/x']], [{ toString: () => '/x' }]])('S-O12: %j, which is no string, is left out', (value) => {
    expect(readReturnTo(value, origin)).toBeUndefined()
  })

  it('S-O12: whatever comes out is of this origin when a browser parses it, and stays as it is when it goes in again', () => {
    const pieces = fc.constantFrom(
      ...['/', '\\', '.', '..', '%2e', '%2F', '%5C', '%09', '\t', '\n', '\r', ' ', '@', ':', '?', '#', 'https:', 'evil.example'],
      ...['\uFF0F', '\u3002', '[', ']', 'a'],
    )
    const values = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((parts) => `/${parts.join('')}`),
      fc.array(pieces).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(values, fc.constantFrom(origin, 'http://localhost:3000'), (value, base) => {
        const path = readReturnTo(value, base)
        if (path === undefined) return
        expect(path.startsWith('/')).toBe(true)
        for (const page of ['/cb', '/a/b/c?x']) expect(new URL(path, base + page).origin).toBe(base)
        expect(readReturnTo(path, base)).toBe(path)
      }),
      { numRuns: 2000 },
    )
    // On a busy machine.
  }, 60_000)
})

describe('returnTo in a login', () => {
  const signIn = async (returnTo: unknown) => {
    const app = await startApp({ login: { returnTo: (req) => req.query.to ?? returnTo } })
    const browser = app.open()
    const url = await browser.begin(typeof returnTo === 'string' ? `/login?to=${encodeURIComponent(returnTo)}` : '/login')
    return browser.get(`/cb?${app.provider.authorize(url)}`)
  }

  it('wins over successRedirect', async () => {
    expect(await signIn('/deep?x=1')).toMatchObject({ status: 302, location: '/deep?x=1' })
  })

  it.each(['//evil.example', '/\\evil.example', '/\t/evil.example', 'https:evil.example', '/.//evil.example'])(
    'S-O12: %j does not, and the login goes on',
    async (value) => {
      expect((await signIn(value)).location).toBe('/home')
    },
  )

  it('S-O12: an array, as a query makes one, does not either', async () => {
    expect((await signIn(['/x', '/y'])).location).toBe('/home')
  })

  it('S-O13: it is kept with the transaction, and what a cookie or the callback says of it does not count', async () => {
    const app = await startApp({ login: { returnTo: '/deep' } })
    const browser = app.open()
    const answer = app.provider.authorize(await browser.begin())
    answer.set('returnTo', '//evil.example')
    browser.cookies.set('returnTo', { value: '//evil.example', line: '' })
    expect((await browser.get(`/cb?${answer}`)).location).toBe('/deep')
  })

  it('S-O13: it is checked again when it is used', async () => {
    const app = await startApp({ login: { returnTo: '/deep' } })
    const browser = app.open()
    const url = await browser.begin()
    const { sessions } = app.sessions as unknown as { sessions: Record<string, string> }
    for (const [id, text] of Object.entries(sessions)) sessions[id] = text.replace('"/deep"', '"//evil.example"')
    expect((await browser.get(`/cb?${app.provider.authorize(url)}`)).location).toBe('/home')
  })
})
