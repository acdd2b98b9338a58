import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { generate } from 'selfsigned'
import { afterAll } from 'vitest'

const open: Server[] = []
const sockets: Socket[] = []

afterAll(async () => {
  // A tunnel is no connection of the server any more.
  for (const socket of sockets) socket.destroy()
  for (const server of open) await new Promise((resolve) => server.close(resolve))
})

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** What a server was asked for. */
export interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Running {
  readonly port: number
  readonly origin: string
  readonly seen: readonly Seen[]
  /** How many connections were opened. */
  readonly connections: readonly Socket[]
}

const read = async (message: IncomingMessage): Promise<string> => {
  let body = ''
  for await (const chunk of message) body += chunk
  return body
}

/** A real server on loopback. */
export async function startServer(answer: Answer, tls?: ServerOptions): Promise<Running> {
  const seen: Seen[] = []
  const connections: Socket[] = []
  const listener = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await read(message)
    seen.push({ method: message.method, url: message.url, headers: message.headers, body })
    answer(message, response, body)
  }
  const server = tls ? createSecureServer(tls, listener) : createServer(listener)
  server.on('connection', (socket: Socket) => sockets.push(socket))
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections.push(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(server)
  const { port } = server.address() as AddressInfo
  return { port, origin: `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${port}`, seen, connections }
}

/** A proxy that tunnels, and passes plain requests on; it wants user and password if they are given. */
export async function startProxy(authorization?: string): Promise<Running & { readonly tunnels: readonly string[] }> {
  const tunnels: string[] = []
  const isAllowed = ({ headers }: IncomingMessage): boolean =>
    authorization === undefined || headers['proxy-authorization'] === `Basic ${Buffer.from(authorization).toString('base64')}`
  const running = await startServer((message, response, body) => {
    if (!isAllowed(message)) return void response.writeHead(407).end()
    const { host: _, 'proxy-authorization': __, ...headers } = message.headers
    const onward = request(message.url ?? '', { method: message.method, headers: { ...headers, 'x-proxied': 'yes' } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.end(body)
  })
  open.at(-1)?.on('connect', (message: IncomingMessage, socket: Socket) => {
    tunnels.push(message.url ?? '')
    if (!isAllowed(message)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    const [, port] = (message.url ?? '').split(':')
    // Every name leads to this machine.
    const onward = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    sockets.push(onward)
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  return { ...running, tunnels }
}

export interface Certified {
  readonly key: string
  readonly cert: string
}

/** A certificate for `localhost` that trusts itself. */
export async function certify(name: string): Promise<Certified> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: 'op.example' },
        ],
      },
    ],
  })
  return { key, cert }
}

export const json = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
