import type { JsonObject } from '@oidc/core'
import { isSame } from '@oidc/core/plugin'
import { compactVerify } from 'jose/jws/compact/verify'
import { verifyClientJwt } from './jwt.js'
import { refuse } from './oauth-error.js'
import type { Received, State } from './state.js'
import { methodOf, type TestClient } from './test-client.js'

const decodeForm = (text: string): string => new URLSearchParams(`x=${text}`).get('x') ?? ''

/** Finds out which client asks, and whether it is the one. {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3 RFC 6749, section 2.3} */
export async function authenticateClient(state: State, received: Received): Promise<TestClient> {
  const { request, form } = received
  const basic = /^Basic (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  const [id, secret] = basic ? atob(basic).split(':').map(decodeForm) : [undefined, undefined]
  const assertion = form.get('client_assertion')
  const client_id = id ?? form.get('client_id') ?? (assertion && subjectOf(assertion)) ?? ''
  const client = state.clients.get(client_id)
  if (!client)
    return refuse('invalid_client', 'This client is not known.', 401, basic ? { 'www-authenticate': 'Basic realm="test"' } : undefined)
  const method = methodOf(client)
  if (basic) state.secrets.add('client_secret', secret)
  const seen: readonly string[] = [
    ...(basic ? ['client_secret_basic'] : []),
    ...(form.has('client_secret') ? ['client_secret_post'] : []),
    ...(assertion ? ['private_key_jwt', 'client_secret_jwt'] : []),
  ]
  if (seen.length && !seen.includes(method)) refuse('invalid_client', `The client is registered with ${method}.`, 401)
  const isRight = await methods[method]?.(state, client, { received, secret })
  if (!isRight) refuse('invalid_client', `The client did not authenticate with ${method}.`, 401)
  return client
}

interface Credentials {
  readonly received: Received
  readonly secret: string | undefined
}

type Method = (state: State, client: TestClient, credentials: Credentials) => boolean | Promise<boolean>

const byCertificate: Method = (_, client, { received }) => received.certificate !== undefined && received.certificate === client.certificate

const methods: Readonly<Record<string, Method>> = {
  none: () => true,
  client_secret_basic: (_, client, { secret }) => isSecret(client, secret),
  client_secret_post: (_, client, { received }) => isSecret(client, received.form.get('client_secret') ?? undefined),
  private_key_jwt: async (state, client, { received }) => {
    const verified = await verifyClientJwt(client, received.form.get('client_assertion') ?? '')
    return verified !== undefined && isAssertion(state, client, received, verified.claims)
  },
  client_secret_jwt: async (state, client, { received }) => {
    const key = new TextEncoder().encode(client.client_secret)
    const verified = await compactVerify(received.form.get('client_assertion') ?? '', key).catch(() => undefined)
    return verified !== undefined && isAssertion(state, client, received, JSON.parse(new TextDecoder().decode(verified.payload)))
  },
  tls_client_auth: byCertificate,
  self_signed_tls_client_auth: byCertificate,
}

const isSecret = ({ client_secret }: TestClient, secret: string | undefined): boolean =>
  client_secret !== undefined && secret !== undefined && isSame(client_secret, secret)

/** {@link https://www.rfc-editor.org/rfc/rfc7523#section-3 RFC 7523, section 3} */
function isAssertion(state: State, client: TestClient, { form, url }: Received, claims: JsonObject): boolean {
  state.secrets.add('client_assertion', form.get('client_assertion'))
  const { iss, sub, aud, exp, jti } = claims
  const key = `assertion ${String(jti)}`
  if (typeof jti !== 'string' || state.used.has(key)) return false
  state.used.add(key)
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return (
    iss === client.client_id &&
    sub === client.client_id &&
    (audiences.includes(state.issuer) || audiences.includes(`${state.issuer}${url.pathname}`)) &&
    typeof exp === 'number' &&
    exp > state.clock.now()
  )
}

function subjectOf(assertion: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(atob((assertion.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')))
    return String((claims as { readonly sub?: unknown }).sub)
  } catch {
    return undefined
  }
}
