import { describe, expect, it } from 'vitest'
import { caught } from '../../test/errors.js'
import { clientSecretBasic, createClient, publicClient } from '../index.js'
import { clientMetadataNames } from '../metadata/client-metadata.js'
import { createSender } from '../plugin.js'
import { programNames } from './options.js'

const server = { issuer: 'https://as.example' }
const good = { client_id: 'c', authentication: publicClient() }
const make = (options: unknown) => createClient(server, options as never)

describe('client options', () => {
  it.each([
    ['undefined', undefined, 'missing'],
    ['null', null, 'null'],
    ['an array', [], 'an array'],
    ['a string', 'c', 'of type string'],
    ['a promise', Promise.resolve(good), 'a promise'],
  ])('are an object, not %s', async (_, options, seen) => {
    const error = await caught(() => make(options))
    expect(error).toMatchObject({ code: expect.stringMatching(/^OPTION_/) })
    if (seen !== 'a promise')
      expect(error.message).toBe(`The client options are ${seen}. Give an object with client_id and authentication.`)
  })

  it.each([
    ['client_id', [undefined, '', 7, null, ['c']]],
    [
      'authentication',
      [undefined, null, 'secret', {}, { method: 'none' }, { method: '', authenticate: () => ({}) }, { authentication: {} }, publicClient],
    ],
    ['use', [{ name: 'par' }, 'par', null, (): unknown => []]],
    ['fetch', ['fetch', {}, null]],
    ['egress', ['deny', {}, true, null]],
    ['clock', [(): number => 0, 7, null, []]],
    ['random', [7, {}, null]],
    ['clockTolerance', [-1, 301, Number.NaN, Infinity, '30', null]],
    ['timeout', [0, -1, Number.NaN, Infinity, 2147484, '10', null]],
    ['decrypt', ['key', {}, null]],
    ['limits', [7, null, [], { body: 0 }, { body: Number.NaN }, { body: '9' }, { body: undefined }, { body: Infinity }, { bytes: 9 }]],
    ['onEvent', [{}, 'log', null]],
    ['quirks', ['atHash', [], null]],
    ['trustedAudiences', ['https://api.example', {}, null]],
    ['maxIdTokenAge', ['60', -1, Number.NaN, null]],
    ['default_max_age', ['60', -1, Number.NaN]],
    ['requireAcr', ['yes', 1, null]],
    ['strictScope', ['yes', 1, null]],
    ['require_auth_time', ['false', 0]],
    ['redirect_uris', ['https://app.example/cb', {}]],
    ['allowInsecure', [true, 'always', '', null, 'LOOPBACK']],
  ])('refuse a %s of the wrong kind, and say what is wanted', async (name, values) => {
    for (const value of values) {
      const error = await caught(() => make({ ...good, [name]: value }))
      expect(error.code).toBe('OPTION_INVALID')
      expect(error.message).toMatch(new RegExp(`^The option ${name}(\\.\\w+)? is .+\\. Give .+\\.$`))
      expect(error.message).not.toContain('https://')
    }
  })

  it('refuse the authentication to be forgotten: that must not make a public client (F-A7)', async () => {
    const { message } = await caught(() => make({ client_id: 'c' }))
    expect(message).toContain('The option authentication is missing.')
    expect(message).toContain('publicClient() for a client without a secret')
  })

  it.each([
    ['id_token_signed_response_algs', 'id_token_signed_response_alg'],
    ['idTokenSignedResponseAlg', 'id_token_signed_response_alg'],
    ['clientId', 'client_id'],
    ['client_Id', 'client_id'],
    ['redirect_uri', 'redirect_uris'],
    ['clock_tolerance', 'clockTolerance'],
    ['plugins', undefined],
    ['requireAcrs', 'requireAcr'],
    ['strictscope', 'strictScope'],
    ['dpop_bound_access_token', 'dpop_bound_access_tokens'],
    ['onevent', 'onEvent'],
    ['zzzzzzzz', undefined],
  ])('refuse the unknown name %s, for a misspelled option would silently loosen a check, and name the nearest', async (name, nearest) => {
    const error = await caught(() => make({ ...good, [name]: true }))
    expect(error.code).toBe('OPTION_UNKNOWN')
    expect(error.message).toContain(`The client option "${name}" is unknown.`)
    if (nearest === undefined) expect(error.message).not.toContain('Did you mean')
    else expect(error.message).toContain(`Did you mean ${nearest}?`)
  })

  it('refuse a name of a hundred thousand characters in no time, and show the beginning of it', async () => {
    const { code, message } = await caught(() => make({ ...good, ['x'.repeat(100_000)]: 1 }))
    expect(code).toBe('OPTION_UNKNOWN')
    expect(message.length).toBeLessThan(200)
  })

  it('never show the value they refuse: it may be a secret', async () => {
    const secret = 'hunter2'
    for (const name of ['authentication', 'allowInsecure', 'clockTolerance', 'timeout', 'maxIdTokenAge', 'limits', 'use', 'unknown'])
      expect((await caught(() => make({ ...good, [name]: secret }))).message).not.toContain(secret)
  })

  it('are good with every name there is, and with undefined in place of every one that may be left out', () => {
    const complete = {
      ...good,
      use: [],
      fetch: globalThis.fetch,
      egress: () => undefined,
      clock: { now: () => 0, sleep: () => Promise.resolve() },
      random: (length: number) => new Uint8Array(length),
      clockTolerance: 300,
      timeout: 0.001,
      decrypt: (jwe: string) => Promise.resolve(jwe),
      verifyMac: () => Promise.resolve(false),
      limits: { body: 1, depth: 1, keys: 1, jwt: 1, parameter: 1 },
      onEvent: () => undefined,
      metadataUrl: new URL('https://as.example/metadata'),
      additional: { vendor_member: 1 },
      quirks: {},
      amend: () => undefined,
      trustedAudiences: [],
      maxIdTokenAge: 0,
      requireAcr: false,
      strictScope: true,
      allowInsecure: 'loopback',
    }
    expect(Object.keys(complete).sort()).toEqual([...programNames.split(' '), 'client_id'].sort())
    expect(() => make(complete)).not.toThrow()
    const names = [...programNames.split(' '), ...clientMetadataNames.split(' ')]
    const absent = Object.fromEntries(names.filter((name) => !(name in good)).map((name) => [name, undefined]))
    expect(() => make({ ...good, ...absent })).not.toThrow()
  })

  it('may hold an authentication that brings a plugin along', () => {
    const authentication = { plugin: { name: 'mtls' }, authentication: publicClient() }
    expect(() => make({ ...good, authentication })).not.toThrow()
  })
})

describe('the options of a sender', () => {
  it.each([
    [{ timeout: Infinity }],
    [{ limits: { body: Number.NaN } }],
    [{ clockTolerance: 301 }],
    [{ allowInsecure: 'always' }],
    [{ fetch: {} }],
  ])('%o are refused as a client refuses them', async (options) => {
    expect(await caught(() => createSender(server, options as never))).toMatchObject({ code: 'OPTION_INVALID' })
  })

  it('need no client_id and no authentication', () => {
    expect(() => createSender(server)).not.toThrow()
    expect(() => createSender(server, { timeout: 3, limits: { body: 100 } })).not.toThrow()
  })

  it.each(['require_pushed_authorization_requests', 'require_signed_request_object'])(
    'meet what the server demands of logins (%s), for a sender makes none',
    (demand) => {
      expect(() => createSender({ ...server, [demand]: true })).not.toThrow()
    },
  )
})

it('a secret that is none is refused without showing it', async () => {
  for (const secret of ['', 7, null, {}]) {
    const error = await caught(() => clientSecretBasic(secret as never))
    expect(error).toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining('The option secret is') })
  }
})
