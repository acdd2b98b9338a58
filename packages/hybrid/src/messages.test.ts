import { createClient, publicClient } from '@oidc/core'
import { describe, expect, it } from 'vitest'
import { startLogin, startTime } from './hybrid.test-server.js'
import { type HybridOptions, hybrid, validateFrontChannelResponse } from './index.js'

const messageOf = async (run: () => unknown): Promise<string> => {
  const thrown: unknown = await Promise.resolve()
    .then(run)
    .then(
      () => undefined,
      (error: unknown) => error,
    )
  return (thrown as Error).message
}

const all = '"id_token", "code id_token", "id_token token", "code token", "code id_token token"'
const one = `Give one of ${all}; for "code" alone no plugin is needed.`
const codeIdToken = { response_type: 'code id_token' } as const
const unsafe = { unsafeFrontChannelAccessToken: true } as const

describe('an option that is wrong is named, with what to give', () => {
  it.each<[unknown, string]>([
    [undefined, `The response_type is undefined. ${one}`],
    [null, `The response_type is undefined. ${one}`],
    [{ response_type: 5 }, `The response_type is number. ${one}`],
    [{ response_type: 'code' }, `The response_type is "code". ${one}`],
    [{ response_type: 'x'.repeat(80) }, `The response_type is "${'x'.repeat(64)}". ${one}`],
    [{ ...codeIdToken, detachedSignature: 'yes' }, 'The option detachedSignature is string. Give true or false.'],
    [{ ...codeIdToken, unsafeFrontChannelAccessToken: 1 }, 'The option unsafeFrontChannelAccessToken is number. Give true or false.'],
    [{ ...codeIdToken, maxIdTokenAge: 0 }, 'The option maxIdTokenAge is 0. Give a number of seconds above 0.'],
    [{ ...codeIdToken, maxIdTokenAge: '60' }, 'The option maxIdTokenAge is 60. Give a number of seconds above 0.'],
    [{ ...codeIdToken, maxIdTokenAge: 'x'.repeat(40) }, `The option maxIdTokenAge is ${'x'.repeat(32)}. Give a number of seconds above 0.`],
    [
      { response_type: 'id_token token' },
      'The response_type "id_token token" brings an access token through the browser. Ask for "id_token" instead, or say that you know: unsafeFrontChannelAccessToken: true.',
    ],
    [
      { response_type: 'code token' },
      'The response_type "code token" brings an access token through the browser. Ask for "code" instead, or say that you know: unsafeFrontChannelAccessToken: true.',
    ],
    [
      { response_type: 'code token', ...unsafe, detachedSignature: true },
      'The response_type "code token" has no ID token that could sign the response. Give "code id_token".',
    ],
  ])('%j', async (options, message) => {
    expect(await messageOf(() => hybrid(options as HybridOptions))).toBe(message)
  })
})

describe('a response that is wrong is told, without what stands in it', () => {
  const validate =
    (options: HybridOptions, changes: Readonly<Record<string, string | undefined>>, claims = {}) =>
    async () => {
      const { client, transaction, respond } = await startLogin({ options })
      return validateFrontChannelResponse(client, await respond(changes, claims), transaction)
    }

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['no ID token', validate(codeIdToken, { id_token: undefined }), /^The .*has no id_token/],
    [
      'no usable access token',
      validate({ response_type: 'id_token token', ...unsafe }, { access_token: 'a b' }),
      /has no usable access_token/,
    ],
    [
      'another token_type',
      validate({ response_type: 'id_token token', ...unsafe }, { token_type: 'mac' }),
      /has an access_token that is not of the token_type Bearer/,
    ],
    ['no c_hash', validate(codeIdToken, {}, { c_hash: undefined }), /\bc_hash\b.*\bcode\b/],
    ['no at_hash', validate({ response_type: 'id_token token', ...unsafe }, {}, { at_hash: undefined }), /\bat_hash\b.*\baccess token\b/],
    ['no s_hash', validate({ ...codeIdToken, detachedSignature: true }, {}), /\bs_hash\b.*\bstate\b/],
    [
      'no ID token was asked for',
      validate({ response_type: 'code token', ...unsafe }, {}),
      /^The response_type "code token" brings no ID token through the browser\. Redeem the code with authorizationCodeGrant; an access token beside it is not used\.$/,
    ],
  ])('%s', async (_, run, message) => {
    expect(await messageOf(run)).toMatch(message)
  })

  it('without the plugin, the line to write is named', async () => {
    const client = createClient({ issuer: 'https://as.example' }, { client_id: 'app', authentication: publicClient() })
    expect(await messageOf(() => validateFrontChannelResponse(client, new URL('https://app.example/cb'), {} as never))).toBe(
      'The client has no plugin hybrid. Install @oidc/hybrid and add hybrid({ response_type }) to use: { use: [hybrid({ response_type })] }.',
    )
  })
})

describe('the access token of the front channel', () => {
  const options = { response_type: 'id_token token', ...unsafe } as const
  const read = async (changes: Readonly<Record<string, string | undefined>>, given: HybridOptions = options) => {
    const { client, transaction, respond } = await startLogin({ options: given })
    return (await validateFrontChannelResponse(client, await respond(changes), transaction)).unsafeAccessToken
  }

  it('has its scope where the response says one, and no member where it says none', async () => {
    expect(await read({ scope: 'openid accounts' })).toEqual({
      access_token: 'front.token',
      token_type: 'Bearer',
      expires_in: 60,
      expires_at: startTime + 60,
      scope: 'openid accounts',
    })
    expect(Object.keys((await read({ expires_in: undefined })) ?? {})).toEqual(['access_token', 'token_type'])
  })

  it('an expires_in of more than nine digits is left out', async () => {
    expect(await read({ expires_in: '1234567890' })).toEqual({ access_token: 'front.token', token_type: 'Bearer' })
    expect(await read({ expires_in: '123456789' })).toMatchObject({ expires_in: 123_456_789 })
  })

  it('is not there where none was asked for', async () => {
    expect(await read({}, codeIdToken)).toBeUndefined()
  })
})
