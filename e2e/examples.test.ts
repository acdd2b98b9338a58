import http, { type RequestListener } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Client, clientSecretBasic, discover } from '@oidc/core'
import type { ClientMetadata } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AppBrowser, createAppBrowser } from './app-browser.ts'
import { createApp as createExpress4 } from './examples/express4.ts'
import { createApp as createExpress5 } from './examples/express5.ts'
import { createApp as createFastify } from './examples/fastify.ts'
import { createApp as createTenants } from './examples/multi-tenant.ts'
import { createApp as createNest } from './examples/nest.ts'
import { createApp as createPassport06 } from './examples/passport06.ts'
import { createApp as createProxied } from './examples/reverse-proxy.ts'
import { createApp as createSessionless } from './examples/sessionless.ts'
import { type RunningProvider, startProvider } from './provider.ts'
import { certifyLoopback } from './tls.ts'
import type { UserAgent } from './user-agent.ts'

const secret = 'only for tests'
const tls = await certifyLoopback()
const names = ['express5', 'express4', 'passport06', 'tenants', 'sessionless', 'fastify', 'nest', 'proxied'] as const
type Name = (typeof names)[number]

interface Place {
  readonly origin: string
  serve(listener: RequestListener): void
  readonly server: http.Server
}

const places = new Map<string, Place>()
const providers: RunningProvider[] = []

