import { describe, expect, it } from 'vitest'
import { createIssuer, jsonResponse } from '../../test/issuer.js'
import { expectRefusal } from '../../test/refusal.js'
import { type ClientOptions, discover, exportDiscovery, flushDiscovery, importDiscovery } from '../index.js'

/** A server, what one process has discovered of it, and options for another: with a fetch of its own, it shares nothing. */
async function start(changes: Partial<ClientOptions> = {}) {
  const server = await createIssuer()
  const make = () => server.options({ fetch: (...request) => server.fetch(...request), ...changes })
  const options = make()
  const client = await discover(server.issuer, options)
  const snapshot = exportDiscovery(server.issuer, options)
  return { server, make, options, client, snapshot, requests: () => server.requestsTo('discovery').length }
}

describe('exportDiscovery and importDiscovery', () => {
  it('F-U7: metadata goes through JSON into another process, and serves there without a request until it is an hour old', async () => {
    const { server, make, client, snapshot, requests } = await start()
    const kept: unknown = JSON.parse(JSON.stringify(snapshot))
    expect(kept).toEqual({ metadata: client.server, at: server.clock.now() })
    server.clock.advance(2000)
    const options = make()
    expect(importDiscovery(server.issuer, options, kept)).toBe(true)
    expect((await discover(server.issuer, options)).server).toEqual(client.server)
    expect(requests()).toBe(1)
    server.clock.advance(1600)
    await discover(server.issuer, options)
    expect(requests()).toBe(2)
  })

  it('F-U7: what has not been discovered cannot be exported, and the place is part of what it is', async () => {
    const { server, make, options } = await start()
    expect(exportDiscovery(server.issuer, make())).toBeUndefined()
    expect(exportDiscovery(server.issuer, { ...options, metadataUrl: 'https://as.example/odd' })).toBeUndefined()
  })

  it('F-U7: while the server is down, imported metadata serves until it is two hours old', async () => {
    const { server, make, snapshot } = await start()
    server.answer('discovery', new Response('', { status: 500 }))
    server.clock.advance(7199)
    const options = make()
    expect(importDiscovery(server.issuer, options, snapshot)).toBe(true)
    await discover(server.issuer, options)
    server.clock.advance(3)
    await expectRefusal(discover(server.issuer, options), 'HTTP_STATUS')
  })

  it.each<[string, (snapshot: { metadata?: object }, now: number) => unknown]>([
    ['a time in the future', (snapshot, now) => ({ ...snapshot, at: now + 1 })],
    ['a time longer ago than two hours', (snapshot, now) => ({ ...snapshot, at: now - 7200 })],
    ['no time', ({ metadata }) => ({ metadata })],
    ['a time that is none', (snapshot) => ({ ...snapshot, at: Number.NaN })],
    ['a time in words', (snapshot, now) => ({ ...snapshot, at: String(now) })],
    ['another issuer', (snapshot) => ({ ...snapshot, metadata: { ...snapshot.metadata, issuer: 'https://evil.example' } })],
    ['an address without TLS', (snapshot) => ({ ...snapshot, metadata: { ...snapshot.metadata, jwks_uri: 'http://as.example/jwks' } })],
    ['a script', (snapshot) => ({ ...snapshot, metadata: { ...snapshot.metadata, authorization_endpoint: 'javascript:alert(1)' } })],
    ['no metadata', ({ metadata: _, ...snapshot }) => snapshot],
    ['metadata that is a list', (snapshot) => ({ ...snapshot, metadata: [snapshot.metadata] })],
    ['nothing', () => undefined],
    ['null', () => null],
    ['an array', (snapshot) => [snapshot]],
    ['text', (snapshot) => JSON.stringify(snapshot)],
  ])('S-B24: %s is left out, and the metadata is asked for', async (_, change) => {
    const { server, make, snapshot = {}, requests } = await start()
    const options = make()
    expect(importDiscovery(server.issuer, options, change(snapshot, server.clock.now()))).toBe(false)
    await discover(server.issuer, options)
    expect(requests()).toBe(2)
  })

  it('what the process has and is as new stays', async () => {
    const { server, options, snapshot, client } = await start()
    expect(importDiscovery(server.issuer, options, JSON.parse(JSON.stringify(snapshot)))).toBe(false)
    expect((await discover(server.issuer, options)).server).toBe(client.server)
  })

  it('S-A07: what is no issuer is told', async () => {
    const { make } = await start()
    for (const use of [exportDiscovery, flushDiscovery, (issuer: string, options: ClientOptions) => importDiscovery(issuer, options, {})])
      await expectRefusal(() => use('http://as.example', make()), 'URL_INSECURE')
  })
})

describe('flushDiscovery', () => {
  it('the next discovery asks the server, and takes what it says now', async () => {
    const { server, options } = await start()
    server.answer('discovery', jsonResponse({ ...server.metadata, jwks_uri: 'https://keys.example/' }))
    flushDiscovery(server.issuer, options)
    expect((await discover(server.issuer, options)).server.jwks_uri).toBe('https://keys.example/')
  })

  it('the last good metadata no longer stands in, and no failure is kept', async () => {
    const { server, options } = await start()
    server.answer('discovery', new Response('', { status: 500 }), (_, own) => own())
    flushDiscovery(server.issuer, options)
    await expectRefusal(discover(server.issuer, options), 'HTTP_STATUS')
    flushDiscovery(server.issuer, options)
    await discover(server.issuer, options)
  })
})
