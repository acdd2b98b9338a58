import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { clientSecretBasic, discover } from '@oidc/core'
import { createClient, type RedisClientType } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAppBrowser } from './app-browser.ts'
import { createApp } from './examples/redis.ts'
import { type RunningProvider, startProvider } from './provider.ts'
import { hasRedis, startRedis } from './redis.ts'

const closing: (() => unknown)[] = []
let provider: RunningProvider
let near: string
let far: string
let isDown = false
const posted: number[] = []

async function listen(): Promise<http.Server & { origin: string }> {
  const server = http.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return Object.assign(server, { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

beforeAll(async () => {
  if (!hasRedis) return
  const { url, prefix, close } = await startRedis()
  closing.push(close)
  const connect = async () => {
    const redis = createClient({ url })
    await redis.connect()
    closing.push(() => redis.close())
    return redis as RedisClientType
  }
  const [first, second] = [await listen(), await listen()]
  near = first.origin
  far = second.origin
  const registration = {
    client_id: 'app',
    client_secret: 'only for tests',
    redirect_uris: [`${near}/cb`],
    backchannel_logout_uri: `${far}/backchannel`,
    backchannel_logout_session_required: true,
  }
  provider = await startProvider({
    clients: [registration],
    features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  })
  closing.push(() => provider.close())
  const client = () =>
    discover(provider.issuer, { client_id: 'app', authentication: clientSecretBasic('only for tests'), allowInsecure: 'loopback' })
  first.on('request', createApp({ origin: near, client, redis: await connect(), prefix }))
  const app = createApp({ origin: near, client, redis: failing(await connect()), prefix })
  second.on('request', (request, response) => {
    response.on('finish', () => posted.push(response.statusCode))
    app(request, response)
  })
})

afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

/** Of the one that hears of the logout. */
function failing(redis: RedisClientType): RedisClientType {
  return new Proxy(redis, {
    get(target, name) {
      if (isDown && name === 'sMembers') return () => Promise.reject(new Error('ECONNREFUSED'))
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

async function signIn(login = 'alice') {
  const browser = createAppBrowser(near)
  const agent = provider.openBrowser()
  const begun = await browser.get('/login')
  const { url } = await agent.walk(begun.headers.get('location') ?? '', { login, password: 'any' })
  await browser.get(url.pathname + url.search)
  return { browser, end: () => agent.walk(`${provider.issuer}/session/end`, { logout: 'yes' }) }
}

describe.skipIf(!hasRedis)('several processes with one Redis [needs redis]', () => {
  it('F-S1: the provider tells one of them, and the session ends at the other, before the provider has its answer', async () => {
    const [user, other] = [await signIn(), await signIn()]
    expect(await user.browser.text('/')).toBe('Hello alice')
    await user.end()
    expect(posted).toEqual([200])
    expect([await user.browser.text('/'), await other.browser.text('/')]).toEqual(['Nobody', 'Hello alice'])
  })

  it('S-N17: while Redis is down nothing ends and no success is told', async () => {
    const user = await signIn()
    posted.length = 0
    isDown = true
    await user.end()
    isDown = false
    expect(posted).toEqual([400])
    expect(await user.browser.text('/')).toBe('Hello alice')
  })

  it('200 logins, 16 at a time, and each user is signed in as themselves', { timeout: 240_000 }, async () => {
    const names = Array.from({ length: 200 }, (_, i) => `user-${i}`)
    const greetings: string[] = []
    const work = async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        const { browser } = await signIn(name)
        if ((await browser.text('/')) === `Hello ${name}`) greetings.push(name)
      }
    }
    await Promise.all(Array.from({ length: 16 }, work))
    expect(new Set(greetings).size).toBe(200)
  })
})
