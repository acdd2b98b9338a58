// What only a real server and the platform's own fetch can show: sockets that break, lengths that lie, bodies that drip.
import { createHash } from 'node:crypto'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { deferred, persistent, probe } from '../../test/probe.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import type { ErrorCode } from '../base/error-codes.js'
import { type ClientEvent, type ClientOptions, clientSecretPost, createClient, fetchProtectedResource, type Plugin } from '../index.js'
import { type Operation, type RequestOptions, request } from '../plugin.js'

const servers: { close(): unknown }[] = []
const sockets = new Set<Socket>()

afterEach(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

const listen = async (server: Server | ReturnType<typeof createServer>) => {
  servers.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const overHttp = async (listener: RequestListener) => start(await listen(createHttpServer(listener)))
/** A server that answers each connection with this text. */
const overTcp = async (answer: string) =>
  start(await listen(createServer((socket) => void socket.once('data', () => socket.write(answer)))))

function start(issuer: string) {
  const events: ClientEvent[] = []
  const client = (use: readonly Plugin[], options: Partial<ClientOptions>) =>
    createClient(
      { issuer, token_endpoint: `${issuer}/token` },
      {
        client_id: 'c',
        authentication: clientSecretPost(canaries.secret),
        allowInsecure: 'loopback',
        onEvent: (event) => void events.push(event),
        use,
        ...options,
      },
    )
  const send = (settings: RequestOptions = {}, changes: Partial<Operation<unknown>> = {}, options: Partial<ClientOptions> = {}) =>
    request(client([persistent()], options), probe(changes), { parameters: { code: canaries.code }, ...settings })
  return {
    issuer,
    client,
    /** How many requests were begun. */
    begun: () => events.filter(({ type }) => type === 'request').length,
    send,
    refuse: (code: ErrorCode, ...rest: Parameters<typeof send>) => expectRefusal(send(...rest), code, { events }),
  }
}
const once = { replay: 'if_refused' } as const
const json = { 'content-type': 'application/json' }

describe('over a real connection', () => {
  it('F-L3: a request goes and its answer comes, with the fetch of the platform', async () => {
    const { send } = await overHttp((incoming, response) => {
      let body = ''
      incoming.on('data', (chunk) => {
        body += chunk
      })
      incoming.on('end', () =>
        response.writeHead(200, json).end(JSON.stringify({ method: incoming.method, accept: incoming.headers.accept, body })),
      )
    })
    expect(await send({ parameters: { a: 'b c' } }, {}, { authentication: clientSecretPost('s') })).toEqual({
      method: 'POST',
      accept: 'application/json',
      body: 'a=b+c&client_id=c&client_secret=s',
    })
  })

  it('S-D43: a connection that is reset in the middle of the body is a NETWORK_ERROR, and a code is not sent again', async () => {
    const { refuse, begun } = await overHttp((_, response) => {
      response.writeHead(200, { ...json, 'content-length': 100 })
      response.write('{"access_token":"', () => response.socket?.resetAndDestroy())
    })
    const error = await refuse('NETWORK_ERROR', {}, once)
    expect(error).toMatchObject({ operation: 'probe', http: { status: 200 }, retryable: true })
    expect(begun()).toBe(1)
  })

  it('S-D43: reset before any answer as well; what is safe is sent again, three times in all', async () => {
    const { refuse, begun } = await overHttp((incoming) => void incoming.socket.resetAndDestroy())
    expect((await refuse('NETWORK_ERROR', {}, once)).http).not.toHaveProperty('status')
    expect(begun()).toBe(1)
    await refuse('NETWORK_ERROR')
    expect(begun()).toBe(4)
  })

  it('S-D44: a Content-Length shorter than the body leaves JSON that is cut off', async () => {
    const { refuse } = await overTcp(
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 10\r\n\r\n{"ok":true,"more":true}',
    )
    await refuse('RESPONSE_MALFORMED', {}, once)
  })

  it('S-D44: one longer than the body is an answer that broke off', async () => {
    const { refuse, begun } = await overHttp((_, response) => {
      response.writeHead(200, { ...json, 'content-length': 100 })
      response.write('{"ok":true}', () => response.socket?.end())
    })
    await refuse('NETWORK_ERROR', {}, once)
    expect(begun()).toBe(1)
  })

  it('S-D46: response headers of 64 KiB are a typed error', async () => {
    const { refuse } = await overTcp(`HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(65_536)}\r\ncontent-length: 2\r\n\r\n{}`)
    expect((await refuse('NETWORK_ERROR', {}, once)).message).toContain('UND_ERR_HEADERS_OVERFLOW')
  })

  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['a broken chunk', 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}x'],
  ])('%s is a NETWORK_ERROR', async (_, answer) => {
    const { refuse } = await overTcp(answer)
    await refuse('NETWORK_ERROR', {}, once)
  })

  it('S-D41: a body that drips is given up after the timeout, and its connection is closed', async () => {
    const closed = deferred<void>()
    const { refuse, begun } = await overHttp((incoming, response) => {
      response.writeHead(200, json)
      const timer = setInterval(() => response.write(' '), 5)
      incoming.socket.on('close', () => {
        clearInterval(timer)
        closed.resolve()
      })
    })
    await refuse('TIMEOUT', { timeout: 0.05 }, once)
    await closed.promise
    expect(begun()).toBe(1)
  })

  it('S-D42: a server that never answers is given up after the timeout, and its connection is closed', async () => {
    const closed = deferred<void>()
    const { refuse } = await overHttp((incoming) => void incoming.socket.on('close', () => closed.resolve()))
    await refuse('TIMEOUT', { timeout: 0.05 }, once)
    await closed.promise
  })

  it('S-D48: an abort of the caller closes the connection, before the answer and in the middle of it', async () => {
    for (const begins of [false, true]) {
      const controller = new AbortController()
      const closed = deferred<void>()
      const { refuse, begun } = await overHttp((incoming, response) => {
        incoming.socket.on('close', () => closed.resolve())
        if (!begins) return controller.abort(new Error('enough'))
        response.writeHead(200, json)
        response.write('{', () => controller.abort(new Error('enough')))
      })
      expect((await refuse('ABORTED', { signal: controller.signal })).cause).toBe(controller.signal.reason)
      await closed.promise
      expect(begun()).toBe(1)
    }
  })

  it('S-D38: an endless body is let go of at the limit, and its connection is closed', async () => {
    const closed = deferred<void>()
    const piece = 'x'.repeat(65_536)
    let written = 0
    const { refuse } = await overHttp((incoming, response) => {
      incoming.socket.on('close', () => closed.resolve())
      response.writeHead(200, json)
      const write = () => {
        written += piece.length
        if (!response.destroyed) response.write(piece, write)
      }
      write()
    })
    await refuse('BODY_TOO_LARGE', {}, once)
    await closed.promise
    expect(written).toBeLessThan(64 * 1_048_576)
  })

  it.each([true, false])(
    'S-D39: a gzip bomb is refused whether its length is told (%s) or not, however large the option makes the limit',
    async (isTold) => {
      const bomb = gzipSync(Buffer.alloc(8 * 1_048_576, ' '))
      const { refuse, send } = await overHttp((_, response) => {
        response.writeHead(200, { ...json, 'content-encoding': 'gzip', ...(isTold && { 'content-length': bomb.length }) })
        response.end(bomb)
      })
      await refuse('BODY_TOO_LARGE', {}, once)
      const large = send({}, once, { limits: { body: 16 * 1_048_576 } })
      // Where only the decoded length is visible, the limit is all there is; the body is then read, and is no JSON.
      await expectRefusal(large, isTold ? 'BODY_TOO_LARGE' : 'RESPONSE_MALFORMED')
    },
  )

  it('S-D39: an honest body under gzip is read', async () => {
    const digits = (i: number) => createHash('sha512').update(`modulus ${i}`).digest('base64url')
    const body = JSON.stringify({ keys: Array.from({ length: 20 }, (_, i) => ({ kty: 'RSA', use: 'sig', kid: `key-${i}`, n: digits(i) })) })
    const { send } = await overHttp((_, response) => {
      const zipped = gzipSync(body)
      response.writeHead(200, { ...json, 'content-encoding': 'gzip', 'content-length': zipped.length }).end(zipped)
    })
    expect(await send()).toEqual(JSON.parse(body))
  })

  it('S-D40: a body that is compressed twice is refused', async () => {
    const { refuse } = await overHttp((_, response) => {
      response.writeHead(200, { ...json, 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync('{"ok":true}')))
    })
    await refuse('RESPONSE_MALFORMED', {}, once)
  })

  it('S-D25: a 307 to another host is refused, and that host hears nothing', async () => {
    const heard = vi.fn()
    const evil = await overHttp(heard)
    const { refuse } = await overHttp((_, response) => void response.writeHead(307, { location: `${evil.issuer}/token` }).end())
    await refuse('REDIRECT_REFUSED', {}, once)
    expect(heard).not.toHaveBeenCalled()
  })

  it('S-D20: JSON under Application/JSON; charset=UTF-8 comes through, and Set-Cookie changes nothing (S-D47)', async () => {
    const cookies: unknown[] = []
    const { send } = await overHttp((incoming, response) => {
      cookies.push(incoming.headers.cookie)
      response.writeHead(200, { 'content-type': 'Application/JSON; charset=UTF-8', 'set-cookie': 'session=1' }).end('{"ok":true}')
    })
    expect([await send(), await send()]).toEqual([{ ok: true }, { ok: true }])
    expect(cookies).toEqual([undefined, undefined])
  })

  it('a stream reaches a protected resource, and is not sent again', async () => {
    const bodies: string[] = []
    const { client, issuer } = await overHttp((incoming, response) => {
      let body = ''
      incoming.on('data', (chunk) => {
        body += chunk
      })
      incoming.on('end', () => {
        bodies.push(body)
        response.writeHead(429).end()
      })
    })
    const body = new Response('streamed').body as ReadableStream<Uint8Array>
    const token = { access_token: canaries.token, token_type: 'Bearer' }
    const response = await fetchProtectedResource(client([persistent()], {}), token, `${issuer}/things`, { method: 'PUT', body })
    expect([response.status, bodies]).toEqual([429, ['streamed']])
  })
})

describe('the Response of a protected resource', () => {
  it("F-L5: the caller's signal also ends a body that is read after the headers came", async () => {
    const { issuer, client } = await overHttp((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/plain' })
      res.write('the beginning')
    })
    const controller = new AbortController()
    const { signal } = controller
    const tokens = { access_token: canaries.token, token_type: 'Bearer' }
    const response = await fetchProtectedResource(client([], {}), tokens, `${issuer}/stream`, { signal })
    const text = response.text()
    controller.abort(new Error('the user went away'))
    await expect(text).rejects.toThrow('the user went away')
  })
})
