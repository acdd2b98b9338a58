import { describe, expect, it } from 'vitest'
import { createIssuer } from '../../test/issuer.js'
import { canaries, expectRefusal } from '../../test/refusal.js'
import {
  type ClientEvent,
  type ClientOptions,
  clientCredentialsGrant,
  createClient,
  discover,
  extend,
  fetchProtectedResource,
  type Plugin,
  refusePrivateHosts,
} from '../index.js'
import { createSender, discoverServer, request, serverKeys, tokenOperation } from '../plugin.js'

async function start(refused: (url: URL, what: string) => boolean = () => false) {
  const server = await createIssuer()
  const asked: string[] = []
  const events: ClientEvent[] = []
  const egress: NonNullable<ClientOptions['egress']> = async (url, what) => {
    asked.push(`${what} ${url.href}`)
    if (refused(url, what)) throw new Error(`no: ${url.href} ${canaries.secret}`)
  }
  const options = server.options({ egress, onEvent: (event) => void events.push(event) })
  return { server, asked, events, egress, options, client: createClient(server.metadata, options) }
}

describe('egress', () => {
  it('S-A13, S-D55: is asked before each connection: discovery, key set, token request, resource', async () => {
    const { server, asked, options } = await start()
    const client = await discover(server.issuer, options)
    await serverKeys(client).find({ alg: 'ES256' })
    await clientCredentialsGrant(client)
    await fetchProtectedResource(client, { access_token: 'x', token_type: 'Bearer' }, 'https://as.example/resource?a=1').catch(
      () => undefined,
    )
    expect(asked).toEqual([
      'discovery https://as.example/.well-known/openid-configuration',
      'jwks https://as.example/jwks',
      'token https://as.example/token',
      'resource https://as.example/resource?a=1',
    ])
    expect(server.requests).toHaveLength(4)
  })

  it('S-A13: what it refuses is not sent, and neither its words nor the query show (EGRESS_REFUSED)', async () => {
    const { server, client, options, events } = await start(() => true)
    const attempts: readonly (() => Promise<unknown>)[] = [
      () => discover(server.issuer, options),
      () => serverKeys(client).find({ alg: 'ES256' }),
      () => clientCredentialsGrant(client),
      () =>
        fetchProtectedResource(client, { access_token: canaries.token, token_type: 'Bearer' }, `https://as.example/x?c=${canaries.code}`),
    ]
    for (const attempt of attempts) {
      const error = await expectRefusal(attempt, 'EGRESS_REFUSED', { events, says: ['https://as.example/'] })
      expect(error.retryable).toBe(false)
    }
    expect(server.requests).toEqual([])
  })

  it('S-D55: is asked again at each request, so that a name that leads elsewhere by now is refused', async () => {
    let moved = false
    const { server, client } = await start((_, what) => moved && what === 'token')
    await clientCredentialsGrant(client)
    moved = true
    await expectRefusal(clientCredentialsGrant(client), 'EGRESS_REFUSED')
    expect(server.requestsTo('token')).toHaveLength(1)
  })

  it('S-A13: sees the address that a plugin gives in seal, and the one of the endpoint slot', async () => {
    const { server, client, asked } = await start(({ hostname }) => hostname === '10.0.0.1')
    const sealer: Plugin = { name: 'sealer', exchange: { seal: (sealed) => ({ ...sealed, url: 'https://10.0.0.1/token' }) } }
    const mover: Plugin = { name: 'mover', exchange: { endpoint: () => 'https://10.0.0.1/other' } }
    for (const plugin of [sealer, mover]) await expectRefusal(clientCredentialsGrant(extend(client, plugin)), 'EGRESS_REFUSED')
    expect(asked).toEqual(['token https://10.0.0.1/token', 'token https://10.0.0.1/other'])
    expect(server.requests).toEqual([])
  })

  it('cannot change the address that is requested', async () => {
    const { server, options } = await start()
    const egress = (url: URL) => {
      url.hostname = 'evil.example'
    }
    await clientCredentialsGrant(createClient(server.metadata, { ...options, egress }))
    expect(server.requests.map(({ url }) => String(url))).toEqual(['https://as.example/token'])
  })

  it('S-A32: what a client without it, or with another one, has cached is not given past it', async () => {
    const { server, options, client } = await start(() => true)
    const { egress: _, ...open } = options
    await discoverServer(server.issuer, open)
    await serverKeys(createClient(server.metadata, open)).find({ alg: 'ES256' })
    await expectRefusal(discoverServer(server.issuer, options), 'EGRESS_REFUSED')
    await expectRefusal(serverKeys(client).find({ alg: 'ES256' }), 'EGRESS_REFUSED')
  })

  it('S-A32: refusePrivateHosts refuses the issuer of a user, and the private endpoint of a public issuer', async () => {
    const { server, options } = await start()
    const guarded = { ...options, egress: refusePrivateHosts }
    for (const issuer of ['https://169.254.169.254', 'https://2130706433', 'https://[::ffff:10.0.0.1]', 'https://db.internal'])
      await expectRefusal(discover(issuer, guarded), 'EGRESS_REFUSED')
    const client = createClient({ ...server.metadata, jwks_uri: 'https://192.168.0.1/jwks' }, guarded)
    await expectRefusal(serverKeys(client).find({ alg: 'ES256' }), 'EGRESS_REFUSED')
    expect(server.requests).toEqual([])
  })

  it('guards a sender without a client as well', async () => {
    const { server, egress, options } = await start(() => true)
    const sender = createSender(server.metadata, { fetch: options.fetch, egress })
    await expectRefusal(request(sender, tokenOperation), 'EGRESS_REFUSED')
  })

  it('a hook that never answers ends with the timeout, and nothing is sent afterwards', async () => {
    const { server, options } = await start()
    const waiting: (() => void)[] = []
    const egress = () => new Promise<void>((resolve) => void waiting.push(resolve))
    const client = createClient(server.metadata, { ...options, egress, timeout: 0.001 })
    await expectRefusal(clientCredentialsGrant(client), 'TIMEOUT')
    for (const resolve of waiting) resolve()
    await new Promise((resolve) => setImmediate(resolve))
    expect(server.requests).toEqual([])
  })
})
