import { describe, expect, it } from 'vitest'
import { createTokenSource } from './index.js'
import { api, createServer, json, login, refused } from './session.test-server.js'

const unauthorized = (challenge = 'Bearer error="invalid_token"') => json({}, 401, { 'www-authenticate': challenge })

function open(tokens = login) {
  const server = createServer()
  const source = createTokenSource(server.client(), tokens)
  return { server, source, calls: () => server.to('/orders').map(({ authorization }) => authorization) }
}

describe('fetch', () => {
  it('F-U12: calls the API with a token that is good', async () => {
    const { server, source, calls } = open()
    const { fetch } = source
    expect(await (await fetch(api)).json()).toEqual({ orders: [] })
    server.clock.advance(3600)
    await fetch(new URL(api), { method: 'POST', body: 'x' })
    expect(calls()).toEqual(['Bearer canary-access-0', 'Bearer canary-access-1'])
  })

  it.each<[string, RequestInit['body']]>([
    ['no body', undefined],
    ['text', 'x=1'],
    ['a form', new URLSearchParams({ x: '1' })],
    ['bytes', new Uint8Array([1, 2])],
    ['a Blob', new Blob(['x'])],
  ])('F-U12: on 401 it renews the token once and sends the request once more, with %s', async (_, body) => {
    const { server, source, calls } = open()
    server.answer('/orders', unauthorized())
    const response = await source.fetch(api, body === undefined ? {} : { method: 'POST', body: body as string })
    expect(response.status).toBe(200)
    expect(calls()).toEqual(['Bearer canary-access-0', 'Bearer canary-access-1'])
    expect(server.sent()).toEqual(['canary-refresh-0'])
    expect(await source.token()).toBe('canary-access-1')
  })

  it('F-U12: a stream is never sent twice, and the 401 is the result', async () => {
    const { server, source, calls } = open()
    server.answer('/orders', unauthorized())
    const response = await source.fetch(api, { method: 'POST', body: new Blob(['x']).stream() })
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({})
    expect([calls().length, server.sent()]).toEqual([1, []])
  })

  it('F-U12: on 403, and every other status, nothing is renewed', async () => {
    for (const status of [200, 302, 400, 403, 404, 429, 500, 503]) {
      const { server, source, calls } = open()
      server.answer('/orders', json({}, status, { 'www-authenticate': 'Bearer error="invalid_token"' }))
      expect((await source.fetch(api)).status).toBe(status)
      expect([calls().length, server.sent()]).toEqual([1, []])
    }
  })

  it.each(['insufficient_user_authentication', 'insufficient_scope', 'use_dpop_nonce', 'invalid_dpop_proof', 'invalid_request'])(
    'F-U12: nor on a 401 that says %s, which no other token would mend',
    async (error) => {
      const { server, source } = open()
      server.answer('/orders', unauthorized(`Bearer error="${error}"`))
      expect((await source.fetch(api)).status).toBe(401)
      expect(server.sent()).toEqual([])
    },
  )

  it('S-M18, F-U12: a token without a lifetime is renewed on 401, once', async () => {
    const { expires_at: _, expires_in: __, ...timeless } = login
    const { server, source, calls } = open(timeless)
    server.answer('/orders', unauthorized('Bearer'))
    expect((await source.fetch(api)).status).toBe(200)
    expect(calls()).toHaveLength(2)
    expect(server.sent()).toHaveLength(1)
  })

  it('F-U12: an API that refuses every token gets two requests, and its calls do not become a storm of renewals', async () => {
    const { server, source, calls } = open()
    server.answer('/orders', ...Array.from({ length: 9 }, () => unauthorized()))
    expect((await source.fetch(api)).status).toBe(401)
    expect([calls().length, server.sent().length]).toEqual([2, 1])
    for (let i = 0; i < 5; i++) expect((await source.fetch(api)).status).toBe(401)
    expect([calls().length, server.sent().length]).toEqual([7, 1])
    server.clock.advance(61)
    expect((await source.fetch(api)).status).toBe(401)
    expect([calls().length, server.sent().length]).toEqual([9, 2])
  })

  it('F-U12: many calls that are refused at once lead to one renewal', async () => {
    const { server, source, calls } = open()
    server.answer('/orders', ...Array.from({ length: 20 }, () => unauthorized()))
    const responses = await Promise.all(Array.from({ length: 20 }, () => source.fetch(api)))
    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(server.sent()).toEqual(['canary-refresh-0'])
    expect(calls()).toHaveLength(40)
  })

  it('F-U12: a call that was refused late finds the token that another has renewed meanwhile', async () => {
    const { server, source, calls } = open()
    server.answer('/orders', async () => {
      server.answer('/orders', unauthorized())
      await source.fetch(api)
      return unauthorized()
    })
    expect((await source.fetch(api)).status).toBe(200)
    expect(server.sent()).toEqual(['canary-refresh-0'])
    expect(calls()).toHaveLength(4)
  })

  it('F-U12: where nothing can be renewed, the 401 is the result', async () => {
    const { refresh_token: _, ...plain } = login
    const without = open(plain)
    without.server.answer('/orders', unauthorized())
    expect((await without.source.fetch(api)).status).toBe(401)
    const down = open()
    down.server.answer('/orders', unauthorized())
    down.server.answer('/token', json({}, 503))
    expect((await down.source.fetch(api)).status).toBe(401)
    expect(down.calls()).toHaveLength(1)
  })

  it('F-U12, S-M15: when the session is over, the 401 is followed by the typed error', async () => {
    const { server, source } = open()
    server.answer('/orders', unauthorized())
    server.answer('/token', refused('invalid_grant'))
    await expect(source.fetch(api)).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
  })

  it('an access token that has expired and cannot be renewed is not sent', async () => {
    const { refresh_token: _, ...plain } = login
    const { server, source } = open(plain)
    server.clock.advance(3550)
    expect(await source.token()).toBe('canary-access-0')
    server.clock.advance(50)
    await expect(source.fetch(api)).rejects.toMatchObject({
      code: 'REAUTHENTICATION_REQUIRED',
      message: expect.stringContaining('no refresh token'),
    })
    expect(server.seen).toEqual([])
  })
})
