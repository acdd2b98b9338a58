import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeUtf8, isJsonObject, isString, parseJson } from './json.js'

const failures = ['it is not JSON', 'a member name appears twice', 'it is nested deeper than 32 levels']
const escapeAll = (text: string) => [...text.split('')].map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
const messageOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (error instanceof SyntaxError) return error.message
    throw error
  }
  return undefined
}
const withoutProto = (text: string) => JSON.parse(text, (name, value) => (name === '__proto__' ? undefined : value))

describe('parseJson', () => {
  it('agrees with JSON.parse on every document without duplicate names', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(parseJson(text)).toStrictEqual(withoutProto(text))
      }),
    )
  })

  it('counts no colon, brace or bracket inside a string', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('\\', '"', ':', '{', '[', ']', '}', ',', 'a') })), (words) => {
        const document = Object.fromEntries(words.map((word, at) => [`${at}${word}`, [word]]))
        expect(parseJson(JSON.stringify(document), 2)).toStrictEqual(document)
      }),
    )
  })

  it('refuses what JSON.parse refuses, with a fixed message', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.nat(), (text, seed) => {
        const at = seed % (text.length + 1)
        const mutated = text.slice(0, at) + text.slice(at + 1)
        const native = messageOf(() => JSON.parse(mutated))
        const ours = messageOf(() => parseJson(mutated))
        if (native !== undefined) expect(failures).toContain(ours)
      }),
    )
  })

  it.each(['', ' ', '{', '"', '"\\', '"\\"', '{"a":1,}', "{'a':1}", '[1]]', ']', ':', '01', 'NaN', 'undefined', '\ufeff{}', '{"a":1}\0'])(
    'refuses %j',
    (text) => {
      expect(messageOf(() => parseJson(text))).toBe('it is not JSON')
    },
  )

  it('never quotes the text it refuses', () => {
    const secret = 'eyJhbGciOiJub25lIn0'
    for (const text of [secret, `{"access_token":"${secret}"`, `{"${secret}":1,"${secret}":2}`, `${'['.repeat(33)}"${secret}"`]) {
      const message = messageOf(() => parseJson(text))
      expect(failures).toContain(message)
      expect(message).not.toContain(secret)
    }
  })

  it.each([
    ['at the top', '{"issuer":"https://a.example","issuer":"https://b.example"}'],
    ['with equal values', '{"alg":"RS256","alg":"RS256"}'],
    ['one of them escaped', '{"a":1,"\\u0061":2}'],
    ['in an inner object', '{"a":{"b":[{"c":1,"c":2}]}}'],
    ['in an object that the duplicate overwrites', '{"a":{"b":1},"a":{"b":1,"c":2}}'],
    ['of the empty name', '{"":1,"":2}'],
    ['of __proto__', '{"__proto__":1,"__proto__":2}'],
    ['inside __proto__', '{"__proto__":{"a":1,"a":2}}'],
    ['in an array', '[{"a":1},{"a":1,"a":1}]'],
  ])('refuses duplicate names %s (RFC 8259 4; S-A19)', (_, text) => {
    expect(messageOf(() => parseJson(text))).toBe('a member name appears twice')
  })

  it('compares names after unescaping, in any document (RFC 8259 8.3)', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 }), fc.nat(), (document, seed) => {
        const members = Object.entries(document).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
        const names = Object.keys(document)
        const text = `{${[...members, `"${escapeAll(names[seed % names.length] ?? '')}":0`].join(',')}}`
        expect(messageOf(() => parseJson(text))).toBe('a member name appears twice')
      }),
    )
  })

  it('takes names that differ in case or normalization for different names', () => {
    expect(parseJson('{"a":1,"A":2,"\u00e9":3,"e\u0301":4}')).toEqual({ a: 1, A: 2, '\u00e9': 3, 'e\u0301': 4 })
  })

  it('drops __proto__ at every level, however it is spelt (S-A20, S-D35)', () => {
    const value = parseJson(
      '{"a":[{"\\u005f_proto__":{"isAdmin":true},"b":1}],"__proto__":{"isAdmin":true,"__proto__":null},"c":{"__proto__":[]}}',
    )
    expect(value).toStrictEqual({ a: [{ b: 1 }], c: {} })
    expect(JSON.stringify(value)).not.toContain('isAdmin')
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined()
  })

  it('keeps constructor as an ordinary member of its own (S-A20)', () => {
    const value = parseJson('{"constructor":{"prototype":{"isAdmin":true}},"toString":"x"}')
    expect(Object.keys(value as object)).toEqual(['constructor', 'toString'])
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined()
  })

  it('accepts the deepest allowed nesting and refuses one level more', () => {
    expect(messageOf(() => parseJson('['.repeat(32) + ']'.repeat(32)))).toBeUndefined()
    expect(messageOf(() => parseJson('['.repeat(33) + ']'.repeat(33)))).toBe('it is nested deeper than 32 levels')
    expect(messageOf(() => parseJson('{"a":[{"b":1}]}', 3))).toBeUndefined()
    expect(messageOf(() => parseJson('{"a":[{"b":1}]}', 2))).toBe('it is nested deeper than 2 levels')
    expect(messageOf(() => parseJson('[[],[],{"a":{}},[]]', 3))).toBeUndefined()
  })

  it.each([
    ['deep nesting', '['.repeat(4_000_000), 'it is nested deeper than 32 levels'],
    ['deep objects', '{"a":'.repeat(1_000_000), 'it is nested deeper than 32 levels'],
    ['a long string', `"${'a'.repeat(8_000_000)}"`, undefined],
    ['a string of backslashes', `"${'\\\\'.repeat(2_000_000)}"`, undefined],
    ['a string of quotes', `"${'\\"'.repeat(2_000_000)}"`, undefined],
    ['a string that never ends', `"${'\\"'.repeat(2_000_000)}`, 'it is not JSON'],
    ['many unfinished strings', '"a'.repeat(2_000_001), 'it is not JSON'],
    ['many members', `{${Array.from({ length: 200_000 }, (_, at) => `"${at}a":${at}`).join()}}`, undefined],
    ['many duplicates', `{${'"a":1,'.repeat(500_000)}"a":1}`, 'a member name appears twice'],
    ['many elements', `[${'{},'.repeat(500_000)}{}]`, undefined],
    ['white space', `${' '.repeat(4_000_000)}1`, undefined],
  ])('takes megabytes of %s in linear time', (_, text, message) => {
    expect(messageOf(() => parseJson(text))).toBe(message)
  })
})

