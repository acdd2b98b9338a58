import { describe, expect, it } from 'vitest'
import { mediaType } from './media-type.js'

describe('mediaType', () => {
  it.each([
    ['application/json', 'application/json'],
    ['Application/JSON; charset=UTF-8', 'application/json'],
    ['application/json;charset=utf-8', 'application/json'],
    ['application/json ; charset="utf-8"', 'application/json'],
    ['application/json;', 'application/json'],
    [' application/json\t', 'application/json'],
    ['application/token-introspection+jwt', 'application/token-introspection+jwt'],
    ['application/jwk-set+json; profile="a, \\"b\\""', 'application/jwk-set+json'],
    ["x!#$%&'*+-.^_`|~9/y", "x!#$%&'*+-.^_`|~9/y"],
  ])('reads %j: the type and subtype tokens are case-insensitive (RFC 9110 8.3.1; S-D20)', (header, expected) => {
    expect(mediaType(header)).toBe(expected)
  })

  it.each([null, undefined, ''])('is undefined without a Content-Type (S-D19): %j', (header) => {
    expect(mediaType(header)).toBeUndefined()
  })

  it.each([
    'json',
    'application/',
    '/json',
    'application / json',
    'application/json/x',
    'application/json charset=utf-8',
    'text/json, application/json',
    'application/json, application/json',
    'application/json; charset=utf-8, text/html',
    'application/json; charset="utf-8',
    'application/jsön',
    'application/json\n',
  ])('is undefined if it is malformed or there are several: %j', (header) => {
    expect(mediaType(header)).toBeUndefined()
  })

  it.each(['a/b;'.padEnd(60_000, ' ,'), `a/b;${'"\\'.repeat(30_000)}`, 'a'.repeat(60_000), `a/b${' '.repeat(60_000)},`])(
    'takes hostile headers in linear time (%#)',
    (header) => {
      expect(mediaType(header)).toBeUndefined()
    },
  )
})
