import { expect, it } from 'vitest'
import { parseStored } from './stored-session.js'
import { isNewer, parseVersion } from './version.js'

const tokens = { access_token: 'a', token_type: 'Bearer', claims: { sub: 'alice', iss: 'https://as.example' } }
const good = { tokens, at: 1, due: 2 }

it('a record of the token source is a session', () => {
  expect(parseStored(JSON.stringify(good))).toMatchObject({ claims: { sub: 'alice' }, at: 1, due: 2 })
})

it.each([
  undefined,
  null,
  '{',
  'null',
  '[]',
  JSON.stringify({ ...good, due: 'soon' }),
  JSON.stringify({ ...good, at: null }),
  JSON.stringify({ ...good, tokens: { ...tokens, claims: { sub: '' } } }),
  JSON.stringify({ ...good, tokens: { ...tokens, claims: { sub: 7, iss: 'x' } } }),
  JSON.stringify({ ...good, tokens: { ...tokens, access_token: 1 } }),
])('S-P02: what was edited or cut off counts as signed out: %s', (text) => {
  expect(parseStored(text)).toBeUndefined()
})

it.each(['{', '7', '{}', '{"number":1.5,"by":"x","text":null}', '{"number":1,"by":"x"}', '{"number":1,"by":"x","text":null,"reason":"x"}'])(
  'S-P02: what is no version of a session counts as none: %s',
  (text) => {
    expect(parseVersion(text)).toBeUndefined()
  },
)

it('two versions of one number are in the same order in every tab', () => {
  const [a, b] = [
    { number: 1, by: 'a' },
    { number: 1, by: 'b' },
  ]
  expect([isNewer(a, b), isNewer(b, a)]).toEqual([false, true])
  expect(isNewer({ number: 2, by: 'a' }, b)).toBe(true)
})
