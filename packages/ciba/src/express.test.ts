import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { auth_req_id, createWorld, parameters, pushBody, type World, type WorldOptions } from './ciba.test-server.js'
import { createPingHandler, createPushHandler, type ExpressRequest } from './express.js'
import { initiateBackchannelAuthentication } from './initiate.js'

async function begin(mode: 'ping' | 'push', options: WorldOptions = {}): Promise<World> {
  const world = createWorld({ ciba: { mode, ...options.ciba } })
  await initiateBackchannelAuthentication(world.client, parameters)
  return world
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server of node:http whose handler is given what Express would give. */
async function serve(handler: (req: IncomingMessage, res: ServerResponse) => unknown): Promise<string> {
  const server = createServer((req, res) => void handler(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const post = (url: string, token: string, body: string | Uint8Array<ArrayBuffer>) =>
  fetch(url, { method: 'POST', body, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } })

/** A response by its shape. */
function fakeResponse() {
  const sent: { status?: number; ended?: boolean; headers: Record<string, string> } = { headers: {} }
  const res = {
    statusCode: 200,
    setHeader: (name: string, value: string) => {
      sent.headers[name] = value
    },
    end: () => {
      sent.status = res.statusCode
      sent.ended = true
    },
  }
  return { res, sent }
}

async function* nothing(): AsyncGenerator<unknown> {}

function fakeRequest(token: string, body: unknown): ExpressRequest {
  return {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
    [Symbol.asyncIterator]: nothing,
  }
}

describe('the Express form', () => {
  it('F-T4: a ping over HTTP is answered, and handed on', async () => {
    const { client, notificationToken } = await begin('ping')
    let arrive: (id: string) => void = () => undefined
    const arrived = new Promise<string>((resolve) => {
      arrive = resolve
    })
    const url = await serve(createPingHandler(client, (ping) => arrive(ping.auth_req_id)))
    const response = await post(url, notificationToken(), JSON.stringify({ auth_req_id }))
    expect([response.status, response.headers.get('cache-control'), await response.text()]).toEqual([204, 'no-store', ''])
    expect(await arrived).toBe(auth_req_id)
  })

  it('S-L12: 10 MB are refused with 413 that arrives, and the connection stays', async () => {
    const { client, notificationToken } = await begin('ping')
    const url = await serve(createPingHandler(client, () => undefined))
    const chunked = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization: `Bearer ${notificationToken()}`, 'content-type': 'application/json' }
      const sent = request(url, { method: 'POST', headers }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      sent.on('error', reject)
      sent.write(Buffer.alloc(10 * 1024 * 1024, 'x'))
      sent.end()
    })
    expect(chunked).toBe(413)
    expect((await post(url, notificationToken(), JSON.stringify({ auth_req_id }))).status).toBe(204)
  })

  it('S-L07: a call without the token is refused, nothing of it is read, and onRefused is told', async () => {
    const { client } = await begin('ping')
    const codes: string[] = []
    const onPing = () => void codes.push('ping')
    const handler = createPingHandler(client, onPing, { onRefused: ({ code }) => void codes.push(code) })
    const { res, sent } = fakeResponse()
    let read = 0
    async function* body(): AsyncGenerator<unknown> {
      read++
      yield ''
    }
    await handler({ method: 'POST', headers: {}, [Symbol.asyncIterator]: body }, res)
    expect([sent.status, sent.headers['www-authenticate'], codes, read]).toEqual([401, 'Bearer', ['CIBA_NOTIFICATION_TOKEN'], 0])
  })

  it.each([
    ['an object', { auth_req_id }],
    ['a text', JSON.stringify({ auth_req_id })],
    ['bytes', Buffer.from(JSON.stringify({ auth_req_id }))],
  ])('a body that a parser has read is taken from there: %s', async (_, body) => {
    const { client, notificationToken } = await begin('ping')
    const ids: string[] = []
    const { res, sent } = fakeResponse()
    await createPingHandler(client, (ping) => ids.push(ping.auth_req_id))(fakeRequest(notificationToken(), body), res)
    expect([sent.status, ids]).toEqual([204, [auth_req_id]])
  })

  it('an empty object, as Express 4 leaves it, is no body that was read', async () => {
    const { client, notificationToken } = await begin('ping')
    const { res, sent } = fakeResponse()
    async function* text(): AsyncGenerator<unknown> {
      yield JSON.stringify({ auth_req_id }).slice(0, 5)
      yield Buffer.from(JSON.stringify({ auth_req_id }).slice(5))
    }
    await createPingHandler(client, () => undefined)({ ...fakeRequest(notificationToken(), {}), [Symbol.asyncIterator]: text }, res)
    expect(sent.status).toBe(204)
  })

  it('the ping is answered before the tokens are asked for; what fails then goes to next', async () => {
    const { client, notificationToken } = await begin('ping')
    const { res, sent } = fakeResponse()
    const failed = new Error('no tokens')
    let answered: boolean | undefined
    const given: unknown[] = []
    const handler = createPingHandler(client, async () => {
      answered = sent.ended
      throw failed
    })
    await handler(fakeRequest(notificationToken(), { auth_req_id }), res, (error) => void given.push(error))
    expect([answered, given]).toEqual([true, [failed]])
  })

  it('F-T4: the push is answered once its tokens are kept; where that fails the server is not told that it went well', async () => {
    for (const outcome of ['kept', 'lost']) {
      const { client, notificationToken } = await begin('push')
      const { res, sent } = fakeResponse()
      const given: unknown[] = []
      let answered: boolean | undefined
      const handler = createPushHandler(client, async ({ tokens }) => {
        answered = sent.ended
        if (outcome === 'lost') throw new Error(tokens.token_type)
      })
      await handler(fakeRequest(notificationToken(), await pushBody()), res, (error) => void given.push(error))
      expect([answered, sent.status, given.length]).toEqual(outcome === 'kept' ? [undefined, 204, 0] : [undefined, undefined, 1])
    }
  })

  it('F-T4: a push without tokens is told to onRefused, with its auth_req_id', async () => {
    const { client, notificationToken } = await begin('push')
    const { res, sent } = fakeResponse()
    const told: unknown[] = []
    const handler = createPushHandler(client, () => told.push('push'), {
      expectedSubject: 'user-canary',
      onRefused: ({ error }, id) => void told.push(error, id),
    })
    await handler(fakeRequest(notificationToken(), { auth_req_id, error: 'access_denied' }), res)
    expect([sent.status, told]).toEqual([204, ['access_denied', auth_req_id]])
  })

  it('without next, what fails rejects', async () => {
    const { client } = await begin('ping')
    const { res } = fakeResponse()
    await expect(createPushHandler(client, () => undefined)(fakeRequest('x', {}), res)).rejects.toMatchObject({ code: 'CIBA_MODE' })
  })
})
