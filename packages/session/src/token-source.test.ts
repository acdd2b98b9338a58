import { describe, expect, it } from 'vitest'
import { createTokenSource, memoryStore } from './index.js'
import { createServer, login } from './session.test-server.js'

describe('createTokenSource', () => {
  it('gives the token of the login as long as it is good, and asks nobody', async () => {
    const server = createServer()
    const source = createTokenSource(server.client(), login)
    expect(await source.token()).toBe(login.access_token)
    expect(await source.tokens()).toEqual(login)
    expect(server.seen).toEqual([])
  })

  it('S-M10: a hundred callers, one refresh', async () => {
    const server = createServer()
    const source = createTokenSource(server.client(), login)
    server.clock.advance(3600)
    const tokens = await Promise.all(Array.from({ length: 100 }, () => source.token()))
    expect(new Set(tokens)).toEqual(new Set(['canary-access-1']))
    expect(server.sent()).toEqual(['canary-refresh-0'])
  })
  it('F-S7, S-M11: two stores over one memory, as two processes have it: one refresh, and the loser takes what the winner got', async () => {
    const server = createServer()
    const store = memoryStore()
    const [a, b] = [0, 1].map(() => createTokenSource(server.client(), login, { store: { ...store }, key: 's' }))
    await Promise.all([a?.token(), b?.token()])
    server.clock.advance(3600)
    expect(await Promise.all([a?.token(), b?.token(), a?.token()])).toEqual(Array(3).fill('canary-access-1'))
    await a?.logout()
    await expect(b?.token()).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    expect(server.sent()).toEqual(['canary-refresh-0'])
  })
})
