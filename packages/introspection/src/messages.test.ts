import { isOidcError } from '@oidc/core'
import { describe, expect, it } from 'vitest'
import { checkExpectation, checkToken, type TokenExpectation } from './expectation.js'
import { introspection, introspectToken } from './index.js'
import { createServer, createTestClient, issuer, metadata } from './introspection.test-server.js'
import { type ActiveToken, parseIntrospection } from './introspection-response.js'

const client = createTestClient({ fetch: createServer({}).fetch })

function told(run: () => unknown): readonly [code: string, message: string] {
  try {
    run()
  } catch (error) {
    if (isOidcError(error)) return [error.code, error.message]
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('an expectation that could refuse nothing', () => {
  const names = 'aud, iss, client_id, sub, scope, token_type, jkt, x5t'
  const unusable = (name: string, kind: string) => `has ${name}, which is ${kind}. Give a string that is not empty, or leave the member out`
  it.each<[unknown, string]>([
    [null, "is null. Give an object such as { aud: 'https://api.example' }"],
    ['aud', "is of type string. Give an object such as { aud: 'https://api.example' }"],
    [[], "is an array. Give an object such as { aud: 'https://api.example' }"],
    [{ exp: 'x' }, `has the unknown member "exp". Give one of ${names}`],
    [{ [`${'x'.repeat(70)}`]: 'x' }, `has the unknown member "${'x'.repeat(64)}". Give one of ${names}`],
    [{ aud: undefined }, unusable('aud', 'missing')],
    [{ aud: '' }, unusable('aud', 'an empty string')],
    [{ aud: ' ' }, unusable('aud', 'of type string')],
    [{ aud: [] }, unusable('aud', 'an array')],
    [{ aud: ['a', ''] }, unusable('aud', 'an array')],
    [{ iss: ['a', 5] }, unusable('iss', 'an array')],
    [{ scope: ['a'] }, unusable('scope', 'an array')],
    [{ sub: ['a'] }, unusable('sub', 'an array')],
    [{ jkt: 5 }, unusable('jkt', 'of type number')],
  ])('%j is told', (expected, problem) => {
    expect(told(() => checkExpectation(expected))).toEqual(['INTROSPECTION_OPTION_INVALID', `The option expected ${problem}.`])
  })

  it.each(['aud', 'iss', 'client_id'])('several %s are taken', (name) => {
    expect(() => checkExpectation({ [name]: ['a', 'b'] })).not.toThrow()
  })
})

describe('an active token that is another than the expected one', () => {
  const token: ActiveToken = {
    active: true,
    aud: ['https://a.example'],
    iss: issuer,
    client_id: 'one',
    sub: 'canary-subject',
    scope: 'read write',
    token_type: 'Bearer',
    cnf: { jkt: 'canary-jkt', 'x5t#S256': 'canary-x5t' },
  } as ActiveToken
  const other = 'Refuse the request with status 401: the token is not for this place.'
  const bound = 'Refuse the request with status 401: the token may be stolen.'
  const asUnbound = 'Refuse the request with status 401: a bound token that is presented as an unbound one may be stolen.'
  it.each<[TokenExpectation, Partial<ActiveToken>, string, string]>([
    [{ aud: 'b' }, {}, 'AUDIENCE', `audience is ["https://a.example"], and "b" is wanted. ${other}`],
    [{ aud: ['b', 'c'] }, { aud: 'a' } as never, 'AUDIENCE', `audience is "a", and ["b","c"] is wanted. ${other}`],
    [{ aud: 'b' }, { aud: undefined } as never, 'AUDIENCE', `audience is missing, and "b" is wanted. ${other}`],
    [{ iss: 'b' }, {}, 'ISSUER', `issuer is "${issuer}", and "b" is wanted. ${other}`],
    [{ client_id: 'two' }, {}, 'CLIENT', `client is "one", and "two" is wanted. ${other}`],
    [{ sub: 'canary-other' }, {}, 'SUBJECT', `subject is missing or another one, and the expected one is wanted. ${other}`],
    [
      { scope: 'read admin' },
      {},
      'SCOPE',
      'scope is "read write", and "read admin" is wanted. Refuse the request with status 403 and insufficient_scope.',
    ],
    [
      { scope: 'read' },
      { scope: undefined } as never,
      'SCOPE',
      'scope is missing, and "read" is wanted. Refuse the request with status 403 and insufficient_scope.',
    ],
    [{ token_type: 'DPoP' }, {}, 'TYPE', `type is "Bearer", and "DPoP" is wanted. ${asUnbound}`],
    [{ token_type: 'DPoP' }, { token_type: undefined } as never, 'TYPE', `type is missing, and "DPoP" is wanted. ${asUnbound}`],
    [{ jkt: 'x' }, {}, 'BINDING', `DPoP key is missing or another one, and the expected one is wanted. ${bound}`],
    [{ x5t: 'x' }, {}, 'BINDING', `certificate is missing or another one, and the expected one is wanted. ${bound}`],
    [{ aud: 'b' }, { aud: 'a'.repeat(300) } as never, 'AUDIENCE', `audience is "${'a'.repeat(199)}, and "b" is wanted. ${other}`],
  ])('%j', (expected, changes, code, problem) => {
    const [thrown, message] = told(() => checkToken({ ...token, ...changes } as ActiveToken, expected))
    expect([thrown, message]).toEqual([`INTROSPECTION_TOKEN_${code}`, `The token is active, but its ${problem}`])
    expect(message).not.toContain('canary')
  })

  it('is good where every member is met', () => {
    expect(() =>
      checkToken(token, {
        aud: ['x', 'https://a.example'],
        iss: issuer,
        client_id: ['one'],
        sub: 'canary-subject',
        scope: 'write  read ',
        token_type: 'bearer',
        jkt: 'canary-jkt',
        x5t: 'canary-x5t',
      }),
    ).not.toThrow()
  })
})

describe('a member of another kind', () => {
  const wrong = (problem: string) =>
    `The introspection answer of ${issuer} ${problem}. Treat the token as not valid, and report it to the people who run the server.`
  const time = 'a time in epoch seconds'
  it.each<[unknown, string]>([
    [[], 'is not a JSON object'],
    [null, 'is not a JSON object'],
    [{}, 'has an active that is missing, and true or false is wanted'],
    [{ active: 'true' }, 'has an active that is of type string, and true or false is wanted'],
    ...['scope', 'client_id', 'username', 'token_type', 'sub', 'iss', 'jti'].map((name): [unknown, string] => [
      { active: true, [name]: 5 },
      `has a ${name} that is of type number, and a string is wanted`,
    ]),
    ...['exp', 'iat', 'nbf'].flatMap((name): [unknown, string][] =>
      ['soon', '1x', 'x1', '1'.repeat(16), '-1'].map((value) => [
        { active: true, [name]: value },
        `has a ${name} that is of type string, and ${time} is wanted`,
      ]),
    ),
    ...[-1, 8.64e12 + 1].map((exp): [unknown, string] => [
      { active: true, exp },
      `has a exp that is of type number, and ${time} is wanted`,
    ]),
    [{ active: true, exp: [1] }, `has a exp that is an array, and ${time} is wanted`],
    [{ active: true, aud: ['a', 5] }, 'has a aud that is an array, and a string or an array of strings is wanted'],
    [{ active: true, cnf: { jkt: 5 } }, 'has a cnf that is of type object, and an object with thumbprints that are strings is wanted'],
    [
      { active: true, authorization_details: [{ type: 'a' }, {}] },
      'has a authorization_details that is an array, and an array of objects with a type is wanted',
    ],
  ])('%j is told, and not its value', (body, problem) => {
    expect(told(() => parseIntrospection(body, client))).toEqual(['INTROSPECTION_INVALID', wrong(problem)])
  })

  it('times may be digits in a string, and as early and late as a date may be', () => {
    expect(parseIntrospection({ active: true, exp: '8640000000000', iat: 0, nbf: '0' }, client)).toEqual({
      active: true,
      exp: 8.64e12,
      iat: 0,
      nbf: 0,
    })
  })

  it('what the specification does not know stands apart, and null is nothing', () => {
    expect(parseIntrospection({ active: true, vendor: '7', scope: null, exp: 5 }, client)).toEqual({
      active: true,
      exp: 5,
      additional: { vendor: '7' },
    })
    expect(parseIntrospection({ active: true, scope: 'a' }, client)).toEqual({ active: true, scope: 'a' })
  })
})

describe('signed answers that nothing could verify', () => {
  it('where the server has no keys, that is told before anything is sent', async () => {
    const { fetch, seen } = createServer({})
    const { jwks_uri: _, ...server } = metadata
    const blind = createTestClient({ fetch, use: [introspection({ signed: true })] }, server)
    await expect(introspectToken(blind, 'token')).rejects.toMatchObject({
      code: 'SERVER_METADATA_MISSING',
      message: `Signed introspection answers are asked for, and the metadata of ${issuer} has no jwks_uri to verify them with. Add it to the metadata, or take introspection({ signed: true }) away.`,
    })
    expect(seen).toEqual([])
  })
})
