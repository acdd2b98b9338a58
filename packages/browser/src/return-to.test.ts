import { expect, it } from 'vitest'
import { checkReturnTo } from './return-to.js'

const origin = 'https://app.example'

it.each([
  ['/orders?page=2#top', '/orders?page=2#top'],
  ['orders', '/orders'],
  [`${origin}/orders`, '/orders'],
  ['/%2F%2Fevil.example', '/%2F%2Fevil.example'],
])('a place of this origin is a path: %s', (given, path) => {
  expect(checkReturnTo(given, origin)).toBe(path)
})

it.each([
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  'https://evil.example/',
  'https://app.example@evil.example/',
  'https://app.example.evil.example/',
  'http://app.example/',
  'javascript:alert(1)',
  'data:text/html,x',
  '\t//evil.example',
  '/\t/evil.example',
  '/..//evil.example',
  '/.//evil.example',
  '//app.example//evil.example',
])('a place that the browser would look for elsewhere is refused: %s', (given) => {
  expect(() => checkReturnTo(given, origin)).toThrow(expect.objectContaining({ code: 'BROWSER_OPTION_INVALID' }))
})
