import { createAuthorizationRequest } from '@oidc/core'
import { describe, expect, it } from 'vitest'
import { par } from './par.js'
import { type Answer, createServer, createTestClient, issuer, pushed, redirect_uri } from './par.test-server.js'
import { parOperation } from './pushed-request.js'

const push = (...answers: readonly Answer[]) =>
  createAuthorizationRequest(createTestClient({ fetch: createServer(...answers).fetch, use: [par()] }), { redirect_uri })

const said = (problem: string) =>
  `The answer of ${issuer} to the pushed authorization request ${problem}. Report it to the people who run the server; no login was begun.`
const address = (seen: string) => said(`has a request_uri that is ${seen}, and 1 to 2048 printable ASCII characters are wanted`)
const lifetime = (seen: string) => said(`has an expires_in that is ${seen}, and a positive whole number of seconds is wanted`)

describe('what is wrong with an answer is told, and never the request_uri itself', () => {
  it.each<[string, Answer, string]>([
    ['an array', { body: [] }, said('is not a JSON object')],
    ['null', { body: 'null' }, said('is not a JSON object')],
    ['a text', { body: '"urn:x"' }, said('is not a JSON object')],
    ['a number', { body: '5' }, said('is not a JSON object')],
    ['no request_uri', pushed({ request_uri: undefined }), address('missing')],
    ['request_uri null', pushed({ request_uri: null }), address('null')],
    ['request_uri an array', pushed({ request_uri: ['urn:x'] }), address('an array')],
    ['request_uri an object', pushed({ request_uri: {} }), address('of type object')],
    ['request_uri a number', pushed({ request_uri: 5 }), address('of type number')],
    ['request_uri with a space', pushed({ request_uri: 'urn:a secret' }), address('a string of 12 characters')],
    ['no expires_in', pushed({ expires_in: undefined }), lifetime('missing')],
    ['expires_in 0', pushed({ expires_in: 0 }), lifetime('0')],
    ['expires_in 0.5', pushed({ expires_in: 0.5 }), lifetime('0.5')],
    ['expires_in a text', pushed({ expires_in: 'soon' }), lifetime('a string of 4 characters')],
    ['expires_in true', pushed({ expires_in: true }), lifetime('of type boolean')],
  ])('%s', async (_, answer, message) => {
    await expect(push(answer)).rejects.toMatchObject({ code: 'PAR_RESPONSE_INVALID', message, operation: parOperation.name })
  })

  it('a request that goes by a request_uri already is a conflict, and what to do is told', async () => {
    const refers = {
      name: 'refers',
      authorization: { protect: () => new URLSearchParams({ client_id: 'app', request_uri: 'https://app.example/1' }) },
    }
    const client = createTestClient({ fetch: createServer(pushed()).fetch, use: [par(), refers] })
    await expect(createAuthorizationRequest(client, { redirect_uri })).rejects.toMatchObject({
      code: 'PLUGIN_CONFLICT',
      message:
        'The request goes by a request_uri already, and a pushed request may hold none (RFC 9126, section 2.1). Have the object sent by value, or take par() away.',
    })
  })

  it('an answer that was lost is not asked for again: each push is one request', async () => {
    const { fetch, seen } = createServer({ status: 503, body: {} })
    const patient = { name: 'patient', exchange: { retry: () => 0 } }
    const client = createTestClient({ fetch, use: [par(), patient] })
    await expect(createAuthorizationRequest(client, { redirect_uri })).rejects.toMatchObject({ http: { status: 503 } })
    expect(seen).toHaveLength(1)
  })
})
