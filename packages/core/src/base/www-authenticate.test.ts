import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type Challenge, parseChallenges, parseRetryAfter } from './www-authenticate.js'

const parse = (header: string | null) => parseChallenges(header).map(({ parameters, ...rest }: Challenge) => ({ ...rest, ...parameters }))

describe('parseChallenges', () => {
  it('reads several challenges, with quoted commas and equal signs, from one header (RFC 9110 11.6.1)', () => {
    expect(parse('Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"')).toEqual([
      { scheme: 'newauth', realm: 'apps', type: '1', title: 'Login to "apps"' },
      { scheme: 'basic', realm: 'simple' },
    ])
    expect(parse('Bearer error="a, Basic realm=x", scope="a=b"')).toEqual([{ scheme: 'bearer', error: 'a, Basic realm=x', scope: 'a=b' }])
  })

  it('compares scheme and parameter names without regard to case (RFC 9110 11.1, 11.2)', () => {
    expect(parse('DPOP Error="use_dpop_nonce", ALGS="ES256"')).toEqual([{ scheme: 'dpop', error: 'use_dpop_nonce', algs: 'ES256' }])
  })

  it('reads a token68, also between other challenges (RFC 9110 11.3)', () => {
    expect(parse('Negotiate dG9rZW4+/w==')).toEqual([{ scheme: 'negotiate', token68: 'dG9rZW4+/w==' }])
    expect(parse('Negotiate abc= , Bearer realm=x,NTLM')).toEqual([
      { scheme: 'negotiate', token68: 'abc=' },
      { scheme: 'bearer', realm: 'x' },
      { scheme: 'ntlm' },
    ])
  })

  it('reads schemes without parameters', () => {
    expect(parse('Negotiate')).toEqual([{ scheme: 'negotiate' }])
    expect(parse('Bearer, DPoP')).toEqual([{ scheme: 'bearer' }, { scheme: 'dpop' }])
  })

  it('ignores empty list elements (RFC 9110 5.6.1.2)', () => {
    expect(parse(' ,, Bearer ,, realm="x" , ,error=y,,, Basic realm=z , ')).toEqual([
      { scheme: 'bearer', realm: 'x', error: 'y' },
      { scheme: 'basic', realm: 'z' },
    ])
  })

  it('allows white space around the equal sign (RFC 9110 11.2)', () => {
    expect(parse('Bearer realm = "x" , error\t=\ty')).toEqual([{ scheme: 'bearer', realm: 'x', error: 'y' }])
  })

  it('takes out the backslash of a quoted pair (RFC 9110 5.6.4)', () => {
    expect(parse(String.raw`Bearer a="\\\"\x", b=""`)).toEqual([{ scheme: 'bearer', a: '\\"x', b: '' }])
  })

  it('reads parameters that a server forgot to put commas between', () => {
    expect(parse('Bearer error="invalid_token" error_description="expired"')).toEqual([
      { scheme: 'bearer', error: 'invalid_token', error_description: 'expired' },
    ])
  })

  it('keeps parameters on no prototype', () => {
    const [challenge] = parseChallenges('Bearer __proto__=x, constructor=y')
    expect(Object.getPrototypeOf(challenge?.parameters)).toBeNull()
    expect(Object.entries(challenge?.parameters ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  it.each([null, '', ' ', ',', '"', '=', 'realm="x"', '@', 'é'])('finds no challenge in %j', (header) => {
    expect(parseChallenges(header)).toEqual([])
  })

  it.each([
    ['an unfinished string', 'Bearer a=b, realm="x'],
    ['an unfinished escape', 'Bearer a=b, realm="x\\'],
    ['a parameter without value', 'Bearer a=b, realm=, Basic'],
    ['a parameter without value at the end', 'Bearer a=b, realm='],
    ['a parameter without name', 'Bearer a=b, ="x", c=d'],
    ['a name that appears twice', 'Bearer a=b, A=c, Basic'],
    ['two values without a separator', 'Bearer a=b"c", d=e'],
    ['two parameters without a separator', 'Bearer a="b"c=d, e=f'],
    ['a value that is no token', 'Bearer a=b/c, d=e'],
    ['a scheme without a comma before it', 'Bearer a=b Basic realm=x'],
    ['other characters', 'Bearer a=b, \u00e9=c, d=e'],
  ])('ends the list at %s and keeps what came before', (_, header) => {
    expect(parse(header)).toEqual([{ scheme: 'bearer', a: 'b' }])
  })

  it('never throws', () => {
    const hostile = fc.string({ unit: fc.constantFrom('a', 'B', '=', '"', '\\', ',', ' ', '\t', '/', '+', '.', 'é', '\0', '\n', '\ud800') })
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (header) => {
        for (const { scheme, parameters } of parseChallenges(header)) {
          expect(scheme).toBe(scheme.toLowerCase())
          expect(Object.keys(parameters).every((name) => name === name.toLowerCase())).toBe(true)
        }
      }),
    )
  })

  it('gives back whatever challenges were written', () => {
    const token = fc.stringMatching(/^[a-z!#$%&'*+.^_`|~\d-]{1,8}$/)
    const value = fc.string({ unit: 'grapheme-ascii' })
    const challenge = fc.record({ scheme: token, parameters: fc.dictionary(token, value, { noNullPrototype: true }) })
    fc.assert(
      fc.property(fc.array(challenge), (challenges) => {
        const header = challenges.map(({ scheme, parameters }) => {
          const list = Object.entries(parameters).map(([name, text]) => `${name}="${text.replace(/["\\]/g, '\\$&')}"`)
          return `${scheme} ${list.join(', ')}`
        })
        expect(parse(header.join(', '))).toEqual(challenges.map(({ scheme, parameters }) => ({ scheme, ...parameters })))
      }),
    )
  })

  it.each([
    ['parameters', `Bearer ${Array.from({ length: 5_000 }, (_, at) => `p${at}="v"`).join(', ')}`, 5_000],
    ['one long string', `Bearer p="${'\\"'.repeat(30_000)}"`, 1],
    ['an unfinished string', `Bearer p=v, q="${'\\"'.repeat(30_000)}`, 1],
    ['spaces', `Bearer p=v${' '.repeat(60_000)}@`, 1],
    ['spaces before no equal sign', `Bearer p=v, q${' '.repeat(60_000)}@`, 1],
    ['commas', `Bearer p=v${','.repeat(60_000)}`, 1],
    ['almost a token68', `Bearer ${'a'.repeat(60_000)}@`, 0],
    ['equal signs', `Bearer ${'='.repeat(60_000)}@`, 0],
  ])('takes 60 KB of %s in linear time (S-D54)', (_, header, count) => {
    expect(Object.keys(parseChallenges(header)[0]?.parameters ?? {})).toHaveLength(count)
  })

  it('reads no more than 64 KiB of a header', () => {
    const challenges = parseChallenges(`Bearer a=b, ${'Basic, '.repeat(1_000_000)}`)
    expect(challenges[0]?.parameters).toMatchObject({ a: 'b' })
    expect(challenges.length).toBeLessThan(0x10000 / 7)
    expect(challenges.length).toBeGreaterThan(9_000)
    expect(parseChallenges(`Bearer a="${'\\"'.repeat(5_000_000)}"`).map(({ scheme }) => scheme)).toEqual(['bearer'])
  })
})

describe('parseRetryAfter', () => {
  const now = 784_111_000 // Sun, 06 Nov 1994 08:36:40 GMT

  it.each([
    ['120', 120],
    ['0', 0],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 777],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 777],
    ['Sun Nov  6 08:49:37 1994', 777],
    ['Sun, 06 Nov 1994 08:36:40 GMT', 0],
  ])('reads %j as %d seconds (RFC 9110 10.2.3, 5.6.7)', (header, seconds) => {
    expect(parseRetryAfter(header, now)).toBe(seconds)
  })

  it('reads a date without a zone as UTC, wherever it runs (RFC 9110 5.6.7)', () => {
    vi.stubEnv('TZ', 'America/New_York')
    const offset = new Date(0).getTimezoneOffset()
    const seconds = parseRetryAfter('Sun Nov  6 08:49:37 1994', now)
    vi.unstubAllEnvs()
    expect(offset).toBe(300)
    expect(seconds).toBe(777)
  })

  it.each([
    null,
    '',
    ' ',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '12 s',
    'soon',
    '2099 ',
    'Foo 2099',
    '2099-01-01T00:00:00Z',
    'Sun, 06 Nov 1994 08:36:39 GMT',
    'Sun, 06 Nov 2099 08:36:39 PST',
    'Sun, 99 Nov 2099 99:99:99 GMT',
    'Xxx, xx Xxx xxxx 00:00:00 GMT',
  ])('ignores %j (S-D51)', (header) => {
    expect(parseRetryAfter(header, now)).toBeUndefined()
  })

  it.each([
    ['86401 seconds', '86401'],
    ['more seconds than a number holds', '9'.repeat(400)],
    ['the year 9999', 'Fri, 31 Dec 9999 23:59:59 GMT'],
  ])('waits no longer than a day for %s (S-D51)', (_, header) => {
    expect(parseRetryAfter(header, now)).toBe(86_400)
    expect(parseRetryAfter('86399', now)).toBe(86_399)
  })

  it('never gives anything but seconds of one day', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'0123456789 :,-+.SunNovGMT') })
    fc.assert(
      fc.property(hostile, (header) => {
        const seconds = parseRetryAfter(header, now)
        expect(seconds === undefined || (seconds >= 0 && seconds <= 86_400)).toBe(true)
      }),
    )
  })
})
