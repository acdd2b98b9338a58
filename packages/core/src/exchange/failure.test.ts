import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startOfTime } from '../../test/issuer.js'
import { canaries, expectNoSecret } from '../../test/refusal.js'
import type { OidcError } from '../base/errors.js'
import { describeFailure, type Failed } from './failure.js'

const failed: Failed = { operation: 'token', url: 'https://as.example/token?key=1#x', wanted: '200', now: startOfTime }

/** What describes this answer. */
function failure(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): OidcError {
  const isJson = typeof body !== 'string'
  const bytes = new TextEncoder().encode(isJson ? JSON.stringify(body) : body)
  const response = new Response(null, { status, headers: { ...(isJson && { 'content-type': 'application/json' }), ...headers } })
  return describeFailure(response, bytes, failed)
}

describe('an OAuth error', () => {
  it('F-M2: keeps code, description, status and address apart (RFC 6749, 5.2)', () => {
    const error = failure(400, { error: 'invalid_grant', error_description: 'code expired', error_uri: 'https://as.example/why' })
    expect(error).toMatchObject({
      code: 'OAUTH_ERROR',
      operation: 'token',
      error: 'invalid_grant',
      error_description: 'code expired',
      retryable: false,
      http: { status: 400, url: 'https://as.example/token' },
    })
    expect(error.message).toContain('https://as.example/token answered the token request with status 400 and the error invalid_grant.')
    expect(error.message).not.toContain('code expired')
  })

  it.each([
    ['invalid_client', 'client_id, the secret or key, and that the method'],
    ['invalid_client', 'clientSecretBasic(secret, { encoding: "raw" })'],
    ['invalid_grant', 'Start a new login'],
    ['invalid_request', 'compare the parameters'],
    ['unauthorized_client', 'Allow this grant type'],
    ['unsupported_grant_type', 'Enable this grant type'],
    ['invalid_scope', 'Ask for scopes'],
    ['invalid_token', 'Refresh it'],
    ['access_denied', 'Offer to sign in again'],
    ['expired_token', 'Start the request again'],
    ['invalid_target', 'resource or audience'],
    ['invalid_authorization_details', 'the types that the server knows'],
    ['insufficient_scope', 'ask for more at the next login'],
    ['unsupported_token_type', 'they expire by themselves'],
    ['invalid_dpop_proof', 'Check the clock'],
    ['temporarily_unavailable', 'Try again later'],
    ['server_error', 'report it'],
    ['vendor_error', 'Look the error up in the documentation'],
    ['constructor', 'Look the error up in the documentation'],
    ['__proto__', 'Look the error up in the documentation'],
  ])('%s says what to do: %s', (error, hint) => {
    const described = failure(400, JSON.stringify({ error }), { 'content-type': 'application/json' })
    expect(described.error).toBe(error)
    expect(described.hint).toContain(hint)
    expect(described.message).toContain(String(described.hint))
  })

  it.each(['application/json', 'Application/JSON; charset=utf-8', 'application/problem+json', 'application/vnd.as+json'])(
    'is read from %s, whatever the status is',
    (type) => {
      for (const status of [200, 302, 400, 401, 403, 418, 500, 503])
        expect(failure(status, '{"error":"invalid_client"}', { 'content-type': type })).toMatchObject({
          code: 'OAUTH_ERROR',
          error: 'invalid_client',
          http: { status },
        })
    },
  )

  it('F-M5: is read from a challenge where the body holds none (RFC 6750, 3)', () => {
    const challenge = 'Basic realm="x", DPoP error="use_dpop_nonce", error_description="again", Bearer error="invalid_token"'
    for (const body of ['', '<html>', [], {}, { error: null }, { error: 7 }, { error: '' }, { error: {} }]) {
      const error = failure(401, body, { 'www-authenticate': challenge })
      expect(error).toMatchObject({ code: 'OAUTH_ERROR', error: 'use_dpop_nonce', error_description: 'again' })
      expect(error.http?.challenges).toMatchObject([
        { scheme: 'basic', parameters: { realm: 'x' } },
        { scheme: 'dpop', parameters: { error: 'use_dpop_nonce' } },
        { scheme: 'bearer', parameters: { error: 'invalid_token' } },
      ])
    }
  })

  it('F-M4: of the body is not hidden by a bare challenge, nor by one with another error', () => {
    for (const challenge of ['Basic', 'Basic realm="as"', 'Bearer error="invalid_token"'])
      expect(failure(401, { error: 'invalid_client' }, { 'www-authenticate': challenge })).toMatchObject({
        error: 'invalid_client',
        http: { challenges: [{}] },
      })
    expect(failure(401, { error: 'invalid_client' }).http).not.toHaveProperty('challenges')
  })

  it.each([[7], [null], [true], [''], [{ code: 'x' }], [['invalid_grant']]])(
    'S-D28: with %j as error is typed, and is no OAuth error',
    (error) => {
      const described = failure(400, { error, error_description: canaries.code })
      expect(described.code).toBe('HTTP_STATUS')
      expect(described).not.toHaveProperty('error')
      expectNoSecret(described)
    },
  )

  it.each([[7], [null], [''], [{}], [['x']]])('S-D28: with %j as description has none', (error_description) => {
    expect(failure(400, { error: 'invalid_grant', error_description })).not.toHaveProperty('error_description')
  })

  it('S-D30: its message holds nothing of a description, and no error that is not printable', () => {
    const line = 'ok\r\n2026-01-01 INFO admin logged in \u001b[2K\u202e'
    const described = failure(400, { error: 'invalid_grant', error_description: line })
    expect(described.error_description).toBe(line)
    expect(described.message).not.toContain('INFO')
    for (const error of [line, 'a"b', 'a\\b', 'é', '\u007f', 'a\tb']) {
      expect(failure(400, { error }).message).toContain('and the error (not printable). Look')
      expect(failure(400, { error }).error).toBe(error)
    }
  })

  it('S-D31: a megabyte of error or description is cut', () => {
    const described = failure(400, { error: 'e'.repeat(1e6), error_description: 'd'.repeat(1e6) })
    expect(described.error).toHaveLength(128)
    expect(described.error_description).toHaveLength(1024)
    expect(described.message.length).toBeLessThan(500)
  })

  it('S-D54: a WWW-Authenticate of 60 KB of parameters is read, and does not hide invalid_client', () => {
    const parameters = Array.from({ length: 6000 }, (_, i) => `p${i}="${i}"`).join(', ')
    const described = failure(401, { error: 'invalid_client' }, { 'www-authenticate': `Basic ${parameters}`.slice(0, 60_000) })
    expect(described.error).toBe('invalid_client')
    expect(Object.keys(described.http?.challenges?.[0]?.parameters ?? {}).length).toBeGreaterThan(3000)
    // A parameter that begins again and again: one pass over it must be enough.
    for (const nasty of ['a="\\'.repeat(15_000), 'Basic '.repeat(10_000), `Basic a=${'"'.repeat(59_000)}`, `${' '.repeat(59_000)}x`])
      expect(failure(401, { error: 'invalid_client' }, { 'www-authenticate': nasty }).error).toBe('invalid_client')
  })
})

