// The inputs that a client meets most often when something is wrong, end to end: what is said, and how often the server was asked.
import { generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { signText, unsigned } from '../test/forge.js'
import { type Answer, startOfTime } from '../test/issuer.js'
import { type Alteration, type Login, startLogin } from '../test/login.js'
import { canaries } from '../test/refusal.js'
import type { ErrorCode } from './base/error-codes.js'
import { authorizationCodeGrant, createClient, discover, type Plugin } from './index.js'

/** Wants every failed request sent again at once: what then comes twice is core's fault. */
const eager: Plugin = { name: 'eager', exchange: { retry: () => 0 } }

/** 64 MB in pieces, and how many bytes were asked for. */
function createFlood(pieces = 1024, piece = new Uint8Array(1 << 16)) {
  const pulled = { bytes: 0 }
  const answer = () => {
    let left = pieces
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        pulled.bytes += piece.length
        if (left-- > 0) controller.enqueue(piece)
        else controller.close()
      },
    })
    return new Response(body, { headers: { 'content-type': 'application/json' } })
  }
  return { answer, pulled }
}

const down = () =>
  Promise.reject(new TypeError(`fetch failed ${canaries.code}`, { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) }))
const page = () => new Response(`<!doctype html><title>${canaries.token}`, { headers: { 'content-type': 'text/html; charset=utf-8' } })

describe('bad input', () => {
  /** With how the token response is spoiled, or how the login ends otherwise; then what is said, and the requests in all. */
  const rows: readonly {
    readonly name: string
    readonly alter?: Alteration
    readonly answer?: Answer
    readonly callback?: Readonly<Record<string, string>>
    readonly code: ErrorCode
    readonly says: readonly string[]
    readonly requests: readonly string[]
  }[] = [
    {
      name: 'a response of another server (wrong issuer)',
      callback: { iss: 'https://evil.example' },
      code: 'ISS_MISMATCH',
      says: ['"https://evil.example"', '"https://as.example" was asked', 'Discard it'],
      requests: [],
    },
    {
      name: 'a wrong issuer in the ID token',
      alter: { claims: { iss: 'https://evil.example' } },
      code: 'ID_TOKEN_ISSUER',
      says: ['"https://evil.example"', '"https://as.example" is wanted', 'Correct the configured issuer'],
      requests: ['token', 'jwks'],
    },
    {
      name: 'a wrong state',
      callback: { state: canaries.state },
      code: 'STATE_MISMATCH',
      says: ['another state than its transaction', 'start a new login'],
      requests: [],
    },
    {
      name: 'a wrong nonce',
      alter: { claims: { nonce: canaries.nonce } },
      code: 'ID_TOKEN_NONCE',
      says: ['another nonce than the one that was sent', 'start a new login'],
      requests: ['token', 'jwks'],
    },
    {
      name: 'a wrong audience',
      alter: { claims: { aud: 'client-2' } },
      code: 'ID_TOKEN_AUDIENCE',
      says: ['"client-2"', '"client-1" is wanted', 'Correct the configured client_id'],
      requests: ['token', 'jwks'],
    },
    {
      name: 'a wrong signature',
      alter: { token: async (claims) => signText((await generateKeyPair('ES256')).privateKey, { alg: 'ES256', kid: 'key-1' }, claims) },
      code: 'ID_TOKEN_SIGNATURE',
      says: ['no key of https://as.example/jwks made', 'kid "key-1"', 'Discard it'],
      requests: ['token', 'jwks'],
    },
    {
      name: 'alg none',
      alter: { token: (claims) => unsigned({ alg: 'none' }, claims) },
      code: 'ID_TOKEN_ALGORITHM',
      says: ['"none"', 'ES256 is wanted', 'Discard it'],
      requests: ['token'],
    },
    {
      name: 'an expired token',
      alter: { claims: { exp: startOfTime - 3600 } },
      code: 'ID_TOKEN_EXPIRED',
      says: ['expired 3600 seconds ago', 'Set the clock right'],
      requests: ['token', 'jwks'],
    },
    {
      name: 'an HTML answer',
      answer: page,
      code: 'RESPONSE_CONTENT_TYPE',
      says: ['https://as.example/token', 'text/html', 'application/json is wanted', 'no proxy or login page'],
      requests: ['token'],
    },
    {
      name: 'a server that is down',
      answer: down,
      code: 'NETWORK_ERROR',
      says: ['https://as.example/token could not be reached', 'ECONNREFUSED', 'that the server is up'],
      requests: ['token'],
    },
  ]

  it.each(rows)(
    '$name is told as $code, says what was seen and wanted, and nothing is sent again',
    async ({ alter, answer, callback, code, says, requests }) => {
      const login = await startLogin({ options: { use: [eager] } })
      if (alter) login.alter(alter)
      if (answer) login.issuer.answer('token', answer)
      await login.refuse(login.finish(changed(login, callback)), code, ...says)
      expect(login.issuer.requests.map(({ endpoint }) => endpoint)).toEqual(requests)
    },
  )

  it('a body of 64 MB is told as BODY_TOO_LARGE, no more than the limit of it is read, and nothing is sent again', async () => {
    const { issuer, callback, transaction, refuse } = await startLogin()
    // Without the ear of the test on its line, which would read all of it.
    const client = createClient(issuer.metadata, issuer.options({ use: [eager] }))
    const { answer, pulled } = createFlood()
    issuer.answer('token', answer)
    await refuse(
      authorizationCodeGrant(client, callback, transaction),
      'BODY_TOO_LARGE',
      'https://as.example/token',
      '1048576 bytes',
      'limits.body',
    )
    expect(issuer.requestsTo('token')).toHaveLength(1)
    expect(pulled.bytes).toBeLessThan(2 << 20)
  })

  it.each<[string, ErrorCode, number, () => Answer]>([
    ['a body of 64 MB', 'BODY_TOO_LARGE', 1, () => createFlood().answer],
    ['an HTML answer', 'RESPONSE_CONTENT_TYPE', 1, () => page],
    ['a server that is down', 'NETWORK_ERROR', 3, () => down],
  ])('%s at the key set and at discovery is told (%s), and asked for so many times: %i', async (_, code, times, make) => {
    const login = await startLogin({ options: { use: [eager] } })
    login.issuer.answer('jwks', make())
    await login.refuse(login.finish(), code, 'https://as.example/jwks')
    login.issuer.answer('discovery', make())
    await login.refuse(discover(login.issuer.issuer, login.issuer.options()), code, 'https://as.example/.well-known/openid-configuration')
    expect(login.issuer.requests.map(({ endpoint }) => endpoint)).toEqual([
      'token',
      ...Array(times).fill('jwks'),
      ...Array(times).fill('discovery'),
    ])
  })

  it('each has a code of its own', () => {
    const codes = rows.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })

  function changed({ callback }: Login, changes: Readonly<Record<string, string>> = {}): URL {
    const url = new URL(callback)
    for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value)
    return url
  }
})
