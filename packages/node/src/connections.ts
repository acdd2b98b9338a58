import { type Agent, type AgentOptions, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import { createJudge, createLookup, judgeLiteral } from './egress.js'
import type { NodeFetchOptions, PEM } from './options.js'
import { authorizeProxy, createFindProxy } from './proxy.js'
import { createTunnelAgent } from './tunnel.js'

/** How one request goes out. */
export interface Route {
  readonly agent: Agent
  /** In place of the server's own address, for http through a proxy. */
  readonly via?: URL
  readonly headers?: Readonly<Record<string, string>>
}

export interface Connections {
  /** @throws `NODE_EGRESS_REFUSED` */
  find(url: URL): Route
  close(): void
}

/** The agents of one `nodeFetch`: its connections are shared with nobody, for they carry its certificate. */
export function createConnections(options: NodeFetchOptions, environment: Readonly<Record<string, string | undefined>>): Connections {
  const { keepAlive = 4, connections = 64 } = options
  // A server closes idle connections after some seconds, and a request that is sent at that moment is lost: `timeout` closes ours first.
  const pooled: AgentOptions = {
    keepAlive: keepAlive > 0,
    maxSockets: connections,
    scheduling: 'lifo',
    ...(keepAlive > 0 && { timeout: keepAlive * 1000 }),
  }
  const tls: ConnectionOptions = {
    ...(options.ca !== undefined && { ca: toList(options.ca) }),
    ...(options.cert !== undefined && { cert: toList(options.cert) }),
    ...(options.key !== undefined && { key: toList(options.key) }),
    ...(options.passphrase !== undefined && { passphrase: options.passphrase }),
    minVersion: 'TLSv1.2',
  }
  const judge = createJudge(options.egress)
  const findProxy = createFindProxy(options.proxy, environment)
  const agents = new Map<string, Agent>()
  const remember = (key: string, make: () => Agent): Agent => {
    const known = agents.get(key)
    if (known) return known
    const agent = make()
    agents.set(key, agent)
    return agent
  }
  return {
    find(url) {
      const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
      if (judge) judgeLiteral(judge, url.hostname, port)
      const lookup = judge ? { lookup: createLookup(judge, port) } : {}
      const proxy = findProxy?.(url)
      if (!proxy)
        return {
          agent: remember(judge ? `${url.protocol}${port}` : url.protocol, () =>
            url.protocol === 'https:' ? new HttpsAgent({ ...pooled, ...tls, ...lookup }) : new HttpAgent({ ...pooled, ...lookup }),
          ),
        }
      if (url.protocol === 'https:') return { agent: remember(`tunnel ${proxy.href}`, () => createTunnelAgent(proxy, pooled, tls)) }
      return {
        agent: remember(`via ${proxy.protocol}`, () =>
          proxy.protocol === 'https:' ? new HttpsAgent({ ...pooled, ...tls }) : new HttpAgent(pooled),
        ),
        via: proxy,
        headers: authorizeProxy(proxy),
      }
    },
    close() {
      for (const agent of agents.values()) agent.destroy()
      agents.clear()
    },
  }
}

const toList = (pem: PEM): (string | Buffer)[] =>
  (Array.isArray(pem) ? pem : [pem]).map((one: string | Uint8Array) => (typeof one === 'string' ? one : Buffer.from(one)))
