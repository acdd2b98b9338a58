import { type Client, type ClientOptions, createClient, isOidcError, type OidcError, publicClient, type ServerMetadata } from '@oidc/core'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'

export const issuer = 'https://as.example'
export const startTime = 1_800_000_000
export const home = 'https://app.example/bye'
export const event = 'http://schemas.openid.net/event/backchannel-logout'

export const metadata: ServerMetadata = {
  issuer,
  end_session_endpoint: `${issuer}/end`,
  jwks_uri: `${issuer}/jwks`,
  id_token_signing_alg_values_supported: ['ES256'],
}

const own = await generateKeyPair('ES256')
export const serverKey: CryptoKey = own.privateKey
export const foreignKey: CryptoKey = (await generateKeyPair('ES256')).privateKey
const jwks = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k', use: 'sig', alg: 'ES256' }] }

/** A client with keys of its own cache, a clock that stands where it is set, and a counter for a random source. */
export function createTestClient(
  options: Partial<ClientOptions> = {},
  server: Readonly<Record<string, unknown>> = {},
): { readonly client: Client; readonly clock: { now: number }; readonly requests: string[] } {
  const clock = { now: startTime }
  const requests: string[] = []
  let drawn = 0
  const client = createClient({ ...metadata, ...server } as ServerMetadata, {
    client_id: 'app',
    authentication: publicClient(),
    clock: { now: () => clock.now, sleep: async () => undefined },
    random: (length) => new Uint8Array(length).fill(++drawn),
    fetch: async (input) => {
      requests.push(String(input))
      return Response.json(jwks)
    },
    ...options,
  })
  return { client, clock, requests }
}

let serial = 0

/** The claims of a logout token that is in order, each time with a `jti` of its own. */
export const usual = (): Readonly<Record<string, unknown>> => ({
  iss: issuer,
  aud: 'app',
  iat: startTime,
  exp: startTime + 120,
  jti: `jti-${++serial}`,
  sub: 'ada',
  sid: 'session-1',
  events: { [event]: {} },
})

/** A claim of undefined is left out. */
export function sign(claims: object, header: object = {}, key: CryptoKey = serverKey): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify({ ...usual(), ...claims }))
  return new CompactSign(text).setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'logout+jwt', ...header }).sign(key)
}

export const post = (body: BodyInit, headers: Readonly<Record<string, string>> = {}, method = 'POST'): Request =>
  new Request('https://app.example/backchannel', { method, body, headers })

export async function refusalOf(promise: Promise<unknown>): Promise<OidcError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (isOidcError(thrown)) return thrown
  throw new Error('no OidcError was thrown', { cause: thrown })
}
