import { type Client, type Json, now, oidcError, randomToken, type Signer, type SigningKey, signJwt } from '@oidc/core/plugin'
import type { CIBASettings } from './ciba.js'
import { cibaError } from './ciba-error.js'

type Parameters = Readonly<Record<string, string | readonly string[]>>

/** Claims that are what they are in JSON, and no text. */
const structured = ['authorization_details', 'claims']

/**
 * Puts all parameters into a signed object, and nothing stands beside it.
 * {@link https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#signed_auth_request OpenID CIBA Core 1.0, section 7.1.1}
 *
 * @throws `CIBA_ALGORITHM`, `KEY_INVALID`, `PARAMETER_INVALID`
 */
export async function protectParameters(client: Client, { key, lifetime }: CIBASettings, parameters: Parameters): Promise<Parameters> {
  const { backchannel_authentication_request_signing_alg: registered } = client.metadata
  if (key === undefined) {
    if (registered === undefined) return parameters
    throw cibaError(
      'CIBA_ALGORITHM',
      `The client metadata says that requests are signed with ${JSON.stringify(registered)}, and there is no key. Give ciba({ key }) a private key for it.`,
    )
  }
  return { request: await signParameters(client, key, lifetime, parameters) }
}

async function signParameters(client: Client, key: SigningKey | Signer, lifetime: number, parameters: Parameters): Promise<string> {
  const iat = now(client)
  const claims: Record<string, Json> = Object.create(null)
  for (const [name, value] of Object.entries(parameters))
    claims[name] = typeof value === 'string' && structured.includes(name) ? parseValue(name, value) : value
  const signed = await signJwt(key, {
    ...claims,
    iss: client.metadata.client_id,
    aud: client.server.issuer,
    jti: randomToken(client),
    iat,
    nbf: iat,
    exp: iat + lifetime,
  })
  checkAlgorithm(client, signed)
  return signed
}

function parseValue(name: string, value: string): Json {
  try {
    return JSON.parse(value) as Json
  } catch {
    // Without the text: it may be about a person.
    throw oidcError('PARAMETER_INVALID', `The parameter ${name} is no JSON. Give the value itself, not its text.`)
  }
}

/** Compares the algorithm with what client and server say, when nothing was sent yet. */
function checkAlgorithm({ server, metadata }: Client, signed: string): void {
  const [header = ''] = signed.split('.')
  const { alg }: { alg: string } = JSON.parse(atob(header.replaceAll('-', '+').replaceAll('_', '/')))
  const { backchannel_authentication_request_signing_alg: registered } = metadata
  for (const [wanted, whose] of [
    [registered === undefined ? undefined : [registered], 'the client metadata'],
    [server.backchannel_authentication_request_signing_alg_values_supported, server.issuer],
  ] as const)
    if (wanted && !wanted.includes(alg))
      throw cibaError(
        'CIBA_ALGORITHM',
        `The key of ciba() signs with ${alg}, and ${whose} says ${JSON.stringify(wanted.slice(0, 16))}. Give a key for that, as { key, alg } where it goes by several names.`,
      )
}
