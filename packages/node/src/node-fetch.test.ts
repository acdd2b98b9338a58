import { gzipSync } from 'node:zlib'
import { type ClientOptions, clientCredentialsGrant, clientSecretBasic, createClient, isOidcError } from '@oidc/core'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type NodeFetchOptions, nodeFetch } from './index.js'
import { type Certified, certify, json, startProxy, startServer } from './node.test-server.js'

let server: Certified
let client: Certified

beforeAll(async () => {
  server = await certify('localhost')
  client = await certify('client')
})

const thrownBy = async (run: () => Promise<unknown>) => {
  const thrown = await run().then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown === undefined) throw new Error('nothing was thrown')
  return thrown as Error & { code?: string }
}

const tokens = { access_token: 'at', token_type: 'Bearer', expires_in: 60 }

const clientOf = (issuer: string, fetch: typeof globalThis.fetch, options: Partial<ClientOptions> = {}) =>
  createClient(
    { issuer, token_endpoint: `${issuer}/token` },
    { client_id: 'app', authentication: clientSecretBasic('secret'), fetch, allowInsecure: 'loopback', ...options },
  )

describe('requests', () => {
  it('a token request of a client arrives whole, and its answer comes back', async () => {
    const running = await startServer((_, response) => json(response, tokens))
    const got = await clientCredentialsGrant(clientOf(running.origin, nodeFetch()), { scope: 'a b' })
    expect(got.access_token).toBe('at')
    expect(running.seen[0]).toMatchObject({ method: 'POST', url: '/token', body: 'grant_type=client_credentials&scope=a+b' })
    expect(running.seen[0]?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
    expect(running.seen[0]?.headers.host).toBe(`127.0.0.1:${running.port}`)
  })

  it.each([
    ['a string', 'tea'],
    ['bytes', new TextEncoder().encode('tea')],
    ['an ArrayBuffer', new TextEncoder().encode('tea').buffer],
    ['a Blob', new Blob(['tea'])],
    ['a stream', new Response('tea').body],
  ] as const)('a body that is %s arrives as it is', async (_, body) => {
    const running = await startServer((__, response) => json(response, {}))
    await nodeFetch()(running.origin, { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect(running.seen[0]?.body).toBe('tea')
  })

  it('a form with files is written as the web platform does', async () => {
    const running = await startServer((_, response) => json(response, {}))
    const body = new FormData()
    body.set('file', new Blob(['tea']), 'tea.txt')
    await nodeFetch()(new Request(running.origin, { method: 'POST', body }))
    expect(running.seen[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(running.seen[0]?.body).toContain('filename="tea.txt"')
  })

  it('the answer is a Response: status, text, every header, several cookies', async () => {
    const running = await startServer(
      (_, response) => void response.writeHead(201, 'Made', { 'set-cookie': ['a=1', 'b=2'], 'x-one': 'é' }).end('done'),
    )
    const response = await nodeFetch()(running.origin)
    expect(response).toBeInstanceOf(Response)
    expect([response.status, response.statusText, response.ok]).toEqual([201, 'Made', true])
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await response.text()).toBe('done')
  })

  it.each([204, 304])('status %i has no body', async (status) => {
    const running = await startServer((_, response) => void response.writeHead(status).end())
    expect((await nodeFetch()(running.origin)).body).toBeNull()
  })

  it('a compressed answer is opened', async () => {
    const running = await startServer((_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('tea')))
    expect(await (await nodeFetch()(running.origin)).text()).toBe('tea')
  })

  it('S-D39: a compressed answer that swells is ended at the cap of core', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    const running = await startServer(
      (_, response) => void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb),
    )
    const error = await thrownBy(() => clientCredentialsGrant(clientOf(running.origin, nodeFetch())))
    expect(error.code).toBe('BODY_TOO_LARGE')
  })

  it('S-D25: a redirect is given as it is, and following one is refused', async () => {
    const running = await startServer((_, response) => void response.writeHead(307, { location: '/elsewhere' }).end())
    expect((await nodeFetch()(running.origin, { redirect: 'manual' })).status).toBe(307)
    expect(running.seen).toHaveLength(1)
    expect((await thrownBy(() => nodeFetch()(running.origin, { redirect: 'follow' }))).code).toBe('NODE_FETCH_OPTION_INVALID')
    expect((await thrownBy(() => clientCredentialsGrant(clientOf(running.origin, nodeFetch())))).code).toBe('REDIRECT_REFUSED')
  })

  it('S-D46: headers without end are an error', async () => {
    const running = await startServer((_, response) => void response.writeHead(200, { 'x-long': 'x'.repeat(100_000) }).end())
    expect((await thrownBy(() => nodeFetch()(running.origin))).code).toBe('HPE_HEADER_OVERFLOW')
  })

  it('S-D43: a connection that breaks in the middle of the answer is an error, and the request is not sent again', async () => {
    const running = await startServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"access', () => response.destroy())
    })
    const error = await thrownBy(() => clientCredentialsGrant(clientOf(running.origin, nodeFetch())))
    expect(error.code).toBe('NETWORK_ERROR')
    expect(running.seen).toHaveLength(1)
  })

  it('another scheme than https and http is refused', async () => {
    expect((await thrownBy(() => nodeFetch()('file:///etc/passwd'))).code).toBe('NODE_FETCH_OPTION_INVALID')
  })
})

