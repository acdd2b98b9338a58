import { type ClientOptions, createClient, extend, publicClient, revokeToken } from '@oidc/core'
import type { ClientEvent } from '@oidc/core/plugin'
import { describe, expect, it } from 'vitest'
import { introspectToken } from './introspect-token.js'
import { introspection } from './introspection.js'
import {
  type Answer,
  createClock,
  createDeferred,
  createServer,
  createTestClient,
  metadata,
  refusalOf,
  startTime,
} from './introspection.test-server.js'

const active = (more: object = {}): Answer => ({ body: { active: true, client_id: 'app', ...more } })

function cached(
  answers: readonly (Answer | Promise<Answer>)[],
  cache: { maxAge: number; maxEntries?: number } = { maxAge: 60 },
  more: Partial<ClientOptions> = {},
) {
  const { fetch, seen } = createServer(...answers)
  const clock = createClock()
  const plugin = introspection({ cache })
  const client = createTestClient({ fetch, clock, use: [plugin], ...more })
  return { client, clock, seen, fetch, plugin }
}

describe('the cache of introspection answers (RFC 7662, section 4)', () => {
  it('is off unless it is asked for', async () => {
    const { fetch, seen } = createServer(active())
    const client = createTestClient({ fetch })
    await introspectToken(client, 'a')
    await introspectToken(client, 'a')
    expect(seen).toHaveLength(2)
  })

  it('keeps an answer for maxAge seconds, and not one longer', async () => {
    const { client, clock, seen } = cached([active()])
    await introspectToken(client, 'a')
    clock.advance(59)
    expect(await introspectToken(client, 'a')).toEqual({ active: true, client_id: 'app' })
    expect(seen).toHaveLength(1)
    clock.advance(1)
    await introspectToken(client, 'a')
    expect(seen).toHaveLength(2)
  })

  it('never outlives exp, not even by the clock tolerance', async () => {
    const { client, clock, seen } = cached([active({ exp: startTime + 10 })])
    await introspectToken(client, 'a')
    clock.advance(9)
    await introspectToken(client, 'a')
    expect(seen).toHaveLength(1)
    clock.advance(1)
    await introspectToken(client, 'a')
    await introspectToken(client, 'a')
    expect(seen).toHaveLength(3)
  })

  it('a clock that was set back makes no answer live longer', async () => {
    const { client, clock, seen } = cached([active()])
    await introspectToken(client, 'a')
    clock.advance(-1)
    await introspectToken(client, 'a')
    expect(seen).toHaveLength(2)
  })

  it('keeps no inactive answer and no error', async () => {
    const { client, seen } = cached([{ body: { active: false } }, { status: 503, body: {} }, active()])
    expect(await introspectToken(client, 'a')).toEqual({ active: false })
    expect((await refusalOf(introspectToken(client, 'a'))).code).toBe('HTTP_STATUS')
    expect(await introspectToken(client, 'a')).toMatchObject({ active: true })
    expect(seen).toHaveLength(3)
  })

  it('another token, other parameters and another client are asked for anew', async () => {
    const { client, plugin, fetch, seen } = cached([active()])
    await introspectToken(client, 'a')
    await introspectToken(client, 'b')
    await introspectToken(client, 'a', { parameters: { resource: 'https://api.example' } })
    expect(seen).toHaveLength(3)
    const other = createTestClient({ client_id: 'api-2', fetch, use: [plugin] })
    await introspectToken(other, 'a')
    await introspectToken(extend(client), 'a')
    expect(seen).toHaveLength(5)
  })

  it('what is expected is checked of every answer, kept or not', async () => {
    const { client, seen } = cached([active({ aud: 'https://api.example' })])
    await introspectToken(client, 'a')
    const refusal = await refusalOf(introspectToken(client, 'a', { expected: { aud: 'https://other.example' } }))
    expect(refusal.code).toBe('INTROSPECTION_TOKEN_AUDIENCE')
    expect(seen).toHaveLength(1)
  })

  it('is bounded: what was used longest ago goes first', async () => {
    const { client, seen } = cached([active()], { maxAge: 60, maxEntries: 2 })
    for (const token of ['a', 'b', 'a', 'c']) await introspectToken(client, token)
    expect(seen).toHaveLength(3)
    await introspectToken(client, 'a')
    expect(seen).toHaveLength(3)
    await introspectToken(client, 'b')
    expect(seen).toHaveLength(4)
  })

  it('cannot be changed by whoever gets an answer', async () => {
    const { client } = cached([active({ cnf: { jkt: 'k' }, aud: ['x'] })])
    const first = (await introspectToken(client, 'a')) as unknown as { cnf: object; aud: string[] }
    expect(() => first.aud.push('y')).toThrow(TypeError)
    expect(() => Object.assign(first.cnf, { jkt: 'other' })).toThrow(TypeError)
    expect(await introspectToken(client, 'a')).toMatchObject({ cnf: { jkt: 'k' }, aud: ['x'] })
  })

  it('forgets a token that the client revokes', async () => {
    const { client, seen } = cached([active()])
    await introspectToken(client, 'a')
    await introspectToken(client, 'b')
    await revokeToken(client, 'a')
    await introspectToken(client, 'b')
    expect(seen).toHaveLength(2)
    await introspectToken(client, 'a')
    expect(seen).toHaveLength(3)
  })

  it('an answer that was on its way when the token was revoked is not kept', async () => {
    const { promise, resolve } = createDeferred()
    const { client, seen } = cached([promise, active()])
    const early = introspectToken(client, 'a')
    await revokeToken(client, 'a')
    resolve(active())
    await early
    await introspectToken(client, 'a')
    expect(seen).toHaveLength(2)
  })

  it('tells hits, misses and shared requests', async () => {
    const events: ClientEvent[] = []
    const { client } = cached([active()], { maxAge: 60 }, { onEvent: (event) => void events.push(event) })
    await Promise.all([introspectToken(client, 'a'), introspectToken(client, 'a')])
    await introspectToken(client, 'a')
    expect(events.flatMap((event) => (event.type === 'cache' ? [event.outcome] : []))).toEqual(['miss', 'shared', 'hit'])
    expect(JSON.stringify(events)).not.toContain('"a"')
  })
})

