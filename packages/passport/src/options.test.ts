import { discover, isOidcError, type OidcError } from '@oidc/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { OpenIDStrategy, type OpenIDStrategyOptions } from './index.js'
import { createProvider, startTime } from './passport.test-provider.js'
import { createTestClient } from './passport.test-server.js'

let good: OpenIDStrategyOptions

beforeAll(async () => {
  good = { client: createTestClient(await createProvider(), { now: startTime }), callbackURL: 'https://app.example/cb', scope: 'openid' }
})

const verify = () => false as const

function refusalOf(options: unknown, given: unknown = verify): OidcError {
  try {
    new OpenIDStrategy(options as OpenIDStrategyOptions, given as typeof verify)
  } catch (error) {
    if (isOidcError(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a strategy is made', () => {
  it.each<[string, Partial<OpenIDStrategyOptions>]>([
    ['with the least', { scope: undefined }],
    ['with functions', { client: () => good.client as never, callbackURL: () => 'https://app.example/cb', parameters: () => ({}) }],
    ['with a URL and an array', { callbackURL: new URL('http://localhost:3000/cb'), scope: ['openid', 'email'] }],
  ])('%s', (_, options) => {
    expect(new OpenIDStrategy({ ...good, ...options }, verify).name).toBe('openid')
  })

  it('by the name that is given', () => {
    expect(new OpenIDStrategy({ ...good, name: 'acme' }, verify).name).toBe('acme')
  })
})

describe('a strategy is not made', () => {
  it('without verify', () => {
    expect(refusalOf(good, null)).toMatchObject({
      code: 'OPTION_INVALID',
      message:
        'The function verify is missing. Give it as the second argument: async ({ claims }) => the user of your application, or false.',
    })
  })

  it('without client', () => {
    expect(refusalOf({ ...good, client: undefined })).toMatchObject({
      code: 'OPTION_INVALID',
      message:
        'The option client of OpenIDStrategy is missing or of the wrong kind. Give a function that gives one, e.g. () => discover(issuer, { … }), or what createClient() gave.',
    })
  })

  it('with the promise of a client', () => {
    const client = discover('https://as.example', {} as never)
    client.catch(() => undefined)
    expect(refusalOf({ ...good, client })).toMatchObject({
      code: 'OPTION_INVALID',
      message:
        'The option client is a promise that was not awaited. Give a function: client: () => discover(issuer, { … }). It is called at every request, and discover keeps its answer.',
    })
  })

  it('with something else for a client', () => {
    expect(refusalOf({ ...good, client: { server: {}, metadata: {} } }).code).toBe('CLIENT_INVALID')
  })

  it.each([
    [undefined, 'missing'],
    [null, 'not an absolute'],
    ['', 'not an absolute'],
    ['/cb', 'not an absolute'],
    ['app.example/cb', 'not an absolute'],
    ['ftp://app.example/cb', 'not an absolute'],
    ['javascript:alert(1)', 'not an absolute'],
    ['https://app.example/cb#x', 'not an absolute'],
    [5, 'not an absolute'],
    [{}, 'not an absolute'],
  ])('with the callbackURL %j', (callbackURL, problem) => {
    const { code, message } = refusalOf({ ...good, callbackURL })
    expect(code).toBe('OPTION_INVALID')
    expect(message).toContain(`The option callbackURL is ${problem}`)
    expect(message).toContain('it is never guessed from the Host header')
  })

  it.each([
    ['callbackUrl', ' Did you mean callbackURL?'],
    ['redirect_uri', ' Did you mean callbackURL?'],
    ['clientID', ' Did you mean client?'],
    ['scopes', ' Did you mean scope?'],
    ['params', ' Did you mean parameters?'],
    ['issuer', ' It belongs to the client: client: () => discover(issuer, { client_id, authentication }).'],
    ['tokenURL', ' It belongs to the client: client: () => discover(issuer, { client_id, authentication }).'],
    ['issuers', ''],
    ['__proto__x', ''],
  ])('with the unknown option %s', (name, hint) => {
    const { code, message } = refusalOf({ ...good, [name]: 'x' })
    expect(code).toBe('OPTION_UNKNOWN')
    expect(message).toBe(
      `The option "${name}" of OpenIDStrategy is unknown.${hint} Give client, callbackURL, scope, parameters, store, name, tokenParameters, tokens, index, onError.`,
    )
  })

  it.each([
    ['name', ''],
    ['name', 5],
    ['scope', 5],
    ['scope', [5]],
    ['store', {}],
    ['store', null],
    ['parameters', 'x'],
    ['parameters', null],
    ['tokenParameters', 'x'],
    ['tokenParameters', null],
    ['tokens', {}],
    ['tokens', null],
    ['index', {}],
    ['onError', 'fail'],
  ])('with the %s %j', (name, value) => {
    const { code, message } = refusalOf({ ...good, [name]: value })
    expect(code).toBe('OPTION_INVALID')
    expect(message).toContain(`The option ${name} of OpenIDStrategy`)
  })

  it.each([[undefined], [null], ['x']])('with the options %j', (options) => {
    expect(refusalOf(options).code).toBe('OPTION_INVALID')
  })
})