describe('an answer without an OAuth error', () => {
  it.each([400, 404, 500, 502, 503])(
    'F-M20, S-D29: of HTML with status %i says status, address and type, and nothing of the body',
    (status) => {
      const error = failure(status, `<html>${canaries.token}</html>`, { 'content-type': 'text/html; charset=utf-8' })
      expect(error).toMatchObject({ code: 'HTTP_STATUS', http: { status, url: 'https://as.example/token' }, retryable: status >= 500 })
      expect(error.message).toContain(
        `https://as.example/token answered the token request with status ${status} and no OAuth error (text/html)`,
      )
      expect(error.message).toContain('200 is wanted')
      expectNoSecret(error)
    },
  )

  it('says so where there is no media type', () => {
    expect(failure(500, '').message).toContain('(no media type)')
  })

  it('is not looked for an error where it is no JSON', () => {
    for (const type of ['text/html', 'text/plain', 'application/jsonp', 'application/jwt', ''])
      expect(failure(400, '{"error":"invalid_grant"}', { 'content-type': type }).code).toBe('HTTP_STATUS')
  })

  it.each(['{', '{"error":"a"', '{"error":"a","error":"b"}', '[]', '"error"', 'null', '['.repeat(1e5)])(
    'S-D32: has a body %j that is no error, and does not throw',
    (body) => {
      expect(failure(400, body, { 'content-type': 'application/json' }).code).toBe('HTTP_STATUS')
    },
  )

  it.each([
    ['120', 120],
    ['0', 0],
    ['99999999999', 86_400],
    [new Date((startOfTime + 90) * 1000).toUTCString(), 90],
    ['-5', undefined],
    ['soon', undefined],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 86_400],
  ])('S-D51: Retry-After %j is %j seconds', (header, seconds) => {
    expect(failure(503, '', { 'retry-after': header }).http?.retryAfter).toBe(seconds)
  })

  it('is retryable for 429 and 5xx, and for nothing else', () => {
    for (let status = 200; status < 600; status++) expect(failure(status, '').retryable).toBe(status === 429 || status >= 500)
  })
})

it('any answer at all is described by one short line without its body', () => {
  const member = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.jsonValue())
  const report = fc.record({ error: member, error_description: member, access_token: fc.constant(canaries.token) }, { requiredKeys: [] })
  const body = fc.oneof(
    report.map((value) => JSON.stringify(value)),
    fc.constant(canaries.token),
    fc.string({ unit: 'binary' }),
  )
  const header = fc.stringMatching(/^[\x20-\x7e]{0,60}$/)
  const headers = fc.record(
    {
      'content-type': fc.oneof(fc.constantFrom('application/json', 'text/html', 'application/problem+json'), header),
      'www-authenticate': fc.oneof(header, fc.constant('Bearer error="invalid_token"')),
      'retry-after': header,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), body, headers, (status, text, given) => {
      const error = failure(status, text, given as Record<string, string>)
      expect(error.code).toMatch(/^(?:OAUTH_ERROR|HTTP_STATUS)$/)
      expect(error.message).toMatch(/^[\x20-\x7e]{1,600}\.$/)
      expect(error.error?.length ?? 1).toBeGreaterThan(0)
      expect(error.error?.length ?? 0).toBeLessThanOrEqual(128)
      expect(error.error_description?.length ?? 0).toBeLessThanOrEqual(1024)
      expect(error.http?.status).toBe(status)
      expectNoSecret(error)
    }),
    { numRuns: 300 },
  )
})
