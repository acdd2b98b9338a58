import { describe, expect, it } from 'vitest'
import { createIssuer, jsonResponse } from '../../test/issuer.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import { type ClientEvent, type ClientOptions, createClient, type Plugin, revokeToken } from '../index.js'

async function createRevoker(options: Partial<ClientOptions> = {}, metadata: Readonly<Record<string, unknown>> = {}) {
  const server = await createIssuer({ metadata })
  const events: ClientEvent[] = []
  const client = createClient(server.metadata, server.options({ onEvent: (event) => void events.push(event), ...options }))
  return { server, client, events }
}

describe('revokeToken (RFC 7009)', () => {
  it('F-J8: sends the token in the body, with the client’s authentication and what the caller adds', async () => {
    const { server, client, events } = await createRevoker()
    expect(await revokeToken(client, canaries.token, { parameters: { token_type_hint: 'refresh_token' } })).toBeUndefined()
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]).toMatchObject({ endpoint: 'revocation', method: 'POST', url: 'https://as.example/revoke' })
    expect(Object.fromEntries(server.requests[0]?.form ?? [])).toEqual({
      token: canaries.token,
      token_type_hint: 'refresh_token',
      client_id: 'client-1',
    })
    expect(JSON.stringify(events)).not.toContain('canary')
  })

  it.each<[string, () => Response]>([
    ['an empty body', () => new Response(null)],
    ['a page of HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['JSON that says something', () => jsonResponse({ error: 'none', revoked: false })],
    ['no JSON', () => new Response('{', { headers: { 'content-type': 'application/json' } })],
  ])('F-J8: a status of 200 is success, whatever the body says: %s (2.2)', async (_, answer) => {
    const { server, client } = await createRevoker()
    server.answer('revocation', answer)
    expect(await revokeToken(client, canaries.token)).toBeUndefined()
  })

  it.each([201, 204, 404, 500, 503])('F-J8: a status of %d is none', async (status) => {
    const { server, client } = await createRevoker()
    server.answer('revocation', new Response(null, { status, headers: { 'retry-after': '30' } }))
    const error = await expectRefusal(revokeToken(client, canaries.token), 'HTTP_STATUS', { says: [String(status), '200 is wanted'] })
    expect(error).toMatchObject({ retryable: status >= 500, http: { status, retryAfter: 30 } })
    expect(server.requests).toHaveLength(1)
  })

  it('an OAuth error is told (2.2.1)', async () => {
    const { server, client } = await createRevoker()
    server.answer('revocation', jsonResponse({ error: 'unsupported_token_type' }, 400))
    const error = await expectRefusal(revokeToken(client, canaries.token), 'OAUTH_ERROR', { says: ['unsupported_token_type'] })
    expect(error.error).toBe('unsupported_token_type')
  })

  it('it may be sent again when no answer came, for it can be said twice', async () => {
    const again: Plugin = { name: 'again', exchange: { retry: () => 0 } }
    const { server, client } = await createRevoker({ use: [again] })
    server.answer(
      'revocation',
      () => Promise.reject(new TypeError('fetch failed')),
      () => new Response(null),
    )
    await revokeToken(client, canaries.token)
    expect(server.requests).toHaveLength(2)
  })

  it.each<[unknown, string]>([
    [undefined, 'missing'],
    ['', 'an empty string'],
    [null, 'null'],
    [{ access_token: canaries.token }, 'of type object'],
  ])('%o is no token, which is told before any request', async (token, seen) => {
    const { server, client } = await createRevoker()
    await expectRefusal(revokeToken(client, token as string), 'OPTION_INVALID', { says: [seen, 'tokens.refresh_token'] })
    expect(server.requests).toEqual([])
  })

  it.each(['token', 'client_id', 'client_secret', 'client_assertion', 'client_assertion_type'])('%s is the client’s own', async (name) => {
    const { client } = await createRevoker()
    await expectRefusal(revokeToken(client, canaries.token, { parameters: { [name]: 'x' } }), 'PARAMETER_RESERVED', { says: [name] })
  })

  it('a server that offers no revocation is told', async () => {
    const { client } = await createRevoker({}, { revocation_endpoint: undefined })
    await expectRefusal(revokeToken(client, canaries.token), 'SERVER_METADATA_MISSING', { says: ['revocation_endpoint'] })
  })

  it('takes a signal and a timeout', async () => {
    const { server, client } = await createRevoker()
    await expectRefusal(revokeToken(client, canaries.token, { signal: AbortSignal.abort() }), 'ABORTED')
    server.answer('revocation', () => new Promise(() => {}))
    await expectRefusal(revokeToken(client, canaries.token, { timeout: 0.001 }), 'TIMEOUT')
  })
})
