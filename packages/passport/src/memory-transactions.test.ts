import type { Transaction } from '@oidc/core'
import type { Request } from 'express'
import { describe, expect, it } from 'vitest'
import { memoryTransactions } from './memory-transactions.js'
import { startTime } from './passport.test-provider.js'
import { startApp } from './passport.test-server.js'

const start = (settings = {}) => startApp({ ...settings, strategy: { store: memoryTransactions() } })

describe('transactions in memory', () => {
  it('F-U11: two tabs of a browser finish, in any order, each once, and a mismatch consumes nothing', async () => {
    const app = await start()
    const browser = app.open()
    const [first, second] = [await browser.begin(), await browser.begin()]
    expect(await browser.get('/cb?code=x&state=bad')).toMatchObject({ status: 403 })
    const callback = `/cb?${app.provider.authorize(second)}`
    expect((await browser.get(callback)).location).toBe('/home')
    expect((await browser.get(`/cb?${app.provider.authorize(first)}`)).location).toBe('/home')
    expect(app.provider.requests.filter((path) => path === '/token')).toHaveLength(2)
    await browser.get(callback)
    expect(app.provider.requests.filter((path) => path === '/token')).toHaveLength(2)
  })

  it('S-C33: another browser does not find them, nor one with a cookie that was planted', async () => {
    const app = await start()
    const [browser, other] = [app.open(), app.open()]
    const callback = `/cb?${app.provider.authorize(await browser.begin())}`
    expect((await other.get(callback)).status).toBe(403)
    const page = await app.open().get('/login', { headers: { cookie: 'oidc-browser.openid=planted' } })
    expect(page.cookies.join()).toMatch(/oidc-browser\.openid=[\w-]{43};/)
    expect((await browser.get(callback)).location).toBe('/home')
  })

  it('F-U11: at most ten, and none that is too old', async () => {
    const app = await start()
    const browser = app.open()
    const urls: string[] = []
    for (let i = 0; i < 11; i++) urls.push(await browser.begin())
    expect((await browser.get(`/cb?${app.provider.authorize(urls[0] ?? '')}`)).status).toBe(403)
    expect((await browser.get(`/cb?${app.provider.authorize(urls[1] ?? '')}`)).location).toBe('/home')
    app.clock.now = startTime + 901
    await browser.begin()
    app.clock.now = startTime
    expect((await browser.get(`/cb?${app.provider.authorize(urls[5] ?? '')}`)).status).toBe(403)
  })

  it('form_post works over https, from another site', async () => {
    const app = await startApp({ tls: true, strategy: { store: memoryTransactions(), parameters: { response_mode: 'form_post' } } })
    const browser = app.open()
    expect((await browser.post('/cb', app.provider.authorize(await browser.begin()))).location).toBe('/home')
  })

  it('without Express it says so', async () => {
    const context = { req: { headers: {} } as Request, strategy: 'openid', now: startTime }
    await expect(memoryTransactions().put(context, {} as Transaction)).rejects.toMatchObject({ code: 'EXPRESS_MISSING' })
  })
})
