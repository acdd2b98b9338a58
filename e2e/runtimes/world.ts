import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ClientMetadata, errors } from 'oidc-provider'
import { startProvider } from '../provider.ts'

/** What the flows are given: plain JSON. */
export interface Settings {
  readonly issuer: string
  /** Where a flow says what a person does: `POST /login`, `/device`, `/ciba`, `/register`. */
  readonly control: string
  /** An issuer where nobody listens. */
  readonly closed: string
  /** Flows that are not for this runtime. */
  readonly without?: readonly string[]
}

export interface World {
  readonly settings: Settings
  close(): Promise<void>
}

const ciba = 'urn:openid:params:grant-type:ciba'
const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'

const app: ClientMetadata = {
  client_id: 'app',
  client_secret: 'only-for-tests',
  redirect_uris: ['https://app.example/cb'],
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials', ciba, deviceCode],
  backchannel_token_delivery_mode: 'poll',
}

/** A real provider, and somebody who sits before it. Every runtime speaks to it over HTTP. */
export async function startWorld(): Promise<World> {
  const running = await startProvider({
    clients: [app],
    clientAuthMethods: ['client_secret_basic', 'private_key_jwt'],
    clientBasedCORS: () => true,
    enabledJWA: { authorizationSigningAlgValues: ['RS256', 'ES256'] },
    scopes: ['openid', 'offline_access'],
    features: {
      registration: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      requestObjects: { enabled: true },
      jwtResponseModes: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 3), requireNonce: () => true },
      deviceFlow: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      jwtIntrospection: { enabled: true },
      revocation: { enabled: true },
      ciba: {
        enabled: true,
        deliveryModes: ['poll'],
        processLoginHint: async (_: unknown, hint?: string) => hint,
        verifyUserCode: async () => undefined,
        validateRequestContext: async () => undefined,
        validateBindingMessage: async () => undefined,
        triggerAuthenticationDevice: async () => undefined,
      },
    },
  })
  const { provider, issuer } = running
  const user = { login: 'alice', password: 'any' }

  const actions: Readonly<Record<string, (subject: never, client_id: string) => Promise<string>>> = {
    login: async (url: string) => (await running.login(url)).href,
    device: async (user_code: string) => (await running.openBrowser().walk(`${issuer}/device`, { user_code, ...user })).url.href,
    async ciba(auth_req_id: string, clientId) {
      const grant = new provider.Grant({ accountId: 'alice', clientId })
      grant.addOIDCScope('openid')
      await grant.save()
      const request = await provider.BackchannelAuthenticationRequest.find(auth_req_id)
      if (!request) throw new errors.InvalidRequest('no such request')
      await provider.backchannelResult(request, grant)
      return ''
    },
    async register(key: object) {
      const metadata = {
        token_endpoint_auth_method: 'private_key_jwt',
        redirect_uris: app.redirect_uris,
        jwks: { keys: [key] },
        request_object_signing_alg: 'ES256',
      }
      const response = await fetch(`${issuer}/reg`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(metadata),
      })
      const { client_id, ...rest }: { readonly client_id?: string } = await response.json()
      return client_id ?? JSON.stringify(rest)
    },
  }

  const control = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', '*')
    if (request.method === 'OPTIONS') return void response.end()
    if (request.url === '/page') return void response.setHeader('content-type', 'text/html').end('<!doctype html><title>flows</title>')
    if (request.url === '/redirect') return void response.writeHead(302, { location: issuer }).end()
    try {
      let body = ''
      for await (const chunk of request) body += chunk
      const { subject, client_id }: { readonly subject: never; readonly client_id: string } = JSON.parse(body)
      response.end(await actions[request.url?.slice(1) ?? '']?.(subject, client_id))
    } catch (error) {
      response.writeHead(500).end(String(error instanceof Error ? error.stack : error))
    }
  })
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve))
  const { port } = control.address() as AddressInfo
  return {
    settings: { issuer, control: `http://localhost:${port}`, closed: await findClosed() },
    async close() {
      control.close()
      control.closeAllConnections()
      await running.close()
    },
  }
}

/** A port that the system has just given back. */
async function findClosed(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://localhost:${port}`
}
