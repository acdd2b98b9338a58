import { describe, expect, it } from 'vitest'
import { createIssuer } from '../../test/issuer.js'
import { persistent, refusal, startProbe } from '../../test/probe.js'
import { canaries, expectNoSecret } from '../../test/refusal.js'
import { clientSecretPost, createClient, discover, fetchProtectedResource, refreshTokenGrant } from '../index.js'

describe('events', () => {
  it('F-U1: tell every request, response and retry of a call, in order', async () => {
    const { answer, send, events, issuer } = await startProbe([persistent(2)])
    answer(refusal('temporarily_unavailable', 429), Response.json({}))
    await send()
    const common = { operation: 'probe', url: 'https://as.example/token' }
    expect(events).toEqual([
      { type: 'request', ...common, method: 'POST', attempt: 1 },
      { type: 'response', ...common, method: 'POST', attempt: 1, status: 429 },
      { type: 'retry', ...common, attempt: 1, wait: 2, code: 'OAUTH_ERROR' },
      { type: 'request', ...common, method: 'POST', attempt: 2 },
      { type: 'response', ...common, method: 'POST', attempt: 2, status: 200 },
    ])
    expect(issuer.clock.slept).toEqual([2])
  })

  it('F-U1: tell the requests that the process shares as well', async () => {
    const issuer = await createIssuer()
    const events: unknown[] = []
    await discover(issuer.issuer, issuer.options({ onEvent: (event) => void events.push(event) }))
    const common = { operation: 'discovery', url: 'https://as.example/.well-known/openid-configuration' }
    expect(events).toEqual([
      { type: 'request', ...common, method: 'GET', attempt: 1 },
      { type: 'response', ...common, method: 'GET', attempt: 1, status: 200 },
    ])
  })

  it('hold no secret, and of an address neither query nor fragment', async () => {
    const issuer = await createIssuer()
    const events: unknown[] = []
    const options = issuer.options({ authentication: clientSecretPost(canaries.secret), onEvent: (event) => void events.push(event) })
    const client = createClient({ ...issuer.metadata, token_endpoint: `${issuer.issuer}/token?key=${canaries.code}` }, options)
    await refreshTokenGrant(client, canaries.token, { parameters: { nonce: canaries.nonce } })
    await fetchProtectedResource(client, { access_token: canaries.token, token_type: 'Bearer' }, `${issuer.resource}?q=${canaries.state}`)
    expect(events).toHaveLength(4)
    expectNoSecret(events)
  })

  it('of an observer that throws break nothing, at any of them', async () => {
    const { answer, send, sent } = await startProbe([persistent()], {
      onEvent: () => {
        throw new RangeError('the log is full')
      },
    })
    answer(refusal('slow_down', 429), Response.json({ ok: 1 }))
    expect(await send()).toEqual({ ok: 1 })
    expect(sent()).toBe(2)
  })
})