describe('decodeUtf8', () => {
  it('gives back every text that was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.startsWith('\ufeff'))
        expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text)
      }),
    )
  })

  it('ignores one leading byte order mark, not two (S-A22)', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d))).toBe('{}')
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, 0x7b, 0x7d))).toBe('\ufeff{}')
  })

  it.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a cut sequence', [0xe2, 0x82]],
    ['UTF-16 with its byte order mark', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('refuses %s (S-A21, S-D45)', (_, bytes) => {
    expect(messageOf(() => decodeUtf8(Uint8Array.from(bytes)))).toBe('it is not UTF-8')
    expect(decodeUtf8(Uint8Array.of(0x31))).toBe('1')
  })

  it('leaves UTF-16 without a byte order mark to be refused as JSON (S-A21)', () => {
    expect(messageOf(() => parseJson(decodeUtf8(Uint8Array.of(0x7b, 0, 0x7d, 0))))).toBe('it is not JSON')
  })
})

describe('isJsonObject', () => {
  it('is true of objects, not of null, arrays and other values', () => {
    expect([{}, Object.create(null)].map(isJsonObject)).toEqual([true, true])
    expect([null, [], 'a', 1, true, undefined].some(isJsonObject)).toBe(false)
  })
})

describe('isString', () => {
  it('is true of strings that are not empty', () => {
    expect(['a', ' '].every(isString)).toBe(true)
    expect(['', null, undefined, 1, ['a'], new String('a')].some(isString)).toBe(false)
  })
})
