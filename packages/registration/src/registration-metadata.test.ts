import { isOidcError } from '@oidc/core'
import { describe, expect, it } from 'vitest'
import { buildRequest, buildUpdate } from './registration-metadata.js'

function told(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (isOidcError(error) && error.code === 'REGISTRATION_METADATA_INVALID') return error.message
    throw error
  }
  throw new Error('nothing was thrown')
}

const build = (metadata: unknown) => buildRequest(metadata as never, {})
const said = (problem: string, remedy: string) => `The client metadata ${problem}. ${remedy}; nothing was sent.`
const publicKey = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }

describe('client metadata that are wrong are told, with what to give, before anything is sent', () => {
  it.each<[unknown, string, string]>([
    [null, 'are null', "Give an object such as { redirect_uris: ['https://app.example/cb'] }"],
    [{ additional: [] }, 'have additional, which is an array', 'Give an object of further members'],
    [{ additional: { client_secret: 'x' } }, 'have additional.client_secret, which only the server says', 'Take it away'],
    [{ client_secret: 'x' }, 'have client_secret, which only the server says', 'Take it away'],
    [
      { ['x'.repeat(70)]: 1 },
      `have the unknown member "${'x'.repeat(64)}"`,
      "Correct its name, or put what is the vendor's own into additional",
    ],
    [{ redirect_uris: 'x' }, 'have redirect_uris, which is of type string', 'Give an array of strings'],
    [{ redirect_uris: ['https://app.example/cb', 5] }, 'have redirect_uris, which is an array', 'Give an array of strings'],
    [
      { jwks: { keys: [] }, jwks_uri: 'https://app.example/jwks' },
      'have jwks and jwks_uri, and a server takes one of them',
      'Take one away, in a change by null',
    ],
    [{ jwks: {} }, 'have jwks without an array of keys', 'Give { keys: [publicKey] }'],
    [{ jwks: { keys: [publicKey, 5] } }, 'have jwks without an array of keys', 'Give { keys: [publicKey] }'],
    ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv', 'k'].map((member): [unknown, string, string] => [
      { jwks: { keys: [publicKey, { ...publicKey, [member]: 'x' }] } },
      'have a private or symmetric key in jwks, which nobody else may see',
      'Export the public half alone',
    ]),
    ...['/cb', 'https://app.example/#a', 'javascript:alert(1)', 'DATA:text/html,x', 'blob:x'].map((uri): [unknown, string, string] => [
      { redirect_uris: ['https://app.example/cb', uri] },
      'have a redirect URI that is relative, has a fragment, or runs code',
      "Give absolute ones such as 'https://app.example/cb'",
    ]),
  ])('%j', (metadata, problem, remedy) => {
    expect(told(() => build(metadata))).toBe(said(problem, remedy))
  })

  it('changes that are no object', () => {
    expect(told(() => buildUpdate({ client_id: 'c' } as never, 5 as never, {}))).toBe(
      said('to change are of type number', "Give an object such as { client_name: 'New name' }"),
    )
  })

  it('an address without TLS is named', () => {
    expect(() => build({ jwks_uri: 'http://app.example/jwks' })).toThrow('The jwks_uri of the client metadata is')
  })
})

it('schemes of native applications are taken, and what is undefined is not sent', () => {
  const uris = ['com.example.app:/cb', 'myjavascript:/cb', 'data-app:/cb']
  const body = build({ redirect_uris: uris, client_name: undefined, additional: { vendor: undefined, other: 1 } })
  expect(JSON.parse(JSON.stringify(body))).toEqual({ redirect_uris: uris, other: 1 })
  expect(Object.keys(body)).toEqual(['other', 'redirect_uris'])
  const kept = buildUpdate({ client_id: 'c', client_name: 'n' } as never, { client_name: undefined } as never, {})
  expect({ ...kept }).toEqual({ client_name: 'n', client_id: 'c' })
})
