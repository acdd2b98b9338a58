import { expect, it } from 'vitest'
import { createTokenSource } from './index.js'
import { createServer, login, refused } from './session.test-server.js'

it('renew gives another token though the held one is good, once for all who ask at once', async () => {
  const server = createServer()
  const source = createTokenSource(server.client(), login)
  const first = await source.token()
  const [a, b] = await Promise.all([source.token({ renew: true }), source.token({ renew: true })])
  expect(a).not.toBe(first)
  expect(b).toBe(a)
  expect(server.sent()).toHaveLength(1)
})

it('renew tells of what goes wrong, though the held token is good; the session goes on', async () => {
  const server = createServer()
  const source = createTokenSource(server.client(), login)
  const first = await source.token()
  server.answer('/token', refused('temporarily_unavailable', 503))
  await expect(source.token({ renew: true })).rejects.toMatchObject({ error: 'temporarily_unavailable' })
  expect(await source.token()).toBe(first)
})

it('renew gives the held token where no refresh token came with it', async () => {
  const { refresh_token: _, ...tokens } = login
  const server = createServer()
  const source = createTokenSource(server.client(), tokens)
  expect(await source.token({ renew: true })).toBe(tokens.access_token)
  expect(server.sent()).toHaveLength(0)
})

it('tokens of a short life are due a whole second before they end, for clocks count whole seconds', async () => {
  const server = createServer()
  const source = createTokenSource(server.client(), { ...login, expires_in: 2, expires_at: server.clock.now() + 2 })
  expect(await source.token()).toBe(login.access_token)
  server.clock.advance(1)
  expect(await source.token()).not.toBe(login.access_token)
})