describe('signals', () => {
  it('one that was given up already sends nothing', async () => {
    const running = await startServer((_, response) => json(response, {}))
    const reason = new Error('enough')
    expect(await thrownBy(() => nodeFetch()(running.origin, { signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(running.seen).toHaveLength(0)
  })

  it('one that is given up before the answer ends the request with its reason', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const running = await startServer(() => controller.abort(reason))
    expect(await thrownBy(() => nodeFetch()(running.origin, { signal: controller.signal }))).toBe(reason)
  })

  it('S-D48: one that is given up in the middle of the body ends the reading with its reason', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const running = await startServer((_, response) => void response.writeHead(200).write('half'))
    const response = await nodeFetch()(running.origin, { signal: controller.signal })
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('half')
    const rest = reader?.read()
    controller.abort(reason)
    expect(await thrownBy(async () => rest)).toBe(reason)
  })

  it('a body that is let go of closes its connection', async () => {
    const closed: Promise<unknown>[] = []
    const running = await startServer((message, response) => {
      closed.push(new Promise((resolve) => message.socket.once('close', resolve)))
      response.writeHead(200).write('half')
    })
    await (await nodeFetch()(running.origin)).body?.cancel()
    await closed[0]
  })
})

describe('connections', () => {
  it('are kept and used again, and close() lets go of them', async () => {
    const running = await startServer((_, response) => json(response, {}))
    const fetch = nodeFetch()
    for (let i = 0; i < 3; i++) await (await fetch(running.origin)).text()
    expect(running.connections).toHaveLength(1)
    const closed = new Promise((resolve) => running.connections[0]?.once('close', resolve))
    fetch.close()
    await closed
  })

  it('are not kept with keepAlive: 0', async () => {
    const running = await startServer((_, response) => json(response, {}))
    const fetch = nodeFetch({ keepAlive: 0 })
    for (let i = 0; i < 2; i++) await (await fetch(running.origin)).text()
    expect(running.connections).toHaveLength(2)
  })

  it('a GET whose kept connection was closed meanwhile goes out once more over a new one, and a POST does not', async () => {
    let isHostile = false
    const running = await startServer((message, response) => {
      if (isHostile && running.connections.indexOf(message.socket) === 0) return void message.socket.resetAndDestroy()
      json(response, {})
    })
    const fetch = nodeFetch()
    await (await fetch(running.origin)).text()
    isHostile = true
    expect(await (await fetch(running.origin)).json()).toEqual({})
    expect(running.seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET'])

    const second = nodeFetch()
    isHostile = false
    await (await second(running.origin)).text()
    const last = running.connections.at(-1)
    last?.once('data', () => last.resetAndDestroy())
    expect((await thrownBy(() => second(running.origin, { method: 'POST', body: 'a code that works once' }))).code).toBe('ECONNRESET')
  })

  it('no more than so many are opened to one server', async () => {
    const running = await startServer((_, response) => json(response, {}))
    const fetch = nodeFetch({ connections: 2 })
    await Promise.all(Array.from({ length: 8 }, async () => (await fetch(running.origin)).text()))
    expect(running.connections).toHaveLength(2)
  })
})

describe('TLS', () => {
  it('a certificate of an unknown authority is refused, and taken with its ca', async () => {
    const running = await startServer((_, response) => json(response, tokens), server)
    expect((await thrownBy(() => nodeFetch()(running.origin))).code).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/)
    expect((await clientCredentialsGrant(clientOf(running.origin, nodeFetch({ ca: server.cert })))).access_token).toBe('at')
  })

  it('a certificate for another name is refused', async () => {
    const running = await startServer((_, response) => json(response, {}), server)
    expect((await thrownBy(() => nodeFetch({ ca: server.cert })(`https://127.0.0.1:${running.port}`))).code).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    )
  })

  it('the client certificate reaches the server, and without one the server hangs up', async () => {
    const tls = { ...server, ca: client.cert, requestCert: true, rejectUnauthorized: true }
    const running = await startServer(
      (message, response) => json(response, { authorized: (message.socket as unknown as { authorized: boolean }).authorized }),
      tls,
    )
    const fetch = nodeFetch({ ca: server.cert, ...client })
    expect(await (await fetch(running.origin)).json()).toEqual({ authorized: true })
    expect(isOidcError(await thrownBy(() => clientCredentialsGrant(clientOf(running.origin, nodeFetch({ ca: server.cert })))))).toBe(true)
  })
})

describe('proxies', () => {
  it('https goes through a tunnel: the proxy sees the name of the server alone', async () => {
    const running = await startServer((_, response) => json(response, tokens), server)
    const proxy = await startProxy()
    const fetch = nodeFetch({ proxy: proxy.origin, ca: server.cert })
    expect((await clientCredentialsGrant(clientOf(`https://op.example:${running.port}`, fetch))).access_token).toBe('at')
    expect(proxy.tunnels).toEqual([`op.example:${running.port}`])
    expect(proxy.seen).toEqual([])
    await clientCredentialsGrant(clientOf(`https://op.example:${running.port}`, fetch))
    expect(proxy.tunnels).toHaveLength(1)
  })

  it('http goes to the proxy with its whole address', async () => {
    const running = await startServer((_, response) => json(response, {}))
    const proxy = await startProxy()
    await (await nodeFetch({ proxy: () => proxy.origin })(`${running.origin}/path?q=1`)).text()
    expect(proxy.seen[0]?.url).toBe(`${running.origin}/path?q=1`)
    expect(running.seen[0]?.headers['x-proxied']).toBe('yes')
  })

  it('user and password of its address are sent, and where they are wrong the error says what to do', async () => {
    const running = await startServer((_, response) => json(response, {}), server)
    const proxy = await startProxy('anne:p@ss')
    const right = nodeFetch({ proxy: `http://anne:p%40ss@127.0.0.1:${proxy.port}`, ca: server.cert })
    expect((await right(running.origin)).status).toBe(200)
    const wrong = await thrownBy(() => nodeFetch({ proxy: proxy.origin, ca: server.cert })(running.origin))
    expect(wrong.code).toBe('NODE_PROXY_REFUSED')
    expect(wrong.message).toContain('407')
    expect(wrong.message).toContain('Give user and password in its address.')
  })

  it('environment reads HTTPS_PROXY, http_proxy and NO_PROXY, and nothing else does', async () => {
    const running = await startServer((_, response) => json(response, {}))
    const proxy = await startProxy()
    vi.stubEnv('http_proxy', proxy.origin)
    try {
      await (await nodeFetch()(running.origin)).text()
      expect(proxy.seen).toHaveLength(0)
      await (await nodeFetch({ proxy: 'environment' })(running.origin)).text()
      expect(proxy.seen).toHaveLength(1)
      vi.stubEnv('NO_PROXY', `example.com, 127.0.0.1:${running.port}`)
      await (await nodeFetch({ proxy: 'environment' })(running.origin)).text()
      expect(proxy.seen).toHaveLength(1)
    } finally {
      vi.unstubAllEnvs()
    }
  })
})

describe('egress', () => {
  it('S-A13: an address of this machine is refused in any spelling, and nothing is connected to', async () => {
    const running = await startServer((_, response) => json(response, {}))
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]'])
      expect((await thrownBy(() => nodeFetch({ egress: 'public' })(`http://${host}:${running.port}`))).code).toBe('NODE_EGRESS_REFUSED')
    expect(running.connections).toHaveLength(0)
  })

  it('S-D55: a name that leads inside is refused, also when it led outside the first time', async () => {
    const running = await startServer((_, response) => json(response, {}))
    const error = await thrownBy(() => nodeFetch({ egress: 'public' })(`http://localhost:${running.port}`))
    expect(error.code).toBe('NODE_EGRESS_REFUSED')
    expect(error.message).toContain('localhost leads to ')
    expect(running.connections).toHaveLength(0)
    // Judged at every connection, not at the first.
    let isAllowed = true
    const fetch = nodeFetch({
      keepAlive: 0,
      egress({ host }) {
        if (!isAllowed) throw Object.assign(new Error(host), { code: 'NOT_ANY_MORE' })
      },
    })
    const url = `http://localhost:${running.port}`
    await (await fetch(url)).text()
    isAllowed = false
    expect((await thrownBy(() => fetch(url))).code).toBe('NOT_ANY_MORE')
    expect(running.connections).toHaveLength(1)
  })

  it('a function sees address, name and port', async () => {
    const running = await startServer((_, response) => json(response, {}))
    const seen: unknown[] = []
    await nodeFetch({ egress: (destination) => seen.push(destination) })(running.origin)
    expect(seen).toEqual([{ address: '127.0.0.1', host: '127.0.0.1', port: running.port }])
  })

  it('through a client, the reason is named', async () => {
    const error = await thrownBy(() => clientCredentialsGrant(clientOf('http://127.0.0.1:1', nodeFetch({ egress: 'public' }))))
    expect(error.message).toContain('NODE_EGRESS_REFUSED')
  })
})

