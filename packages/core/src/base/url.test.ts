import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOidcError } from './errors.js'
import { checkUrl, isLoopback, withoutQuery } from './url.js'

const what = 'token_endpoint of the server metadata'
const wanted = 'not an absolute https: URL without user name, password, fragment, white space or backslash'
const check = (value: unknown, allowInsecure?: 'loopback') => checkUrl(value, what, { allowInsecure })
const failure = (value: unknown, allowInsecure?: 'loopback') => {
  try {
    check(value, allowInsecure)
  } catch (error) {
    if (isOidcError(error)) return error
    throw error
  }
  throw new Error(`${String(value)} was accepted`)
}

describe('checkUrl', () => {
  it.each([
    ['https://as.example', 'https://as.example/'],
    ['https://as.example:8443/token?tenant=1', 'https://as.example:8443/token?tenant=1'],
    ['HTTPS://AS.Example/Token', 'https://as.example/Token'],
    ['https://as.example/a/../b/./c', 'https://as.example/b/c'],
    ['https://as.example/a/%2e%2e/b', 'https://as.example/b'],
    ['https://as.example/@user', 'https://as.example/@user'],
    ['https://as.example/?login=a@b', 'https://as.example/?login=a@b'],
    ['https://[2001:db8::1]/token', 'https://[2001:db8::1]/token'],
    ['https://127.0.0.1/', 'https://127.0.0.1/'],
    ['https://as.example:65535/', 'https://as.example:65535/'],
  ])('accepts %j, parsed once (S-R06, S-R11, S-R13)', (text, href) => {
    expect(check(text).href).toBe(href)
    expect(check(new URL(text)).href).toBe(href)
  })

  it('gives a URL of its own, so that the caller cannot change what was checked', () => {
    const mine = new URL('https://as.example/')
    const checked = check(mine)
    mine.hostname = 'evil.example'
    expect(checked.href).toBe('https://as.example/')
  })

  it.each([
    [undefined, 'undefined'],
    [null, 'object'],
    [42, 'number'],
    [{ href: 'https://as.example' }, 'object'],
    [['https://as.example'], 'object'],
    [{ toString: () => 'https://as.example' }, 'object'],
  ])('refuses %j: it is not a string (S-A11)', (value, seen) => {
    expect(failure(value)).toMatchObject({
      code: 'URL_INVALID',
      message: `The ${what} is ${seen}, ${wanted}. Give one.`,
    })
  })

  it.each([
    '',
    '/token',
    'token',
    '//as.example/token',
    'as.example',
    'as.example:443',
    'https:token',
    'https:/as.example',
    'https:///as.example',
    'https://',
    'https://?x',
  ])('refuses %j: it is not absolute (S-A11)', (text) => {
    expect(failure(text)).toMatchObject({
      code: 'URL_INVALID',
      message: `The ${what} is ${JSON.stringify(text.replace('?x', ''))}, ${wanted}. Give one.`,
    })
  })

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'ftp://as.example/',
    'blob:https://as.example/x',
    'httpsx://as.example',
  ])('refuses %j: its scheme is not https (S-A10)', (text) => {
    for (const value of [text, new URL(text)]) {
      const error = failure(value, 'loopback')
      expect(error.code).toBe('URL_INVALID')
      expect(error.message).toContain(`, ${wanted}. Give one.`)
    }
  })

  it.each([
    ' https://as.example',
    'https://as.example ',
    'https://as.ex\tample/',
    'https://as.example/\n',
    'ht\ntps://as.example/',
    'https://as.example\\@evil.example/',
    'https:\\\\as.example/',
    'https://as.example/a\\b',
    'https://as.example/\0',
    'https://as.example/\u007f',
    'https://as.example/\u0085',
    'https://as.example/\u00a0',
    'https://as.example/\ufeff',
  ])('refuses %j: white space, a control character or a backslash would be repaired (S-R06)', (text) => {
    const error = failure(text)
    expect(error.code).toBe('URL_INVALID')
    expect(error.message).toContain(`, ${wanted}. Give one.`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be in it
    expect(error.message).not.toMatch(/[\0-\x1f]/)
  })

  it.each([
    'https://user:hunter2@as.example/',
    'https://user@as.example',
    'https://@as.example/',
    'https://:hunter2@as.example',
    'http://user:hunter2@localhost/',
  ])('refuses %j: it carries userinfo, which is not shown (S-A06)', (text) => {
    const error = failure(text, 'loopback')
    expect(error.code).toBe('URL_INVALID')
    expect(error.message).toContain(`, ${wanted}. Give one.`)
    expect(error.message).not.toMatch(/hunter2|user[:@]/)
  })

  it.each(['https://as.example/#', 'https://as.example/#a', 'https://as.example/?x#y'])('refuses %j: it has a fragment', (text) => {
    const error = failure(text)
    expect(error.code).toBe('URL_INVALID')
    expect(error.message).toContain(`is "https://as.example/#…", ${wanted}. Give one.`)
  })

  it.each([
    'https://as.example:0/',
    'https://as.example:65536/',
    'https://as.example:x/',
    'https://[fe80::1%25eth0]/',
    'https://[::1/',
    'https://a b/'.replace(' ', '%20'),
    'https://256.1.1.1/',
  ])('refuses %j: there is no such host or port (S-R13, S-R14)', (text) => {
    expect(failure(text).code).toBe('URL_INVALID')
    expect(failure(text).message).toContain(`is ${JSON.stringify(text)}, ${wanted}. Give one.`)
  })

  it('refuses http: to another machine, whatever the policy (S-A07, S-A09)', () => {
    for (const policy of [undefined, 'loopback'] as const) {
      for (const text of [
        'http://as.example/token',
        'http://localhost.example/',
        'http://app.localhost/',
        'http://127.0.0.1.example/',
        'http://10.0.0.1/',
        'http://[::2]/',
      ]) {
        const error = failure(text, policy)
        expect(error.code).toBe('URL_INSECURE')
        expect(error.message).toContain(`is ${JSON.stringify(text)}, ${wanted}. Give one.`)
      }
    }
  })

  it.each([
    'http://localhost:3000/',
    'http://127.0.0.1/',
    'http://127.255.0.9:1/',
    'http://[::1]:8080/',
    'http://127.1/',
    'http://0x7f000001/',
    'HTTP://LocalHost/',
  ])('refuses %j unless allowInsecure is loopback, and says so (S-A08)', (text) => {
    const error = failure(text)
    expect(error.code).toBe('URL_INSECURE')
    expect(error.message).toContain("Give one, or set `allowInsecure: 'loopback'` for development.")
    expect(check(text, 'loopback').href).toBe(new URL(text).href)
  })

  it('takes no other value of allowInsecure for loopback', () => {
    for (const allowInsecure of [true, 'all', 'Loopback', ['loopback']]) {
      const policy: object = { allowInsecure }
      expect(() => checkUrl('http://localhost/', what, policy)).toThrow(expect.objectContaining({ code: 'URL_INSECURE' }))
    }
  })

  it('shows neither query nor fragment nor userinfo, in no form of the error', () => {
    const secret = 'hunter2'
    const texts = [
      `http://as.example/token?key=${secret}`,
      `https://as.example/token?key=${secret}#x`,
      `https://as.example:0/?${secret}`,
      `https://u:${secret}@as.example/`,
      `https://u:${secret}/x@as.example/`,
      `https://u:${secret}?x@as.example/`,
      `u:${secret}@as.example/`,
      `//u:${secret}@as.example/`,
      `https:u:${secret}@as.example/`,
      `as.example?${secret}`,
      `custom://u:${secret}@as.example/`,
    ]
    for (const text of texts) expect(inspect(failure(text), { showHidden: true, depth: 9 })).not.toContain(secret)
  })

  it('shows no more than 200 characters of it', () => {
    expect(failure(`javascript:${'a'.repeat(1_000_000)}`).message.length).toBeLessThan(500)
  })
})

