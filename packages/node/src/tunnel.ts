import { type AgentOptions, request as requestHttp } from 'node:http'
import { Agent, request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import { oidcError } from '@oidc/core/plugin'
import { authorizeProxy } from './proxy.js'

type Connected = (error: Error | null, socket?: Socket) => void

/** An agent whose TLS connections go through a proxy, which sees nothing but the name of the server. {@link https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6 RFC 9110, section 9.3.6} */
export function createTunnelAgent(proxy: URL, options: AgentOptions, tls: ConnectionOptions): Agent {
  const agent = new Agent(options)
  return Object.assign(agent, {
    // Node's types know no asynchronous form, and its agents have had one since their first day.
    createConnection({ host = '', port = 443 }: ConnectionOptions, connected: Connected): undefined {
      openTunnel(proxy, `${host.includes(':') ? `[${host}]` : host}:${port}`, tls, (error, socket) => {
        if (error || !socket) return connected(error ?? new Error('no socket'))
        const secure = connect({ ...tls, socket, servername: host.includes(':') ? '' : host })
        secure.once('secureConnect', () => connected(null, secure))
        secure.once('error', connected)
      })
    },
  })
}

function openTunnel(proxy: URL, authority: string, { ca }: ConnectionOptions, connected: Connected): void {
  const send = proxy.protocol === 'https:' ? requestHttps : requestHttp
  const request = send({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...authorizeProxy(proxy) },
    agent: false,
    ...(ca !== undefined && { ca }),
  })
  request.once('connect', ({ statusCode }, socket, head) => {
    if (statusCode === 200 && head.length === 0) return connected(null, socket)
    socket.destroy()
    connected(
      oidcError(
        'NODE_PROXY_REFUSED',
        `The proxy ${proxy.host} answered ${statusCode} to a connection to ${authority}, and 200 is wanted. ${statusCode === 407 ? 'Give user and password in its address.' : 'Have it allow that address, or except it.'}`,
      ),
    )
  })
  request.once('error', connected)
  request.end()
}