describe('options', () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [{ prox: 'http://proxy' }, 'prox is unknown'],
    [{ proxy: 7 }, 'proxy is of the wrong kind'],
    [{ proxy: 'ftp://proxy' }, 'no http or https address'],
    [{ ca: 'not PEM' }, 'ca is of the wrong kind'],
    [{ ca: [] }, 'ca is of the wrong kind'],
    [{ cert: '-----BEGIN CERTIFICATE-----' }, 'cert stands alone'],
    [{ key: '-----BEGIN PRIVATE KEY-----' }, 'key stands alone'],
    [{ keepAlive: Number.NaN }, 'keepAlive is of the wrong kind'],
    [{ connections: 0 }, 'connections is of the wrong kind'],
    [{ egress: 'private' }, 'egress is of the wrong kind'],
    [{ egress: 'public', proxy: 'http://proxy' }, 'proxy and egress stand together'],
    [{ rejectUnauthorized: false }, 'rejectUnauthorized is unknown'],
  ]
  it.each(wrong)('%o is refused before anything is sent', (options, message) => {
    expect(() => nodeFetch(options as NodeFetchOptions)).toThrow(message)
  })

  it('a password in the address of a proxy is in no error', () => {
    expect(() => nodeFetch({ proxy: 'ftp://anne:canary-password@proxy' })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('canary') }),
    )
  })
})