describe('many that ask for one token at once', () => {
  it('share one request', async () => {
    const { client, seen } = cached([active()])
    const answers = await Promise.all(Array.from({ length: 20 }, () => introspectToken(client, 'a')))
    expect(answers).toHaveLength(20)
    expect(seen).toHaveLength(1)
  })

  it('share its failure, and the next one asks anew', async () => {
    const { client, seen } = cached([{ status: 503, body: {} }, active()])
    const all = await Promise.allSettled([introspectToken(client, 'a'), introspectToken(client, 'a')])
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await introspectToken(client, 'a')).toMatchObject({ active: true })
    expect(seen).toHaveLength(2)
  })

  it('an abort lets its own waiter go, and fails nobody else', async () => {
    const { promise, resolve } = createDeferred()
    const { client, seen } = cached([promise])
    const controller = new AbortController()
    const leaving = refusalOf(introspectToken(client, 'a', { signal: controller.signal }))
    const staying = introspectToken(client, 'a')
    controller.abort()
    expect((await leaving).code).toBe('ABORTED')
    resolve(active())
    expect(await staying).toMatchObject({ active: true })
    expect(seen).toHaveLength(1)
  })

  it('who waits longer does not share the request of who waits shorter', async () => {
    const { client, seen } = cached([active()])
    await Promise.all([introspectToken(client, 'a', { timeout: 1 }), introspectToken(client, 'a', { timeout: 5 })])
    expect(seen).toHaveLength(2)
  })

  it('clients of different servers share nothing', async () => {
    const { client, plugin, fetch, seen } = cached([active()])
    const server = { ...metadata, issuer: 'https://as-2.example' }
    const other = createClient(server, {
      client_id: 'api',
      authentication: publicClient(),
      fetch,
      use: [plugin],
    })
    await Promise.all([introspectToken(client, 'a'), introspectToken(other, 'a')])
    expect(seen).toHaveLength(2)
  })
})