/** An address first, the application later: its address stands in its registration. */
async function listen(isProxied: boolean): Promise<Place> {
  const server = isProxied ? https.createServer(tls) : http.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `${isProxied ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, server, serve: (listener) => void server.on('request', listener) }
}

function register(client_id: string, origin: string, path = ''): ClientMetadata {
  return {
    client_id,
    client_secret: secret,
    redirect_uris: [`${origin}${path}/cb`],
    post_logout_redirect_uris: [`${origin}/bye`],
    backchannel_logout_uri: `${origin}${path}/backchannel`,
    backchannel_logout_session_required: true,
    grant_types: ['authorization_code', 'refresh_token'],
  }
}

const placeOf = (name: Name): Place => {
  const place = places.get(name)
  if (!place) throw new Error(`${name} does not run`)
  return place
}

/** TLS ends here; the application behind speaks http. */
function proxyTo(target: string): RequestListener {
  return (request, response) => {
    const headers = { ...request.headers, 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' }
    const sent = http.request(target + (request.url ?? ''), { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    sent.on('error', () => response.writeHead(502).end())
    request.pipe(sent)
  }
}

beforeAll(async () => {
  for (const name of [...names, 'behind']) places.set(name, await listen(name === 'proxied'))
  const { origin: tenants } = placeOf('tenants')
  const features = { rpInitiatedLogout: { enabled: true }, backchannelLogout: { enabled: true } } as const
  const start = (clients: ClientMetadata[]) =>
    startProvider({
      clients,
      features,
      fetch: (url: string | URL | Request, { dispatcher: _, ...init }: RequestInit & { dispatcher?: unknown } = {}) =>
        String(url).startsWith('https:') ? trusting(url, init) : globalThis.fetch(url, init),
    } as Parameters<typeof startProvider>[0])
  providers.push(
    await start(names.map((name) => (name === 'tenants' ? register('tenants', tenants, '/one') : register(name, placeOf(name).origin)))),
    await start([register('tenants', tenants, '/two')]),
  )
  const settings = (name: Name) => ({ origin: placeOf(name).origin, client: () => connect(name, 0) })
  placeOf('express5').serve(createExpress5(settings('express5')))
  placeOf('express4').serve(createExpress4(settings('express4')))
  placeOf('passport06').serve(createPassport06(settings('passport06')))
  placeOf('sessionless').serve(createSessionless(settings('sessionless')))
  placeOf('fastify').serve(await createFastify(settings('fastify')))
  placeOf('nest').serve(await createNest(settings('nest')))
  const both = { one: () => connect('tenants', 0), two: () => connect('tenants', 1) }
  placeOf('tenants').serve(createTenants({ origin: tenants, tenants: both }))
  const behind = places.get('behind')
  behind?.serve(createProxied(settings('proxied')))
  placeOf('proxied').serve(proxyTo(behind?.origin ?? ''))
})

afterAll(async () => {
  for (const { server } of places.values()) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  for (const each of providers) await each.close()
})

function connect(client_id: string, provider: number): Promise<Client> {
  const authentication = clientSecretBasic(secret)
  return discover(providers[provider]?.issuer ?? '', { client_id, authentication, allowInsecure: 'loopback' })
}

/** Takes the certificate of this test. */
const trusting: typeof globalThis.fetch = async (input, init) => {
  const request = new Request(input, init)
  const body = Buffer.from(await request.arrayBuffer())
  return new Promise((resolve, reject) => {
    const options = { method: request.method, headers: Object.fromEntries(request.headers), ca: tls.cert }
    const sent = https.request(request.url, options, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const headers = new Headers()
        for (let i = 0; i + 1 < answer.rawHeaders.length; i += 2) headers.append(answer.rawHeaders[i] ?? '', answer.rawHeaders[i + 1] ?? '')
        resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 500, headers }))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

interface Visit {
  readonly browser: AppBrowser
  /** The same user's browser at the provider. */
  readonly agent: UserAgent
  readonly provider: RunningProvider
}

function visit(name: Name, at = 0): Visit {
  const provider = providers[at]
  if (!provider) throw new Error('no provider')
  return { browser: createAppBrowser(placeOf(name).origin, name === 'proxied' ? trusting : fetch), agent: provider.openBrowser(), provider }
}

/** From the begin of a login to where it leads. */
async function signIn({ browser, agent }: Visit, path = '/login', login = 'alice'): Promise<Response> {
  const begun = await browser.get(path)
  const location = begun.headers.get('location')
  if (location === null) throw new Error(`No login began: ${begun.status} ${await begun.text()}`)
  const { url, form } = await agent.walk(location, { login, password: 'any' })
  return form ? browser.post(url.pathname, form) : browser.get(url.pathname + url.search)
}

/** Logs out at the provider itself, in its own page. */
const endAtProvider = ({ agent, provider }: Visit) => agent.walk(`${provider.issuer}/session/end`, { logout: 'yes' })
const whereTo = (response: Response) => [response.status, response.headers.get('location')]

describe.each(['express5', 'express4', 'passport06', 'nest', 'proxied'] as const)('the example %s', (name) => {
  it('signs a user in, who logs out here and at the provider, and comes back', async () => {
    const user = visit(name)
    expect(whereTo(await signIn(user))).toEqual([302, '/'])
    expect(await user.browser.text('/')).toBe('Hello alice')
    const left = await user.browser.post('/logout')
    expect(left.status).toBe(303)
    expect(await user.browser.text('/')).toBe('Nobody')
    const { url } = await user.agent.walk(left.headers.get('location') ?? '', { logout: 'yes' })
    expect(url.href).toMatch(new RegExp(`^${placeOf(name).origin}/bye\\?state=`))
    expect(whereTo(await user.browser.get(url.pathname + url.search))).toEqual([303, '/'])
    // The provider asks for the password again.
    const begun = await user.browser.get('/login')
    expect((await user.agent.walk(begun.headers.get('location') ?? '', { login: 'bob', password: 'any' })).url.origin).toBe(
      placeOf(name).origin,
    )
  })

  it('F-S1: ends the session when the user logs out at the provider, before the provider has its answer', async () => {
    const [user, other] = [visit(name), visit(name)]
    await signIn(user)
    await signIn(other)
    const outcomes: string[] = []
    const { provider } = user.provider
    const onSuccess = () => void outcomes.push('success')
    const onError = (_ctx: unknown, error: Error) => void outcomes.push(error.message)
    provider.on('backchannel.success', onSuccess)
    provider.on('backchannel.error', onError)
    await endAtProvider(user)
    provider.off('backchannel.success', onSuccess)
    provider.off('backchannel.error', onError)
    expect(outcomes).toEqual(['success'])
    expect([await user.browser.text('/'), await other.browser.text('/')]).toEqual(['Nobody', 'Hello alice'])
  })
})

describe('the example express5', () => {
  it('calls an API with the user’s tokens, after a login that it asked for itself', async () => {
    const user = visit('express5')
    expect(whereTo(await signIn(user, '/api?x=1'))).toEqual([302, '/api?x=1'])
    expect(JSON.parse(await user.browser.text('/api?x=1'))).toMatchObject({ sub: 'alice', email: 'alice@example.org' })
    await endAtProvider(user)
    expect((await user.browser.get('/api')).status).toBe(302)
  })
})

describe('the example multi-tenant', () => {
  it('F-P1: signs users of two servers in, each at their own, and ends them apart', async () => {
    const [one, two] = [visit('tenants', 0), visit('tenants', 1)]
    expect(whereTo(await signIn(one, '/one/login'))).toEqual([302, '/'])
    expect(whereTo(await signIn(two, '/two/login'))).toEqual([302, '/'])
    expect([await one.browser.text('/'), await two.browser.text('/')]).toEqual(['Hello alice of one', 'Hello alice of two'])
    await endAtProvider(one)
    expect([await one.browser.text('/'), await two.browser.text('/')]).toEqual(['Nobody', 'Hello alice of two'])
    expect((await one.browser.get('/three/login')).status).toBe(404)
  })

  it('S-C28: a response of one server does not finish the login at the other', async () => {
    const one = visit('tenants', 0)
    const begun = await one.browser.get('/one/login')
    const { url } = await one.agent.walk(begun.headers.get('location') ?? '', { login: 'alice', password: 'any' })
    const answer = await one.browser.get(`/two/cb${url.search}`)
    expect(whereTo(answer)).toEqual([302, '/failed'])
    expect(await one.browser.text('/')).toBe('Nobody')
  })
})

describe('the example sessionless', () => {
  it('signs a user in and out without any session', async () => {
    const user = visit('sessionless')
    expect(whereTo(await signIn(user))).toEqual([302, '/'])
    expect(await user.browser.text('/')).toBe('Hello alice')
    await user.browser.post('/logout')
    expect(await user.browser.text('/')).toBe('Nobody')
  })
})

describe('the example fastify', () => {
  it('signs a user in through @fastify/passport, leads to returnTo, and out again', async () => {
    const user = visit('fastify')
    expect(whereTo(await signIn(user))).toEqual([302, '/?back'])
    expect(await user.browser.text('/')).toBe('Hello alice')
    await user.browser.post('/logout')
    expect(await user.browser.text('/')).toBe('Nobody')
  })

  it('S-O03, S-O05: two tabs finish, and a forged callback spoils nothing', async () => {
    const user = visit('fastify')
    const [first, second] = [await user.browser.get('/login'), await user.browser.get('/login')]
    expect(whereTo(await user.browser.get('/cb?code=x&state=forged'))).toEqual([302, '/failed'])
    for (const begun of [first, second]) {
      const { url } = await user.agent.walk(begun.headers.get('location') ?? '', { login: 'alice', password: 'any' })
      expect(whereTo(await user.browser.get(url.pathname + url.search))).toEqual([302, '/?back'])
    }
  })
})
