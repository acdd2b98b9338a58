import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeForm, formEncode, readOnce, toRecord } from './parameters.js'

/** All units, lone surrogates too, and those that encoders differ on more often. */
const text = () =>
  fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(..." -._~*!'()%+&=a9é\n\0", '\ud800', '\udc00') }))
const record = (entries: readonly (readonly [string, string | readonly string[]])[]) =>
  Object.assign(Object.create(null), Object.fromEntries(entries))

describe('encodeForm', () => {
  it('serialises exactly as URLSearchParams does', () => {
    fc.assert(
      fc.property(fc.dictionary(text(), fc.oneof(text(), fc.array(text())), { noNullPrototype: false }), (parameters) => {
        const search = new URLSearchParams()
        for (const [name, value] of Object.entries(parameters)) for (const each of [value].flat()) search.append(name, each)
        expect(encodeForm(parameters)).toBe(search.toString())
      }),
    )
  })

  it('encodes the example (RFC 6749 Appendix B)', () => {
    expect(encodeForm(record([['x', ' %&+£€']]))).toBe('x=+%25%26%2B%C2%A3%E2%82%AC')
  })

  it('repeats the name of an array, and leaves an empty one out (RFC 8707 2)', () => {
    const parameters = record([
      ['grant_type', 'client_credentials'],
      ['resource', ['https://a.example/', 'https://b.example/']],
      ['audience', []],
      ['scope', ''],
    ])
    expect(encodeForm(parameters)).toBe(
      'grant_type=client_credentials&resource=https%3A%2F%2Fa.example%2F&resource=https%3A%2F%2Fb.example%2F&scope=',
    )
    expect(encodeForm(record([]))).toBe('')
  })
})

describe('formEncode', () => {
  it('agrees with URLSearchParams on every value', () => {
    fc.assert(
      fc.property(text(), (value) => {
        expect(`=${formEncode(value)}`).toBe(new URLSearchParams([['', value]]).toString())
      }),
    )
  })

  it('leaves -, ., _ and * as they are, writes + for a space and encodes all other punctuation (F-A3)', () => {
    expect(formEncode('a-b.c_d*e f')).toBe('a-b.c_d*e+f')
    expect(formEncode("~!'()%+:/&=")).toBe('%7E%21%27%28%29%25%2B%3A%2F%26%3D')
  })
})

describe('toRecord', () => {
  it('gives repeated names as arrays in their order', () => {
    const record = toRecord(new URLSearchParams('a=1&b=2&a=3&a=&c='))
    expect({ ...record }).toEqual({ a: ['1', '3', ''], b: '2', c: '' })
  })

  it('has no prototype, so that __proto__ and constructor are names like others (S-C20)', () => {
    const record = toRecord(new URLSearchParams('__proto__=1&__proto__=2&constructor=3'))
    expect(Object.getPrototypeOf(record)).toBeNull()
    expect(Object.entries(record)).toEqual([
      ['__proto__', ['1', '2']],
      ['constructor', '3'],
    ])
    expect(record.toString).toBeUndefined()
  })

  it('is what encodeForm encodes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 2 }))), (parameters) => {
        expect({ ...toRecord(new URLSearchParams(encodeForm(parameters))) }).toEqual({ ...parameters })
      }),
    )
  })

  it('takes 200,000 values of one name in linear time', () => {
    expect(toRecord(new URLSearchParams('a=1&'.repeat(200_000))).a).toHaveLength(200_000)
  })
})

describe('readOnce', () => {
  const read = (search: string, limit = 20) => readOnce(new URLSearchParams(search), limit)

  it('reads parameters into a frozen record without prototype', () => {
    const record = read('code=a%20b&state=&iss=x')
    expect({ ...record }).toEqual({ code: 'a b', state: '', iss: 'x' })
    expect(Object.isFrozen(record)).toBe(true)
    expect(Object.getPrototypeOf(record)).toBeNull()
  })

  it.each([
    ['state', 'S-C03'],
    ['code', 'S-C04'],
    ['error', 'S-C05'],
    ['__proto__', 'S-C20'],
  ])('refuses a second %s: parameters MUST NOT be included more than once (RFC 6749 3.1; %s)', (name) => {
    const message = `the parameter "${name}" appears twice`
    expect(() => read(`${name}=secret1&x=1&${name}=secret2`)).toThrow(new SyntaxError(message))
    expect(() => read(`${name}=secret&${name}=secret`)).toThrow(new SyntaxError(message))
    expect(() => read(`${name}=&${name}=secret`)).toThrow(new SyntaxError(message))
    expect(read(`${name}=secret&x=1`)[name]).toBe('secret')
  })

  it('takes a value of __proto__ or constructor for a string (S-C20)', () => {
    expect({ ...read('state=__proto__&code=constructor') }).toEqual({ state: '__proto__', code: 'constructor' })
    expect(read('state=1').constructor).toBeUndefined()
  })

  it('takes names in another case for other names (S-C34)', () => {
    expect({ ...read('state=1&State=2&STATE=3') }).toEqual({ state: '1', State: '2', STATE: '3' })
  })

  it('refuses a value over the limit, without quoting it (S-C21)', () => {
    expect(read(`code=${'a'.repeat(20)}`).code).toHaveLength(20)
    expect(() => read(`code=${'a'.repeat(21)}`)).toThrow(new SyntaxError('the parameter "code" is longer than 20 characters'))
    expect(() => read(`state=${'a'.repeat(1_000_000)}`)).toThrow(new SyntaxError('the parameter "state" is longer than 20 characters'))
  })

  it('takes a name and a value that are as long as the limit (S-C21)', () => {
    const longest = 'n'.repeat(10)
    expect(readOnce(new URLSearchParams([[longest, longest]]), 10)).toEqual({ [longest]: longest })
    expect(() => readOnce(new URLSearchParams([[`${longest}n`, '']]), 10)).toThrow('is longer than 10 characters')
    expect(() => readOnce(new URLSearchParams([['', `${longest}n`]]), 10)).toThrow('is longer than 10 characters')
  })

  it('refuses a name over the limit, and quotes 64 characters of it, escaped', () => {
    expect(() => read(`${'n'.repeat(99)}=1`)).toThrow(new SyntaxError(`the parameter "${'n'.repeat(64)}" is longer than 20 characters`))
    expect(() => read('a%0A%22=1&a%0A%22=2')).toThrow(new SyntaxError('the parameter "a\\n\\"" appears twice'))
  })

  it('refuses more than 100 parameters', () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => `p${at}=1`).join('&')
    expect(Object.keys(read(many(100)))).toHaveLength(100)
    expect(() => read(many(101))).toThrow(new SyntaxError('there are more than 100 parameters'))
  })
})
