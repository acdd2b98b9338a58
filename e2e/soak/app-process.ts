// A process of its own with the application of examples/redis.ts, told by its parent where everything is. It says its port, and how large its heap is when asked.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { clientSecretBasic, discover } from '@oidc/core'
import { createClient, type RedisClientType } from 'redis'
import { createApp } from '../examples/redis.ts'

const { ISSUER = '', PROVIDER = ISSUER, REDIS = '', PREFIX = '', ORIGIN } = process.env
const redis = createClient({ url: REDIS })
await redis.connect()

/** The provider of the soak calls itself by another name than it is reached by. */
const reach: typeof fetch = (input, init) => fetch(String(input).replace(ISSUER, PROVIDER), init)
const client = () =>
  discover(ISSUER, { client_id: 'app', authentication: clientSecretBasic('only for tests'), allowInsecure: 'loopback', fetch: reach })

const server = createServer()
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const origin = ORIGIN ?? `http://127.0.0.1:${port}`
server.on('request', createApp({ origin, client, redis: redis as RedisClientType, prefix: PREFIX }))

process.on('message', (message) => {
  if (message !== 'heap') return
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  process.send?.({ heap: process.memoryUsage().heapUsed })
})
process.on('disconnect', () => process.exit())
process.send?.({ port })
