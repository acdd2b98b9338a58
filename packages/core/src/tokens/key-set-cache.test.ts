import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIssuer, jsonResponse } from '../../test/issuer.js'
import { deferred } from '../../test/probe.js'
import { expectNoSecret, expectRefusal } from '../../test/refusal.js'
import { type Client, createClient, exportKeys, flushKeys, importKeys } from '../index.js'
import { serverKeys } from '../plugin.js'

const find = (client: Client, kid = 'key-1') => serverKeys(client).find({ alg: 'ES256', kid })

/** A server, a client that has its keys, and one in another process: with a fetch of its own, it shares nothing. */
async function start(metadata: Readonly<Record<string, unknown>> = {}) {
  const server = await createIssuer({ metadata })
  const make = () => createClient(server.metadata, server.options({ fetch: (...request) => server.fetch(...request) }))
  const client = make()
  await find(client)
  return { server, make, client, snapshot: exportKeys(client), requests: () => server.requestsTo('jwks').length }
}

describe('exportKeys and importKeys', () => {
  it('F-K9, F-U7: keys go through JSON into another process, and serve there without a request until they are five minutes old', async () => {
    const { make, snapshot, requests, server } = await start()
    const kept: unknown = JSON.parse(JSON.stringify(snapshot))
    expect(kept).toMatchObject({ issuer: 'https://as.example', jwks_uri: 'https://as.example/jwks', at: server.clock.now() })
    server.clock.advance(200)
    const other = make()
    expect(importKeys(other, kept)).toBe(true)
    expect(await find(other)).toHaveLength(1)
    expect(requests()).toBe(1)
    server.clock.advance(100)
    await find(other)
    expect(requests()).toBe(2)
  })

  it('a process that has no keys has none to give', async () => {
    const { make } = await start()
    expect(exportKeys(make())).toBeUndefined()
  })

  it('S-B24: while the server is down, imported keys serve as long as if they had been loaded at their time', async () => {
    const { make, snapshot, server } = await start()
    server.answer('jwks', new Response('', { status: 500 }))
    server.clock.advance(3599)
    const other = make()
    expect(importKeys(other, snapshot)).toBe(true)
    expect(await find(other)).toHaveLength(1)
    server.clock.advance(11)
    await expectRefusal(find(other), 'HTTP_STATUS')
  })

  it.each<[string, (snapshot: object, now: number) => unknown]>([
    ['a time in the future', (snapshot, now) => ({ ...snapshot, at: now + 1 })],
    ['a time longer ago than an hour', (snapshot, now) => ({ ...snapshot, at: now - 3600 })],
    ['no time', (snapshot) => ({ ...snapshot, at: undefined })],
    ['a time that is none', (snapshot) => ({ ...snapshot, at: Number.NaN })],
    ['a time in words', (snapshot, now) => ({ ...snapshot, at: String(now) })],
    ['another issuer', (snapshot) => ({ ...snapshot, issuer: 'https://evil.example' })],
    ['another address', (snapshot) => ({ ...snapshot, jwks_uri: 'https://evil.example/jwks' })],
    ['no keys', (snapshot) => ({ ...snapshot, keys: [] })],
    ['keys that are none', (snapshot) => ({ ...snapshot, keys: ['key', null, {}, { kty: 'oct', k: 'AAAA' }] })],
    ['keys that are no list', (snapshot) => ({ ...snapshot, keys: {} })],
    ['nothing', () => undefined],
    ['null', () => null],
    ['an array', (snapshot) => [snapshot]],
    ['text', (snapshot) => JSON.stringify(snapshot)],
  ])('S-B24: %s is left out, and the keys are loaded', async (_, change) => {
    const { make, snapshot = {}, server, requests } = await start()
    const other = make()
    expect(importKeys(other, change(snapshot, server.clock.now()))).toBe(false)
    expect(await find(other)).toHaveLength(1)
    expect(requests()).toBe(2)
  })

  it('S-B24: whatever the store gives, nothing is thrown, and only what fits is taken', async () => {
    const { make, snapshot } = await start()
    const other = make()
    fc.assert(fc.property(fc.anything(), (given) => !importKeys(other, given)))
    const member = fc.constantFrom(...Object.keys(snapshot ?? {}))
    fc.assert(
      fc.property(member, fc.anything(), (name, value) => {
        const isSame = JSON.stringify(value) === JSON.stringify((snapshot as unknown as Record<string, unknown>)[name])
        return isSame || name === 'at' || name === 'keys' || !importKeys(make(), { ...snapshot, [name]: value })
      }),
    )
  })

  it('S-B16: a private key never leaves, and never comes in', async () => {
    const { make, snapshot, server } = await start()
    const other = make()
    const secret = 'd'.repeat(43)
    const bad = { ...server.publicJwk, kid: 'bad', d: secret }
    expect(importKeys(other, { ...snapshot, keys: [bad, server.publicJwk] })).toBe(true)
    expectNoSecret(exportKeys(other), [secret])
    expect(exportKeys(other)?.keys).toHaveLength(1)
  })

  it('S-B26: what the process has and is as new stays; what is newer comes in', async () => {
    const { client, snapshot, server } = await start()
    expect(importKeys(client, snapshot)).toBe(false)
    server.clock.advance(10)
    expect(importKeys(client, { ...snapshot, at: server.clock.now() })).toBe(true)
    expect(importKeys(client, snapshot)).toBe(false)
  })
})

describe('flushKeys', () => {
  it('the next signature is verified with keys that are loaded after it', async () => {
    const { client, requests } = await start()
    flushKeys(client)
    expect(exportKeys(client)).toBeUndefined()
    await find(client)
    expect(requests()).toBe(2)
  })

  it('a key that has been lost no longer serves, not even while the server is down', async () => {
    const { client, server } = await start()
    server.answer('jwks', new Response('', { status: 500 }))
    flushKeys(client)
    await expectRefusal(find(client), 'HTTP_STATUS')
  })

  it('S-B26: an answer that was under way comes too late: it never overwrites what was asked for later', async () => {
    const { client, server, requests } = await start()
    const { promise, resolve } = deferred<Response>()
    const { kid: _, ...lost } = server.publicJwk
    const answers = [() => promise, () => jsonResponse({ keys: [{ ...server.publicJwk, kid: 'new' }] })]
    server.answer('jwks', ...answers)
    const early = find(client, 'gone')
    flushKeys(client)
    expect(await find(client, 'new')).toHaveLength(1)
    resolve(jsonResponse({ keys: [{ ...lost, kid: 'gone' }] }))
    expect(await early, 'who waited for it gets what was asked for later').toEqual([])
    expect(await find(client, 'new')).toHaveLength(1)
    expect(exportKeys(client)?.keys.map(({ kid }) => kid)).toEqual(['new'])
    expect(requests()).toBe(3)
  })

  it('S-B26: where nobody asked again meanwhile, who waited asks again', async () => {
    const { client, server, requests } = await start()
    const { promise, resolve } = deferred<Response>()
    server.answer(
      'jwks',
      () => promise,
      (_, own) => own(),
    )
    flushKeys(client)
    const early = find(client)
    flushKeys(client)
    resolve(jsonResponse({ keys: [] }))
    expect(await early).toHaveLength(1)
    expect(requests()).toBe(3)
  })
})
