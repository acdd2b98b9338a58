import { describe, expect, it } from 'vitest'
import { createIssuer, jsonResponse } from '../../test/issuer.js'
import { expectRefusal } from '../../test/refusal.js'
import * as openid from '../index.js'
import * as oauth from '../oauth.js'

const { clientCredentialsGrant, publicClient, validateIdToken } = openid

describe.each([
  ['@oidc/core', openid],
  ['@oidc/core/oauth', oauth],
])('%s', (_, { createClient, discover }) => {
  it('F-B10: createClient makes a frozen client without any request', async () => {
    const server = await createIssuer()
    const client = createClient(server.metadata, server.options({ client_name: 'My app' }))
    expect(client.server).toEqual(server.metadata)
    expect(client.metadata).toEqual({ client_id: 'client-1', client_name: 'My app' })
    expect([client, client.server, client.metadata].every(Object.isFrozen)).toBe(true)
    expect(server.requests).toEqual([])
  })

  it('F-B1: discover gives a ready client, and clients of one server share its metadata', async () => {
    const server = await createIssuer()
    const one = await discover(server.issuer, server.options())
    const two = await discover(server.issuer, server.options({ client_id: 'client-2' }))
    expect(one.server).toBe(two.server)
    expect(server.requests).toHaveLength(1)
    expect(await clientCredentialsGrant(two, { scope: 'a' })).toMatchObject({ token_type: 'Bearer' })
  })

  it('the options are checked before any request', async () => {
    const server = await createIssuer()
    await expectRefusal(discover(server.issuer, { ...server.options(), client_id: '' }), 'OPTION_INVALID', { says: ['client_id'] })
    await expectRefusal(discover(server.issuer, undefined as never), 'OPTION_INVALID')
    await expectRefusal(discover(server.issuer, { ...server.options(), clientID: 'x' } as never), 'OPTION_UNKNOWN')
    expect(server.requests).toEqual([])
  })

  it('what the server demands and no plugin does is told when the client is made', async () => {
    const server = await createIssuer({ metadata: { require_pushed_authorization_requests: true } })
    await expectRefusal(discover(server.issuer, server.options()), 'PLUGIN_MISSING', { says: ['@oidc/par'] })
    await expectRefusal(() => createClient(server.metadata, server.options()), 'PLUGIN_MISSING')
  })

  it('the signal of the caller ends it', async () => {
    const server = await createIssuer()
    await expectRefusal(discover(server.issuer, server.options(), { signal: AbortSignal.abort() }), 'ABORTED')
  })

  it('metadata that was not checked is', async () => {
    const options = { client_id: 'c', authentication: publicClient() }
    await expectRefusal(() => createClient({ issuer: 'https://as.example', token_endpoint: 'http://as.example' }, options), 'URL_INSECURE')
    await expectRefusal(() => createClient(undefined as never, options), 'SERVER_METADATA_INVALID')
  })
})

it('a client of @oidc/core/oauth verifies no ID token', async () => {
  const server = await createIssuer()
  const client = oauth.createClient(server.metadata, server.options())
  const id_token = await server.idToken()
  await expectRefusal(validateIdToken(client, id_token, { nonce: null }), 'ID_TOKEN_UNEXPECTED', { secrets: id_token.split('.') })
  server.answer('token', jsonResponse({ access_token: 'a', token_type: 'Bearer', id_token }))
  await expectRefusal(clientCredentialsGrant(client), 'ID_TOKEN_UNEXPECTED', { secrets: id_token.split('.') })
  expect(server.requestsTo('jwks')).toEqual([])
})

it('validateIdToken verifies one that came in another way', async () => {
  const server = await createIssuer()
  const client = openid.createClient(server.metadata, server.options())
  expect(await validateIdToken(client, await server.idToken({ nonce: 'n' }), { nonce: 'n' })).toMatchObject({ sub: 'user-1' })
  await expectRefusal(validateIdToken(client, await server.idToken({ nonce: 'n' }), { nonce: 'other' }), 'ID_TOKEN_NONCE')
  await expectRefusal(validateIdToken(client, await server.idToken(), { nonce: null, max_age: 60 }), 'ID_TOKEN_AUTH_TIME')
})