describe('checkUrl, whatever the text', () => {
  const piece = fc.constantFrom(
    ...[
      'https://',
      'http://',
      'HTTPS:',
      '//',
      '/',
      '\\',
      '@',
      ':',
      '#',
      '?',
      '%2f',
      '%',
      ' ',
      '\t',
      '\n',
      '\0',
      '.',
      '..',
      '[::1]',
      'localhost',
    ],
    ...['127.0.0.1', 'as.example', 'о', 'ß', '。', 'xn--', 'user', ':0', ':443', ':8443', ':99999', '\u202e', 'javascript:', 'data:', 'x'],
  )
  const text = fc.oneof(
    fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.array(piece, { maxLength: 4 }).map((pieces) => `https://as.example${pieces.join('')}`),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.string({ unit: 'binary' }),
  )
  const accepted = (value: unknown, allowInsecure?: 'loopback') => {
    try {
      return check(value, allowInsecure)
    } catch (error) {
      if (isOidcError(error)) return undefined
      throw error
    }
  }

  it('what is accepted is https, has no user name, password or fragment, and names the host that the text names', () => {
    fc.assert(
      fc.property(text, (value) => {
        const url = accepted(value)
        if (!url) return
        expect(url).toMatchObject({ protocol: 'https:', username: '', password: '', hash: '' })
        const [, host = ''] = /^https:\/\/([^/?#]*)/i.exec(value) ?? []
        // The platform may spell it otherwise, as an A-label or without the default port, and finds the same in it.
        expect(new URL(`https://${host}`).host).toBe(url.host)
        expect(host).not.toContain('@')
        expect(value).not.toMatch(/[\s\\#\p{Cc}]/u)
      }),
      { numRuns: 2000 },
    )
  })

  it('what is accepted once is accepted again as the platform spells it, and stays the same', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('loopback' as const, undefined), (value, policy) => {
        const url = accepted(value, policy)
        if (url) expect(accepted(url.href, policy)?.href).toBe(url.href)
      }),
      { numRuns: 2000 },
    )
  })

  it('every honest address is accepted, with its path and query as they are', () => {
    const honest = fc.webUrl({ validSchemes: ['https'], withQueryParameters: true, withFragments: false })
    fc.assert(
      fc.property(honest, (value) => {
        fc.pre(!value.includes('@'))
        expect(check(value).href).toBe(new URL(value).href)
      }),
      { numRuns: 1000 },
    )
  })

  it('development accepts http on this very machine alone', () => {
    fc.assert(
      fc.property(text, (value) => {
        const url = accepted(value, 'loopback')
        if (url?.protocol === 'http:') expect(isLoopback(url.hostname)).toBe(true)
        if (url && accepted(value) === undefined) expect(url.protocol).toBe('http:')
      }),
      { numRuns: 2000 },
    )
  })

  it('what is shown of it holds nothing behind a question mark or number sign, nor a password', () => {
    const secret = 'canary-5f1c'
    fc.assert(
      fc.property(text, fc.constantFrom('?', '#', '?a='), (value, mark) => {
        expect(withoutQuery(`${value}${mark}${secret}`)).not.toContain(secret)
        expect(withoutQuery(`https://u:${secret}@as.example/${value}`)).not.toContain(secret)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('isLoopback', () => {
  it('knows localhost, 127.0.0.0/8 and [::1], and nothing else (RFC 8252 8.3)', () => {
    expect(['localhost', '127.0.0.1', '127.8.9.255', '127.10.200.1', '[::1]'].every(isLoopback)).toBe(true)
    const others = [
      '',
      'localhost.',
      'a.localhost',
      'xlocalhost',
      '128.0.0.1',
      '0.0.0.0',
      '127.0.0.1.example',
      'x127.0.0.1',
      '[::]',
      '[::ffff:7f00:1]',
      '::1',
    ]
    expect(others.filter(isLoopback)).toEqual([])
  })
})

describe('withoutQuery', () => {
  it.each([
    ['https://u:p@as.example:8443/a/b?c=d#e', 'https://as.example:8443/a/b'],
    ['https://as.example?x', 'https://as.example'],
    ['https://as.example/a?b=c@d', 'https://as.example/a'],
    ['https:/u:p@as.example/a', 'https://as.example/a'],
    ['custom://u:p@as.example/a', '(hidden)'],
    ['com.example.app:/callback?code=x', 'com.example.app:/callback'],
    ['as.example/path?x', 'as.example/path'],
    ['//u:p@as.example', '(hidden)'],
    ['u:p@as.example', '(hidden)'],
    ['nothing\n?\n#x', 'nothing\n'],
  ])('keeps origin and path of %j', (text, shown) => {
    expect(withoutQuery(text)).toBe(shown)
  })

  it('takes a URL', () => {
    expect(withoutQuery(new URL('https://as.example/x?y#z'))).toBe('https://as.example/x')
  })
})
