import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, describe, expect, it } from 'vitest'
import { createAppBrowser } from './app-browser.ts'
import { startProvider } from './provider.ts'
import { hasRedis, startRedis } from './redis.ts'
import { startAppProcess } from './soak/processes.ts'

const closing: (() => unknown)[] = []

afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

describe.skipIf(!hasRedis)('two processes with one Redis [needs redis]', () => {
  it('F-S1: the provider tells one process, and the session that began in the other has ended before the provider has its answer', async () => {
    const redis = await startRedis()
    closing.push(redis.close)
    // What the provider posts goes to a door of this test, which passes it on to the second process and looks at the first one before it answers.
    const order: string[] = []
    let far = ''
    let look: () => Promise<string> = async () => ''
    const door = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray())
      const headers = { 'content-type': request.headers['content-type'] ?? '' }
      const { status } = await fetch(`${far}/backchannel`, { method: 'POST', headers, body })
      order.push(`the second process answers ${status}`, `the first one says ${await look()}`)
      response.writeHead(status).end(() => order.push('the provider has its answer'))
    })
    door.listen(0, '127.0.0.1')
    await once(door, 'listening')
    closing.push(() => door.close())
    const { port } = door.address() as { port: number }
    const provider = await startProvider({
      clients: [
        {
          client_id: 'app',
          client_secret: 'only for tests',
          redirect_uris: ['http://127.0.0.1:9/cb'],
          backchannel_logout_uri: `http://127.0.0.1:${port}/backchannel`,
          backchannel_logout_session_required: true,
        },
      ],
      features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    })
    closing.push(() => provider.close())
    // Both stand behind one name, as behind a load balancer: nothing listens there, for the test brings each request to a process itself.
    const env = { ISSUER: provider.issuer, REDIS: redis.url, PREFIX: redis.prefix, ORIGIN: 'http://127.0.0.1:9' }
    const [first, second] = [await startAppProcess(env), await startAppProcess(env)]
    closing.push(first.close, second.close)
    expect(first.pid).not.toBe(second.pid)
    far = second.origin

    const browser = createAppBrowser(first.origin)
    look = () => browser.text('/')
    const agent = provider.openBrowser()
    const begun = await browser.get('/login')
    const { url } = await agent.walk(begun.headers.get('location') ?? '', { login: 'alice', password: 'any' })
    await browser.get(url.pathname + url.search)
    expect(await browser.text('/')).toBe('Hello alice')
    await agent.walk(`${provider.issuer}/session/end`, { logout: 'yes' })
    expect(order).toEqual(['the second process answers 200', 'the first one says Nobody', 'the provider has its answer'])
  })
})
